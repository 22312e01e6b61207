// SPDX-License-Identifier: Apache-2.0
// The receiver of a stream source (UDP, TCP, file): takes what the wire has and offers it to the first edge,
// record by record. While the edge blocks it does not read: a socket's buffer fills up, a file waits on disk.
//
//   read a few -> offer each -> read again; stalled or nothing there: wait
//   after the sources have stopped: sockets are read empty, a file is left where it is (its lines are unsent)
#include <stdlib.h>

#include "flow/fallback.h"
#include "flow/flow.h"
#include "flow/outlet.h"

enum { RECEIVE_MAX = 32 };

struct receiver {
    struct node node;
    const struct source *source;
    unsigned source_index;
    struct wire *wire;
    struct record *hand[RECEIVE_MAX];
    size_t count, next;
    struct outlet outlet;
    struct fallback fallback;
    bool settling, door_closed;
    uint64_t blocked_ns;  // since when, plus 1
    uint64_t foreign_seq; // numbers given to records that came without one
    uint64_t received;
};

static bool leaves_rest_unread(const struct receiver *r)
{
    return r->source->type == SOURCE_FILE;
}

// A connection says when nothing more comes; a datagram may always be the last.
static bool ends_by_itself(const struct receiver *r)
{
    return r->source->type == SOURCE_TCP;
}

// A foreign record gets its number here, in the order of receipt; it was generated when it came.
static void take_in(struct receiver *r, struct record *rec)
{
    r->received++;
    if (!(rec->flags & RECORD_EXTERNAL))
        return;
    rec->seq = r->foreign_seq++;
    flow_generated(&r->node, rec->source, rec->sender, rec->intended_ns);
    if (rec->flags & RECORD_MALFORMED)
        r->node.tally->ledger.malformed++;
}

static void settle_wire(struct receiver *r, uint64_t now_ns)
{
    struct tally *t = r->node.tally;
    uint64_t unread = r->wire->ops->stop(r->wire, now_ns);
    struct wire_counters c = {0};
    r->wire->ops->counters(r->wire, &c);
    // A line on disk was not sent as far as anybody here knows; what is in a socket was.
    *(leaves_rest_unread(r) ? &t->ledger.unsent : &t->ledger.in_flight) += unread;
    t->uncharted += unread + (r->source->external ? 0 : c.kernel_drops);
    t->ledger.lost[WEIR_LOSS_KERNEL] += c.kernel_drops;
    // An external sender's records are known only by their arrival, so what the kernel dropped is added here.
    if (r->source->external) {
        t->ledger.generated += c.kernel_drops;
        t->nameless += c.kernel_drops;
    }
    tally_row(t, now_ns)->lost[WEIR_LOSS_KERNEL] += c.kernel_drops;
}

static struct wait end(struct receiver *r, uint64_t now_ns)
{
    bool unread = leaves_rest_unread(r);
    if (outlet_open(&r->outlet)) {
        bool back = unread && !outlet_made(&r->node, &r->outlet);
        outlet_abandon(&r->node, &r->outlet, &r->hand[r->next++], 1, back ? END_UNSENT : END_IN_FLIGHT,
                       now_ns);
    }
    for (; r->next < r->count; r->next++) {
        if (unread)
            flow_unsend(&r->node, r->hand[r->next], now_ns);
        else
            flow_leave_in_flight(&r->node, r->hand[r->next], now_ns);
    }
    settle_wire(r, now_ns);
    node_release_outs(&r->node);
    fallback_end(&r->node, &r->fallback, now_ns);
    return wait_done();
}

static struct wait offer_next(struct receiver *r, uint64_t now_ns)
{
    struct node *n = &r->node;
    struct record *rec = r->hand[r->next];
    struct series_row *row = tally_row(n->tally, now_ns);
    if (rec->flags & RECORD_OVERSIZE) {
        r->next++;
        flow_lose(n, rec, WEIR_LOSS_OVERSIZE, now_ns);
        return wait_nothing();
    }
    if (!outlet_open(&r->outlet)) {
        n->tally->ledger.attempts++;
        row->offered++;
    }
    struct offer_answer a = outlet_offer(n, &r->outlet, &rec, 1, now_ns);
    if (a.result == OFFER_BLOCKED) {
        if (!r->blocked_ns)
            r->blocked_ns = now_ns + 1;
        // Unless another way has its copy already: then it is to be offered to the end.
        bool leaves_it = a.paused && leaves_rest_unread(r) && !outlet_made(n, &r->outlet);
        return outlet_wait(&a, leaves_it ? flow_stop_ns(n->flow) : n->flow->cut_ns);
    }
    r->next++;
    if (a.result == OFFER_SELF) {
        n->tally->ledger.admitted++;
        row->admitted++;
        r->blocked_ns = r->blocked_ns ? r->blocked_ns : now_ns + 1;
        fallback_begin(&r->fallback, rec);
        return wait_nothing();
    }
    tally_unblocked(r->node.tally, &r->blocked_ns, now_ns);
    if (a.result == OFFER_ADMITTED) {
        n->tally->ledger.admitted++;
        row->admitted++;
        r->settling = a.edge != NULL;
        return r->settling ? wait_inline(a.edge) : wait_nothing();
    }
    if (a.result == OFFER_LOST) {
        if (!a.ended)
            flow_lose(n, rec, a.reason, now_ns);
    } else {
        n->tally->ledger.refused++;
        row->refused++;
        if (!a.ended)
            flow_refuse_finally(n, rec, now_ns);
    }
    return wait_nothing();
}

