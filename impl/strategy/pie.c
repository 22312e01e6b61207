// SPDX-License-Identifier: Apache-2.0
// Proportional integral controller enhanced: RFC 8033 (Pan, Natarajan, Baker, White). Arriving records are
// dropped at random, with a probability that a controller moves so that the time in the queue comes to a
// target.
//
// Every `update` the probability p changes by
//     alpha (delay - target) + beta (delay - delay at the update before)          delays in seconds, 4.2
// divided by 2048, 512, 128, 32, 8 or 2 while p is below 0.000001, 0.00001, 0.0001, 0.001, 0.01 or 0.1, so
// that small probabilities move in small steps (auto-tuning). From 10 % on one step adds at most 2 % (5.5).
// When delay is and was zero, p fades by 2 % a step. It stays within 0 and 1.
//
// A record is taken without a draw (4.1) while the burst allowance lasts; while the last update saw a delay
// below half the target and p is below 20 %; and while no more than two records are in the queue. Draws are
// spread out (5.4): p accumulates over the records and nothing is dropped before the sum reaches 0.85; at 8.5
// the record is dropped without a draw; a drop sets the sum back.
//
// The allowance (4.4) starts at `burst` and shrinks by `update` at each update; it is full again when p is 0
// and delay was below half the target twice (refilled after the shrinking, so a calm queue has all of it).
//
// The delay is measured, not estimated by Little's law: that of the record dequeued last (4.3 allows time
// stamps), and zero when it left the queue empty. There is no timer: updates that have become due are made up
// for at the next record, in or out, with the delay known until then, which is what a timer would have seen;
// at most 4096 of them, by when p has settled.
//
// PIE is asleep, and takes everything, until a record finds `active_at` of the queue in use (5.3: a third);
// then it begins as new. It goes back to sleep when a record finds the queue empty, p is 0 and both delays
// are below half the target. A queue without a bound has no third, and 0 means always: there it never sleeps.
//
// Not taken over: the byte scaling, and the reset of the sum by a drop on a full queue (5.4), which happens
// at the door.
#include "strategy/discipline.h"

#include "strategy/draw.h"
#include "strategy/fill.h"
#include "strategy/instant.h"

enum { TARGET, UPDATE, ALPHA, BETA, BURST, ACTIVE_AT };
enum {
    SHARE,
    SUM,
    DELAY,
    DELAY_OLD,
    ALLOWANCE,
    DUE,
    RANDOM,
    ACTIVE
}; // slots; delays and allowance in nanoseconds
enum { CATCH_UP = 4096, WORK_CONSERVING = 2 };

static const struct weir_param_spec params[] = {
    [TARGET] = {"target", WEIR_PARAM_DURATION, 15e6, 1, 3600e9, "time in the queue it steers to"},
    [UPDATE] = {"update", WEIR_PARAM_DURATION, 15e6, 1000, 3600e9, "how often the probability is set"},
    [ALPHA] = {"alpha", WEIR_PARAM_NUMBER, 0.125, 0, 1000, "weight of the distance from the target, 1/s"},
    [BETA] = {"beta", WEIR_PARAM_NUMBER, 1.25, 0, 1000, "weight of the change since the last update, 1/s"},
    [BURST] = {"burst", WEIR_PARAM_DURATION, 150e6, 0, 3600e9, "burst that passes before it drops at all"},
    [ACTIVE_AT] = {"active_at", WEIR_PARAM_SHARE, 1.0 / 3, 0, 1,
                   "share of the queue in use that wakes it up; 0: never asleep"},
    {.key = NULL},
};

static void init(struct weir_strategy_state *s, uint64_t seed)
{
    s->state[RANDOM].u = seed;
    s->state[ACTIVE].u = s->params[ACTIVE_AT] <= 0;
    s->state[ALLOWANCE].d = s->params[BURST];
}

static double tuned(double step, double share)
{
    static const struct {
        double below, divisor;
    } table[] = {{0.000001, 2048}, {0.00001, 512}, {0.0001, 128}, {0.001, 32}, {0.01, 8}, {0.1, 2}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (share < table[i].below)
            return step / table[i].divisor;
    }
    return step > 0.02 ? 0.02 : step;
}

static bool calm(const struct weir_strategy_state *s)
{
    double half = s->params[TARGET] / 2;
    return s->state[SHARE].d == 0 && s->state[DELAY].d < half && s->state[DELAY_OLD].d < half;
}

