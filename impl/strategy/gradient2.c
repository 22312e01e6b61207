// SPDX-License-Identifier: Apache-2.0
// Limits the offers in flight by how round trips compare with what they are in the long run: Gradient2Limit
// of Netflix' concurrency-limits, with its defaults.
//
// The long-run round trip is the plain mean of the first 10 samples, from then on an exponential mean with
// the weight 2 / (long_window + 1). For each result, with short = this round trip and long = that mean, this
// one in it:
//
// 1. if long > 2 short, the mean is cut by 5 %, for the next result (after an overload it would stay high)
// 2. if less than half of the limit was in use, that is all
// 3. gradient = tolerance x long / short, within 0.5 and 1
// 4. limit = (1 - smoothing) x limit + smoothing x (gradient x limit + queue), within min and max
//
// The limit is kept as a fraction and used rounded down. Drops do not count as such, only by their round
// trips. Defaults: 20 to 200, tolerance 1.5, smoothing 0.2, window 600, queue 4.
#include "strategy/instant.h"
#include "strategy/pacing.h"

enum { INITIAL, MIN, MAX, TOLERANCE, SMOOTHING, LONG_WINDOW, QUEUE };
enum { LIMIT, LONG, SUM, SAMPLES, RESULTS }; // slots
enum { WARM_UP = 10 };

static const struct weir_param_spec params[] = {
    [INITIAL] = {"initial", WEIR_PARAM_COUNT, 20, 1, 1e6, "limit to start with"},
    [MIN] = {"min", WEIR_PARAM_COUNT, 20, 1, 1e6, "lowest limit"},
    [MAX] = {"max", WEIR_PARAM_COUNT, 200, 1, 1e6, "highest limit"},
    [TOLERANCE] = {"tolerance", WEIR_PARAM_NUMBER, 1.5, 1, 100,
                   "how many times the long-run round trip is still fine"},
    [SMOOTHING] = {"smoothing", WEIR_PARAM_SHARE, 0.2, 0, 1, "weight of the new limit"},
    [LONG_WINDOW] = {"long_window", WEIR_PARAM_COUNT, 600, 1, 1e9, "samples of the long-run mean"},
    [QUEUE] = {"queue", WEIR_PARAM_COUNT, 4, 0, 1e6, "how many may wait while round trips are short"},
    {.key = NULL},
};

static double within(double x, double min, double max)
{
    double low = x < max ? x : max;
    return low > min ? low : min;
}

static void init(struct weir_strategy_state *s, uint64_t seed)
{
    (void)seed;
    s->state[LIMIT].d = within(s->params[INITIAL], s->params[MIN], s->params[MAX]);
}

static double long_mean(struct weir_strategy_state *s, double rtt)
{
    union weir_slot *m = s->state;
    if (m[SAMPLES].u < WARM_UP) {
        m[SUM].d += rtt;
        m[LONG].d = m[SUM].d / (double)++m[SAMPLES].u;
    } else {
        double weight = 2 / (s->params[LONG_WINDOW] + 1);
        m[LONG].d = m[LONG].d * (1 - weight) + rtt * weight;
    }
    return m[LONG].d;
}

static void on_result(struct weir_strategy_state *s, const struct weir_result *r)
{
    double rtt = r->rtt_ns ? (double)r->rtt_ns : 1, old = s->state[LIMIT].d;
    double mean = long_mean(s, rtt);
    s->state[RESULTS].u++;
    if (mean / rtt > 2)
        s->state[LONG].d *= 0.95;
    if ((double)r->in_flight < old / 2)
        return;
    double gradient = within(s->params[TOLERANCE] * mean / rtt, 0.5, 1);
    double wanted = old * gradient + s->params[QUEUE];
    double smooth = old * (1 - s->params[SMOOTHING]) + wanted * s->params[SMOOTHING];
    s->state[LIMIT].d = within(smooth, s->params[MIN], s->params[MAX]);
}

static size_t limit(const struct weir_strategy_state *s)
{
    return (size_t)s->state[LIMIT].d;
}

static struct weir_pace on_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    return weir_pace_within(limit(s), v);
}

static uint64_t weighed(const struct weir_strategy_state *s, uint64_t *mean_ns)
{
    *mean_ns = time_after(0, s->state[LONG].d);
    return s->state[RESULTS].u;
}

const struct weir_pacing_ops weir_pacing_gradient2 = {
    .name = "gradient2",
    .summary = "offers in flight are limited by how round trips compare with their long-run mean",
    .flags = WEIR_S_STATEFUL | WEIR_S_BLOCKS,
    .params = params,
    .init = init,
    .on_ask = on_ask,
    .on_result = on_result,
    .limit = limit,
    .weighed = weighed,
};
