// SPDX-License-Identifier: Apache-2.0
// The caller writes by itself when the queue is full: velo's OverflowSync (its default), and what log4j2's
// Default queue-full policy does for its own threads. Nothing is lost and nobody waits for space; but the
// record overtakes all that is in the queue, and the caller pays with the sink's service time.
#include "strategy/list.h"

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    (void)v;
    return (struct weir_decision){.verdict = WEIR_DELIVER};
}

const struct weir_strategy_ops weir_strategy_sync_fallback = {
    .name = "sync_fallback",
    .summary = "the producer takes the record to the sink by itself, past those that are in the queue",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_DELIVERS,
    .on_full = on_full,
};