// How many may still be taken when the source has a count and its senders are external.
static size_t room(const struct receiver *r)
{
    if (!r->source->external || !r->source->count)
        return RECEIVE_MAX;
    uint64_t left = r->source->count - r->received;
    return left < RECEIVE_MAX ? (size_t)left : RECEIVE_MAX;
}

static struct wait read_more(struct receiver *r, uint64_t now_ns)
{
    uint64_t stop = flow_stop_ns(r->node.flow);
    bool stopped = now_ns >= stop;
    if (!room(r) || (stopped && leaves_rest_unread(r)))
        return end(r, now_ns);
    if (stopped && !r->door_closed && r->wire->ops->close_door)
        r->wire->ops->close_door(r->wire, now_ns);
    r->door_closed = stopped;
    r->next = r->count = 0;
    enum wire_status status = r->wire->ops->receive(r->wire, r->hand, room(r), &r->count, now_ns);
    for (size_t i = 0; i < r->count; i++)
        take_in(r, r->hand[i]);
    if (status == WIRE_OK)
        return wait_nothing();
    if (status == WIRE_END || status == WIRE_FAILED || (stopped && !ends_by_itself(r)))
        return end(r, now_ns);
    return wait_io(r->wire, -1, stopped ? r->node.flow->cut_ns : stop);
}

static struct wait step(struct node *n, uint64_t now_ns)
{
    struct receiver *r = (struct receiver *)n;
    if (fallback_busy(&r->fallback)) {
        struct wait w = fallback_step(n, &r->fallback, now_ns);
        if (w.what != WAIT_DONE)
            return w;
        tally_unblocked(r->node.tally, &r->blocked_ns, now_ns);
    }
    if (now_ns >= n->flow->cut_ns) {
        tally_unblocked(r->node.tally, &r->blocked_ns, now_ns);
        return end(r, now_ns);
    }
    uint64_t stalled = spans_cover(&r->source->stalls, now_ns);
    if (stalled)
        return wait_time(sooner(stalled, n->flow->cut_ns));
    if (r->next == r->count) {
        struct wait w = read_more(r, now_ns);
        if (w.what != WAIT_NOTHING)
            return w;
    }
    // A file source stops where it is: what was read and not offered stays on disk.
    if (leaves_rest_unread(r) && now_ns >= flow_stop_ns(n->flow) && !outlet_made(n, &r->outlet))
        return end(r, now_ns);
    while (r->next < r->count) {
        struct wait w = offer_next(r, now_ns);
        if (w.what != WAIT_NOTHING || fallback_busy(&r->fallback))
            return w;
    }
    return wait_nothing();
}

static void destroy(struct node *n)
{
    struct receiver *r = (struct receiver *)n;
    outlet_free(n, &r->outlet);
    fallback_free(n, &r->fallback);
    node_fini(n);
    free(r);
}

static const struct node_ops receiver_ops = {.kind = "receiver", .rank = 2, .step = step, .destroy = destroy};

struct node *receiver_create(struct flow *f, unsigned source, const struct ways *to)
{
    struct receiver *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->source = &f->scenario->sources[source];
    r->source_index = source;
    r->wire = f->wires[source];
    r->outlet.at_source = true;
    r->node.delayable = r->source->type != SOURCE_UDP; // a datagram that waits is lost in the kernel
    const struct edge *first = to->list[0].edge;
    if (node_init(&r->node, f, &receiver_ops, r->source->name, TALLY_SENDS | fallback_use(first->spec)) &&
        fallback_init(&r->node, &r->fallback, first) && node_attach_ways(&r->node, to))
        return &r->node;
    destroy(&r->node);
    return NULL;
}
