// SPDX-License-Identifier: Apache-2.0
#include "flow/whole.h"

#include <string.h>

#include "flow/flow.h"
#include "flow/pacer.h"

// ---- origins ----

// An origin lies in the payload of a record of the pool, so that no path of a record allocates memory else.
bool whole_begin(struct node *n, struct record *r)
{
    if (r->origin)
        return true;
    size_t bytes = sizeof(struct origin) + n->flow->join_count * sizeof(struct meeting);
    struct record *memory = record_take(n->flow->pool, bytes + _Alignof(struct origin));
    if (!memory)
        return false;
    uintptr_t at = (uintptr_t)memory->payload, align = _Alignof(struct origin);
    struct origin *o = (struct origin *)((at + align - 1) / align * align);
    atomic_init(&o->live, 1);
    atomic_init(&o->best, END_NONE);
    o->at_sinks = false;
    uint8_t pool_class = memory->pool_class;
    *memory = *r; // stands for the record when it ends; it has no payload
    memory->pool_class = pool_class;
    memory->next = NULL;
    o->whole = memory;
    r->pacer = 0; // its result is known when the whole has ended
    for (size_t i = 0; i < n->flow->join_count; i++) {
        atomic_init(&o->meetings[i].arrived, 0);
        o->meetings[i].kept = NULL;
    }
    r->origin = o;
    return true;
}

void whole_undo(struct node *n, struct record *r)
{
    r->pacer = r->origin->whole->pacer;
    record_give(n->flow->pool, r->origin->whole);
    r->origin = NULL;
    r->branch = -1;
}

struct record *whole_copy(struct node *n, const struct record *r)
{
    struct record *copy = record_take(n->flow->pool, r->size);
    if (!copy)
        return NULL;
    uint8_t pool_class = copy->pool_class;
    memcpy(copy, r, sizeof *r + r->size);
    copy->pool_class = pool_class;
    copy->next = NULL;
    copy->pacer = 0; // it is one more record, which nobody has asked a pacer about
    return copy;
}

void whole_add(struct record *r, unsigned copies)
{
    // Relaxed: the caller holds a copy, so the count cannot reach 0 meanwhile.
    atomic_fetch_add_explicit(&r->origin->live, copies, memory_order_relaxed);
}

void whole_forget(struct record *r)
{
    atomic_fetch_sub_explicit(&r->origin->live, 1, memory_order_relaxed);
}

// ---- ends ----

