// SPDX-License-Identifier: Apache-2.0
// Records that are too old when their turn comes are not worth a consumer's time: Reactor's
// onBackpressureBuffer with a time to live, Kong's max_retry_time (60 s, hence the default; Reactor has
// none).
//
// What counts is the age, from the time the record was meant to exist, and not the time in this queue alone:
// a record that was held up in front of the queue is no fresher for it. Exactly `ttl` old is still young
// enough.
#include "strategy/discipline.h"

enum { TTL };

static const struct weir_param_spec params[] = {
    [TTL] = {"ttl", WEIR_PARAM_DURATION, 60e9, 0, 86400e9,
             "age past which a record is lost instead of delivered"},
    {.key = NULL},
};

static struct weir_fate on_dequeue(struct weir_strategy_state *s, const struct weir_dequeue_view *v)
{
    bool old = v->now_ns > v->intended_ns && v->now_ns - v->intended_ns > (uint64_t)s->params[TTL];
    return (struct weir_fate){.drop = old, .reason = WEIR_LOSS_EXPIRED};
}

const struct weir_discipline_ops weir_discipline_ttl = {
    .name = "ttl",
    .summary = "records older than a time to live are lost when their turn comes; what is delivered is fresh",
    .flags = WEIR_S_LOSES,
    .params = params,
    .on_dequeue = on_dequeue,
};
