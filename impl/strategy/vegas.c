// SPDX-License-Identifier: Apache-2.0
// Limits the offers in flight by how many of them must be waiting somewhere: VegasLimit of Netflix'
// concurrency-limits (after TCP Vegas), with its defaults.
//
// The shortest round trip seen stands for an idle system; so of `limit` in flight
//     queued = ceil(limit (1 - shortest / this round trip))
// are waiting. With l = the whole decimal digits of the limit less one (log10 rounded down), at least 1:
//     dropped                       limit - l
//     less than half in use         no change
//     queued <= l                   limit + 6 l        beta: room to spare
//     queued <  3 l                 limit + l          alpha
//     queued >  6 l                 limit - l
//     between alpha and beta        no change
// then within 1 and `max`, and smoothed: (1 - smoothing) old + smoothing new. The shortest round trip is
// forgotten and set to the present one after `probe` x limit x (0.5 .. 1, drawn anew each time) results,
// since an idle system may have become slower. A result that sets the shortest round trip changes nothing
// else. Defaults: initial 20, 1 to 1000, probe 30, smoothing 1; alpha, beta and threshold as above.
#include "strategy/decimal.h"
#include "strategy/draw.h"
#include "strategy/pacing.h"

enum { INITIAL, MAX, ALPHA, BETA, THRESHOLD, PROBE, SMOOTHING };
enum { LIMIT, SHORTEST, RESULTS, JITTER, RANDOM }; // slots

static const struct weir_param_spec params[] = {
    [INITIAL] = {"initial", WEIR_PARAM_COUNT, 20, 1, 1e6, "limit to start with"},
    [MAX] = {"max", WEIR_PARAM_COUNT, 1000, 1, 1e6, "highest limit"},
    [ALPHA] = {"alpha", WEIR_PARAM_COUNT, 3, 0, 1000,
               "times log10 of the limit: fewer waiting raise the limit"},
    [BETA] = {"beta", WEIR_PARAM_COUNT, 6, 0, 1000, "times log10 of the limit: more waiting lower it"},
    [THRESHOLD] = {"threshold", WEIR_PARAM_COUNT, 1, 0, 1000, "times log10: up to so many raise it by beta"},
    [PROBE] = {"probe", WEIR_PARAM_COUNT, 30, 1, 1e6,
               "times the limit: results until round trips are learnt anew"},
    [SMOOTHING] = {"smoothing", WEIR_PARAM_SHARE, 1, 0, 1, "weight of the new limit"},
    {.key = NULL},
};

static void draw_jitter(struct weir_strategy_state *s)
{
    s->state[JITTER].d = 0.5 + 0.5 * draw_unit(&s->state[RANDOM].u);
}

static void init(struct weir_strategy_state *s, uint64_t seed)
{
    s->state[RANDOM].u = seed;
    s->state[LIMIT].d = s->params[INITIAL] < s->params[MAX] ? s->params[INITIAL] : s->params[MAX];
    draw_jitter(s);
}

// Whether this round trip becomes the shortest one, for being it or for being the first of a probe.
static bool learns(struct weir_strategy_state *s, uint64_t rtt_ns)
{
    union weir_slot *m = s->state;
    m[RESULTS].u++;
    bool probe = m[JITTER].d * s->params[PROBE] * m[LIMIT].d <= (double)m[RESULTS].u;
    if (probe) {
        draw_jitter(s);
        m[RESULTS].u = 0;
    } else if (m[SHORTEST].u != 0 && rtt_ns >= m[SHORTEST].u) {
        return false;
    }
    m[SHORTEST].u = rtt_ns;
    return true;
}

// x rounded up; 0 <= x < 2^63.
static double round_up(double x)
{
    double whole = (double)(uint64_t)x;
    return whole < x ? whole + 1 : whole;
}

static double wanted(const struct weir_strategy_state *s, const struct weir_result *r, uint64_t rtt_ns)
{
    double limit = s->state[LIMIT].d, log = decimal_log((uint64_t)limit);
    if (r->dropped)
        return limit - log;
    if ((double)r->in_flight * 2 < limit)
        return limit;
    double queued = round_up(limit * (1 - (double)s->state[SHORTEST].u / (double)rtt_ns));
    if (queued <= s->params[THRESHOLD] * log)
        return limit + s->params[BETA] * log;
    if (queued < s->params[ALPHA] * log)
        return limit + log;
    return queued > s->params[BETA] * log ? limit - log : limit;
}

static void on_result(struct weir_strategy_state *s, const struct weir_result *r)
{
    uint64_t rtt_ns = r->rtt_ns ? r->rtt_ns : 1;
    if (learns(s, rtt_ns))
        return;
    double old = s->state[LIMIT].d, next = wanted(s, r, rtt_ns);
    if (next == old)
        return;
    next = next < s->params[MAX] ? next : s->params[MAX];
    next = next > 1 ? next : 1;
    s->state[LIMIT].d = (1 - s->params[SMOOTHING]) * old + s->params[SMOOTHING] * next;
}

static size_t limit(const struct weir_strategy_state *s)
{
    return (size_t)s->state[LIMIT].d;
}

static struct weir_pace on_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    return weir_pace_within(limit(s), v);
}

const struct weir_pacing_ops weir_pacing_vegas = {
    .name = "vegas",
    .summary =
        "offers in flight are limited by how many of them must be waiting, judged by the shortest round trip",
    .flags = WEIR_S_STATEFUL | WEIR_S_BLOCKS,
    .params = params,
    .init = init,
    .on_ask = on_ask,
    .on_result = on_result,
    .limit = limit,
};
