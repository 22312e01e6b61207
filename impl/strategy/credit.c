// SPDX-License-Identifier: Apache-2.0
// A fixed window: each producer may have so many records in flight and gets a credit back with each result.
// The source is syslog-ng's flow control (flags(flow-control)): log-iw-size, 100 for each source, hence the
// default. Flink's network credits are the same rule with 2 exclusive buffers a channel and 8 floating ones,
// so {window: 10} at most; of HTTP/2 and TCP it is the plain sliding window. Not Breakwater's: its server
// hands out credits by its own queueing delay, and nobody here sees that. It neither knows nor learns what
// the other side can take, so the window has to be round trip times bandwidth.
#include "strategy/pacing.h"

enum { WINDOW };

static const struct weir_param_spec params[] = {
    [WINDOW] = {"window", WEIR_PARAM_COUNT, 100, 1, 1e9, "offers of one producer that may be in flight"},
    {.key = NULL},
};

static size_t limit(const struct weir_strategy_state *s)
{
    return (size_t)s->params[WINDOW];
}

static struct weir_pace on_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    return weir_pace_within(limit(s), v);
}

const struct weir_pacing_ops weir_pacing_credit = {
    .name = "credit",
    .summary = "a producer may have a fixed number of offers in flight",
    .flags = WEIR_S_BLOCKS,
    .params = params,
    .on_ask = on_ask,
    .limit = limit,
};
