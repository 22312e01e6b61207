// SPDX-License-Identifier: Apache-2.0
#include "flow/edge_spill.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

static uint64_t waiting(const struct edge_spill *s)
{
    return atomic_load_explicit(&s->waiting, memory_order_acquire);
}

// What a later run would find, for the case that this one dies.
static void note_left(const struct edge_spill *s, int64_t change)
{
    if (s->lasting)
        atomic_fetch_add_explicit(&s->flow->root->left_on_disk, (uint64_t)change, memory_order_relaxed);
}

// ---- life ----

static void default_folder(const struct flow *f, const struct edge *e, char *path, size_t size)
{
    snprintf(path, size, "%s/%s.spill", f->setup->scratch ? f->setup->scratch : "/tmp", e->name);
}

bool edge_spill_open(struct flow *f, struct edge *e, struct error *error)
{
    const double *params = e->spec->spill_state.params;
    struct spill_limits limits = {.max_bytes = (uint64_t)params[WEIR_SPILL_MAX],
                                  .segment_bytes = (uint64_t)params[WEIR_SPILL_SEGMENT],
                                  .sync_ns = (uint64_t)params[WEIR_SPILL_SYNC]};
    char path[512];
    default_folder(f, e, path, sizeof path);
    struct edge_spill *s = calloc(1, sizeof *s);
    if (!s)
        return fail(error, EXIT_INVALID, "not enough memory for the spill of %s", e->name);
    e->spill = s;
    s->flow = f;
    s->state = e->spec->spill_state;
    s->lasting = e->spec->spill_path != NULL;
    s->sender = (uint16_t)(f->scenario->sources[0].senders + 1 + f->spill_count++);
    if (f->world.guard_create && !(s->guard = f->world.guard_create(f->world.context)))
        return fail(error, EXIT_INVALID, "not enough memory for the spill of %s", e->name);
    struct spill_device *device =
        f->world.open_spill(f->world.context, s->lasting ? e->spec->spill_path : path, error);
    s->store = device ? spill_store_create(device, f->pool, &limits, error) : NULL;
    return s->store != NULL;
}

void edge_spill_start(struct edge *e)
{
    struct edge_spill *s = e->spill;
    struct node *n = e->consumer;
    uint64_t recovered = spill_counters(s->store)->recovered;
    for (uint64_t i = 0; i < recovered; i++)
        flow_generated(n, 0, s->sender, 0);
    n->tally->ledger.recovered += recovered;
    n->in.counts->in += recovered;
    atomic_store(&s->waiting, recovered);
    note_left(s, (int64_t)recovered);
}

void edge_spill_close(struct edge *e)
{
    struct edge_spill *s = e->spill;
    if (!s)
        return;
    if (s->store)
        spill_store_destroy(s->store);
    if (s->guard)
        s->flow->world.guard_destroy(s->guard);
    free(s);
    e->spill = NULL;
}

// ---- from the disk ----

// Records that cannot be read back. Which they were is known only of those that an earlier run had left.
static void lose(struct node *n, struct port *port, const struct spill_read *got, uint64_t now_ns)
{
    struct edge_spill *s = port->edge->spill;
    struct tally *t = n->tally;
    t->ledger.lost[WEIR_LOSS_SPILL] += got->lost;
    tally_row(t, now_ns)->lost[WEIR_LOSS_SPILL] += got->lost;
    port->counts->dropped += got->lost;
    for (uint64_t i = 0; got->lost_recovered && i < got->lost; i++)
        flow_mark_end(n, 0, s->sender, got->lost_first + i);
    if (!got->lost_recovered)
        t->uncharted += got->lost;
    atomic_fetch_sub(&s->waiting, got->lost);
    note_left(s, -(int64_t)got->lost);
}

// To this run a record that an earlier one left is from outside: it enters as it was found.
static void adopt(const struct edge_spill *s, struct record *r, uint64_t number, uint64_t now_ns)
{
    r->source = 0;
    r->sender = s->sender;
    r->seq = number;
    r->intended_ns = 0;
    r->sent_ns = r->pushed_ns = now_ns;
    r->pacer = 0;
    r->mark = 0;
    r->flags =
        (uint8_t)((r->flags & (RECORD_MALFORMED | RECORD_DEGRADED)) | RECORD_EXTERNAL | RECORD_RECOVERED);
    r->payload_hash = payload_hash(r->payload, r->size);
}

// The next record on disk; NULL when there is none, or no memory for it.
static struct record *fetch(struct node *n, struct port *port, uint64_t now_ns)
{
    struct edge_spill *s = port->edge->spill;
    struct spill_read got;
    while (spill_take(s->store, &got, now_ns)) {
        if (got.lost)
            lose(n, port, &got, now_ns);
        if (!got.record)
            continue;
        if (got.recovered)
            adopt(s, got.record, got.number, now_ns);
        got.record->flags |= RECORD_SPILLED;
        got.record->spill_edge = (uint16_t)port->edge->id;
        return got.record;
    }
    return NULL;
}

