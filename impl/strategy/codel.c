// SPDX-License-Identifier: Apache-2.0
// Controlled delay: RFC 8289 (Nichols, Jacobson, McGregor, Iyengar), section 5. Bursts pass, a standing queue
// does not.
//
// A record may be dropped when every record for a whole `interval` has spent at least `target` in the queue.
// The first such record is dropped and the dropping state begins; in it the next drop is due interval /
// sqrt(count) after the one before, where count is the number of drops of this state, so that the drop rate
// rises until the delay gives in. The first record below the target ends the state. If the next state begins
// within 16 intervals of the last planned drop, it starts near the rate that worked: with as many counts as
// the last state added (if more than one), else with one.
//
// RFC: never drop when no more than one packet of full size is left in the queue ("bytes() <= maxpacket"), so
// that a link does not run dry. Every record counts as one full-sized packet here: nothing is dropped unless
// more than one record is left behind it. As in the RFC, `bytes` is taken after the record has left.
//
// The RFC handles a run of drops within one call; here each record is asked about by itself, and `next`
// remembers where that call would stand:
//   PLAIN          a new call: drop if dropping and due, or if the state is to begin
//   AFTER_FIRST    the drop that began the state: the record behind it is delivered, whatever its sojourn
//   AFTER_DROP     a drop within the state: its successor ends it or plans the next drop, which may be due
#include "strategy/discipline.h"

#include <math.h>

#include "strategy/instant.h"

enum { TARGET, INTERVAL };
enum { FIRST_ABOVE, DROP_NEXT, COUNT, LAST_COUNT, DROPPING, NEXT }; // slots
enum { PLAIN, AFTER_FIRST, AFTER_DROP };

static const struct weir_param_spec params[] = {
    [TARGET] = {"target", WEIR_PARAM_DURATION, 5e6, 0, 3600e9, "time in the queue that may last"},
    [INTERVAL] = {"interval", WEIR_PARAM_DURATION, 100e6, 1, 3600e9, "how long more than that is a burst"},
    {.key = NULL},
};

static bool may_drop(struct weir_strategy_state *s, const struct weir_dequeue_view *v)
{
    uint64_t sojourn = v->now_ns > v->enqueued_ns ? v->now_ns - v->enqueued_ns : 0;
    if (sojourn < (uint64_t)s->params[TARGET] || v->len <= 1) {
        s->state[FIRST_ABOVE].u = 0;
        return false;
    }
    if (s->state[FIRST_ABOVE].u == 0) {
        s->state[FIRST_ABOVE].u = time_after(v->now_ns, s->params[INTERVAL]);
        return false;
    }
    return v->now_ns >= s->state[FIRST_ABOVE].u;
}

static void plan_drop(struct weir_strategy_state *s, uint64_t from_ns)
{
    s->state[DROP_NEXT].u = time_after(from_ns, s->params[INTERVAL] / sqrt((double)s->state[COUNT].u));
}

static struct weir_fate deliver(struct weir_strategy_state *s)
{
    s->state[NEXT].u = PLAIN;
    return (struct weir_fate){.drop = false};
}

static struct weir_fate drop(struct weir_strategy_state *s, unsigned next)
{
    s->state[NEXT].u = next;
    return (struct weir_fate){.drop = true, .reason = WEIR_LOSS_AQM};
}

static struct weir_fate begin_dropping(struct weir_strategy_state *s, uint64_t now_ns)
{
    union weir_slot *m = s->state;
    uint64_t delta = m[COUNT].u - m[LAST_COUNT].u;
    bool soon = now_ns < m[DROP_NEXT].u || (double)(now_ns - m[DROP_NEXT].u) < 16 * s->params[INTERVAL];
    m[COUNT].u = delta > 1 && soon ? delta : 1;
    m[LAST_COUNT].u = m[COUNT].u;
    m[DROPPING].u = true;
    plan_drop(s, now_ns);
    return drop(s, AFTER_FIRST);
}

static struct weir_fate on_dequeue(struct weir_strategy_state *s, const struct weir_dequeue_view *v)
{
    union weir_slot *m = s->state;
    bool ok_to_drop = may_drop(s, v);
    if (m[NEXT].u == AFTER_FIRST)
        return deliver(s);
    if (!m[DROPPING].u)
        return ok_to_drop ? begin_dropping(s, v->now_ns) : deliver(s);
    if (!ok_to_drop) {
        m[DROPPING].u = false;
        return deliver(s);
    }
    if (m[NEXT].u == AFTER_DROP)
        plan_drop(s, m[DROP_NEXT].u);
    if (v->now_ns < m[DROP_NEXT].u)
        return deliver(s);
    m[COUNT].u++;
    return drop(s, AFTER_DROP);
}

const struct weir_discipline_ops weir_discipline_codel = {
    .name = "codel",
    .summary =
        "bursts pass, but of a queue that stands longer than a target more and more is dropped (RFC 8289)",
    .flags = WEIR_S_STATEFUL | WEIR_S_LOSES,
    .params = params,
    .on_dequeue = on_dequeue,
};
