// SPDX-License-Identifier: Apache-2.0
// Where records end, and what is counted there.
#include <string.h>

#include "flow/edge_spill.h"
#include "flow/flow.h"
#include "flow/format.h"
#include "flow/pacer.h"
#include "flow/whole.h"

bool flow_in_window(const struct flow *f, uint64_t intended_ns)
{
    return intended_ns >= f->scenario->warmup_ns && intended_ns < flow_stop_ns(f);
}

void flow_trace(struct node *n, uint64_t now_ns, unsigned what, const struct record *r)
{
    if (n->flow->world.trace)
        n->flow->world.trace(n->flow->world.context, now_ns, n->id, what, r);
}

static size_t flat_index(const struct flow *f, unsigned source, unsigned sender)
{
    return f->sender_base[source] + sender;
}

void flow_mark_end(struct node *n, unsigned source, unsigned sender, uint64_t seq)
{
    if (n->ends)
        seen_add(&n->ends[flat_index(n->flow, source, sender)], seq);
}

void flow_generated(struct node *n, unsigned source, unsigned sender, uint64_t intended_ns)
{
    struct flow *f = n->flow;
    n->tally->ledger.generated++;
    if (flow_in_window(f, intended_ns))
        n->tally->window_offered++;
    atomic_fetch_add_explicit(&f->sender_generated[flat_index(f, source, sender)], 1, memory_order_relaxed);
}

void flow_unsent(struct node *n, unsigned source, unsigned sender, uint64_t seq)
{
    n->tally->ledger.unsent++;
    flow_mark_end(n, source, sender, seq);
}

// Tells the wire it came from, so that a file's checkpoint can move on, and frees it.
void flow_settle(struct node *n, struct record *r)
{
    struct wire *w = r->flags & RECORD_RECOVERED ? NULL : n->flow->wires[r->source];
    if (r->flags & RECORD_SPILLED)
        edge_spill_settle(n->flow, r);
    if (w && w->ops && w->ops->settle)
        w->ops->settle(w, r);
    record_give(n->flow->pool, r);
}

void flow_unsend(struct node *n, struct record *r, uint64_t now_ns)
{
    flow_trace(n, now_ns, TRACE_ENDED, r);
    if (r->origin) {
        whole_copy_ended(n, r, END_UNSENT, 0, now_ns);
        return;
    }
    flow_unsent(n, r->source, r->sender, r->seq);
    pacer_result(n->flow, r, PACER_FORGOTTEN, now_ns);
    record_give(n->flow->pool, r); // not settled: it is still the sender's
}

void flow_lose(struct node *n, struct record *r, enum weir_loss reason, uint64_t now_ns)
{
    flow_trace(n, now_ns, reason, r);
    if (r->origin) {
        whole_copy_ended(n, r, END_LOST, reason, now_ns);
        return;
    }
    if (!(r->flags & RECORD_REPLAY)) { // a copy's end is not the record's
        n->tally->ledger.lost[reason]++;
        tally_row(n->tally, now_ns)->lost[reason]++;
        flow_mark_end(n, r->source, r->sender, r->seq);
    }
    pacer_result(n->flow, r, PACER_FAILED, now_ns);
    flow_settle(n, r);
}

void flow_refuse_finally(struct node *n, struct record *r, uint64_t now_ns)
{
    flow_trace(n, now_ns, TRACE_REFUSED, r);
    if (r->origin) {
        whole_copy_ended(n, r, END_REFUSED, 0, now_ns);
        return;
    }
    n->tally->ledger.refused_final++;
    flow_mark_end(n, r->source, r->sender, r->seq);
    pacer_result(n->flow, r, PACER_FAILED, now_ns);
    flow_settle(n, r);
}

void flow_filter(struct node *n, struct record *r, uint64_t now_ns)
{
    flow_trace(n, now_ns, TRACE_FILTERED, r);
    if (r->origin) {
        whole_copy_ended(n, r, END_FILTERED, 0, now_ns);
        return;
    }
    if (!(r->flags & RECORD_REPLAY)) {
        n->tally->ledger.filtered++;
        n->tally->window_filtered += flow_in_window(n->flow, r->intended_ns);
        flow_mark_end(n, r->source, r->sender, r->seq);
    }
    pacer_result(n->flow, r, PACER_DELIVERED, now_ns);
    flow_settle(n, r);
}

void flow_leave_in_flight(struct node *n, struct record *r, uint64_t now_ns)
{
    flow_trace(n, now_ns, TRACE_ENDED, r);
    if (r->origin) {
        whole_copy_ended(n, r, END_IN_FLIGHT, 0, now_ns);
        return;
    }
    if (!(r->flags & RECORD_REPLAY)) {
        n->tally->ledger.in_flight++;
        flow_mark_end(n, r->source, r->sender, r->seq);
    }
    pacer_result(n->flow, r, PACER_FORGOTTEN, now_ns);
    record_give(n->flow->pool, r); // not settled: after a restart it comes again
}

// ---- delivery ----