static void update(struct weir_strategy_state *s)
{
    union weir_slot *m = s->state;
    double delay = m[DELAY].d, old = m[DELAY_OLD].d;
    double step =
        s->params[ALPHA] * (delay - s->params[TARGET]) / 1e9 + s->params[BETA] * (delay - old) / 1e9;
    double share = m[SHARE].d + tuned(step, m[SHARE].d);
    if (delay == 0 && old == 0)
        share *= 0.98;
    m[SHARE].d = share > 1 ? 1 : share > 0 ? share : 0;
    m[ALLOWANCE].d = m[ALLOWANCE].d > s->params[UPDATE] ? m[ALLOWANCE].d - s->params[UPDATE] : 0;
    if (calm(s))
        m[ALLOWANCE].d = s->params[BURST];
    m[DELAY_OLD].d = delay;
}

// The updates that are due by now. The clock starts with the first record.
static void catch_up(struct weir_strategy_state *s, uint64_t now_ns)
{
    uint64_t period = (uint64_t)s->params[UPDATE], *due = &s->state[DUE].u;
    if (*due == 0)
        *due = time_after(now_ns, s->params[UPDATE]);
    if (now_ns < *due)
        return;
    uint64_t missed = (now_ns - *due) / period + 1;
    for (uint64_t i = 0; i < missed && i < CATCH_UP; i++)
        update(s);
    *due = missed - 1 > (UINT64_MAX - *due) / period
               ? UINT64_MAX
               : time_after(*due + (missed - 1) * period, (double)period);
}

static bool spared(const struct weir_strategy_state *s, const struct weir_enqueue_view *v)
{
    const union weir_slot *m = s->state;
    return m[ALLOWANCE].d > 0 || (m[DELAY_OLD].d < s->params[TARGET] / 2 && m[SHARE].d < 0.2) ||
           v->len <= WORK_CONSERVING;
}

static bool drawn(struct weir_strategy_state *s)
{
    union weir_slot *m = s->state;
    if (m[SHARE].d == 0)
        m[SUM].d = 0;
    m[SUM].d += m[SHARE].d;
    if (m[SUM].d < 0.85)
        return false;
    if (m[SUM].d < 8.5 && draw_unit(&m[RANDOM].u) >= m[SHARE].d)
        return false;
    m[SUM].d = 0;
    return true;
}

static void wake_up(struct weir_strategy_state *s, uint64_t now_ns)
{
    union weir_slot *m = s->state;
    m[ACTIVE].u = true;
    m[SHARE].d = m[SUM].d = m[DELAY_OLD].d = 0;
    m[ALLOWANCE].d = s->params[BURST];
    m[DUE].u = time_after(now_ns, s->params[UPDATE]);
}

// 5.3, for the record that arrives now.
static void wake_or_sleep(struct weir_strategy_state *s, const struct weir_enqueue_view *v)
{
    bool never_sleeps = s->params[ACTIVE_AT] <= 0 || v->capacity == SIZE_MAX;
    if (!s->state[ACTIVE].u && (never_sleeps || fill_at_least(v->len, v->capacity, s->params[ACTIVE_AT])))
        wake_up(s, v->now_ns);
    else if (s->state[ACTIVE].u && !never_sleeps && v->len == 0 && calm(s))
        s->state[ACTIVE].u = false;
}

static struct weir_fate on_enqueue(struct weir_strategy_state *s, const struct weir_enqueue_view *v)
{
    if (s->state[ACTIVE].u)
        catch_up(s, v->now_ns);
    wake_or_sleep(s, v);
    if (!s->state[ACTIVE].u)
        return (struct weir_fate){.drop = false};
    return (struct weir_fate){.drop = !spared(s, v) && drawn(s), .reason = WEIR_LOSS_AQM};
}

static struct weir_fate on_dequeue(struct weir_strategy_state *s, const struct weir_dequeue_view *v)
{
    if (s->state[ACTIVE].u)
        catch_up(s, v->now_ns);
    bool waited = v->len > 0 && v->now_ns > v->enqueued_ns;
    s->state[DELAY].d = waited ? (double)(v->now_ns - v->enqueued_ns) : 0;
    return (struct weir_fate){.drop = false};
}

static double drop_share(const struct weir_strategy_state *s)
{
    return s->state[SHARE].d;
}

const struct weir_discipline_ops weir_discipline_pie = {
    .name = "pie",
    .summary =
        "records are dropped at random on arrival so that the time in the queue comes to a target (RFC 8033)",
    .flags = WEIR_S_STATEFUL | WEIR_S_LOSES,
    .params = params,
    .init = init,
    .on_enqueue = on_enqueue,
    .on_dequeue = on_dequeue,
    .drop_share = drop_share,
};
