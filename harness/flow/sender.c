// SPDX-License-Identifier: Apache-2.0
// The sender: one built-in producer of a source. It follows its schedule and offers each record to the first
// edge (synthetic), or puts it on the source's wire (UDP, TCP, file). Open loop: a late record keeps its
// intended time.
//
//   due? -> make the record -> offer -> admitted / lost / refused: next one
//                                    -> blocked: wait for space, offer again
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "flow/fallback.h"
#include "flow/flow.h"
#include "flow/format.h"
#include "flow/outlet.h"
#include "flow/schedule.h"

enum { STEP_BUDGET = 32, LATE_NS = 10000000, UDP_PAYLOAD_MOST = 65507 };

struct sender {
    struct node node;
    const struct source *source;
    unsigned source_index, index;
    struct wire *wire; // NULL: offers to node.out
    struct schedule schedule;
    bool closed_loop, settling;
    uint64_t seq;
    uint64_t ready_ns;     // closed loop: when the next may be offered
    uint64_t returned_ns;  // when the offer before came back
    uint64_t blocked_ns;   // since when this offer is blocked, plus 1; 0: it is not
    struct record *record; // the one being offered
    struct outlet outlet;
    struct fallback fallback;
    unsigned char *payload; // wire: the message being sent
    uint32_t payload_room;
    struct wire_message message;
    bool message_ready;
};

static void note_lag(struct sender *s, uint64_t intended_ns, uint64_t now_ns)
{
    uint64_t since = later(intended_ns, s->returned_ns);
    uint64_t lag = now_ns > since ? now_ns - since : 0;
    if (lag > LATE_NS)
        s->node.tally->late_records++;
    if (flow_in_window(s->node.flow, intended_ns))
        hist_record(s->node.tally->send_lag, lag);
}

// Synthetic records are filler, or a whole line of the source's format around it.
static void fill_payload(const struct flow *f, enum wire_format format, struct record *r)
{
    struct identity id = flow_identity(f, r);
    if (format == FORMAT_RAW)
        payload_fill(r->payload, r->size, f->setup->seed, r->source, r->sender, r->seq, r->record_class);
    else
        format_encode(format, &id, f->setup->seed, r->payload, r->size);
}

// A new record begins its life here, whatever becomes of it.
static bool begin(struct sender *s, uint64_t intended_ns, uint64_t now_ns)
{
    struct node *n = &s->node;
    uint32_t size = schedule_size(&s->schedule);
    uint8_t record_class = schedule_class(&s->schedule);
    if (s->wire) {
        // A law without a floor may draw less than a message needs; shorter there is none.
        uint32_t least = (uint32_t)wire_format_minimum[s->source->net.format];
        uint32_t most = s->source->type == SOURCE_UDP ? UDP_PAYLOAD_MOST : s->payload_room;
        size = size < least ? least : size > most ? most : size;
        if (size > s->payload_room)
            return false;
        s->message = (struct wire_message){.source = (uint16_t)s->source_index,
                                           .sender = (uint16_t)s->index,
                                           .record_class = record_class,
                                           .seq = s->seq,
                                           .intended_ns = intended_ns,
                                           .size = size,
                                           .payload = s->payload};
        s->message_ready = true;
    } else {
        enum wire_format format = s->source->net.format;
        if (format != FORMAT_RAW && size < wire_format_minimum[format])
            size = (uint32_t)wire_format_minimum[format];
        struct record *r = record_take(n->flow->pool, size);
        if (!r)
            return false;
        r->source = (uint16_t)s->source_index;
        r->sender = (uint16_t)s->index;
        r->record_class = record_class;
        r->flags = 0;
        r->seq = s->seq;
        r->intended_ns = intended_ns;
        r->mark = 0;
        r->size = size;
        fill_payload(n->flow, format, r);
        s->record = r;
    }
    s->seq++;
    flow_generated(n, s->source_index, s->index, intended_ns);
    note_lag(s, intended_ns, now_ns);
    return true;
}

