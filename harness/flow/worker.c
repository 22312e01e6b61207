// SPDX-License-Identifier: Apache-2.0
// A worker of a stage (or of a sink with a queue of its own): takes one record, or a batch, works on it,
// passes it on to the next edge or delivers it to the sink.
//
//   take -> (batch full or timed out) -> serve -> process -> pass on, record by record ---------> take
//                                                         -> hand over to sinks (handover.h) ---> take
// What is in its hands is not in the queue; on a ring it keeps its slot until it has been passed on.
#include <stdlib.h>

#include "flow/flow.h"
#include "flow/handover.h"
#include "flow/outlet.h"
#include "flow/processing.h"

enum phase { TAKE, SERVE, PROCESS, PASS, DELIVER };

struct worker {
    struct node node;
    unsigned index;            // in its stage
    bool waited;               // for records: who was woken for one must look for it
    const struct stage *stage; // NULL: a sink's own worker
    struct stage_state *shared;
    bool delivers; // to the sinks; otherwise it passes on to its outs
    struct handover handover;
    const struct spans *stalls;
    size_t batch_size;
    uint64_t batch_timeout_ns;
    enum phase phase;
    struct processing processing;
    struct record **held;
    size_t count, next;
    size_t unreleased; // on a ring: taken from it, and still in their slots
    bool finished;     // ... and worked on: those in `held` are this worker's to pass on
    uint64_t first_ns; // when the first of the batch was taken
    uint64_t ready_ns; // since when the batch is complete
    uint64_t blocked_ns;
    struct outlet outlet;
};

// On a ring: what has been passed on leaves its slots.
static void release(struct worker *w)
{
    if (w->unreleased)
        ring_release(w->node.in.edge, w->unreleased);
    w->unreleased = 0;
    w->finished = false;
}

static struct wait end(struct worker *w, uint64_t now_ns)
{
    struct node *n = &w->node;
    if (w->node.in.edge->ring && !w->finished)
        w->count = w->unreleased = 0; // they stay in the ring
    if (w->phase == DELIVER) {
        handover_cut(n, &w->handover, now_ns);
        w->count = 0;
    }
    if (outlet_open(&w->outlet))
        outlet_abandon(n, &w->outlet, &w->held[w->next++], 1, END_IN_FLIGHT, now_ns);
    for (; w->next < w->count; w->next++)
        flow_leave_in_flight(n, w->held[w->next], now_ns);
    w->count = w->next = 0;
    release(w);
    if (w->delivers)
        handover_end(n, &w->handover, now_ns);
    else
        node_release_outs(n);
    return wait_done();
}

