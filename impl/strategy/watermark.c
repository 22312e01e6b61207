// SPDX-License-Identifier: Apache-2.0
// Sources that can wait do so early and leave the room to those that cannot (a datagram that waits is lost in
// the kernel): rsyslog's queue.lightDelayMark (70 %) and queue.fullDelayMark (97 %).
//
// A delayable source that finds the queue at the light mark or past it waits, but at most `light_wait` (one
// second in rsyslog) from its offer on; at the full mark or past it, it waits as long as it takes. As in
// rsyslog a wait ends when the queue is shorter than half the mark, so that the sources do not come back one
// by one on the edge. rsyslog sorts sources into three kinds (not, lightly, fully delayable) and gives each
// its own mark; weir knows two, and one that is delayable answers to both marks in turn.
//
// A source that is not delayable never waits: on a full queue its record is lost (rsyslog waits for
// timeoutEnqueue first, then discards). A delayable one that meets a full queue, because others were faster,
// waits.
#include "strategy/fill.h"
#include "strategy/instant.h"
#include "strategy/list.h"

enum { LIGHT, FULL, LIGHT_WAIT };

static const struct weir_param_spec params[] = {
    [LIGHT] = {"light", WEIR_PARAM_SHARE, 0.70, 0, 1, "fill from which on delayable sources wait a little"},
    [FULL] = {"full", WEIR_PARAM_SHARE, 0.97, 0, 1, "fill from which on they wait as long as it takes"},
    [LIGHT_WAIT] = {"light_wait", WEIR_PARAM_DURATION, 1e9, 0, 1e9, "longest wait above the light mark"},
    {.key = NULL},
};

// A held offer stays held until the queue is below half the mark.
static bool held_by(const struct weir_offer_view *v, double mark)
{
    return fill_at_least(v->len, v->capacity, v->held ? mark / 2 : mark);
}

// The length below which the queue is under half the mark; at least 1, or the wait would never end.
static size_t half_of(const struct weir_offer_view *v, double mark)
{
    double half = mark / 2 * (double)v->capacity;
    size_t n = (size_t)half;
    return (double)n < half || n == 0 ? n + 1 : n;
}

static struct weir_decision wait(const struct weir_offer_view *v, double mark, uint64_t until_ns)
{
    return (struct weir_decision){.verdict = WEIR_WAIT, .until_ns = until_ns, .below = half_of(v, mark)};
}

static struct weir_decision on_offer(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    uint64_t patience = time_after(v->offered_ns, s->params[LIGHT_WAIT]);
    if (v->delayable && v->len > 0) {
        if (fill_at_least(v->len, v->capacity, s->params[FULL]))
            return wait(v, s->params[FULL], UINT64_MAX);
        if (v->now_ns < patience && held_by(v, s->params[LIGHT]))
            return wait(v, s->params[LIGHT], patience);
    }
    return (struct weir_decision){.verdict = WEIR_PUSH};
}

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    if (v->delayable)
        return (struct weir_decision){.verdict = WEIR_WAIT, .until_ns = UINT64_MAX};
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_DROP_NEWEST};
}

const struct weir_strategy_ops weir_strategy_watermark = {
    .name = "watermark",
    .summary = "sources that can wait do so above a fill mark and leave the room to those that cannot",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_LOSES | WEIR_S_BLOCKS,
    .params = params,
    .on_offer = on_offer,
    .on_full = on_full,
};
