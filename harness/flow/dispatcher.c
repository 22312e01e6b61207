// SPDX-License-Identifier: Apache-2.0
// The dispatcher of a stage whose workers have small queues of their own: it takes a record from the stage's
// queue and hands it to one of the workers, never to one whose queue is full.
//
//   mru           the worker that was handed a record last, of those with room: the others stay cold. While
//                 none has room it waits for that first one (so does the output pool of strawgate/memagent)
//   round_robin   in turn; one without room is passed over
//   least_loaded  the shortest queue, the first of equals
//
// The last two wait for whichever worker takes something. What is in the dispatcher's hand is one record.
#include <stdlib.h>

#include "flow/flow.h"

struct dispatcher {
    struct node node;
    enum dispatch how;
    struct stage_state *stage;
    unsigned *order; // mru: workers, the last used one first; else their numbers
    unsigned workers, turn;
    struct record *hand;
    struct offer offer;
};

static size_t room_of(const struct dispatcher *d, unsigned worker)
{
    const struct edge *e = d->node.outs[worker].edge;
    return e->ops->capacity(e->queue) - edge_len(e);
}

static unsigned first_with_room(const struct dispatcher *d, unsigned active)
{
    for (unsigned i = 0; i < d->workers; i++)
        if (d->order[i] < active && room_of(d, d->order[i]))
            return d->order[i];
    return d->workers;
}

static unsigned next_with_room(const struct dispatcher *d, unsigned active)
{
    for (unsigned i = 0; i < active; i++) {
        unsigned worker = (d->turn + i) % active;
        if (room_of(d, worker))
            return worker;
    }
    return d->workers;
}

static unsigned least_loaded(const struct dispatcher *d, unsigned active)
{
    unsigned best = 0;
    for (unsigned i = 1; i < active; i++)
        if (room_of(d, i) > room_of(d, best))
            best = i;
    return room_of(d, best) ? best : d->workers;
}

// Who gets the next record; d->workers while nobody has room.
static unsigned pick(const struct dispatcher *d, unsigned active)
{
    switch (d->how) {
    case DISPATCH_MRU: return first_with_room(d, active);
    case DISPATCH_ROUND_ROBIN: return next_with_room(d, active);
    default: return least_loaded(d, active);
    }
}

static void note_use(struct dispatcher *d, unsigned worker)
{
    d->turn = worker + 1;
    if (d->how != DISPATCH_MRU)
        return;
    unsigned at = 0;
    while (d->order[at] != worker)
        at++;
    for (; at > 0; at--)
        d->order[at] = d->order[at - 1];
    d->order[0] = worker;
}

static unsigned front(const struct dispatcher *d, unsigned active)
{
    unsigned at = 0;
    while (d->order[at] >= active)
        at++;
    return d->order[at];
}

static struct wait end(struct dispatcher *d, uint64_t now_ns)
{
    if (d->hand)
        flow_leave_in_flight(&d->node, d->hand, now_ns);
    d->hand = NULL;
    node_release_outs(&d->node);
    return wait_done();
}

static struct wait hand_over(struct dispatcher *d, uint64_t now_ns)
{
    struct node *n = &d->node;
    uint32_t seen = signal_seen(&d->stage->taken); // before the look at the queues
    unsigned active = atomic_load(&d->stage->active), worker = pick(d, active);
    if (worker == d->workers && d->how == DISPATCH_MRU)
        return wait_space(n->outs[front(d, active)].edge, 1, n->flow->cut_ns);
    if (worker == d->workers)
        return wait_signal(&d->stage->taken, seen, n->flow->cut_ns);
    struct offer_answer a = edge_offer(n, &n->outs[worker], &d->offer, &d->hand, 1, now_ns);
    if (a.result == OFFER_BLOCKED) // cannot be: nobody else pushes there
        return wait_space(n->outs[worker].edge, 1, n->flow->cut_ns);
    d->hand = NULL;
    note_use(d, worker);
    return wait_nothing();
}

static struct wait step(struct node *n, uint64_t now_ns)
{
    struct dispatcher *d = (struct dispatcher *)n;
    enum { STEP_BUDGET = 32 };
    if (now_ns >= n->flow->cut_ns)
        return end(d, now_ns);
    for (unsigned i = 0; i < STEP_BUDGET; i++) {
        if (!d->hand) {
            bool ended = edge_ended(n->in.edge); // before the look inside
            if (!edge_take(n, &n->in, &d->hand, 1, now_ns))
                return ended ? end(d, now_ns) : wait_items(n->in.edge, n->flow->cut_ns);
            flow_trace(n, now_ns, TRACE_TAKEN, d->hand);
        }
        struct wait w = hand_over(d, now_ns);
        if (w.what != WAIT_NOTHING)
            return w;
    }
    return wait_nothing();
}

static void destroy(struct node *n)
{
    struct dispatcher *d = (struct dispatcher *)n;
    free(d->order);
    node_fini(n);
    free(d);
}

static const struct node_ops dispatcher_ops = {
    .kind = "dispatcher", .rank = 1, .step = step, .destroy = destroy};

struct node *dispatcher_create(struct flow *f, size_t stage)
{
    const struct stage *s = &f->scenario->stages[stage];
    struct dispatcher *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->how = s->dispatch;
    d->stage = &f->stages[stage];
    d->workers = s->workers;
    d->order = calloc(s->workers, sizeof *d->order);
    d->node.delayable = true;
    char name[REPORT_NAME_MAX];
    snprintf(name, sizeof name, "%.48s.dispatcher", s->name);
    bool ok = d->order && node_init(&d->node, f, &dispatcher_ops, name, 0) &&
              node_attach_in(&d->node, &f->edges[stage]);
    for (unsigned i = 0; ok && i < s->workers; i++) {
        d->order[i] = i;
        ok = node_attach_out(&d->node, &d->stage->own_edges[i]);
    }
    if (ok)
        return &d->node;
    destroy(&d->node);
    return NULL;
}
