// SPDX-License-Identifier: Apache-2.0
#include "flow/edge.h"

#include "flow/edge_spill.h"
#include "flow/flow.h"
#include "flow/pacer.h"
#include "flow/queueing.h"
#include "flow/ring.h"

void edge_note_length(struct edge *e)
{
    uint64_t len = e->ops->len(e->queue);
    uint64_t seen = atomic_load_explicit(e->high_water, memory_order_relaxed);
    while (len > seen && !atomic_compare_exchange_weak_explicit(e->high_water, &seen, len,
                                                                memory_order_relaxed, memory_order_relaxed))
        ;
}

static size_t push(struct edge *e, struct record *const *records, size_t count, uint64_t now_ns)
{
    uint64_t items[64];
    size_t done = 0;
    while (done < count) {
        size_t n = count - done < 64 ? count - done : 64;
        for (size_t i = 0; i < n; i++) {
            records[done + i]->pushed_ns = now_ns;
            items[i] = (uint64_t)(uintptr_t)records[done + i];
        }
        size_t moved = e->ops->try_push_n(e->queue, items, n);
        done += moved;
        if (moved < n)
            break;
    }
    return done;
}

size_t edge_into_queue(struct node *n, struct port *port, struct record *const *records, size_t count,
                       uint64_t now_ns)
{
    size_t moved = push(port->edge, records, count, now_ns);
    if (moved == 0)
        return 0;
    port->counts->in += moved;
    edge_note_length(port->edge);
    // Only the simulator traces, and there nobody has taken the records yet.
    for (size_t i = 0; n->flow->world.trace && i < moved; i++)
        flow_trace(n, now_ns, TRACE_ADMITTED, records[i]);
    return moved;
}

size_t edge_push(struct node *n, struct port *port, struct record *const *records, size_t count,
                 uint64_t now_ns)
{
    return (port->edge->spill ? edge_spill_push : edge_into_queue)(n, port, records, count, now_ns);
}

// A group goes in only when all of it fits. With several producers the room may be gone between the look and
// the push; what is inside then stays, and the rest waits for its turn: it has been admitted.
static bool enter(struct node *n, struct port *port, struct offer *o, struct record *const *records,
                  size_t count, uint64_t now_ns)
{
    struct edge *e = port->edge;
    size_t capacity = e->ops->capacity(e->queue);
    if (count > 1 && !o->pushed && !e->is_inline && !e->spill && capacity != SIZE_MAX &&
        capacity - e->ops->len(e->queue) < count)
        return false;
    if (queueing_screens(e))
        return queueing_enter(n, port, o, records, count, now_ns);
    o->pushed += edge_push(n, port, records + o->pushed, count - o->pushed, now_ns);
    return o->pushed == count;
}

static struct weir_decision decide(struct node *n, struct edge *e, const struct offer *o,
                                   const struct record *r, size_t count, uint64_t now_ns, bool full)
{
    const struct weir_strategy_ops *s = e->spec->admission;
    struct weir_offer_view view = {
        .now_ns = now_ns,
        .offered_ns = o->first_ns,
        .intended_ns = r->intended_ns,
        .len = e->ops->len(e->queue),
        .capacity = e->ops->capacity(e->queue),
        .count = count,
        .turns = o->turns,
        .record_class = r->record_class,
        .delayable = n->delayable,
        .held = o->held,
        .classes = (unsigned)n->flow->setup->scenario->sources[r->source].class_count,
    };
    if (!full && !s->on_offer)
        return (struct weir_decision){.verdict = WEIR_PUSH};
    guard_enter(n->flow, e->guard);
    struct weir_decision d = full ? s->on_full(&e->admission, &view) : s->on_offer(&e->admission, &view);
    guard_leave(n->flow, e->guard);
    return d;
}

static struct offer_answer settle(struct offer *o, struct offer_answer answer)
{
    *o = (struct offer){0};
    return answer;
}

static struct offer_answer blocked(uint64_t until_ns, size_t space)
{
    return (struct offer_answer){.result = OFFER_BLOCKED, .until_ns = until_ns, .space = space};
}

// Turns a verdict other than PUSH into an answer; EVICT has been carried out before.
static struct offer_answer answer_of(struct offer *o, struct weir_decision d, size_t space)
{
    switch (d.verdict) {
    case WEIR_WAIT: return blocked(d.until_ns, space);
    case WEIR_DELIVER: return settle(o, (struct offer_answer){.result = OFFER_SELF});
    case WEIR_REFUSE:
        return settle(o, (struct offer_answer){.result = OFFER_REFUSED, .retry_after_ns = d.retry_after_ns});
    default: return settle(o, (struct offer_answer){.result = OFFER_LOST, .reason = d.reason});
    }
}

// With records on disk it is not the queue that a blocked producer waits for.
static struct offer_answer for_room(struct edge *e, uint32_t seen, struct offer_answer answer)
{
    if (e->spill && answer.result == OFFER_BLOCKED && atomic_load(&e->spill->waiting) > 0) {
        answer.signal = &e->spill->room;
        answer.seen = seen;
    }
    return answer;
}

