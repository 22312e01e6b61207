// SPDX-License-Identifier: Apache-2.0
// A branch's ledger is what all records have in common up to the place where each sink gets its copy, plus
// the ends of its own copies behind it.
#include "flow/branch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "flow/flow.h"

void branch_tally_create(struct flow *f, struct tally *t, bool delivers)
{
    if (f->sink_count < 2)
        return;
    struct arena *a = f->setup->arena;
    t->after_sinks = arena_alloc(a, sizeof *t->after_sinks);
    t->branches = arena_alloc(a, f->sink_count * sizeof *t->branches);
    for (size_t i = 0; delivers && i < f->sink_count; i++)
        t->branches[i].response = arena_alloc(a, sizeof *t->branches[i].response);
}

void branch_arrival(struct node *n, const struct record *r, size_t sender)
{
    struct flow *f = n->flow;
    if (r->branch < 0 || !f->branch_newest)
        return;
    _Atomic uint64_t *newest = &f->branch_newest[(size_t)r->branch * f->sender_total + sender];
    if (flow_passes_newest(newest, r->seq))
        atomic_fetch_add_explicit(&f->branch_reordered[r->branch], 1, memory_order_relaxed);
}

// ---- the end ----

static void ledger_take(struct ledger *from, const struct ledger *what)
{
    from->delivered -= what->delivered;
    from->filtered -= what->filtered;
    from->refused_final -= what->refused_final;
    from->in_flight -= what->in_flight;
    from->spilled -= what->spilled;
    from->unsent -= what->unsent;
    for (int i = 0; i < WEIR_LOSS_COUNT; i++)
        from->lost[i] -= what->lost[i];
}

static void sum_branch(const struct flow *f, size_t branch, struct branch_report *out)
{
    out->ledger = f->root->report.ledger;
    out->response = arena_alloc(f->setup->arena, sizeof *out->response);
    for (const struct tally *t = f->root->tallies; t; t = t->next) {
        const struct branch_tally *b = &t->branches[branch];
        ledger_take(&out->ledger, t->after_sinks);
        ledger_add(&out->ledger, &b->ledger);
        out->replays += b->replays;
        out->window_delivered += b->window_delivered;
        if (b->response)
            hist_merge(out->response, b->response);
    }
}

// The checks of this branch, side by side in `mine`.
static size_t gather(struct flow *f, size_t branch, struct check *mine)
{
    size_t n = 0;
    for (size_t i = 0; i < f->check_count; i++)
        if (f->checks[i].branch == branch)
            mine[n++] = f->checks[i];
    return n;
}

static void add_counts(struct sink_check *into, const struct sink_check *from)
{
    into->duplicated += from->duplicated;
    into->corrupted += from->corrupted;
    into->invented += from->invented;
}

struct sink_check branches_conclude(struct flow *f, const uint64_t *generated, uint64_t *unique)
{
    struct report *r = &f->root->report;
    struct check whole, *mine = calloc(f->check_count, sizeof *mine);
    r->branches = arena_alloc(f->setup->arena, f->sink_count * sizeof *r->branches);
    r->branch_count = f->sink_count;
    bool ok = check_init(&whole, f->sender_total) && mine;
    struct sink_check sum = {0};
    for (size_t i = 0; i < f->sink_count; i++) {
        struct branch_report *b = &r->branches[i];
        snprintf(b->sink, sizeof b->sink, "%s", f->scenario->sinks[i].name);
        sum_branch(f, i, b);
        if (!ok)
            continue;
        size_t n = gather(f, i, mine);
        for (size_t k = 0; k < n; k++)
            check_union(&whole, &mine[k]);
        b->check = check_conclude(mine, n, generated, f->sender_total, &b->unique);
        b->check.reordered = f->branch_reordered[i];
        add_counts(&sum, &b->check);
    }
    for (size_t i = 0; i < f->check_count; i++) // check_conclude has emptied the sets
        for (size_t k = 0; k < f->sender_total; k++)
            f->checks[i].senders[k] = (struct seen){0};
    struct sink_check check = {0};
    if (ok)
        check = check_conclude(&whole, 1, generated, f->sender_total, unique);
    check.duplicated = sum.duplicated;
    check.corrupted = sum.corrupted;
    check.invented = sum.invented;
    check_free(&whole);
    free(mine);
    return check;
}

bool branches_agree(const struct flow *f, char *why, size_t size)
{
    const struct report *r = &f->root->report;
    for (size_t i = 0; i < r->branch_count; i++) {
        const struct branch_report *b = &r->branches[i];
        const struct ledger *l = &b->ledger;
        if (ledger_unknown(l) != 0) {
            snprintf(why, size, "the ledger of sink %s does not balance: %" PRId64 " records unknown",
                     b->sink, ledger_unknown(l));
            return false;
        }
        if (b->unique != l->delivered || b->check.missing != l->generated - l->delivered ||
            b->check.duplicated != b->replays) {
            snprintf(why, size,
                     "sink %s saw %" PRIu64 " records and %" PRIu64 " twice, the counters say %" PRIu64,
                     b->sink, b->unique, b->check.duplicated, l->delivered);
            return false;
        }
    }
    return true;
}
