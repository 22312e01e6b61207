// SPDX-License-Identifier: Apache-2.0
#include "flow/queueing.h"

#include "flow/flow.h"
#include "flow/store_queue.h"

static const struct weir_discipline_ops *discipline_of(const struct edge *e)
{
    return e->spec->discipline;
}

bool queueing_open(struct flow *f, struct edge *e)
{
    const struct weir_discipline_ops *ops = discipline_of(e);
    if (ops == NULL)
        return true;
    e->discipline = e->spec->discipline_state;
    if (ops->init)
        ops->init(&e->discipline, f->setup->seed ^ hash_text(e->name));
    if (ops->store) { // its queue serialises all calls
        e->ops = store_queue_ops();
        e->queue =
            store_queue_create(ops, &e->discipline, e->spec->capacity, f->setup->seed ^ hash_text(e->name));
        return e->queue != NULL;
    }
    // Those who push and those who pop share the state, so one of each is already two.
    bool shared = (ops->flags & WEIR_S_STATEFUL) && f->world.guard_create;
    if (shared)
        e->discipline_guard = f->world.guard_create(f->world.context);
    return !shared || e->discipline_guard;
}

void queueing_close(struct flow *f, struct edge *e)
{
    if (e->discipline_guard)
        f->world.guard_destroy(e->discipline_guard);
    e->discipline_guard = NULL;
}

bool queueing_screens(const struct edge *e)
{
    const struct weir_discipline_ops *ops = discipline_of(e);
    return ops && ops->on_enqueue;
}

bool queueing_judges(const struct edge *e)
{
    const struct weir_discipline_ops *ops = discipline_of(e);
    return ops && (ops->on_dequeue || ops->store);
}

// ---- in ----

static struct weir_fate arrive(struct node *n, struct edge *e, const struct record *r, size_t len,
                               uint64_t now_ns)
{
    struct weir_enqueue_view view = {
        .now_ns = now_ns, .intended_ns = r->intended_ns, .len = len, .capacity = e->ops->capacity(e->queue)};
    guard_enter(n->flow, e->discipline_guard);
    struct weir_fate fate = weir_discipline_enqueue(discipline_of(e), &e->discipline, &view);
    guard_leave(n->flow, e->discipline_guard);
    return fate;
}

bool queueing_enter(struct node *n, struct port *port, struct offer *o, struct record *const *records,
                    size_t count, uint64_t now_ns)
{
    struct edge *e = port->edge;
    for (; o->pushed < count; o->pushed++, o->screened = false) {
        struct record *r = records[o->pushed];
        size_t len = e->ops->len(e->queue);
        if (!o->screened) { // asked once, and only when it would get in
            if (len >= e->ops->capacity(e->queue))
                return false;
            struct weir_fate fate = arrive(n, e, r, len, now_ns);
            if (fate.drop) {
                port->counts->in++;
                port->counts->dropped++;
                flow_lose(n, r, fate.reason, now_ns);
                continue;
            }
            o->screened = true;
        }
        if (!edge_push(n, port, &r, 1, now_ns))
            return false; // another producer was faster
    }
    return true;
}

// ---- out ----

static bool has_store(const struct edge *e)
{
    return discipline_of(e) && discipline_of(e)->store;
}

static struct weir_fate leave(struct node *n, struct edge *e, const struct record *r, uint64_t now_ns)
{
    struct weir_dequeue_view view = {.now_ns = now_ns,
                                     .enqueued_ns = r->pushed_ns,
                                     .intended_ns = r->intended_ns,
                                     .len = e->ops->len(e->queue),
                                     .capacity = e->ops->capacity(e->queue)};
    guard_enter(n->flow, e->discipline_guard);
    struct weir_fate fate = weir_discipline_dequeue(discipline_of(e), &e->discipline, &view);
    guard_leave(n->flow, e->discipline_guard);
    return fate;
}

// The next record and its fate; r NULL when there is none.
static struct store_record next_out(struct node *n, struct edge *e, uint64_t now_ns)
{
    if (has_store(e))
        return store_queue_take(e->queue, now_ns);
    uint64_t item;
    struct store_record out = {.r = NULL};
    if (e->ops->try_pop_n(e->queue, &item, 1)) {
        out.r = (struct record *)(uintptr_t)item;
        out.fate = leave(n, e, out.r, now_ns);
    }
    return out;
}

size_t queueing_take(struct node *n, struct port *port, struct record **records, size_t count,
                     uint64_t now_ns)
{
    size_t got = 0, dropped = 0;
    while (got < count && dropped < QUEUEING_DROPS_MAX) {
        struct store_record out = next_out(n, port->edge, now_ns);
        if (out.r == NULL)
            break;
        if (out.fate.drop) {
            dropped++;
            flow_lose(n, out.r, out.fate.reason, now_ns);
        } else {
            records[got++] = out.r;
        }
    }
    port->counts->out += got;
    port->counts->dropped += dropped;
    return got;
}

// ---- room ----

static bool drop(struct node *n, struct port *port, struct store_record out, uint64_t now_ns)
{
    if (out.r == NULL)
        return false;
    port->counts->dropped++;
    flow_lose(n, out.r, out.fate.reason, now_ns);
    return true;
}

bool queueing_makes_room(struct node *n, struct port *port, size_t count, uint64_t now_ns)
{
    struct edge *e = port->edge;
    if (!has_store(e) || count > e->ops->capacity(e->queue)) // nothing would make that much room
        return false;
    size_t dropped = 0;
    while (drop(n, port, store_queue_expired(e->queue, now_ns), now_ns))
        dropped++;
    if (dropped || e->spec->admission_written)
        return dropped > 0;
    while (drop(n, port, store_queue_overflow(e->queue), now_ns))
        dropped++;
    return dropped > 0;
}

bool queueing_evict(struct node *n, struct port *port, enum weir_loss reason, uint64_t now_ns)
{
    struct edge *e = port->edge;
    struct store_record out = {.r = NULL};
    uint64_t item;
    if (has_store(e))
        out = store_queue_victim(e->queue);
    else if (e->ops->try_pop_n(e->queue, &item, 1))
        out.r = (struct record *)(uintptr_t)item;
    out.fate.reason = reason;
    return drop(n, port, out, now_ns);
}
