// SPDX-License-Identifier: Apache-2.0
// The end of a run: what is still inside is counted, the two proofs are held against each other, and the
// report is filled in.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/edge_spill.h"
#include "flow/flow.h"
#include "flow/load.h"
#include "flow/pacer.h"
#include "flow/processing.h"

static void invalid(struct report *r, const char *why)
{
    if (r->status == CELL_OK) {
        r->status = CELL_INVALID;
        snprintf(r->reason, sizeof r->reason, "%s", why);
    }
}

// What the queues have counted, before count_leftovers takes out what is left.
static void report_counters(struct flow *f)
{
    struct report *r = &f->root->report;
    r->queue_stats = f->setup->queue_stats;
    for (size_t i = 0; r->queue_stats && i < f->edge_count; i++) {
        const struct edge *e = &f->edges[i];
        r->edges[i].counted = e->ops->stats != NULL;
        if (e->ops->stats)
            e->ops->stats(e->queue, &r->edges[i].counters);
    }
}

// Records left on the edges were admitted and have reached no end.
static void count_leftovers(struct flow *f, uint64_t end_ns)
{
    uint64_t item;
    for (size_t i = 0; i < f->edge_count; i++) {
        struct edge *e = &f->edges[i];
        // Of a ring what is left is counted at its door.
        for (; !e->ring && e->ops->try_pop_n(e->queue, &item, 1); e->left++)
            flow_leave_in_flight(e->consumer, (struct record *)(uintptr_t)item, end_ns);
        if (e->spill)
            edge_spill_conclude(&f->edges[i], end_ns);
    }
}

// All counts are made anew, so that a child which died while it summed them does no harm.
static void sum_counts(struct flow_root *root)
{
    struct report *r = &root->report;
    r->ledger = (struct ledger){0};
    r->window_offered = r->window_delivered = r->late_records = r->producer_stall_ns = 0;
    for (const struct tally *t = root->tallies; t; t = t->next) {
        ledger_add(&r->ledger, &t->ledger);
        r->window_offered += t->window_offered - t->window_filtered;
        r->window_delivered += t->window_delivered;
        r->late_records += t->late_records;
        r->producer_stall_ns += t->stall_ns;
    }
    r->memory_limit_bytes = root->memory_limit_bytes;
    r->memory_limit_reached = root->memory_reached;
    r->pool_peak_bytes = atomic_load_explicit(&root->pool_peak_bytes, memory_order_relaxed);
}

static void sum_histograms(struct flow_root *root)
{
    struct report *r = &root->report;
    for (const struct tally *t = root->tallies; t; t = t->next) {
        if (t->response)
            hist_merge(r->response, t->response);
        if (t->service)
            hist_merge(r->service, t->service);
        if (t->send_lag)
            hist_merge(r->send_lag, t->send_lag);
    }
}

static void sum_sinks(struct flow_root *root)
{
    struct sink_report *r = &root->report.sink;
    *r = (struct sink_report){.unconfirmed = r->unconfirmed};
    for (const struct sink_counts *c = root->sink_counts; c; c = c->next) {
        r->attempts += c->attempts;
        r->failures += c->failures;
        r->retries += c->retries;
        r->short_circuited += c->short_circuited;
    }
}

// Into those of the first node that delivers: nobody needs its own share any more.
static const uint32_t *sum_row_histograms(struct flow_root *root)
{
    struct tally *all = NULL;
    for (struct tally *t = root->tallies; t; t = t->next) {
        if (t->row_hist && all)
            row_hist_add(all, t);
        else if (t->row_hist)
            all = t;
    }
    return all ? all->row_hist : NULL;
}