// Records the ticks up to now_ns with the newest record as it was before this delivery, then moves it on.
static void age_note(struct flow *f, uint64_t intended_ns, uint64_t now_ns)
{
    struct age_meter *a = &f->age;
    uint64_t newest = atomic_load_explicit(&a->newest_ns, memory_order_relaxed);
    if (now_ns >= atomic_load_explicit(&a->next_tick_ns, memory_order_relaxed) &&
        !atomic_flag_test_and_set_explicit(&a->busy, memory_order_acquire)) {
        uint64_t tick = atomic_load_explicit(&a->next_tick_ns, memory_order_relaxed);
        for (; tick <= now_ns && tick < flow_stop_ns(f); tick += NS_PER_MS)
            hist_record(a->hist, tick > newest ? tick - newest : 0);
        // Past the window there are no more ticks: never come back here.
        atomic_store_explicit(&a->next_tick_ns, tick < flow_stop_ns(f) ? tick : TIME_NEVER,
                              memory_order_relaxed);
        atomic_flag_clear_explicit(&a->busy, memory_order_release);
    }
    while (intended_ns > newest &&
           !atomic_compare_exchange_weak_explicit(&a->newest_ns, &newest, intended_ns, memory_order_relaxed,
                                                  memory_order_relaxed))
        ;
}

// The longest time without a delivery, inside the measured window.
static void gap_note(struct flow *f, uint64_t now_ns)
{
    struct age_meter *a = &f->age;
    uint64_t before = atomic_exchange_explicit(&a->last_delivery_ns, now_ns, memory_order_relaxed);
    before = later(before, f->scenario->warmup_ns);
    uint64_t until = sooner(now_ns, flow_stop_ns(f));
    uint64_t gap = until > before ? until - before : 0;
    uint64_t longest = atomic_load_explicit(&a->longest_gap_ns, memory_order_relaxed);
    while (gap > longest &&
           !atomic_compare_exchange_weak_explicit(&a->longest_gap_ns, &longest, gap, memory_order_relaxed,
                                                  memory_order_relaxed))
        ;
}

bool flow_passes_newest(_Atomic uint64_t *newest, uint64_t seq)
{
    uint64_t seen = atomic_load_explicit(newest, memory_order_relaxed);
    bool passed = seq + 1 <= seen;
    while (seq + 1 > seen && !atomic_compare_exchange_weak_explicit(
                                 newest, &seen, seq + 1, memory_order_relaxed, memory_order_relaxed))
        ;
    return passed;
}

struct identity flow_identity(const struct flow *f, const struct record *r)
{
    return (struct identity){.run = f->setup->seed,
                             .source = r->source,
                             .sender = r->sender,
                             .record_class = r->record_class,
                             .seq = r->seq,
                             .intended_ns = r->intended_ns};
}

bool flow_payload_ok(const struct flow *f, const struct record *r)
{
    const struct source *s = &f->scenario->sources[r->source];
    if (r->flags & (RECORD_EXTERNAL | RECORD_REWRITTEN))
        return payload_hash(r->payload, r->size) == r->payload_hash;
    if (s->type == SOURCE_SYNTHETIC && s->net.format != FORMAT_RAW) {
        struct identity id = flow_identity(f, r);
        return format_matches(s->net.format, &id, f->setup->seed, r->payload, r->size);
    }
    return payload_matches(r->payload, r->size, f->setup->seed, r->source, r->sender, r->seq,
                           r->record_class);
}

void flow_count_delivery(struct node *n, struct record *r, uint64_t now_ns)
{
    struct flow *f = n->flow;
    struct tally *t = n->tally;
    if (flow_passes_newest(&f->sender_newest[flat_index(f, r->source, r->sender)], r->seq))
        atomic_fetch_add_explicit(&f->reordered, 1, memory_order_relaxed);
    if (!(r->flags & RECORD_REPLAY))
        t->ledger.delivered++;
    if ((r->flags & (RECORD_DEGRADED | RECORD_REPLAY)) == RECORD_DEGRADED)
        t->ledger.degraded++;
    uint64_t response = now_ns > r->intended_ns ? now_ns - r->intended_ns : 0;
    tally_row(t, now_ns)->delivered++;
    tally_row_response(t, now_ns, response);
    if (flow_in_window(f, r->intended_ns) && !(r->flags & RECORD_REPLAY)) {
        t->window_delivered++;
        hist_record(t->response, response);
        hist_record(t->service, now_ns > r->sent_ns ? now_ns - r->sent_ns : 0);
    }
    age_note(f, r->intended_ns, now_ns);
    gap_note(f, now_ns);
    pacer_result(n->flow, r, PACER_DELIVERED, now_ns);
}

void flow_deliver(struct node *n, struct record *r, uint64_t now_ns)
{
    struct flow *f = n->flow;
    size_t sender = flat_index(f, r->source, r->sender);
    flow_trace(n, now_ns, TRACE_DELIVERED, r);
    check_arrival(n->check_count > 1 ? &n->check[r->branch] : n->check, sender, r->seq,
                  flow_payload_ok(f, r));
    branch_arrival(n, r, sender);
    if (r->flags & RECORD_REPLAY)
        n->tally->replays++;
    if (r->origin) {
        whole_copy_ended(n, r, END_DELIVERED, 0, now_ns);
        return;
    }
    flow_count_delivery(n, r, now_ns);
    flow_settle(n, r);
}
