// SPDX-License-Identifier: Apache-2.0
// Keeps one offer in N and loses the others on purpose: rsyslog's queue.samplingInterval, the samplers of zap
// and velo. With a mark it does so only while the queue is at least that full.
//
// Counted, not drawn: of the offers that are subject to sampling the first is kept, then each N-th. The count
// goes on across pauses below the mark, so that a queue that swings around it does not keep more than its
// share. A group is one offer. rsyslog's interval is off by default; 100 is zap's `thereafter`. A record that
// is kept and finds the queue full is lost (drop_newest).
#include "strategy/fill.h"
#include "strategy/list.h"

enum { EVERY, MARK };
enum { SEEN }; // slot: offers since the last one kept

static const struct weir_param_spec params[] = {
    [EVERY] = {"every", WEIR_PARAM_COUNT, 100, 1, 1e9, "of so many records one is kept"},
    [MARK] = {"mark", WEIR_PARAM_SHARE, 0, 0, 1, "fill from which on it samples; 0 = always"},
    {.key = NULL},
};

static struct weir_decision on_offer(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    if (s->params[MARK] > 0 && !fill_at_least(v->len, v->capacity, s->params[MARK]))
        return (struct weir_decision){.verdict = WEIR_PUSH};
    uint64_t turn = s->state[SEEN].u;
    s->state[SEEN].u = turn + 1 >= (uint64_t)s->params[EVERY] ? 0 : turn + 1;
    if (turn == 0)
        return (struct weir_decision){.verdict = WEIR_PUSH};
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_SAMPLED};
}

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    (void)v;
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_DROP_NEWEST};
}

const struct weir_strategy_ops weir_strategy_sample = {
    .name = "sample",
    .summary = "one record in N is kept, always or above a fill mark; the others are lost on purpose",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_STATEFUL | WEIR_S_LOSES,
    .params = params,
    .on_offer = on_offer,
    .on_full = on_full,
};
