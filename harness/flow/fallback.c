// SPDX-License-Identifier: Apache-2.0
#include "flow/fallback.h"

#include "flow/flow.h"

unsigned fallback_use(const struct edge_spec *e)
{
    return e->admission->flags & WEIR_S_DELIVERS ? TALLY_DELIVERS : 0;
}

bool fallback_init(struct node *n, struct fallback *b, const struct edge *e)
{
    struct flow *f = n->flow;
    if (!fallback_use(e->spec))
        return true;
    bool of_stage = e->id < f->scenario->stage_count; // edges come in the order of stages, then sinks
    b->stage = of_stage ? &f->scenario->stages[e->id] : NULL;
    b->shared = of_stage ? &f->stages[e->id] : NULL;
    return processing_init(&b->processing, n, b->stage, 1) && delivery_init(n, &b->delivery, &f->sinks[0]);
}

void fallback_free(struct node *n, struct fallback *b)
{
    if (b->record)
        record_give(n->flow->pool, b->record);
    processing_free(&b->processing);
}

void fallback_begin(struct fallback *b, struct record *r)
{
    b->record = r;
    b->worked = b->processed = b->begun = false;
}

static struct wait over(struct fallback *b)
{
    b->record = NULL;
    return wait_done();
}

static struct wait cut(struct node *n, struct fallback *b, uint64_t now_ns)
{
    if (b->begun)
        delivery_cut(n, &b->delivery, now_ns);
    else
        flow_leave_in_flight(n, b->record, now_ns);
    return over(b);
}

static struct wait work(struct node *n, struct fallback *b, uint64_t now_ns)
{
    b->worked = true;
    if (b->stage)
        processing_taken(&b->processing, n, &b->record, 0, 1);
    if (!b->stage || timed_is_zero(&b->stage->service) || !processing_serves(&b->processing, 1))
        return wait_nothing();
    guard_enter(n->flow, b->shared->guard);
    double service = timed_draw(&b->stage->service, now_ns, &b->shared->rng);
    guard_leave(n->flow, b->shared->guard);
    return service >= 1 ? wait_work((uint64_t)service) : wait_nothing();
}

// Answers the CPU work that the chain costs in virtual time; the record may end in it.
static struct wait process(struct node *n, struct fallback *b, uint64_t now_ns)
{
    uint64_t cost_ns = 0;
    b->processed = true;
    if (b->stage && processing_has_chain(&b->processing) &&
        !processing_run(&b->processing, n, &b->record, 1, now_ns, &cost_ns))
        b->record = NULL;
    return cost_ns ? wait_work(cost_ns) : wait_nothing();
}

struct wait fallback_step(struct node *n, struct fallback *b, uint64_t now_ns)
{
    if (now_ns >= n->flow->cut_ns && !(b->begun && delivery_is_due(&b->delivery, now_ns)))
        return cut(n, b, now_ns);
    if (!b->worked) {
        struct wait w = work(n, b, now_ns);
        if (w.what != WAIT_NOTHING)
            return w;
    }
    if (!b->processed) {
        struct wait w = process(n, b, now_ns);
        if (!b->record)
            return wait_done();
        if (w.what != WAIT_NOTHING)
            return w;
    }
    if (!b->begun) {
        b->begun = true;
        b->record->pushed_ns = now_ns; // it is in no queue, and ready now
        delivery_begin(&b->delivery, &b->record, 1, now_ns);
    }
    struct wait w = delivery_step(n, &b->delivery, now_ns);
    return w.what == WAIT_DONE ? over(b) : w;
}

void fallback_end(struct node *n, struct fallback *b, uint64_t now_ns)
{
    if (b->delivery.sink)
        delivery_end(n, &b->delivery, now_ns);
}