static void sum_series(struct flow_root *root)
{
    struct report *r = &root->report;
    r->row_hist = sum_row_histograms(root);
    for (uint64_t k = 0; k < r->series_count; k++) {
        struct series_row *row = &r->series[k];
        for (const struct tally *t = root->tallies; t; t = t->next) {
            const struct series_row *from = &t->series[k];
            row->offered += from->offered;
            row->admitted += from->admitted;
            row->delivered += from->delivered;
            row->refused += from->refused;
            for (int i = 0; i < WEIR_LOSS_COUNT; i++)
                row->lost[i] += from->lost[i];
            row->response_count += from->response_count;
            row->response_max = later(row->response_max, from->response_max);
        }
        if (row->response_count == 0)
            continue;
        // A bucket's end may lie beyond the slowest of all.
        row->response_p50 =
            sooner(row_hist_percentile(r->row_hist + k * COARSE_COUNTS, 0.5), row->response_max);
        row->response_p99 =
            sooner(row_hist_percentile(r->row_hist + k * COARSE_COUNTS, 0.99), row->response_max);
    }
}

// Rows after the last one in which anything happened are left out.
static void trim_series(struct report *r, uint64_t end_ns)
{
    uint64_t used = end_ns / r->series_step_ns + 1;
    if (used < r->series_count)
        r->series_count = used;
}

static void report_spill(struct spill_report *out, const struct spill_counters *c)
{
    *out = (struct spill_report){.written = c->written,
                                 .recovered = c->recovered,
                                 .unreadable = c->unreadable,
                                 .refusals = c->refusals,
                                 .errors = c->errors,
                                 .peak_bytes = c->peak_bytes};
}

static void report_edges(struct flow *f)
{
    struct report *r = &f->root->report;
    r->edge_count = f->edge_count;
    for (size_t i = 0; i < f->edge_count; i++) {
        const struct edge *e = &f->edges[i];
        struct edge_report *out = &r->edges[i];
        bool unbounded = e->spec->queue_ops->caps & (WEIR_Q_UNBOUNDED | WEIR_Q_INLINE);
        snprintf(out->name, sizeof out->name, "%s", e->name);
        out->capacity = unbounded ? 0 : e->spec->capacity;
        out->high_water = atomic_load_explicit(e->high_water, memory_order_relaxed);
        if (e->spill)
            report_spill(&out->spill, spill_counters(e->spill->store));
        out->mean = f->window_ticks ? f->edge_len_sum[i] / (double)f->window_ticks : 0;
    }
    for (const struct edge_counts *c = f->root->edge_counts; c; c = c->next) {
        r->edges[c->edge].in += c->in;
        r->edges[c->edge].out += c->out;
        r->edges[c->edge].dropped += c->dropped;
    }
    for (size_t i = 0; i < f->edge_count; i++) {
        struct edge_report *out = &r->edges[i];
        const struct edge *e = &f->edges[i];
        if (e->door == e) // nobody takes at a door
            out->out = out->in - out->dropped - e->left;
        else if (e->door) // what enters a ring is there for each of its stages
            out->in = r->edges[e->door->id].in;
        out->held = out->in - out->out - out->dropped;
    }
}

static void report_pacings(struct flow *f)
{
    struct report *r = &f->root->report;
    for (size_t i = 0; i < f->edge_count; i++) {
        const struct edge *e = &f->edges[i];
        if (!e->pacing)
            continue;
        struct pacing_report *out = &r->pacings[r->pacing_count++];
        snprintf(out->edge, sizeof out->edge, "%s", e->name);
        out->figures = e->pacing->figures;
        for (size_t k = 0; k < e->spec->pacing_count; k++) {
            size_t used = strlen(out->strategy);
            snprintf(out->strategy + used, sizeof out->strategy - used, "%s%s", used ? "+" : "",
                     e->spec->pacing[k]->name);
        }
    }
}

static void report_stages(struct flow *f)
{
    struct report *r = &f->root->report;
    r->stage_count = f->scenario->stage_count;
    for (size_t i = 0; i < r->stage_count; i++) {
        const struct stage_state *s = &f->stages[i];
        struct stage_report *out = &r->stages[i];
        snprintf(out->name, sizeof out->name, "%s", f->scenario->stages[i].name);
        out->workers_end = s->active;
        out->workers_max = s->active_max > s->active ? s->active_max : s->active;
        out->workers_mean = f->worker_ticks ? (double)s->active_ticks / (double)f->worker_ticks : s->active;
        out->peaked_ns = s->peaked_ns;
    }
}

