// SPDX-License-Identifier: Apache-2.0
// Head drop: the oldest waiting record makes room for the new one. spdlog's overrun_oldest, Fluentd's
// drop_oldest_chunk, a diode.
//
// Other producers may take each freed slot. So that an offer ends in bounded time it gives up after 64 turns
// for each of its records, and then the offer itself is lost. A group that is larger than the whole queue
// evicts nothing: no number of victims would make it fit.
#include "strategy/list.h"

enum { MAX_TURNS = 64 };

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    if (v->turns / MAX_TURNS < v->count && v->count <= v->capacity)
        return (struct weir_decision){.verdict = WEIR_EVICT, .reason = WEIR_LOSS_DROP_OLDEST};
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_DROP_NEWEST};
}

const struct weir_strategy_ops weir_strategy_drop_oldest = {
    .name = "drop_oldest",
    .summary = "when the queue is full its oldest record is lost for the new one; the delivered are fresh",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_EVICTS | WEIR_S_LOSES,
    .on_full = on_full,
};
