// SPDX-License-Identifier: Apache-2.0
#include "flow/queueing.h"

#include "flow/flow.h"

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
    return ops && ops->on_dequeue;
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

size_t queueing_take(struct node *n, struct port *port, struct record **records, size_t count,
                     uint64_t now_ns)
{
    struct edge *e = port->edge;
    size_t got = 0, dropped = 0;
    uint64_t item;
    while (got < count && dropped < QUEUEING_DROPS_MAX && e->ops->try_pop_n(e->queue, &item, 1)) {
        struct record *r = (struct record *)(uintptr_t)item;
        struct weir_fate fate = leave(n, e, r, now_ns);
        if (fate.drop) {
            dropped++;
            flow_lose(n, r, fate.reason, now_ns);
        } else {
            records[got++] = r;
        }
    }
    port->counts->out += got;
    port->counts->dropped += dropped;
    return got;
}
