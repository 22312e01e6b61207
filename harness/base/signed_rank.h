// SPDX-License-Identifier: Apache-2.0
// The Wilcoxon signed-rank test turned into an estimate and an interval (Hodges, Lehmann: "Estimates of
// location based on rank tests", 1963; Hollander, Wolfe: "Nonparametric statistical methods", ch. 3).
//
// For values that are independent and each symmetric about the same centre: the estimate of the centre is the
// median of the means of all pairs of values (each value also with itself), and the interval is cut from the
// same sorted list. How far to cut follows from the null distribution of the statistic, which is exact up to
// SIGNED_RANK_EXACT values and the normal approximation with continuity correction above. No random numbers:
// the same values always give the same answer. Ties make interval and p-value conservative, never liberal.
#ifndef BASE_SIGNED_RANK_H
#define BASE_SIGNED_RANK_H

#include "base/stats.h"
#include <stdbool.h>
#include <stddef.h>

enum { SIGNED_RANK_EXACT = 300, SIGNED_RANK_MOST = 2000 };

struct signed_rank {
    size_t n, pairs;  // pairs = n (n + 1) / 2
    double *averages; // of all pairs, sorted
    double *below;    // exact: P(T <= k) for k = 0 .. pairs; NULL when approximated
};

// Takes 1 to SIGNED_RANK_MOST finite values, which it copies. False when there are none or too many, or
// memory is short; then there is nothing to close.
bool signed_rank_open(struct signed_rank *s, const double *x, size_t n);
void signed_rank_close(struct signed_rank *s);

double signed_rank_estimate(const struct signed_rank *s);

// The estimate (as `median`) and an interval that holds the centre with at least the asked probability. For
// few values (2^-n above half of what may be missed) it is the whole range, whose coverage is less.
struct interval signed_rank_interval(const struct signed_rank *s, double coverage);
double signed_rank_coverage(const struct signed_rank *s, double coverage); // that it really has

// How probable values like these, or more extreme ones, are if the centre is `centre` or below it (above), or
// `centre` or above it (below). At most a when, and only when, the interval of coverage 1 - 2a has `centre`
// outside on that side.
double signed_rank_p_above(const struct signed_rank *s, double centre);
double signed_rank_p_below(const struct signed_rank *s, double centre);

// P(T <= k) of the null distribution for n values, n <= SIGNED_RANK_MOST.
double signed_rank_tail(size_t n, size_t k);

#endif