// Nothing will come any more. A file sink that fails is tried again, as its `retry` says, until the cut.
static struct wait ended(struct worker *w, uint64_t now_ns)
{
    uint64_t until = TIME_NEVER;
    while (handover_flush(&w->node, &w->handover, now_ns, &until))
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
    if (handover_flush(&w->node, &w->handover, now_ns, &flush))
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
    if (w->count == 0 && handover_flush(&w->node, &w->handover, now_ns, &flush))
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
        processing_taken(&w->processing, &w->node, w->held, w->count, got);
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

// The work is done: on with what is in hand.
static void go_on(struct worker *w)
{
    w->phase = w->delivers ? DELIVER : PASS;
    w->next = 0;
    if (w->delivers)
        handover_begin(&w->handover, w->held, w->count, w->ready_ns);
}

static struct wait serve(struct worker *w, uint64_t now_ns)
{
    w->phase = PROCESS;
    w->next = 0;
    if (w->node.in.edge->ring)
        w->unreleased = w->count;
    if (!w->stage || timed_is_zero(&w->stage->service) || !processing_serves(&w->processing, w->count))
        return wait_nothing();
    guard_enter(w->node.flow, w->shared->guard);
    double service = timed_draw(&w->stage->service, now_ns, &w->shared->rng);
    guard_leave(w->node.flow, w->shared->guard);
    return service >= 1 ? wait_work((uint64_t)service) : wait_nothing();
}

// On a ring, whose stages have no chain: keeps what no other stage has still to work on.
static void finish(struct worker *w)
{
    w->count = ring_finish(w->node.in.edge, w->held, w->count);
    w->finished = true;
    go_on(w);
}

static struct wait process(struct worker *w, uint64_t now_ns)
{
    uint64_t cost_ns = 0;
    if (w->node.in.edge->ring) {
        finish(w);
        return wait_nothing();
    }
    if (processing_has_chain(&w->processing))
        w->count = processing_run(&w->processing, &w->node, w->held, w->count, now_ns, &cost_ns);
    if (w->count)
        go_on(w);
    else
        w->phase = TAKE;
    return cost_ns ? wait_work(cost_ns) : wait_nothing();
}

static struct wait pass(struct worker *w, uint64_t now_ns)
{
    struct node *n = &w->node;
    if (w->next == w->count) {
        w->count = w->next = 0;
        release(w);
        w->phase = TAKE;
        return wait_nothing();
    }
    struct record *r = w->held[w->next];
    struct offer_answer a = outlet_offer(n, &w->outlet, &r, 1, now_ns);
    if (a.result == OFFER_BLOCKED) {
        if (!w->blocked_ns)
            w->blocked_ns = now_ns + 1;
        return outlet_wait(&a, n->flow->cut_ns);
    }
    tally_unblocked(n->tally, &w->blocked_ns, now_ns);
    w->next++;
    if (a.result == OFFER_LOST && !a.ended)
        flow_lose(n, r, a.reason, now_ns);
    else if (a.result == OFFER_REFUSED && !a.ended) // a worker does not come back: it gives up at once
        flow_refuse_finally(n, r, now_ns);
    return a.edge ? wait_inline(a.edge) : wait_nothing();
}

static struct wait deliver(struct worker *w, uint64_t now_ns)
{
    struct wait x = handover_step(&w->node, &w->handover, now_ns);
    if (x.what != WAIT_DONE)
        return x;
    w->count = w->next = 0;
    release(w);
    w->phase = TAKE;
    return wait_nothing();
}

// Phases follow each other without a fresh look at the clock while nothing has taken time. After a delivery
// the clock is read anew, so that the next record's times are its own.
static struct wait step(struct node *n, uint64_t now_ns)
{
    struct worker *w = (struct worker *)n;
    bool cut = now_ns >= n->flow->cut_ns;
    if (cut && !(w->phase == DELIVER && handover_is_due(&w->handover, now_ns)))
        return end(w, now_ns);
    for (;;) {
        struct wait x = wait_nothing();
        enum phase before = w->phase;
        switch (w->phase) {
        case TAKE: x = take(w, now_ns); break;
        case SERVE: x = serve(w, now_ns); break;
        case PROCESS: x = process(w, now_ns); break;
        case PASS: x = pass(w, now_ns); break;
        case DELIVER: x = deliver(w, now_ns); break;
        }
        if (x.what != WAIT_NOTHING || (w->phase == TAKE && before != TAKE))
            return x;
        if (before == TAKE && w->phase == TAKE)
            return x;
        if (before == PROCESS && processing_has_chain(&w->processing)) // which has taken its time
            return x;
    }
}

static void destroy(struct node *n)
{
    struct worker *w = (struct worker *)n;
    processing_free(&w->processing);
    free(w->held);
    handover_free(&w->handover);
    outlet_free(n, &w->outlet);
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
    w->delivers = sink != NULL;
    static const struct spans no_stalls;
    w->stalls = stage ? &stage->stalls : &no_stalls;
    w->batch_size = stage ? stage->batch_size : sink->spec->batch_size ? sink->spec->batch_size : 1;
    w->batch_timeout_ns = stage ? stage->batch_timeout_ns : sink->spec->batch_timeout_ns;
    w->held = calloc(w->batch_size, sizeof(struct record *));
    char name[REPORT_NAME_MAX];
    snprintf(name, sizeof name, "%.48s.%u", stage ? stage->name : sink->spec->name, index);
    // A stage's worker serves all sinks, one of a sink's own only that.
    size_t sinks = !sink ? 0 : stage ? f->sink_count : 1;
    unsigned use = !sink ? 0 : TALLY_DELIVERS | (sinks > 1 ? TALLY_DELIVERS_TO_ALL : 0);
    struct way way = sink && to ? to->list[0] : (struct way){.join = -1};
    bool ok = w->held && node_init(&w->node, f, &worker_ops, name, use) &&
              processing_init(&w->processing, &w->node, stage, w->batch_size) &&
              node_attach_in(&w->node, from);
    ok = ok && (sink ? handover_init(&w->node, &w->handover, sink, sinks, w->batch_size, &way)
                     : node_attach_ways(&w->node, to));
    if (ok && sinks == 1)
        w->node.check->branch = (unsigned)(sink - f->sinks);
    if (ok)
        return &w->node;
    destroy(&w->node);
    return NULL;
}
