// SPDX-License-Identifier: Apache-2.0
#include "base/signed_rank.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Each rank r = 1 .. n counts with probability 1/2: one more rank, and the distribution is the mean of itself
// and of itself moved up by that rank. Only sums of positive numbers, so that the error stays at a few ulp.
static double *null_distribution(size_t n)
{
    size_t pairs = n * (n + 1) / 2, top = 0;
    double *p = calloc(pairs + 1, sizeof *p);
    if (p == NULL)
        return NULL;
    p[0] = 1;
    for (size_t rank = 1; rank <= n; rank++) {
        top += rank;
        for (size_t k = top + 1; k-- > 0;) // from above: what is read has not been written yet
            p[k] = (p[k] + (k >= rank ? p[k - rank] : 0)) / 2;
    }
    for (size_t k = 1; k <= pairs; k++)
        p[k] += p[k - 1];
    return p;
}

static double normal_tail(size_t n, size_t k)
{
    double mean = (double)n * ((double)n + 1) / 4;
    double sd = sqrt(mean * (2 * (double)n + 1) / 6);
    return erfc((mean - (double)k - 0.5) / sd / sqrt(2)) / 2;
}

static double tail(const struct signed_rank *s, size_t k)
{
    k = k < s->pairs ? k : s->pairs;
    return s->below ? s->below[k] : normal_tail(s->n, k);
}

double signed_rank_tail(size_t n, size_t k)
{
    struct signed_rank s = {.n = n, .pairs = n * (n + 1) / 2};
    s.below = n <= SIGNED_RANK_EXACT ? null_distribution(n) : NULL;
    double p = tail(&s, k);
    free(s.below);
    return p;
}

bool signed_rank_open(struct signed_rank *s, const double *x, size_t n)
{
    *s = (struct signed_rank){.n = n, .pairs = n * (n + 1) / 2};
    if (n == 0 || n > SIGNED_RANK_MOST)
        return false;
    s->averages = malloc(s->pairs * sizeof *s->averages);
    s->below = n <= SIGNED_RANK_EXACT ? null_distribution(n) : NULL;
    if (s->averages == NULL || (n <= SIGNED_RANK_EXACT && s->below == NULL)) {
        signed_rank_close(s);
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++)
            s->averages[at++] = (x[i] + x[k]) / 2;
    qsort(s->averages, s->pairs, sizeof *s->averages, by_value);
    return true;
}

void signed_rank_close(struct signed_rank *s)
{
    free(s->averages);
    free(s->below);
    s->averages = s->below = NULL;
}

double signed_rank_estimate(const struct signed_rank *s)
{
    return (s->averages[(s->pairs - 1) / 2] + s->averages[s->pairs / 2]) / 2;
}

// How many averages lie outside at each end: the largest k with P(T <= k) at most `missed`. 0 also when not
// even that one is.
static size_t cut_at(const struct signed_rank *s, double missed)
{
    size_t k = 0;
    // The last ulp of a probability must not decide: a coverage that is exactly reached counts as reached.
    while (k + 1 < (s->pairs + 1) / 2 && tail(s, k + 1) <= missed * (1 + 1e-12))
        k++;
    return k;
}

struct interval signed_rank_interval(const struct signed_rank *s, double coverage)
{
    size_t k = cut_at(s, (1 - coverage) / 2);
    return (struct interval){signed_rank_estimate(s), s->averages[k], s->averages[s->pairs - 1 - k]};
}

double signed_rank_coverage(const struct signed_rank *s, double coverage)
{
    double covered = 1 - 2 * tail(s, cut_at(s, (1 - coverage) / 2));
    return covered > 0 ? covered : 0;
}

// How many averages are below `value`, or (with `equal`) not above it.
static size_t count_below(const struct signed_rank *s, double value, bool equal)
{
    size_t low = 0, high = s->pairs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->averages[middle] < value || (equal && s->averages[middle] <= value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double signed_rank_p_above(const struct signed_rank *s, double centre)
{
    return tail(s, count_below(s, centre, true));
}

double signed_rank_p_below(const struct signed_rank *s, double centre)
{
    return tail(s, s->pairs - count_below(s, centre, false));
}
