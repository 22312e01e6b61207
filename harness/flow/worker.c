// SPDX-License-Identifier: Apache-2.0
// A worker of a stage (or of a sink with a queue of its own): takes one record, or a batch, works on it,
// passes it on to the next edge or delivers it to the sink.
//
//   take -> (batch full or timed out) -> serve -> pass on, record by record ---------> take
//                                              -> deliver to the sink (delivery.h) --> take
// What is in its hands is not in the queue.
#include <stdlib.h>

#include "flow/delivery.h"
#include "flow/flow.h"

enum phase { TAKE, SERVE, PASS, DELIVER };

struct worker {
    struct node node;
    unsigned index;            // in its stage
    bool waited;               // for records: who was woken for one must look for it
    const struct stage *stage; // NULL: a sink's own worker
    struct stage_state *shared;
    struct sink_state *sink; // NULL: passes on to node.out
    struct delivery delivery;
    const struct spans *stalls;
    size_t batch_size;
    uint64_t batch_timeout_ns;
    enum phase phase;
    struct record **held;
    size_t count, next;
    uint64_t first_ns; // when the first of the batch was taken
    uint64_t ready_ns; // since when the batch is complete
    uint64_t blocked_ns;
    struct offer offer;
};

static struct wait end(struct worker *w, uint64_t now_ns)
{
    struct node *n = &w->node;
    if (w->phase == DELIVER) {
        delivery_cut(n, &w->delivery, now_ns);
        w->count = 0;
    }
    for (; w->next < w->count; w->next++)
        flow_leave_in_flight(n, w->held[w->next], now_ns);
    w->count = w->next = 0;
    if (w->sink)
        delivery_end(n, &w->delivery, now_ns);
    else
        node_release_outs(n);
    return wait_done();
}

// Nothing will come any more. A file sink that fails is tried again, as its `retry` says, until the cut.
static struct wait ended(struct worker *w, uint64_t now_ns)
{
    uint64_t until = TIME_NEVER;
    while (w->sink && delivery_flush(&w->node, &w->delivery, now_ns, &until))
        ;
    return until == TIME_NEVER ? end(w, now_ns) : wait_time(sooner(until, w->node.flow->cut_ns));
}

static uint64_t last_push_ns(const struct worker *w)
{
    uint64_t last = 0;
    for (size_t i = 0; i < w->count; i++)
        last = later(last, w->held[i]->pushed_ns);
    return last;
}

// A scaled stage has taken this worker out: it has worked off what it held, and sleeps until its turn comes
// again or the edge closes. Its buffer goes out before.
static bool is_dormant(const struct worker *w)
{
    return w->stage && w->stage->scaled && w->index >= atomic_load(&w->shared->active);
}

static struct wait sleep_dormant(struct worker *w, uint64_t now_ns)
{
    struct edge *from = w->node.in.edge;
    uint64_t flush = TIME_NEVER;
    if (w->sink && delivery_flush(&w->node, &w->delivery, now_ns, &flush))
        return wait_nothing();
    uint32_t seen = signal_seen(&w->shared->turn); // before the looks
    if (from->ops->closed(from->queue))
        return ended(w, now_ns);
    return is_dormant(w) ? wait_signal(&w->shared->turn, seen, sooner(flush, w->node.flow->cut_ns))
                         : wait_nothing();
}

// Nothing to take: what is buffered goes out first, then sleep until something comes or the batch times out.
static struct wait idle(struct worker *w, uint64_t now_ns, uint64_t until_ns)
{
    uint64_t flush = TIME_NEVER;
    if (w->sink && w->count == 0 && delivery_flush(&w->node, &w->delivery, now_ns, &flush))
        return wait_nothing();
    // A scaler may take this worker out at its next look.
    if (w->stage && w->stage->scaled)
        until_ns = sooner(until_ns, later(atomic_load(&w->shared->next_look_ns), now_ns + 1));
    w->waited = true;
    return wait_items(w->node.in.edge, sooner(sooner(until_ns, flush), w->node.flow->cut_ns));
}

static void take_what_is_there(struct worker *w, uint64_t now_ns)
{
    size_t got, before = w->count;
    while (w->count < w->batch_size && (got = edge_take(&w->node, &w->node.in, w->held + w->count,
                                                        w->batch_size - w->count, now_ns)) > 0) {
        if (w->count == 0)
            w->first_ns = now_ns;
        for (size_t i = 0; i < got; i++)
            flow_trace(&w->node, now_ns, TRACE_TAKEN, w->held[w->count + i]);
        w->count += got;
    }
    if (w->count > before && w->stage && w->stage->dispatch != DISPATCH_SHARED)
        flow_raise(w->node.flow, &w->shared->taken);
}

