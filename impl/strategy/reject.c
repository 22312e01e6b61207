// SPDX-License-Identifier: Apache-2.0
// Refuses and says so, with a hint when to come back: an OTLP receiver's 429 or 503 with Retry-After. What
// becomes of the record is up to the sender's patience, so the loss, if any, is the sender's.
#include "strategy/list.h"

enum { RETRY_AFTER };

static const struct weir_param_spec params[] = {
    [RETRY_AFTER] = {"retry_after", WEIR_PARAM_DURATION, 1e9, 0, 3600e9,
                     "hint when to come back; 0 gives none"},
    {.key = NULL},
};

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)v;
    return (struct weir_decision){.verdict = WEIR_REFUSE, .retry_after_ns = (uint64_t)s->params[RETRY_AFTER]};
}

const struct weir_strategy_ops weir_strategy_reject = {
    .name = "reject",
    .summary = "when the queue is full the sender is refused and told when to come back",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_LOSES,
    .params = params,
    .on_full = on_full,
};