static void report_loads(struct flow *f)
{
    struct report *r = &f->root->report;
    for (size_t i = 0; i < f->sink_count; i++) {
        struct load *l = f->sinks[i].load;
        if (!l)
            continue;
        load_finish(l);
        struct load_report *out = &r->loads[r->load_count++];
        snprintf(out->sink, sizeof out->sink, "%s", f->sinks[i].spec->name);
        out->figures = l->figures;
    }
}

static void report_sources(struct flow *f)
{
    struct report *r = &f->root->report;
    r->source_count = f->scenario->source_count;
    for (size_t i = 0; i < r->source_count; i++) {
        const struct source *s = &f->scenario->sources[i];
        struct source_report *out = &r->sources[i];
        snprintf(out->name, sizeof out->name, "%s", s->name);
        for (unsigned k = 0; k <= s->senders; k++)
            out->generated += f->sender_generated[f->sender_base[i] + k];
        struct wire_counters c = {0};
        if (f->wires[i] && f->wires[i]->http)
            f->wires[i]->http->counters(f->wires[i], &c);
        else if (f->wires[i])
            f->wires[i]->ops->counters(f->wires[i], &c);
        if (s->external)
            out->generated += c.kernel_drops; // known by number only
        out->sequence_gaps = c.sequence_gaps;
        out->rcvbuf_bytes = c.rcvbuf_bytes;
        snprintf(out->address, sizeof out->address, "%s", c.address);
    }
}

static void report_processing(struct flow *f)
{
    struct report *r = &f->root->report;
    for (const struct processing_counts *c = f->root->processing_counts; c; c = c->next) {
        struct stage_report *out = &r->stages[c->stage];
        out->filtered += c->filtered;
        out->bypassed += c->bypassed;
        out->toggles += c->toggles;
        out->swaps += c->swaps;
        out->versions = c->versions;
        if (!out->batches)
            out->batches = arena_alloc(f->setup->arena, (c->versions + 1) * sizeof *out->batches);
        for (size_t v = 0; v < c->versions; v++)
            out->batches[v] += c->batches[v];
    }
}

static uint64_t capacity_of_all(const struct flow *f)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < f->edge_count; i++)
        sum += f->edges[i].ring ? 0 : f->edges[i].spec->capacity;
    return sum;
}

// Recovered: the queues are back at their mean level of the second before the event (plus 5 % of their
// capacity) and stay there for 100 ms.
static void report_recovery(struct flow *f)
{
    struct report *r = &f->root->report;
    size_t second = NS_PER_S / f->tick_ns, hold = 100 * NS_PER_MS / f->tick_ns;
    hold = hold ? hold : 1;
    for (size_t i = 0; i < r->event_count; i++) {
        struct event_report *ev = &r->events[i];
        if (ev->applied_ns == TIME_NEVER || ev->end_ns == ev->at_ns)
            continue;
        size_t at = ev->at_ns / f->tick_ns, from = at > second ? at - second : 0;
        double level = 0;
        for (size_t k = from; k < at && k < f->depth_count; k++)
            level += (double)f->depths[k] / (double)(at - from);
        level += 0.05 * (double)capacity_of_all(f);
        size_t calm = 0;
        for (size_t k = ev->end_ns / f->tick_ns; k < f->depth_count && !ev->recovered; k++) {
            calm = (double)f->depths[k] <= level ? calm + 1 : 0;
            if (calm < hold)
                continue;
            ev->recovered = true;
            uint64_t back_ns = (k + 1 - hold) * f->tick_ns;
            ev->recovered_ns = back_ns > ev->end_ns ? back_ns - ev->end_ns : 0;
        }
    }
}

