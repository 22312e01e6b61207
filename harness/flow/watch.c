// SPDX-License-Identifier: Apache-2.0
#include "flow/watch.h"

#include "flow/flow.h"

bool flow_watch(const struct arena *arena, struct watch *w)
{
    const struct flow_root *root = arena_root(arena);
    if (!root || !root->tallies || !root->report.series_step_ns)
        return false;
    *w = (struct watch){.now_ns = atomic_load_explicit(&root->observed_ns, memory_order_acquire),
                        .step_ns = root->report.series_step_ns,
                        .capacity = root->capacity};
    return true;
}

// The rows that time has passed by since the last look; the one that is being filled is left for the next.
static void add_new_rows(const struct flow_root *root, uint64_t upto, struct watch_figures *f)
{
    uint64_t before = f->rows;
    for (const struct tally *t = root->tallies; t; t = t->next)
        for (uint64_t k = before; t->row_hist && k < upto && k < t->series_count; k++) {
            if (t->series[k].response_count == 0) // pages that nobody has written stay untouched
                continue;
            for (unsigned i = 0; i < COARSE_COUNTS; i++)
                f->counts[i] += t->row_hist[k * COARSE_COUNTS + i];
        }
    f->rows = upto;
    if (upto > before)
        f->p99_ns = row_hist_percentile(f->counts, 0.99);
}

bool flow_watch_figures(const struct arena *arena, struct watch_figures *f)
{
    const struct flow_root *root = arena_root(arena);
    struct watch w;
    struct ledger sum = {0};
    // The observer's first look comes after everything has been allocated.
    if (!flow_watch(arena, &w) || w.now_ns == 0)
        return false;
    for (const struct tally *t = root->tallies; t; t = t->next)
        ledger_add(&sum, &t->ledger);
    f->now_ns = w.now_ns;
    f->generated = sum.generated;
    f->lost = ledger_lost(&sum) + sum.refused_final;
    uint64_t upto = w.now_ns / w.step_ns;
    add_new_rows(root, upto > f->rows ? upto : f->rows, f);
    return true;
}

static void add_row(struct series_row *sum, const struct series_row *row)
{
    sum->offered += row->offered;
    sum->admitted += row->admitted;
    sum->delivered += row->delivered;
    sum->refused += row->refused;
    for (int i = 0; i < WEIR_LOSS_COUNT; i++)
        sum->lost[i] += row->lost[i];
}

struct series_row flow_watch_rows(const struct arena *arena, uint64_t first, uint64_t count)
{
    const struct flow_root *root = arena_root(arena);
    struct series_row sum = {0};
    for (const struct tally *t = root->tallies; t; t = t->next)
        for (uint64_t k = first; k < first + count && k < t->series_count; k++)
            add_row(&sum, &t->series[k]);
    uint64_t last = first + count - 1;
    if (last < root->series_count) {
        const struct series_row *row = &root->report.series[last];
        sum.depth_sum = row->depth_sum;
        sum.depth_samples = row->depth_samples;
        sum.depth_min = row->depth_min;
        sum.depth_max = row->depth_max;
        sum.workers = row->workers;
    }
    return sum;
}
