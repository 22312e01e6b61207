// SPDX-License-Identifier: Apache-2.0
// The receiver of an OTLP source: decides about each request as a whole. Admitted: 200; refused: 429 with
// Retry-After; lost by the edge's strategy: 200, and counted; more records than the edge can ever hold: 413.
// While the edge blocks, the answer waits.
#include <stdlib.h>

#include "flow/flow.h"
#include "flow/outlet.h"
#include "flow/pacer.h"

struct collector {
    struct node node;
    const struct source *source;
    unsigned source_index;
    struct wire *wire;
    struct rng rng; // Retry-After jitter
    struct http_request request;
    bool have, settling;
    struct outlet outlet;
    size_t foreign;       // records of this request that came from outside
    uint64_t foreign_seq; // numbers given to those taken in so far
    uint64_t blocked_ns;  // since when, plus 1
};

static void respond(struct collector *c, struct http_answer answer, uint64_t now_ns)
{
    c->wire->http->respond(c->wire, &c->request, &answer, now_ns);
    c->have = false;
    c->outlet.single = (struct offer){0};
    tally_unblocked(c->node.tally, &c->blocked_ns, now_ns);
}

// Foreign records exist for the ledger once their request is taken in; a refused one leaves only its count.
static void taken_in(struct collector *c)
{
    for (size_t i = 0; i < c->foreign; i++)
        flow_generated(&c->node, c->source_index, c->source->senders, c->request.arrived_ns);
    c->foreign_seq += c->foreign;
}

static void refuse(struct collector *c, int status, uint64_t now_ns)
{
    struct node *n = &c->node;
    struct http_answer answer = {.status = status};
    n->tally->ledger.refused += c->request.count;
    tally_row(n->tally, now_ns)->refused += c->request.count;
    for (size_t i = 0; i < c->request.count; i++) {
        flow_trace(n, now_ns, TRACE_REFUSED, c->request.records[i]);
        pacer_result(n->flow, c->request.records[i], PACER_FAILED, now_ns);
        record_give(n->flow->pool, c->request.records[i]);
    }
    if (status == 429 && c->source->otlp.has_retry_after) {
        answer.has_retry_after = true;
        answer.retry_after_ns = (uint64_t)law_draw(&c->source->otlp.retry_after, &c->rng);
    }
    respond(c, answer, now_ns);
}

static void lose(struct collector *c, const struct offer_answer *a, uint64_t now_ns)
{
    taken_in(c);
    for (size_t i = 0; !a->ended && i < c->request.count; i++)
        flow_lose(&c->node, c->request.records[i], a->reason, now_ns);
    respond(c, (struct http_answer){.status = 200}, now_ns);
}

static void admit(struct collector *c, uint64_t now_ns)
{
    struct tally *t = c->node.tally;
    taken_in(c);
    t->ledger.admitted += c->request.count;
    tally_row(t, now_ns)->admitted += c->request.count;
    respond(c, (struct http_answer){.status = 200}, now_ns);
}

static bool fits_ever(const struct collector *c)
{
    bool fits = true;
    for (size_t i = 0; i < c->node.out_count; i++) {
        const struct edge *e = c->node.outs[i].edge;
        fits = fits && (e->is_inline || c->request.count <= e->ops->capacity(e->queue));
    }
    return fits;
}

static struct wait offer_request(struct collector *c, uint64_t now_ns)
{
    struct node *n = &c->node;
    size_t count = c->request.count;
    if (!outlet_open(&c->outlet) && !fits_ever(c)) {
        refuse(c, 413, now_ns);
        return wait_nothing();
    }
    struct offer_answer a = outlet_offer(n, &c->outlet, c->request.records, count, now_ns);
    switch (a.result) {
    case OFFER_BLOCKED:
        if (!c->blocked_ns && !(a.edge && a.edge->is_inline))
            c->blocked_ns = now_ns + 1;
        return outlet_wait(&a, n->flow->cut_ns);
    case OFFER_ADMITTED: admit(c, now_ns); return a.edge ? wait_inline(a.edge) : wait_nothing();
    case OFFER_LOST: lose(c, &a, now_ns); break;
    case OFFER_SELF: // no scenario leads here: a request is not for one producer to deliver
    case OFFER_REFUSED: refuse(c, 429, now_ns); break;
    }
    return wait_nothing();
}

