// SPDX-License-Identifier: Apache-2.0
// Small-sample statistics. All functions leave their input unchanged; the values must not be nan.
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct interval {
    double median, lo, hi;
};

double stats_median(const double *x,
                    size_t n); // of an even number the mean of the two in the middle; 0 when n is 0
double stats_mean(const double *x, size_t n);   // 0 when n is 0
double stats_stddev(const double *x, size_t n); // sample standard deviation (n - 1); 0 below two values
double stats_quantile(const double *x, size_t n,
                      double q); // q 0..1, between two values linearly (R's type 7)

// The median with an exact order-statistic (sign-test) interval of at least the asked coverage; for few
// values the interval is the whole range, whose coverage (1 - 2^(1-n)) may then be below the asked one: six
// values are the fewest that reach 95 %. Assumes independent values, and no law of them. All zero when n is
// 0.
struct interval stats_median_interval(const double *x, size_t n, double coverage);
// With what probability that interval holds the true median: at least `coverage`, unless n is too small for
// it. 0 for fewer than two values.
double stats_median_coverage(size_t n, double coverage);

// Holm's procedure ("A simple sequentially rejective multiple test procedure", 1979): which of the hypotheses
// are rejected when all together may err with probability `error`.
void stats_holm(const double *p, size_t count, double error, bool *rejected);

#endif
