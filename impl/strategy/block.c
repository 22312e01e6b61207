// SPDX-License-Identifier: Apache-2.0
// Lossless backpressure: the producer stands until there is room. Nothing is lost here; what the producer
// cannot hold back (datagrams, a request with a deadline) is lost in front of it. Vector's `block`, spdlog's
// default, a bounded Go channel.
#include "strategy/list.h"

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    (void)v;
    return (struct weir_decision){.verdict = WEIR_WAIT, .until_ns = UINT64_MAX};
}

const struct weir_strategy_ops weir_strategy_block = {
    .name = "block",
    .summary = "the producer waits for space, however long it takes; nothing is lost at this door",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_BLOCKS,
    .on_full = on_full,
};
