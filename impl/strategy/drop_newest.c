// SPDX-License-Identifier: Apache-2.0
// Tail drop: what comes when the queue is full is lost, and what waits is delivered, old as it may be.
// Vector's `drop_newest`, spdlog's discard_new, tracing-appender's lossy mode.
#include "strategy/list.h"

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    (void)v;
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_DROP_NEWEST};
}

const struct weir_strategy_ops weir_strategy_drop_newest = {
    .name = "drop_newest",
    .summary =
        "when the queue is full the new record is lost; the producer never waits, the delivered are old",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_LOSES,
    .on_full = on_full,
};
