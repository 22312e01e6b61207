// SPDX-License-Identifier: Apache-2.0
// The built-in client of an OTLP source: gathers what its schedule says into requests and sends them one at a
// time, coming back after a refusal as its retry policy says. The same machine drives libcurl and its
// simulated twin.
//
//   gather -> request -> answer 200: next; refused: wait and send again, or give up
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/schedule.h"
#include "strategy/retry.h"
#include "strategy/retry_budget.h"

// A batch is sent when it is full or this long after its first record was due.
#define GATHER_NS      (100 * NS_PER_MS)
// How long after the cut an answer may still be on its way.
#define LAST_ANSWER_NS NS_PER_S

enum phase { GATHER, SEND, AWAIT, BACK_OFF };

struct client {
    struct node node;
    const struct source *source;
    unsigned source_index, index;
    struct wire *wire;
    struct schedule schedule;
    struct rng jitter;
    struct weir_retry_budget budget;
    enum phase phase;
    struct wire_message *batch;
    unsigned char **payloads;
    uint32_t *rooms;
    size_t count;
    uint64_t seq;
    uint64_t first_due_ns, first_sent_ns, asked_ns, again_ns, returned_ns;
    unsigned retries;
    bool taken; // the receiver did admit this batch, although no good answer came
};

static bool hold_payload(struct client *c, size_t i, uint32_t size)
{
    if (size <= c->rooms[i])
        return true;
    unsigned char *bigger = realloc(c->payloads[i], size);
    if (!bigger)
        return false;
    c->payloads[i] = bigger;
    c->rooms[i] = size;
    return true;
}

static void note_lag(struct client *c, uint64_t due_ns, uint64_t now_ns)
{
    uint64_t since = later(due_ns, c->returned_ns);
    uint64_t lag = now_ns > since ? now_ns - since : 0;
    if (lag > 10 * NS_PER_MS)
        c->node.tally->late_records++;
    if (flow_in_window(c->node.flow, due_ns))
        hist_record(c->node.tally->send_lag, lag);
}

static void gather_one(struct client *c, uint64_t due_ns, uint64_t now_ns)
{
    struct node *n = &c->node;
    uint32_t size = schedule_size(&c->schedule);
    uint8_t record_class = schedule_class(&c->schedule);
    flow_generated(n, c->source_index, c->index, due_ns);
    note_lag(c, due_ns, now_ns);
    if (!hold_payload(c, c->count, size)) {
        flow_unsent(n, c->source_index, c->index, c->seq++);
        return;
    }
    payload_fill(c->payloads[c->count], size, n->flow->setup->seed, c->source_index, c->index, c->seq,
                 record_class);
    c->batch[c->count] = (struct wire_message){.source = (uint16_t)c->source_index,
                                               .sender = (uint16_t)c->index,
                                               .record_class = record_class,
                                               .seq = c->seq++,
                                               .intended_ns = due_ns,
                                               .size = size,
                                               .payload = c->payloads[c->count]};
    if (c->count++ == 0)
        c->first_due_ns = due_ns;
}

static void batch_unsent(struct client *c)
{
    for (size_t i = 0; i < c->count; i++)
        flow_unsent(&c->node, c->source_index, c->index, c->batch[i].seq);
    c->count = 0;
}

static struct wait end(struct client *c, uint64_t now_ns)
{
    struct node *n = &c->node;
    uint64_t due, until = sooner(now_ns, flow_stop_ns(n->flow)); // it may see the stop late
    if (c->taken)
        c->count = 0;
    batch_unsent(c);
    while (schedule_peek(&c->schedule, &due) && due < until) {
        flow_generated(n, c->source_index, c->index, due);
        flow_unsent(n, c->source_index, c->index, c->seq++);
        schedule_pop(&c->schedule);
    }
    c->wire->http->finish(c->wire, c->index, now_ns);
    return wait_done();
}

static struct wait gather(struct client *c, uint64_t now_ns)
{
    uint64_t stop = flow_stop_ns(c->node.flow), due = TIME_NEVER;
    bool more = false;
    while (c->count < c->source->otlp.batch && (more = schedule_peek(&c->schedule, &due)) && due <= now_ns) {
        gather_one(c, due, now_ns);
        schedule_pop(&c->schedule);
    }
    bool full = c->count == c->source->otlp.batch;
    bool waited = c->count && now_ns >= c->first_due_ns + GATHER_NS;
    if (full || waited || (c->count && !more)) {
        c->phase = SEND;
        c->retries = 0;
        weir_retry_budget_first(&c->budget, now_ns);
        c->first_sent_ns = now_ns;
        return wait_nothing();
    }
    if (!more && !c->count)
        return c->source->count ? end(c, now_ns) : wait_time(stop);
    uint64_t until = c->count ? sooner(due, c->first_due_ns + GATHER_NS) : due;
    return wait_time(sooner(until, stop));
}

static struct wait send(struct client *c, uint64_t now_ns)
{
    enum wire_status status = c->wire->http->request(c->wire, c->index, c->batch, c->count, now_ns);
    if (status == WIRE_AGAIN)
        return wait_io(c->wire, (int)c->index, flow_stop_ns(c->node.flow));
    c->phase = AWAIT;
    c->asked_ns = now_ns;
    return wait_nothing();
}