static struct wait take(struct worker *w, uint64_t now_ns)
{
    struct edge *from = w->node.in.edge;
    uint64_t stalled = spans_cover(w->stalls, now_ns);
    if (stalled)
        return wait_time(sooner(stalled, w->node.flow->cut_ns));
    bool none_left = edge_ended(from); // before the look inside: what comes after it is seen by the next step
    bool dormant = is_dormant(w), own = w->stage && w->stage->dispatch != DISPATCH_SHARED;
    if (!dormant || w->waited || own) // what a dispatcher gave it is its own
        take_what_is_there(w, now_ns);
    w->waited = false;
    if (w->count == 0)
        return none_left         ? ended(w, now_ns)
               : dormant && !own ? sleep_dormant(w, now_ns)
                                 : idle(w, now_ns, TIME_NEVER);
    w->ready_ns = last_push_ns(w);
    if (w->count < w->batch_size && !none_left && !dormant) {
        uint64_t deadline = w->first_ns + w->batch_timeout_ns;
        if (now_ns < deadline)
            return idle(w, now_ns, deadline);
        w->ready_ns = later(w->ready_ns, deadline);
    }
    w->phase = SERVE;
    return wait_nothing();
}

static struct wait serve(struct worker *w, uint64_t now_ns)
{
    w->phase = w->sink ? DELIVER : PASS;
    w->next = 0;
    if (w->sink)
        delivery_begin(&w->delivery, w->held, w->count, w->ready_ns);
    if (!w->stage || timed_is_zero(&w->stage->service))
        return wait_nothing();
    guard_enter(w->node.flow, w->shared->guard);
    double service = timed_draw(&w->stage->service, now_ns, &w->shared->rng);
    guard_leave(w->node.flow, w->shared->guard);
    return service >= 1 ? wait_work((uint64_t)service) : wait_nothing();
}

static struct wait pass(struct worker *w, uint64_t now_ns)
{
    struct node *n = &w->node;
    if (w->next == w->count) {
        w->count = w->next = 0;
        w->phase = TAKE;
        return wait_nothing();
    }
    struct record *r = w->held[w->next];
    struct offer_answer a = edge_offer(n, &n->out, &w->offer, &r, 1, now_ns);
    if (a.result == OFFER_BLOCKED) {
        if (!w->blocked_ns)
            w->blocked_ns = now_ns + 1;
        return offer_wait(n->out.edge, &a, n->flow->cut_ns);
    }
    if (w->blocked_ns)
        n->tally->stall_ns += now_ns - (w->blocked_ns - 1);
    w->blocked_ns = 0;
    w->next++;
    if (a.result == OFFER_LOST)
        flow_lose(n, r, a.reason, now_ns);
    else if (a.result == OFFER_REFUSED) // a worker does not come back: it gives up at once
        flow_refuse_finally(n, r, now_ns);
    else if (n->out.edge->is_inline)
        return wait_inline(n->out.edge);
    return wait_nothing();
}

static struct wait deliver(struct worker *w, uint64_t now_ns)
{
    struct wait x = delivery_step(&w->node, &w->delivery, now_ns);
    if (x.what != WAIT_DONE)
        return x;
    w->count = w->next = 0;
    w->phase = TAKE;
    return wait_nothing();
}

// Phases follow each other without a fresh look at the clock while nothing has taken time. After a delivery
// the clock is read anew, so that the next record's times are its own.
static struct wait step(struct node *n, uint64_t now_ns)
{
    struct worker *w = (struct worker *)n;
    bool cut = now_ns >= n->flow->cut_ns;
    if (cut && !(w->phase == DELIVER && delivery_is_due(&w->delivery, now_ns)))
        return end(w, now_ns);
    for (;;) {
        struct wait x = wait_nothing();
        enum phase before = w->phase;
        switch (w->phase) {
        case TAKE: x = take(w, now_ns); break;
        case SERVE: x = serve(w, now_ns); break;
        case PASS: x = pass(w, now_ns); break;
        case DELIVER: x = deliver(w, now_ns); break;
        }
        if (x.what != WAIT_NOTHING || (w->phase == TAKE && before != TAKE))
            return x;
        if (before == TAKE && w->phase == TAKE)
            return x;
    }
}

static void destroy(struct node *n)
{
    struct worker *w = (struct worker *)n;
    free(w->held);
    node_fini(n);
    free(w);
}

static const struct node_ops worker_ops = {.kind = "worker", .rank = 1, .step = step, .destroy = destroy};

struct node *worker_create(struct flow *f, const struct stage *stage, unsigned index, struct edge *from,
                           const struct ways *to, struct sink_state *sink)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->stage = stage;
    w->index = index;
    w->node.delayable = true;
    w->shared = stage ? &f->stages[stage - f->scenario->stages] : NULL;
    w->sink = sink;
    static const struct spans no_stalls;
    w->stalls = stage ? &stage->stalls : &no_stalls;
    w->batch_size = stage ? stage->batch_size : sink->spec->batch_size ? sink->spec->batch_size : 1;
    w->batch_timeout_ns = stage ? stage->batch_timeout_ns : sink->spec->batch_timeout_ns;
    w->held = calloc(w->batch_size, sizeof(struct record *));
    char name[REPORT_NAME_MAX];
    snprintf(name, sizeof name, "%.48s.%u", stage ? stage->name : sink->spec->name, index);
    bool ok = w->held && node_init(&w->node, f, &worker_ops, name, sink ? TALLY_DELIVERS : 0) &&
              node_attach_in(&w->node, from);
    ok = ok && (sink ? delivery_init(&w->node, &w->delivery, sink) : node_attach_ways(&w->node, to));
    if (ok)
        return &w->node;
    destroy(&w->node);
    return NULL;
}
