// SPDX-License-Identifier: Apache-2.0
// Vector's adaptive request concurrency (src/sinks/util/adaptive_concurrency), with its defaults: 1 to 200 in
// flight, initial 1, decrease ratio 0.9, EWMA alpha 0.4, RTT deviation scale 2.5.
//
// It decides once per round trip. Between two decisions it takes the plain mean of the round trips, and notes
// whether the limit was reached and whether there was back-pressure (here: a result that was lost, refused or
// timed out; the round trip of such a one does not count). The first result at or after the time for it
// decides, before it is handed on:
//
//     limit + 1                  the limit was reached, no back-pressure, and now <= past
//     limit x 0.9, rounded down  else, after back-pressure or when now >= past + 2.5 x deviation
//     unchanged                  else
//
// with now = that mean and past, deviation = an exponentially weighted mean and standard deviation of the
// means before: d = now - past; past += alpha d; variance = (1 - alpha)(variance + alpha d^2). The next
// decision is due one past round trip later. The first result of all only sets past.
//
// In Vector the retries of a request are inside its round trip, so a sink that refuses shows as one that is
// slow.
#include <math.h>

#include "strategy/instant.h"
#include "strategy/pacing.h"

enum { INITIAL, MAX, RATIO, ALPHA, DEVIATIONS };
enum { LIMIT, PAST, VARIANCE, STARTED, DUE, MEAN, SAMPLES, PRESSURE, REACHED, WEIGHED, NOW }; // slots

static const struct weir_param_spec params[] = {
    [INITIAL] = {"initial", WEIR_PARAM_COUNT, 1, 1, 1e6, "limit to start with"},
    [MAX] = {"max", WEIR_PARAM_COUNT, 200, 1, 1e6, "highest limit"},
    [RATIO] = {"decrease_ratio", WEIR_PARAM_SHARE, 0.9, 0, 1, "factor of the limit when it is lowered"},
    [ALPHA] = {"ewma_alpha", WEIR_PARAM_SHARE, 0.4, 0, 1, "weight of a new mean against the past ones"},
    [DEVIATIONS] = {"rtt_deviation_scale", WEIR_PARAM_NUMBER, 2.5, 0, 1000,
                    "standard deviations of the round trip that are still usual"},
    {.key = NULL},
};

static void init(struct weir_strategy_state *s, uint64_t seed)
{
    (void)seed;
    double limit = s->params[INITIAL] < s->params[MAX] ? s->params[INITIAL] : s->params[MAX];
    s->state[LIMIT].u = (uint64_t)limit;
}

static void learn(struct weir_strategy_state *s, double rtt_ns)
{
    union weir_slot *m = s->state;
    double difference = rtt_ns - m[PAST].d, increment = s->params[ALPHA] * difference;
    m[PAST].d += increment;
    m[VARIANCE].d = (1 - s->params[ALPHA]) * (m[VARIANCE].d + difference * increment);
}

static uint64_t decided(const struct weir_strategy_state *s)
{
    const union weir_slot *m = s->state;
    uint64_t limit = m[LIMIT].u;
    bool measured = m[SAMPLES].u > 0;
    double now = measured ? m[MEAN].d : 0;
    double unusual = m[PAST].d + sqrt(m[VARIANCE].d) * s->params[DEVIATIONS];
    if ((double)limit < s->params[MAX] && m[REACHED].u && !m[PRESSURE].u && measured && now <= m[PAST].d)
        return limit + 1;
    if (limit > 1 && (m[PRESSURE].u || now >= unusual)) {
        uint64_t lower = (uint64_t)((double)limit * s->params[RATIO]);
        return lower > 1 ? lower : 1;
    }
    return limit;
}

static void decide(struct weir_strategy_state *s, uint64_t now_ns)
{
    union weir_slot *m = s->state;
    m[LIMIT].u = decided(s);
    if (m[SAMPLES].u) {
        m[WEIGHED].u++;
        m[NOW].d = m[MEAN].d;
        learn(s, m[MEAN].d);
    }
    m[DUE].u = time_after(now_ns, m[PAST].d);
    m[MEAN].d = 0;
    m[SAMPLES].u = m[PRESSURE].u = m[REACHED].u = 0;
}

static void on_result(struct weir_strategy_state *s, const struct weir_result *r)
{
    union weir_slot *m = s->state;
    if (r->dropped)
        m[PRESSURE].u = 1;
    else
        m[MEAN].d += ((double)r->rtt_ns - m[MEAN].d) / (double)++m[SAMPLES].u;
    if (m[STARTED].u == 0 && m[SAMPLES].u > 0) {
        m[PAST].d = m[MEAN].d;
        m[DUE].u = time_after(r->now_ns, m[PAST].d);
        m[STARTED].u = 1;
    } else if (m[STARTED].u > 0 && r->now_ns >= m[DUE].u) {
        decide(s, r->now_ns);
    }
}

static size_t limit(const struct weir_strategy_state *s)
{
    return (size_t)s->state[LIMIT].u;
}

static struct weir_pace on_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    struct weir_pace answer = weir_pace_within(limit(s), v);
    if (answer.go && (v->in_flight >= limit(s) || v->count >= limit(s) - v->in_flight))
        s->state[REACHED].u = 1;
    return answer;
}

static uint64_t weighed(const struct weir_strategy_state *s, uint64_t *mean_ns)
{
    *mean_ns = time_after(0, s->state[NOW].d);
    return s->state[WEIGHED].u;
}

const struct weir_pacing_ops weir_pacing_arc = {
    .name = "arc",
    .summary = "offers in flight are limited: one more each round trip while these stay short, a tenth less "
               "when they grow",
    .flags = WEIR_S_STATEFUL | WEIR_S_BLOCKS,
    .params = params,
    .init = init,
    .on_ask = on_ask,
    .on_result = on_result,
    .limit = limit,
    .weighed = weighed,
};