// Age ticks after the last delivery, up to the end of the window.
static void finish_age(struct flow *f)
{
    uint64_t tick = f->age.next_tick_ns, newest = f->age.newest_ns, stop = flow_stop_ns(f);
    for (; tick < stop; tick += NS_PER_MS)
        hist_record(f->age.hist, tick > newest ? tick - newest : 0);
    struct report *r = &f->root->report;
    uint64_t last = later(f->age.last_delivery_ns, f->scenario->warmup_ns);
    uint64_t silence = stop > last ? stop - last : 0;
    r->longest_gap_ns = later(f->age.longest_gap_ns, silence);
    r->age = f->age.hist;
}

// Every sequence number must be delivered or have been ended exactly once elsewhere; only the kernel and the
// copies of retries may differ.
static void verify_ends(struct flow *f, const uint64_t *generated)
{
    struct report *r = &f->root->report;
    uint64_t twice = 0, missing = 0;
    for (size_t i = 0; i < f->sender_total; i++) {
        struct seen all = {0};
        for (size_t k = 0; k < f->check_count; k++)
            seen_merge(&all, &f->checks[k].senders[i]);
        for (size_t k = 0; k < f->node_count; k++)
            twice += f->nodes[k]->ends ? seen_merge(&all, &f->nodes[k]->ends[i]) : 0;
        missing += generated[i] - seen_below(&all, generated[i], NULL);
        seen_free(&all);
    }
    r->verified = true;
    char why[REPORT_REASON_MAX];
    uint64_t uncharted = 0;
    for (const struct tally *t = f->root->tallies; t; t = t->next)
        uncharted += t->uncharted;
    if (twice) {
        snprintf(why, sizeof why, "%" PRIu64 " records reached more than one end", twice);
        invalid(r, why);
    } else if (missing != uncharted) {
        snprintf(why, sizeof why, "%" PRIu64 " records reached no end that was journalled, %" PRIu64 " may",
                 missing, uncharted);
        invalid(r, why);
    }
}

// What was told to end before its time is whole, only shorter than what was asked for.
static void note_interruption(struct report *r)
{
    if (!r->interrupted || r->status != CELL_OK)
        return;
    snprintf(r->reason, sizeof r->reason, "interrupted after %.3g s of the measured time", r->seconds);
}

static void judge(struct flow *f, uint64_t unique)
{
    struct report *r = &f->root->report;
    const struct ledger *l = &r->ledger;
    const struct sink_check *c = &r->check;
    char why[REPORT_REASON_MAX];
    uint64_t replays = 0;
    for (const struct tally *t = f->root->tallies; t; t = t->next)
        replays += t->replays;
    if (ledger_unknown(l) != 0) {
        snprintf(why, sizeof why, "the ledger does not balance: %" PRId64 " records unknown",
                 ledger_unknown(l));
        invalid(r, why);
    }
    if (c->corrupted || c->invented || c->duplicated != replays) {
        snprintf(why, sizeof why,
                 "the sink saw %" PRIu64 " corrupted, %" PRIu64 " invented, %" PRIu64 " doubled records",
                 c->corrupted, c->invented, c->duplicated);
        invalid(r, why);
    }
    if (unique != l->delivered) {
        snprintf(why, sizeof why, "the sink saw %" PRIu64 " records, the counters say %" PRIu64, unique,
                 l->delivered);
        invalid(r, why);
    }
    if (c->missing != l->generated - l->delivered) {
        snprintf(why, sizeof why, "the sink misses %" PRIu64 " records, the counters say %" PRIu64,
                 c->missing, l->generated - l->delivered);
        invalid(r, why);
    }
    if (!branches_agree(f, why, sizeof why))
        invalid(r, why);
    if (r->late_records * 100 > l->generated) {
        snprintf(why, sizeof why,
                 "the generator was too slow: %" PRIu64 " of %" PRIu64 " records offered late",
                 r->late_records, l->generated);
        invalid(r, why);
    }
}

static void allocate(struct flow *f)
{
    struct arena *a = f->setup->arena;
    struct report *r = &f->root->report;
    r->response = arena_alloc(a, sizeof *r->response);
    r->service = arena_alloc(a, sizeof *r->service);
    r->send_lag = arena_alloc(a, sizeof *r->send_lag);
}

