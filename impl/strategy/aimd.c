// SPDX-License-Identifier: Apache-2.0
// Additive increase, multiplicative decrease of the number of offers in flight: AIMDLimit of Netflix'
// concurrency-limits, with its defaults.
//
// A result that was dropped or took longer than `timeout` cuts the limit to `backoff` of it, rounded down.
// Any other result raises it by one, but only if at least half of the limit was in use. Always within `min`
// and `max`. Defaults: 20 to 200, backoff 0.9, timeout 5 s. Every result is a sample; the library's windowed
// variant is not taken over.
#include "strategy/pacing.h"

enum { INITIAL, MIN, MAX, BACKOFF, TIMEOUT };
enum { LIMIT }; // slot

static const struct weir_param_spec params[] = {
    [INITIAL] = {"initial", WEIR_PARAM_COUNT, 20, 1, 1e6, "limit to start with"},
    [MIN] = {"min", WEIR_PARAM_COUNT, 20, 1, 1e6, "lowest limit"},
    [MAX] = {"max", WEIR_PARAM_COUNT, 200, 1, 1e6, "highest limit"},
    [BACKOFF] = {"backoff", WEIR_PARAM_SHARE, 0.9, 0.5, 1, "factor of the limit after a drop"},
    [TIMEOUT] = {"timeout", WEIR_PARAM_DURATION, 5e9, 1, 3600e9,
                 "round trip past which a result counts as a drop"},
    {.key = NULL},
};

static uint64_t within(const struct weir_strategy_state *s, uint64_t limit)
{
    uint64_t min = (uint64_t)s->params[MIN], max = (uint64_t)s->params[MAX];
    uint64_t high = limit > min ? limit : min;
    return high < max ? high : max;
}

static void init(struct weir_strategy_state *s, uint64_t seed)
{
    (void)seed;
    s->state[LIMIT].u = within(s, (uint64_t)s->params[INITIAL]);
}

static void on_result(struct weir_strategy_state *s, const struct weir_result *r)
{
    uint64_t limit = s->state[LIMIT].u;
    if (r->dropped || r->rtt_ns > (uint64_t)s->params[TIMEOUT])
        limit = (uint64_t)((double)limit * s->params[BACKOFF]);
    else if (r->in_flight >= limit - limit / 2) // twice what is in flight reaches the limit
        limit++;
    s->state[LIMIT].u = within(s, limit);
}

static size_t limit(const struct weir_strategy_state *s)
{
    return (size_t)s->state[LIMIT].u;
}

static struct weir_pace on_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    return weir_pace_within(limit(s), v);
}

const struct weir_pacing_ops weir_pacing_aimd = {
    .name = "aimd",
    .summary =
        "offers in flight are limited: one more after each success, a tenth less after a loss or timeout",
    .flags = WEIR_S_STATEFUL | WEIR_S_BLOCKS,
    .params = params,
    .init = init,
    .on_ask = on_ask,
    .on_result = on_result,
    .limit = limit,
};