// Ends one record's offer: what is next may be looked at.
static void offer_over(struct sender *s, uint64_t now_ns)
{
    tally_unblocked(s->node.tally, &s->blocked_ns, now_ns);
    s->record = NULL;
    s->message_ready = false;
    s->returned_ns = now_ns;
    if (s->closed_loop)
        s->ready_ns = now_ns + schedule_think(&s->schedule);
}

// Offers the record in hand. WAIT_NOTHING: this one is over.
static struct wait offer_record(struct sender *s, uint64_t now_ns)
{
    struct node *n = &s->node;
    struct series_row *row = tally_row(n->tally, now_ns);
    if (!outlet_open(&s->outlet)) {
        n->tally->ledger.attempts++;
        row->offered++;
    }
    struct record *r = s->record;
    struct offer_answer a = outlet_offer(n, &s->outlet, &r, 1, now_ns);
    switch (a.result) {
    case OFFER_BLOCKED:
        if (!s->blocked_ns)
            s->blocked_ns = now_ns + 1;
        return outlet_wait(&a, flow_stop_ns(n->flow));
    case OFFER_ADMITTED:
        n->tally->ledger.admitted++;
        row->admitted++;
        s->settling = a.edge != NULL;
        break;
    case OFFER_LOST:
        if (!a.ended)
            flow_lose(n, r, a.reason, now_ns);
        break;
    case OFFER_REFUSED:
        n->tally->ledger.refused++;
        row->refused++;
        if (!a.ended)
            flow_refuse_finally(n, r, now_ns);
        break;
    case OFFER_SELF:
        n->tally->ledger.admitted++;
        row->admitted++;
        s->blocked_ns = s->blocked_ns ? s->blocked_ns : now_ns + 1;
        s->record = NULL;
        fallback_begin(&s->fallback, r);
        return wait_nothing();
    }
    offer_over(s, now_ns);
    return s->settling ? wait_inline(a.edge) : wait_nothing();
}

static struct wait send_message(struct sender *s, uint64_t now_ns)
{
    enum wire_status status = s->wire->ops->send(s->wire, s->index, &s->message, now_ns);
    if (status == WIRE_AGAIN) {
        if (!s->blocked_ns)
            s->blocked_ns = now_ns + 1;
        return wait_io(s->wire, (int)s->index, flow_stop_ns(s->node.flow));
    }
    if (status == WIRE_FAILED)
        flow_unsent(&s->node, s->source_index, s->index, s->message.seq);
    offer_over(s, now_ns);
    return wait_nothing();
}

// Sources stop: the record in hand and what else was scheduled were never sent.
static struct wait end(struct sender *s, uint64_t now_ns)
{
    struct node *n = &s->node;
    tally_unblocked(s->node.tally, &s->blocked_ns, now_ns);
    if (s->record) {
        outlet_abandon(n, &s->outlet, &s->record, 1, END_UNSENT, now_ns);
        s->record = NULL;
    }
    if (s->message_ready)
        flow_unsent(n, s->source_index, s->index, s->message.seq);
    uint64_t due, until = sooner(now_ns, flow_stop_ns(n->flow)); // it may see the stop late
    while (!s->closed_loop && schedule_peek(&s->schedule, &due) && due < until) {
        flow_generated(n, s->source_index, s->index, due);
        flow_unsent(n, s->source_index, s->index, s->seq++);
        schedule_pop(&s->schedule);
    }
    if (s->wire)
        s->wire->ops->finish(s->wire, s->index, now_ns);
    else
        node_release_outs(n);
    fallback_end(n, &s->fallback, now_ns);
    return wait_done();
}