// Moves up to `most` records into the queue; false when it went no further.
static bool move(struct node *n, struct port *port, size_t most, uint64_t now_ns, size_t *moved)
{
    struct edge *e = port->edge;
    struct edge_spill *s = e->spill;
    for (; most > 0 && waiting(s) > 0; most--) {
        if (!s->hand)
            s->hand = fetch(n, port, now_ns);
        uint64_t item = (uint64_t)(uintptr_t)s->hand;
        if (!s->hand || !e->ops->try_push_n(e->queue, &item, 1))
            return false;
        s->hand = NULL;
        ++*moved;
        atomic_fetch_sub(&s->waiting, 1); // after it is in the queue: see edge_spill_push
    }
    return true;
}

// Under the guard. Answers how many came back.
static size_t bring_back(struct node *n, struct port *port, uint64_t now_ns)
{
    struct edge *e = port->edge;
    struct edge_spill *s = e->spill;
    if (waiting(s) == 0)
        return 0;
    size_t moved = 0, most;
    while (waiting(s) > 0 &&
           (most = weir_spill_back(&s->state, e->ops->len(e->queue), e->ops->capacity(e->queue))) > 0)
        if (!move(n, port, most, now_ns, &moved))
            break;
    if (moved)
        edge_note_length(e);
    if (waiting(s) == 0) {
        flow_raise(s->flow, &s->room);
        if (s->closing)
            e->ops->close(e->queue);
        if (s->closing && e->closing)
            flow_raise(s->flow, e->closing);
    }
    return moved;
}

bool edge_spill_back(struct node *n, struct port *port, uint64_t now_ns)
{
    struct edge_spill *s = port->edge->spill;
    // What was popped must be seen by a producer that has just put something on disk, or that by us.
    atomic_thread_fence(memory_order_seq_cst);
    if (waiting(s) == 0)
        return false;
    guard_enter(s->flow, s->guard);
    size_t moved = bring_back(n, port, now_ns);
    guard_leave(s->flow, s->guard);
    return moved > 0;
}

// ---- onto the disk ----

static bool put_away(struct node *n, struct port *port, struct record *r, uint64_t now_ns)
{
    struct edge_spill *s = port->edge->spill;
    r->pushed_ns = now_ns;
    if (spill_append(s->store, r, now_ns) != 0)
        return false;
    atomic_fetch_add(&s->waiting, 1);
    note_left(s, 1);
    port->counts->in++;
    flow_trace(n, now_ns, TRACE_ADMITTED, r);
    if (r->flags & RECORD_SPILLED) // what it came from need not keep it any more
        edge_spill_settle(s->flow, r);
    record_give(s->flow->pool, r);
    return true;
}

static bool goes_out(const struct edge *e, size_t count)
{
    const struct edge_spill *s = e->spill;
    struct weir_spill_view view = {.len = e->ops->len(e->queue),
                                   .capacity = e->ops->capacity(e->queue),
                                   .count = count,
                                   .on_disk = waiting(s) > 0};
    return weir_spill_out(&s->state, &view);
}

// A producer's own records keep their order also without the guard: when nothing is waiting, all that it has
// put on disk before is in the queue.
size_t edge_spill_push(struct node *n, struct port *port, struct record *const *records, size_t count,
                       uint64_t now_ns)
{
    struct edge *e = port->edge;
    struct edge_spill *s = e->spill;
    size_t done = 0;
    if (!goes_out(e, count))
        done = edge_into_queue(n, port, records, count, now_ns);
    if (done == count)
        return done;
    guard_enter(s->flow, s->guard);
    bring_back(n, port, now_ns);
    if (!goes_out(e, count - done))
        done += edge_into_queue(n, port, records + done, count - done, now_ns);
    while (done < count && put_away(n, port, records[done], now_ns))
        done++;
    // The disk is full of records that are on their way: with none of them waiting, the queue goes on.
    if (done < count && waiting(s) == 0)
        done += edge_into_queue(n, port, records + done, count - done, now_ns);
    atomic_thread_fence(memory_order_seq_cst); // see edge_spill_back
    bring_back(n, port, now_ns);
    guard_leave(s->flow, s->guard);
    return done;
}

// ---- ends ----

bool edge_spill_release(struct edge *e)
{
    struct edge_spill *s = e->spill;
    guard_enter(s->flow, s->guard);
    s->closing = true;
    bool now = waiting(s) == 0;
    if (now)
        e->ops->close(e->queue);
    guard_leave(s->flow, s->guard);
    return now;
}

void edge_spill_settle(struct flow *f, const struct record *r)
{
    struct edge_spill *s = f->edges[r->spill_edge].spill;
    note_left(s, -1); // before it is so: a killed run promises too little rather than too much
    guard_enter(f, s->guard);
    bool room = spill_settle(s->store, r->spill_number);
    guard_leave(f, s->guard);
    if (room)
        flow_raise(f, &s->room);
}

void edge_spill_conclude(struct edge *e, uint64_t now_ns)
{
    struct edge_spill *s = e->spill;
    struct node *n = e->consumer;
    // Only to journal which they are is every record read once more; nothing of it is settled by that.
    struct record *r = s->hand;
    uint64_t left = 0;
    for (; r || s->flow->setup->verify; left++) {
        if (!r && !(r = fetch(n, &n->in, now_ns)))
            break;
        flow_mark_end(n, r->source, r->sender, r->seq);
        record_give(s->flow->pool, r);
        r = NULL;
    }
    s->hand = NULL;
    left = s->flow->setup->verify ? left : waiting(s);
    n->tally->ledger.spilled += left;
}
