// SPDX-License-Identifier: Apache-2.0
// Discards what matters least while there is still room for what matters more: rsyslog's queue.discardMark
// (98 % of the size, hence the default) with queue.discardSeverity, and log4j2's Discard policy.
//
// A source lists its classes from the least to the most important; the last `keep` of them are kept. When the
// queue is at the mark or past it, a record of any other class is lost. rsyslog asks this at both ends of the
// queue, weir at the door only. rsyslog ships with the discarding switched off (severity 8); keep 1 is weir's
// own default. A group goes by the class of its first record.
//
// When the queue is full there are two schools: rsyslog lets every record wait for timeoutEnqueue and then
// discards it, log4j2 discards those below the threshold and lets the others wait as long as it takes. weir
// does as log4j2: to lose an error because of the debug lines in front of it would defeat the strategy. What
// is lost on a full queue is lost for its class, so the reason is `priority` there too. `block_timeout` is
// the bounded wait.
#include "strategy/fill.h"
#include "strategy/list.h"

enum { MARK, KEEP };

static const struct weir_param_spec params[] = {
    [MARK] = {"mark", WEIR_PARAM_SHARE, 0.98, 0, 1, "fill from which on only the kept classes enter"},
    [KEEP] = {"keep", WEIR_PARAM_COUNT, 1, 0, 255, "how many of the last classes are always kept"},
    {.key = NULL},
};

static bool kept(const struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    return (double)v->record_class + s->params[KEEP] >= (double)v->classes;
}

static const struct weir_decision discard = {.verdict = WEIR_DROP, .reason = WEIR_LOSS_PRIORITY};

static struct weir_decision on_offer(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    if (fill_at_least(v->len, v->capacity, s->params[MARK]) && !kept(s, v))
        return discard;
    return (struct weir_decision){.verdict = WEIR_PUSH};
}

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    if (!kept(s, v))
        return discard;
    return (struct weir_decision){.verdict = WEIR_WAIT, .until_ns = UINT64_MAX};
}

const struct weir_strategy_ops weir_strategy_priority = {
    .name = "priority",
    .summary =
        "past a fill mark only the most important classes enter, the others are lost; those wait for space",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_LOSES | WEIR_S_BLOCKS,
    .params = params,
    .on_offer = on_offer,
    .on_full = on_full,
};
