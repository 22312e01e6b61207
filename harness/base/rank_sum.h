// SPDX-License-Identifier: Apache-2.0
// The rank-sum test of two samples (Wilcoxon; Mann, Whitney) turned into an estimate and an interval of the
// shift between them (Hodges, Lehmann: "Estimates of location based on rank tests", 1963; Hollander, Wolfe,
// ch. 4).
//
// For values that are independent, of two laws that differ by a shift alone: the estimate is the median of
// all differences b - a, and the interval is cut from the same sorted list. The null distribution is exact.
// Ties make interval and p-value conservative, never liberal.
#ifndef BASE_RANK_SUM_H
#define BASE_RANK_SUM_H

#include "base/signed_rank.h"

enum { RANK_SUM_MOST = 50 };

// Takes 1 to RANK_SUM_MOST finite values a side. What signed_rank.h says of the centre then holds of the
// shift: signed_rank_interval, _coverage, _p_above and _p_below answer, signed_rank_close closes. False when
// there are none or too many, or memory is short; then there is nothing to close.
bool rank_sum_open(struct signed_rank *s, const double *a, size_t a_count, const double *b, size_t b_count);

#endif
