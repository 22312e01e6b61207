// SPDX-License-Identifier: Apache-2.0
// Waits, but not for ever: rsyslog's queue.timeoutEnqueue (2000 ms, hence the default) and Kafka's
// max.block.ms. The clock starts with the offer and not with the wait, so that being woken in vain does not
// prolong it. Each offer has its own timeout: behind a dead consumer a producer gets one record per timeout
// past, as with rsyslog.
#include "strategy/list.h"

enum { TIMEOUT };

static const struct weir_param_spec params[] = {
    [TIMEOUT] = {"timeout", WEIR_PARAM_DURATION, 2e9, 0, 3600e9,
                 "longest wait for space; then the record is lost"},
    {.key = NULL},
};

static uint64_t deadline(uint64_t from, double wait)
{
    uint64_t ns = (uint64_t)wait;
    return from > UINT64_MAX - ns ? UINT64_MAX : from + ns;
}

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    uint64_t until = deadline(v->offered_ns, s->params[TIMEOUT]);
    if (v->now_ns >= until)
        return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_TIMEOUT};
    return (struct weir_decision){.verdict = WEIR_WAIT, .until_ns = until};
}

const struct weir_strategy_ops weir_strategy_block_timeout = {
    .name = "block_timeout",
    .summary = "the producer waits for space up to a timeout, then the record is lost",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_LOSES,
    .params = params,
    .on_full = on_full,
};
