// SPDX-License-Identifier: Apache-2.0
#include "base/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// A sorted copy that the caller frees. n >= 1.
static double *sorted(const double *x, size_t n)
{
    double *copy = malloc(n * sizeof *copy);
    if (copy == NULL)
        abort(); // a few hundred bytes: nothing sensible is left to do
    memcpy(copy, x, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, by_value);
    return copy;
}

static double quantile_sorted(const double *x, size_t n, double q)
{
    double position = (q < 0 ? 0 : q > 1 ? 1 : q) * (double)(n - 1);
    size_t below = (size_t)position;
    if (below + 1 >= n)
        return x[n - 1];
    return x[below] + (position - (double)below) * (x[below + 1] - x[below]);
}

double stats_quantile(const double *x, size_t n, double q)
{
    if (n == 0)
        return 0;
    double *copy = sorted(x, n);
    double value = quantile_sorted(copy, n, q);
    free(copy);
    return value;
}

double stats_median(const double *x, size_t n)
{
    return stats_quantile(x, n, 0.5);
}

double stats_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n == 0 ? 0 : sum / (double)n;
}

double stats_stddev(const double *x, size_t n)
{
    if (n < 2)
        return 0;
    double mean = stats_mean(x, n), squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return sqrt(squares / (double)(n - 1));
}

// How many values can be cut off at each end. n >= 1. Each value is below the true median with probability
// 1/2, so the interval from the (cut + 1)-th smallest to the (cut + 1)-th largest misses it with probability
// 2 P(B <= cut), B binomial(n, 1/2). In logarithms, as 2^-n leaves the range of a double from n = 1075 on.
static size_t values_to_cut(size_t n, double coverage)
{
    double log_term = -(double)n * log(2.0); // of P(B = 0)
    double tail = 0;
    for (size_t i = 0; i < n / 2; i++) {
        tail += exp(log_term);
        if (2 * tail > 1 - coverage + 1e-12)
            return i > 0 ? i - 1 : 0;
        log_term += log((double)(n - i)) - log((double)(i + 1));
    }
    return (n - 1) / 2;
}

double stats_median_coverage(size_t n, double coverage)
{
    if (n < 2)
        return 0;
    size_t cut = values_to_cut(n, coverage);
    double log_term = -(double)n * log(2.0), tail = 0;
    for (size_t i = 0; i <= cut; i++) {
        tail += exp(log_term);
        log_term += log((double)(n - i)) - log((double)(i + 1));
    }
    return 1 - 2 * tail;
}

struct interval stats_median_interval(const double *x, size_t n, double coverage)
{
    struct interval result = {0, 0, 0};
    if (n == 0)
        return result;
    double *copy = sorted(x, n);
    size_t cut = values_to_cut(n, coverage);
    result.median = quantile_sorted(copy, n, 0.5);
    result.lo = copy[cut];
    result.hi = copy[n - 1 - cut];
    free(copy);
    return result;
}

void stats_holm(const double *p, size_t count, double error, bool *rejected)
{
    for (size_t i = 0; i < count; i++)
        rejected[i] = false;
    for (size_t left = count; left > 0; left--) {
        size_t least = count;
        for (size_t i = 0; i < count; i++)
            if (!rejected[i] && (least == count || p[i] < p[least]))
                least = i;
        if (p[least] > error / (double)left)
            return;
        rejected[least] = true;
    }
}