// The batch has reached its end: taken by the receiver, or given up.
static void batch_over(struct client *c, uint64_t now_ns)
{
    c->count = 0;
    c->taken = false;
    c->phase = GATHER;
    c->returned_ns = now_ns;
}

static void give_up(struct client *c, uint64_t now_ns)
{
    // The receiver may have taken a request whose answer never came: then its records are in the pipeline.
    for (size_t i = 0; !c->taken && i < c->count; i++) {
        c->node.tally->ledger.refused_final++;
        flow_mark_end(&c->node, c->source_index, c->index, c->batch[i].seq);
    }
    batch_over(c, now_ns);
}

static struct wait refused(struct client *c, const struct http_answer *a, uint64_t now_ns)
{
    const struct weir_retry_policy *p = &c->source->otlp.retry;
    struct weir_retry_view view = {.now_ns = now_ns,
                                   .first_sent_ns = c->first_sent_ns,
                                   .retries_done = c->retries,
                                   .retryable = weir_retry_http_retryable(p, a->status),
                                   .has_retry_after = a->has_retry_after,
                                   .retry_after_ns = a->retry_after_ns,
                                   .uniform = rng_unit(&c->jitter)};
    if (!weir_retry_next(p, &view, &c->again_ns) || !weir_retry_budget_take(&c->budget, now_ns)) {
        give_up(c, now_ns);
        return wait_nothing();
    }
    c->phase = BACK_OFF;
    return wait_nothing();
}

static struct wait await(struct client *c, uint64_t now_ns)
{
    struct http_answer answer = {0};
    if (c->wire->http->poll(c->wire, c->index, &answer, now_ns) == WIRE_AGAIN) {
        // The receiver answers what it has in hand when it is cut, too: only that answer tells whether it
        // took the batch.
        uint64_t cut = c->node.flow->cut_ns + LAST_ANSWER_NS;
        uint64_t patience = c->asked_ns + c->source->otlp.timeout_ns;
        if (now_ns < cut)
            return wait_io(c->wire, (int)c->index, now_ns < patience ? sooner(patience, cut) : cut);
        answer.status = 0; // cut: no answer came
    }
    if (answer.status >= 200 && answer.status < 300) {
        batch_over(c, now_ns);
        return wait_nothing();
    }
    // After the sources have stopped nobody comes back: a refused batch was never sent.
    if (now_ns >= flow_stop_ns(c->node.flow)) {
        c->taken |= answer.was_admitted;
        return end(c, now_ns);
    }
    c->taken |= answer.was_admitted;
    return refused(c, &answer, now_ns);
}

static struct wait back_off(struct client *c, uint64_t now_ns)
{
    if (now_ns < c->again_ns)
        return wait_time(sooner(c->again_ns, flow_stop_ns(c->node.flow)));
    c->retries++;
    c->node.tally->ledger.retries += c->count;
    c->phase = SEND;
    return wait_nothing();
}

static struct wait step(struct node *n, uint64_t now_ns)
{
    struct client *c = (struct client *)n;
    if (now_ns >= flow_stop_ns(n->flow) && c->phase != AWAIT)
        return end(c, now_ns);
    for (;;) {
        struct wait w = wait_nothing();
        switch (c->phase) {
        case GATHER: w = gather(c, now_ns); break;
        case SEND: w = send(c, now_ns); break;
        case AWAIT: w = await(c, now_ns); break;
        case BACK_OFF: w = back_off(c, now_ns); break;
        }
        if (w.what != WAIT_NOTHING)
            return w;
        if (c->phase == GATHER)
            return w; // a fresh look at the clock between batches
    }
}

static void destroy(struct node *n)
{
    struct client *c = (struct client *)n;
    for (size_t i = 0; c->payloads && i < c->source->otlp.batch; i++)
        free(c->payloads[i]);
    free(c->payloads);
    free(c->rooms);
    free(c->batch);
    node_fini(n);
    free(c);
}

static const struct node_ops client_ops = {.kind = "client", .rank = 3, .step = step, .destroy = destroy};

struct node *client_create(struct flow *f, unsigned source, unsigned sender)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->source = &f->scenario->sources[source];
    c->source_index = source;
    c->index = sender;
    c->wire = f->wires[source];
    c->budget.share = c->source->otlp.retry.budget_share;
    c->batch = calloc(c->source->otlp.batch, sizeof *c->batch);
    c->payloads = calloc(c->source->otlp.batch, sizeof *c->payloads);
    c->rooms = calloc(c->source->otlp.batch, sizeof *c->rooms);
    schedule_init(&c->schedule, c->source, sender, f->setup->seed, f->scenario->duration_ns);
    char name[128];
    snprintf(name, sizeof name, "%s.retry.%u", c->source->name, sender);
    rng_init(&c->jitter, f->setup->seed, name);
    if (node_init(&c->node, f, &client_ops, c->source->name, TALLY_SENDS) && c->batch && c->payloads &&
        c->rooms)
        return &c->node;
    destroy(&c->node);
    return NULL;
}