// What is due next: WAIT_NOTHING when a record has been begun.
static struct wait next_record(struct sender *s, uint64_t now_ns)
{
    uint64_t stop = flow_stop_ns(s->node.flow), due = 0;
    if (s->closed_loop) {
        if (now_ns < s->ready_ns)
            return wait_time(sooner(s->ready_ns, stop));
        if (!schedule_closed_more(&s->schedule))
            return end(s, now_ns);
        due = later(s->ready_ns, s->returned_ns);
    } else {
        if (!schedule_peek(&s->schedule, &due))
            return s->source->count ? end(s, now_ns) : wait_time(stop);
        if (now_ns < due)
            return wait_time(sooner(due, stop));
        schedule_pop(&s->schedule);
    }
    if (!begin(s, due, now_ns)) { // no memory for it: it was scheduled and never sent
        flow_generated(&s->node, s->source_index, s->index, due);
        flow_unsent(&s->node, s->source_index, s->index, s->seq++);
    }
    return wait_nothing();
}

static struct wait step(struct node *n, uint64_t now_ns)
{
    struct sender *s = (struct sender *)n;
    if (s->settling) {
        s->settling = false;
        s->ready_ns = now_ns + (s->ready_ns > s->returned_ns ? s->ready_ns - s->returned_ns : 0);
        s->returned_ns = now_ns;
    }
    if (fallback_busy(&s->fallback)) { // also past the stop: what it has taken upon itself it delivers
        struct wait w = fallback_step(n, &s->fallback, now_ns);
        if (w.what != WAIT_DONE)
            return w;
        offer_over(s, now_ns);
    }
    if (now_ns >= flow_stop_ns(n->flow))
        return end(s, now_ns);
    // On a wire the stall is the receiver's: the senders go on.
    uint64_t stalled = s->wire ? 0 : spans_cover(&s->source->stalls, now_ns);
    if (stalled) {
        s->returned_ns =
            later(s->returned_ns, stalled); // it stands still by order: that is no lag of its own
        return wait_time(sooner(stalled, flow_stop_ns(n->flow)));
    }
    for (unsigned i = 0; i < STEP_BUDGET; i++) {
        if (!s->record && !s->message_ready) {
            struct wait w = next_record(s, now_ns);
            if (w.what != WAIT_NOTHING)
                return w;
        }
        struct wait w = wait_nothing();
        if (s->record)
            w = offer_record(s, now_ns);
        else if (s->message_ready)
            w = send_message(s, now_ns);
        if (w.what != WAIT_NOTHING || fallback_busy(&s->fallback))
            return w;
    }
    return wait_nothing();
}

static void destroy(struct node *n)
{
    struct sender *s = (struct sender *)n;
    if (s->record)
        record_give(n->flow->pool, s->record);
    fallback_free(n, &s->fallback);
    free(s->payload);
    outlet_free(n, &s->outlet);
    node_fini(n);
    free(s);
}

static const struct node_ops sender_ops = {.kind = "sender", .rank = 3, .step = step, .destroy = destroy};

struct node *sender_create(struct flow *f, unsigned source, unsigned sender, const struct ways *to)
{
    struct sender *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->source = &f->scenario->sources[source];
    s->source_index = source;
    s->index = sender;
    s->outlet.at_source = true;
    s->node.delayable = true; // it is paced; what cannot wait has a wire
    s->closed_loop = s->source->arrival.process == ARRIVE_CLOSED;
    s->wire = f->wires[source];
    schedule_init(&s->schedule, s->source, sender, f->setup->seed, f->scenario->duration_ns);
    unsigned use = TALLY_SENDS | (s->wire ? 0 : fallback_use(to->list[0].edge->spec));
    bool ok = node_init(&s->node, f, &sender_ops, s->source->name, use);
    if (ok && s->wire) {
        s->payload_room = RECORD_BYTES_MAX;
        s->payload = calloc(1, s->payload_room);
        ok = s->payload != NULL;
    } else if (ok) {
        ok = fallback_init(&s->node, &s->fallback, to->list[0].edge) && node_attach_ways(&s->node, to);
    }
    if (ok)
        return &s->node;
    destroy(&s->node);
    return NULL;
}