void flow_conclude(struct flow *f, uint64_t end_ns)
{
    struct report *r = &f->root->report;
    uint64_t *generated = calloc(f->sender_total, sizeof *generated);
    for (size_t i = 0; generated && i < f->sender_total; i++)
        generated[i] = f->sender_generated[i];
    report_counters(f);
    atomic_store_explicit(&f->root->observed_ns, end_ns, memory_order_release);
    count_leftovers(f, end_ns);
    allocate(f);
    sum_counts(f->root);
    for (size_t i = 0; i < f->sink_count; i++)
        for (size_t k = 0; k < f->sinks[i].link_count; k++)
            r->sink.unconfirmed += f->sinks[i].links[k]->link->unconfirmed(f->sinks[i].links[k]);
    sum_sinks(f->root);
    sum_histograms(f->root);
    sum_series(f->root);
    trim_series(r, end_ns);
    report_edges(f);
    report_pacings(f);
    report_stages(f);
    report_loads(f);
    report_sources(f);
    report_processing(f);
    report_recovery(f);
    finish_age(f);
    uint64_t stop = flow_stop_ns(f), warmup = f->scenario->warmup_ns;
    r->seconds = stop > warmup ? (double)(stop - warmup) / 1e9 : 0;
    r->run_ns = end_ns;
    r->threads = (unsigned)f->node_count;
    if (generated && f->setup->verify)
        verify_ends(f, generated);
    uint64_t unique = 0;
    if (generated)
        r->check = f->sink_count > 1
                       ? branches_conclude(f, generated, &unique)
                       : check_conclude(f->checks, f->check_count, generated, f->sender_total, &unique);
    uint64_t nameless = 0;
    for (const struct tally *t = f->root->tallies; t; t = t->next)
        nameless += t->nameless;
    r->check.missing += nameless;
    for (size_t i = 0; i < r->branch_count; i++)
        r->branches[i].check.missing += nameless;
    r->check.reordered = f->reordered;
    judge(f, unique);
    note_interruption(r);
    free(generated);
}

struct report *flow_report(const struct arena *arena)
{
    struct flow_root *root = arena_root(arena);
    return root ? &root->report : NULL;
}

void flow_note_memory(struct flow *f, uint64_t now_ns)
{
    f->root->memory_reached_ns = now_ns;
    f->root->memory_reached = true;
}

static void tell_memory(const struct flow_root *root, uint64_t records, char *reason, size_t size)
{
    char limit[32], after[32];
    units_print(Q_SIZE, (double)root->memory_limit_bytes, limit, sizeof limit);
    units_print(Q_DURATION, (double)root->memory_reached_ns, after, sizeof after);
    snprintf(reason, size, "memory limit of %s reached after %s, %" PRIu64 " records in memory", limit, after,
             records);
}

void flow_salvage(struct arena *arena, const char *reason)
{
    struct flow_root *root = arena_root(arena);
    if (!root)
        return;
    struct report *r = &root->report;
    // What a child that died while concluding had begun is forgotten.
    r->response = r->service = r->send_lag = r->age = NULL;
    r->edge_count = r->pacing_count = r->stage_count = r->load_count = r->source_count = 0;
    r->series_count = r->branch_count = 0;
    r->row_hist = NULL;
    memset(&r->check, 0, sizeof r->check);
    sum_counts(root);
    sum_sinks(root);
    int64_t unknown = ledger_unknown(&r->ledger);
    if (unknown > 0) { // what is in a folder that outlives the run comes again
        r->ledger.spilled = sooner((uint64_t)unknown, root->left_on_disk);
        r->ledger.lost[WEIR_LOSS_CRASH] += (uint64_t)unknown - r->ledger.spilled;
    }
    r->check.missing = r->ledger.generated - r->ledger.delivered;
    r->status = CELL_FAILED;
    if (root->memory_reached)
        tell_memory(root, r->ledger.lost[WEIR_LOSS_CRASH], r->reason, sizeof r->reason);
    else
        snprintf(r->reason, sizeof r->reason, "%s", reason);
    r->finished = true;
}
