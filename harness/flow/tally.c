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
        t->row_hist = arena_alloc(arena, series_count * ROW_HIST_COUNTS * sizeof *t->row_hist);
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

// Octave from the highest set bit, position inside it from the next four bits. Values below 16 are exact.
static unsigned row_bucket(uint64_t value)
{
    if (value < ROW_HIST_SUB)
        return (unsigned)value;
    unsigned top = 63u - (unsigned)__builtin_clzll(value);
    unsigned octave = top - 3;
    unsigned bucket = octave * ROW_HIST_SUB + (unsigned)((value >> (top - 4)) & (ROW_HIST_SUB - 1));
    return bucket < ROW_HIST_COUNTS ? bucket : ROW_HIST_COUNTS - 1;
}

static uint64_t row_bucket_middle(unsigned bucket)
{
    if (bucket < ROW_HIST_SUB)
        return bucket;
    unsigned top = bucket / ROW_HIST_SUB + 3;
    uint64_t low = (16ull + bucket % ROW_HIST_SUB) << (top - 4);
    return low + ((1ull << (top - 4)) >> 1);
}

void tally_row_response(struct tally *t, uint64_t now_ns, uint64_t response_ns)
{
    uint64_t row = row_index(t, now_ns);
    t->row_hist[row * ROW_HIST_COUNTS + row_bucket(response_ns)]++;
    struct series_row *r = &t->series[row];
    r->response_count++;
    if (response_ns > r->response_max)
        r->response_max = response_ns;
}

void row_hist_add(uint64_t *counts, const struct tally *t, uint64_t row)
{
    if (!t->row_hist)
        return;
    for (unsigned i = 0; i < ROW_HIST_COUNTS; i++)
        counts[i] += t->row_hist[row * ROW_HIST_COUNTS + i];
}

uint64_t row_hist_percentile(const uint64_t *counts, double share)
{
    uint64_t total = 0, seen = 0;
    for (unsigned i = 0; i < ROW_HIST_COUNTS; i++)
        total += counts[i];
    uint64_t rank = (uint64_t)(share * (double)total + 0.5);
    rank = rank ? rank : 1;
    for (unsigned i = 0; i < ROW_HIST_COUNTS; i++) {
        seen += counts[i];
        if (seen >= rank)
            return row_bucket_middle(i);
    }
    return 0;
}
