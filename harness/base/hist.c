// SPDX-License-Identifier: Apache-2.0
#include "base/hist.h"

enum { HALF = 1 << (HIST_SUB_BITS - 1) };

static const uint64_t limit = (uint64_t)1 << HIST_MAX_BITS;

size_t hist_index(uint64_t value)
{
    if (value >= limit)
        return HIST_COUNTS - 1;
    if (value < 2 * HALF)
        return (size_t)value;
    unsigned shift = 64 - HIST_SUB_BITS - (unsigned)__builtin_clzll(value);
    return (size_t)shift * HALF + (size_t)(value >> shift);
}

static unsigned shift_of(size_t index)
{
    return index < 2 * HALF ? 0 : (unsigned)(index / HALF - 1);
}

uint64_t hist_lowest(size_t index)
{
    unsigned shift = shift_of(index);
    return (uint64_t)(index - (size_t)shift * HALF) << shift;
}

uint64_t hist_highest(size_t index)
{
    return hist_lowest(index) + ((uint64_t)1 << shift_of(index)) - 1;
}

void hist_record_n(struct hist *h, uint64_t value_ns, uint64_t n)
{
    if (n == 0)
        return;
    if (h->total == 0 || value_ns < h->min)
        h->min = value_ns;
    if (value_ns > h->max)
        h->max = value_ns;
    if (value_ns >= limit)
        h->overflow += n;
    h->total += n;
    h->sum += (double)value_ns * (double)n;
    h->counts[hist_index(value_ns)] += n;
}

void hist_record(struct hist *h, uint64_t value_ns)
{
    hist_record_n(h, value_ns, 1);
}

void hist_merge(struct hist *into, const struct hist *from)
{
    if (from->total == 0)
        return;
    if (into->total == 0 || from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    into->total += from->total;
    into->overflow += from->overflow;
    into->sum += from->sum;
    for (size_t i = 0; i < HIST_COUNTS; i++)
        into->counts[i] += from->counts[i];
}

// The nearest rank, ceil(share * population), from 1 to population. The product's own rounding must not push
// an exact rank to the next one: 0.07 * 100 is 7.000000000000001 in binary and means 7.
static uint64_t rank_of(double share, uint64_t population)
{
    if (!(share > 0))
        return 1;
    if (share >= 1)
        return population;
    double exact = share * (double)population;
    uint64_t rank = (uint64_t)exact;
    if (exact - (double)rank > exact * 0x1p-50)
        rank++;
    return rank < 1 ? 1 : rank > population ? population : rank;
}

static uint64_t value_at_rank(const struct hist *h, uint64_t rank)
{
    if (rank > h->total - h->overflow)
        return h->max; // beyond the range: known only to lie between 2^43 and the maximum
    uint64_t seen = 0;
    size_t i = 0;
    for (; i < HIST_COUNTS - 1; i++) {
        seen += h->counts[i];
        if (seen >= rank)
            break;
    }
    uint64_t highest = hist_highest(i);
    return highest < h->max ? highest : h->max; // the maximum is known exactly: no rank is above it
}

uint64_t hist_percentile(const struct hist *h, double share)
{
    return h->total == 0 ? 0 : value_at_rank(h, rank_of(share, h->total));
}

bool hist_percentile_of(const struct hist *h, double share, uint64_t population, uint64_t *value_ns)
{
    uint64_t rank = rank_of(share, population > h->total ? population : h->total);
    if (h->total == 0 || rank > h->total)
        return false;
    *value_ns = value_at_rank(h, rank);
    return true;
}

double hist_mean(const struct hist *h)
{
    return h->total == 0 ? 0 : h->sum / (double)h->total;
}