// In front of the door: true when the offer may go to the queue. A held one waits until the queue is shorter
// than the strategy asks, which is a number of free slots.
static bool passes_door(struct node *n, struct edge *e, struct offer *o, const struct record *r, size_t count,
                        uint64_t now_ns, struct offer_answer *answer)
{
    struct weir_decision d = decide(n, e, o, r, count, now_ns, false);
    o->past_door = d.verdict == WEIR_PUSH;
    if (o->past_door)
        return true;
    o->held |= d.verdict == WEIR_WAIT;
    size_t capacity = e->ops->capacity(e->queue);
    size_t space = d.below && d.below <= capacity ? capacity - d.below + 1 : 1;
    *answer = answer_of(o, d, space);
    return false;
}

// In front of everything else: the producer's pacing. What the offer waits there does not count as waiting at
// the door.
static bool passes_pacing(struct node *n, struct port *port, struct offer *o, struct record *const *records,
                          size_t count, uint64_t now_ns, struct offer_answer *answer)
{
    bool paused = o->paused_ns;
    if (port->pacer && !pacer_ask(n->flow, port->pacer, o, records, count, now_ns, answer))
        return false;
    o->past_pacing = true;
    if (paused)
        o->first_ns = now_ns;
    return true;
}

struct wait offer_wait(struct edge *e, const struct offer_answer *a, uint64_t limit_ns)
{
    uint64_t until_ns = sooner(a->until_ns, limit_ns);
    if (a->signal)
        return wait_signal(a->signal, a->seen, until_ns);
    return a->paused ? wait_time(until_ns) : wait_space(e, a->space, until_ns);
}

struct offer_answer edge_offer(struct node *n, struct port *port, struct offer *o,
                               struct record *const *records, size_t count, uint64_t now_ns)
{
    struct edge *e = port->edge;
    struct offer_answer answer;
    uint32_t seen = e->spill ? signal_seen(&e->spill->room) : 0;
    if (!o->open)
        *o = (struct offer){.open = true, .first_ns = o->since_ns ? o->since_ns : now_ns};
    if (!o->past_pacing && !passes_pacing(n, port, o, records, count, now_ns, &answer))
        return answer;
    if (!o->past_door && !passes_door(n, e, o, records[0], count, now_ns, &answer))
        return answer;
    for (;;) {
        if (enter(n, port, o, records, count, now_ns))
            return settle(o, (struct offer_answer){.result = OFFER_ADMITTED});
        if (o->pushed)
            return for_room(e, seen, blocked(TIME_NEVER, 1));
        if (e->ops->closed(e->queue)) // nothing enters any more, whatever the strategy would do
            return settle(o, (struct offer_answer){.result = OFFER_LOST, .reason = WEIR_LOSS_SHUTDOWN});
        if (queueing_makes_room(n, port, count, now_ns))
            continue;
        struct weir_decision d = decide(n, e, o, records[0], count, now_ns, true);
        if (d.verdict == WEIR_EVICT) {
            queueing_evict(n, port, d.reason, now_ns);
            o->turns++;
        } else if (d.verdict != WEIR_PUSH) {
            return for_room(e, seen, answer_of(o, d, count));
        }
    }
}

static size_t take(struct node *n, struct port *port, struct record **records, size_t count, uint64_t now_ns)
{
    struct edge *e = port->edge;
    if (queueing_judges(e))
        return queueing_take(n, port, records, count, now_ns);
    uint64_t items[64];
    if (e->ring) // the others' edges are looked at when something enters
        edge_note_length(e);
    size_t got = e->ops->try_pop_n(e->queue, items, count < 64 ? count : 64);
    for (size_t i = 0; i < got; i++)
        records[i] = (struct record *)(uintptr_t)items[i];
    port->counts->out += got;
    return got;
}

size_t edge_take(struct node *n, struct port *port, struct record **records, size_t count, uint64_t now_ns)
{
    size_t got = take(n, port, records, count, now_ns);
    if (port->edge->spill && edge_spill_back(n, port, now_ns) && got == 0)
        got = take(n, port, records, count, now_ns);
    return got;
}

bool edge_ended(const struct edge *e)
{
    return e->ops->closed(e->queue) && e->ops->len(e->queue) == 0;
}

bool edge_ready(const struct edge *e)
{
    return e->ring ? e->ring->ready(e->queue) > 0 : edge_len(e) > 0;
}

size_t edge_len(const struct edge *e)
{
    return e->ops->len(e->queue);
}

bool edge_release(struct edge *e)
{
    if (atomic_fetch_sub_explicit(&e->open_producers, 1, memory_order_acq_rel) != 1)
        return false;
    if (e->spill)
        return edge_spill_release(e);
    e->ops->close(e->queue);
    return true;
}
