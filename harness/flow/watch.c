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
