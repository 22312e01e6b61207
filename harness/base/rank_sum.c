// SPDX-License-Identifier: Apache-2.0
#include "base/rank_sum.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Of all ways to give b's values places among a + b: how many have j of them among the first places, and u
// pairs with a's value below b's. Only sums of positive numbers, which are whole up to 2^53 and then good to
// a few ulp.
static double *null_distribution(size_t a, size_t b)
{
    size_t pairs = a * b;
    double *ways = calloc((b + 1) * (pairs + 1), sizeof *ways), *p = calloc(pairs + 1, sizeof *p), all = 0;
    if (ways && p) {
        ways[0] = 1;
        for (size_t place = 1; place <= a + b; place++)
            for (size_t j = place < b ? place : b; j > 0; j--) {
                size_t below = place - j; // values of a before the j-th of b's
                if (below > a)
                    continue;
                for (size_t u = below; u <= pairs; u++)
                    ways[j * (pairs + 1) + u] += ways[(j - 1) * (pairs + 1) + u - below];
            }
        for (size_t u = 0; u <= pairs; u++)
            p[u] = all += ways[b * (pairs + 1) + u];
        for (size_t u = 0; u <= pairs; u++)
            p[u] /= all;
        free(ways);
        return p;
    }
    free(ways);
    free(p);
    return NULL;
}

bool rank_sum_open(struct signed_rank *s, const double *a, size_t a_count, const double *b, size_t b_count)
{
    *s = (struct signed_rank){.n = a_count + b_count, .pairs = a_count * b_count};
    if (s->pairs == 0 || a_count > RANK_SUM_MOST || b_count > RANK_SUM_MOST)
        return false;
    s->averages = malloc(s->pairs * sizeof *s->averages);
    s->below = null_distribution(a_count, b_count);
    if (s->averages == NULL || s->below == NULL) {
        signed_rank_close(s);
        return false;
    }
    for (size_t i = 0, at = 0; i < a_count; i++)
        for (size_t k = 0; k < b_count; k++)
            s->averages[at++] = b[k] - a[i];
    qsort(s->averages, s->pairs, sizeof *s->averages, by_value);
    return true;
}
