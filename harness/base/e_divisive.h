// SPDX-License-Identifier: Apache-2.0
// Where a series of values changes its level: E-divisive with means (Matteson, James: "A nonparametric
// approach for multiple change point analysis of multivariate data", JASA 109, 2014), for one dimension and
// exponent 1. Used on performance histories by Daly et al. ("The use of change point detection to identify
// software performance regressions in a continuous integration system", ICPE 2020).
//
// A segment is cut where its two halves differ most by their energy distance, the mean distance between the
// halves less the mean distances within them. Whether that is more than chance shows a permutation test: how
// many of 999 orders of the same values can be cut as well. Each half that is left is looked at the same way.
//
// Choices that the paper leaves open:
//   - The permutations are drawn from a fixed seed, and all sums are of integers: the same values in the same
//     order give the same answer, whatever the compiler. Fleming et al. ("Hunter", ICPE 2023) took a t-test
//     instead, because permutations of a changing seed were not repeatable; but a t-test at the best of many
//     cuts promises an error that it does not keep, and it wants normal values. Neither is needed here.
//   - The test is one of each segment and not of all together. It ends with the tenth order that is cut as
//     well, for then p is above 0.01 (Besag, Clifford: "Sequential Monte Carlo p-values", 1991), so that a
//     segment without a change costs a few orders.
//   - A level is at least 3 values long, so that a single outlier is none.
//   - A long series is looked at through windows of 200 values, as Hunter does: what was found stays as it is
//     when values are added long after it, and time grows with n alone. In the end each point is found and
//     tested once more between its neighbours.
//
// Values must be independent of each other but for the changes; they need no law. Then a window without a
// change gives a point with a probability of 0.01. A ramp comes out as steps.
#ifndef BASE_E_DIVISIVE_H
#define BASE_E_DIVISIVE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    E_DIVISIVE_LEVEL = 3,    // values that a level has at least
    E_DIVISIVE_FEWEST = 12,  // of fewer values hardly an order is improbable enough
    E_DIVISIVE_WINDOW = 200, // values
    E_DIVISIVE_ORDERS = 999
};

#define E_DIVISIVE_ERROR 0.01 // p of a change point is at most that

struct change_point {
    size_t at; // the first value of the new level
    double p;  // at least 1 / (E_DIVISIVE_ORDERS + 1)
};

// The change points of n finite values, rising. `points` has room for n / E_DIVISIVE_LEVEL of them. Takes
// O(n log n) a test and O(changes) tests; 10,000 values take a tenth of a second without a change, and some
// 50 ms more for each one. False when memory is short or a value is not finite; then *count is 0.
bool e_divisive(const double *x, size_t n, struct change_point *points, size_t *count);

#endif
