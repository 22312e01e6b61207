// SPDX-License-Identifier: Apache-2.0
#include "flow/tally.h"

struct tally *tally_create(struct arena *arena, unsigned use, uint64_t series_count, uint64_t series_step_ns)
{
    struct tally *t = arena_alloc(arena, sizeof *t);
    t->series_count = series_count;
    t->series_step_ns = series_step_ns;
    t->series = arena_alloc(arena, series_count * sizeof *t->series);
    if (use & TALLY_SENDS)
        t->send_lag = arena_alloc(arena, sizeof *t->send_lag);
    if (use & TALLY_DELIVERS) {
        t->response = arena_alloc(arena, sizeof *t->response);
        t->service = arena_alloc(arena, sizeof *t->service);
        t->row_hist = arena_alloc(arena, series_count * COARSE_COUNTS * sizeof *t->row_hist);
    }
    return t;
}

static uint64_t row_index(const struct tally *t, uint64_t now_ns)
{
    uint64_t row = now_ns / t->series_step_ns;
    return row < t->series_count ? row : t->series_count - 1;
}

struct series_row *tally_row(struct tally *t, uint64_t now_ns)
{
    return &t->series[row_index(t, now_ns)];
}

static uint64_t bucket_middle(unsigned bucket)
{
    uint64_t low = coarse_lowest(bucket);
    return low + (coarse_lowest(bucket + 1) - low) / 2;
}

void tally_row_response(struct tally *t, uint64_t now_ns, uint64_t response_ns)
{
    uint64_t row = row_index(t, now_ns);
    t->row_hist[row * COARSE_COUNTS + coarse_index(response_ns)]++;
    struct series_row *r = &t->series[row];
    r->response_count++;
    if (response_ns > r->response_max)
        r->response_max = response_ns;
}

void row_hist_add(struct tally *into, const struct tally *from)
{
    for (uint64_t row = 0; row < into->series_count; row++) {
        if (from->series[row].response_count == 0) // pages that nobody has written stay untouched
            continue;
        for (uint64_t i = row * COARSE_COUNTS; i < (row + 1) * COARSE_COUNTS; i++)
            into->row_hist[i] += from->row_hist[i];
    }
}

uint64_t row_hist_percentile(const uint32_t *counts, double share)
{
    uint64_t total = 0, seen = 0;
    for (unsigned i = 0; i < COARSE_COUNTS; i++)
        total += counts[i];
    uint64_t rank = (uint64_t)(share * (double)total + 0.5);
    rank = rank ? rank : 1;
    for (unsigned i = 0; i < COARSE_COUNTS; i++) {
        seen += counts[i];
        if (seen >= rank)
            return bucket_middle(i);
    }
    return 0;
}