// True when this is better than what the record had reached before.
static bool improve(struct origin *o, enum end_kind kind, enum weir_loss reason)
{
    uint32_t end = (uint32_t)kind << 8 | (uint32_t)reason;
    uint32_t seen = atomic_load_explicit(&o->best, memory_order_relaxed);
    while (seen >> 8 < (uint32_t)kind)
        if (atomic_compare_exchange_weak_explicit(&o->best, &seen, end, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    return false;
}

// One copy less. True for the last one: release and acquire, so that it sees what the others did.
static bool was_last(struct origin *o)
{
    return atomic_fetch_sub_explicit(&o->live, 1, memory_order_acq_rel) == 1;
}

// Ends after the sinks have got their copies are each branch's own: the branches leave them out of what they
// have in common.
static struct ledger *own_ends(struct node *n, const struct origin *o)
{
    static _Thread_local struct ledger nobody_looks;
    return o->at_sinks && n->tally->after_sinks ? n->tally->after_sinks : &nobody_looks;
}

// `flags`: of the copy that arrived, which may have skipped some work after it was made.
static void count_delivery(struct node *n, const struct origin *o, unsigned flags, uint64_t now_ns)
{
    bool degraded = flags & ~(unsigned)o->whole->flags & RECORD_DEGRADED;
    n->tally->ledger.degraded += degraded && !(o->whole->flags & RECORD_REPLAY);
    own_ends(n, o)->delivered += !(o->whole->flags & RECORD_REPLAY);
    flow_count_delivery(n, o->whole, now_ns);
}

// A copy that has come as far as it goes.
static void merged(struct node *n, struct record *r, uint64_t now_ns)
{
    pacer_result(n->flow, r, PACER_DELIVERED, now_ns);
    record_give(n->flow->pool, r);
}

// The last copy has ended. The origin lies in `whole`, so that is given back by the very last call.
static void end_whole(struct node *n, struct origin *o, unsigned flags, uint64_t now_ns)
{
    struct record *whole = o->whole;
    struct ledger *own = own_ends(n, o);
    uint32_t best = atomic_load_explicit(&o->best, memory_order_relaxed);
    enum weir_loss reason = (enum weir_loss)(best & 0xff);
    bool counts = !(whole->flags & RECORD_REPLAY);
    for (size_t i = 0; i < n->flow->join_count; i++)
        if (o->meetings[i].kept) // waited for a copy that never came
            merged(n, o->meetings[i].kept, now_ns);
    switch ((enum end_kind)(best >> 8)) {
    case END_NONE:
    case END_UNSENT:
        own->unsent++;
        flow_unsend(n, whole, now_ns);
        break;
    case END_REFUSED:
        own->refused_final++;
        flow_refuse_finally(n, whole, now_ns);
        break;
    case END_LOST:
        own->lost[reason] += counts;
        flow_lose(n, whole, reason, now_ns);
        break;
    case END_FILTERED:
        own->filtered += counts;
        flow_filter(n, whole, now_ns);
        break;
    case END_IN_FLIGHT:
        own->in_flight += counts;
        flow_leave_in_flight(n, whole, now_ns);
        break;
    case END_DELIVERED:
        if (n->flow->delivered_when_all_are)
            count_delivery(n, o, flags, now_ns);
        flow_settle(n, whole);
        break;
    }
}

// What one branch counts.
static void count_branch(struct node *n, const struct record *r, enum end_kind kind, enum weir_loss reason,
                         uint64_t now_ns)
{
    if (r->branch < 0 || !n->tally->branches)
        return;
    struct branch_tally *b = &n->tally->branches[r->branch];
    bool counts = !(r->flags & RECORD_REPLAY);
    switch (kind) {
    case END_NONE: break;
    case END_UNSENT: b->ledger.unsent++; break;
    case END_REFUSED: b->ledger.refused_final++; break;
    case END_LOST: b->ledger.lost[reason] += counts; break;
    case END_FILTERED: b->ledger.filtered += counts; break;
    case END_IN_FLIGHT: b->ledger.in_flight += counts; break;
    case END_DELIVERED:
        b->ledger.delivered += counts;
        b->replays += !counts;
        if (counts && flow_in_window(n->flow, r->intended_ns)) {
            b->window_delivered++;
            if (b->response)
                hist_record(b->response, now_ns > r->intended_ns ? now_ns - r->intended_ns : 0);
        }
        break;
    }
}

void whole_copy_ended(struct node *n, struct record *r, enum end_kind kind, enum weir_loss reason,
                      uint64_t now_ns)
{
    struct origin *o = r->origin;
    unsigned flags = r->flags;
    count_branch(n, r, kind, reason, now_ns);
    enum pacer_fate fate = kind == END_DELIVERED || kind == END_FILTERED ? PACER_DELIVERED
                           : kind == END_LOST || kind == END_REFUSED     ? PACER_FAILED
                                                                         : PACER_FORGOTTEN;
    pacer_result(n->flow, r, fate, now_ns);
    record_give(n->flow->pool, r);
    bool better = improve(o, kind, reason);
    if (better && kind == END_DELIVERED && !n->flow->delivered_when_all_are)
        count_delivery(n, o, flags, now_ns);
    if (was_last(o))
        end_whole(n, o, flags, now_ns);
}

// ---- joins ----

struct record *whole_meet(struct node *n, struct record *r, int join, unsigned slot, uint64_t now_ns)
{
    struct origin *o = r->origin;
    struct meeting *m = &o->meetings[join];
    if (slot == 0)
        m->kept = r;
    // Release: who comes last sees the copy that is kept. Acquire: that is we, perhaps.
    uint32_t before = atomic_fetch_add_explicit(&m->arrived, 1, memory_order_acq_rel);
    if (before + 1 == n->flow->join_sizes[join]) {
        struct record *on = m->kept;
        m->kept = NULL;
        if (on != r)
            merged(n, r, now_ns);
        return on;
    }
    if (slot != 0) // otherwise it may have gone on already
        merged(n, r, now_ns);
    if (was_last(o)) // those it would have waited for have all ended
        end_whole(n, o, 0, now_ns);
    return NULL;
}