// Numbers foreign records, marks copies of what was admitted before, and counts the attempt.
static void prepare(struct collector *c, uint64_t now_ns)
{
    struct tally *t = c->node.tally;
    t->ledger.attempts += c->request.count;
    tally_row(t, now_ns)->offered += c->request.count;
    c->foreign = 0;
    c->outlet.single.since_ns = c->request.arrived_ns; // it may have waited behind another request
    for (size_t i = 0; i < c->request.count; i++) {
        struct record *r = c->request.records[i];
        r->sent_ns = now_ns;
        if (r->flags & RECORD_EXTERNAL)
            r->seq = c->foreign_seq + c->foreign++;
        if (c->request.repeated)
            r->flags |= RECORD_REPLAY;
    }
}

// The cut: a request that is partly inside has been admitted, what is still in hand is in flight; any other
// was not taken.
static struct wait end(struct collector *c, uint64_t now_ns)
{
    struct node *n = &c->node;
    if (c->have && outlet_begun(n, &c->outlet)) {
        outlet_abandon(n, &c->outlet, c->request.records, c->request.count, END_IN_FLIGHT, now_ns);
        admit(c, now_ns);
    } else if (c->have) {
        outlet_take_back(n, &c->outlet, c->request.records, now_ns);
        refuse(c, 503, now_ns);
    }
    c->wire->http->stop(c->wire, now_ns);
    node_release_outs(n);
    return wait_done();
}

static bool enough(const struct collector *c)
{
    return c->source->external && c->source->count && c->foreign_seq >= c->source->count;
}

// Built-in clients may wait for an answer after the sources have stopped; external ones are not waited for.
static struct wait next_request(struct collector *c, uint64_t now_ns)
{
    struct flow *f = c->node.flow;
    bool stopped = now_ns >= flow_stop_ns(f);
    if (enough(c))
        return end(c, now_ns);
    enum wire_status status = c->wire->http->accept(c->wire, &c->request, now_ns);
    if (status == WIRE_OK) {
        c->have = true;
        prepare(c, now_ns);
        return wait_nothing();
    }
    if (status != WIRE_AGAIN || (stopped && c->source->external))
        return end(c, now_ns);
    return wait_io(c->wire, -1, c->source->external ? flow_stop_ns(f) : f->cut_ns);
}

static struct wait step(struct node *n, uint64_t now_ns)
{
    struct collector *c = (struct collector *)n;
    if (now_ns >= n->flow->cut_ns)
        return end(c, now_ns);
    uint64_t stalled = spans_cover(&c->source->stalls, now_ns);
    if (stalled)
        return wait_time(sooner(stalled, n->flow->cut_ns));
    return c->have ? offer_request(c, now_ns) : next_request(c, now_ns);
}

static void destroy(struct node *n)
{
    outlet_free(n, &((struct collector *)n)->outlet);
    node_fini(n);
    free(n);
}

static const struct node_ops collector_ops = {
    .kind = "collector", .rank = 2, .step = step, .destroy = destroy};

struct node *collector_create(struct flow *f, unsigned source, const struct ways *to)
{
    struct collector *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->source = &f->scenario->sources[source];
    c->source_index = source;
    c->wire = f->wires[source];
    c->node.delayable = true; // the answer waits
    char name[128];
    snprintf(name, sizeof name, "%s.retry_after", c->source->name);
    rng_init(&c->rng, f->setup->seed, name);
    if (node_init(&c->node, f, &collector_ops, c->source->name, TALLY_SENDS) &&
        node_attach_ways(&c->node, to))
        return &c->node;
    destroy(&c->node);
    return NULL;
}
