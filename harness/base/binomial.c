// SPDX-License-Identifier: Apache-2.0
#include "base/binomial.h"

#include <math.h>

enum { HALVINGS = 200 }; // an interval of doubles cannot be halved more often

double binomial_tail(size_t hits, size_t trials, double rate)
{
    if (hits >= trials || rate <= 0)
        return 1;
    if (rate >= 1)
        return 0;
    double sum = 0, all = (double)trials;
    for (size_t k = 0; k <= hits; k++) { // in logarithms: a power leaves the range of a double
        double ways = lgamma(all + 1) - lgamma((double)k + 1) - lgamma((double)(trials - k) + 1);
        sum += exp(ways + (double)k * log(rate) + (double)(trials - k) * log1p(-rate));
    }
    return sum < 1 ? sum : 1;
}

// The rate at which P(X <= hits) is p; it falls from 1 to 0.
static double rate_with_tail(size_t hits, size_t trials, double p)
{
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS && low < high; i++) {
        double middle = (low + high) / 2;
        *(binomial_tail(hits, trials, middle) > p ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

struct rate_interval binomial_exact(size_t hits, size_t trials, double coverage)
{
    double missed = (1 - coverage) / 2;
    struct rate_interval i = {0, 1};
    if (hits < trials)
        i.hi = rate_with_tail(hits, trials, missed);
    if (hits > 0)
        i.lo = rate_with_tail(hits - 1, trials, 1 - missed);
    return i;
}

double normal_quantile(double p)
{
    double low = -40, high = 40;
    for (int i = 0; i < HALVINGS && low < high; i++) {
        double middle = (low + high) / 2;
        *(erfc(-middle / sqrt(2)) / 2 < p ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

struct rate_interval binomial_wilson(size_t hits, size_t trials, double coverage)
{
    if (trials == 0)
        return (struct rate_interval){0, 1};
    double z = normal_quantile(1 - (1 - coverage) / 2), n = (double)trials, rate = (double)hits / n;
    double middle = (rate + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    // At the ends the formula is exactly 0 or 1 but for rounding.
    return (struct rate_interval){hits == 0 ? 0 : middle - half, hits == trials ? 1 : middle + half};
}
