// SPDX-License-Identifier: Apache-2.0
// Laws of random values (service times, sizes, gaps) with arithmetic of their own: no libm except sqrt, no
// contraction, so that a seed gives the same bits on gcc and clang, -O0 and -O2.
#ifndef BASE_LAW_H
#define BASE_LAW_H

#include <stdbool.h>

#include "base/rng.h"

enum law_kind { LAW_CONSTANT, LAW_EXPONENTIAL, LAW_UNIFORM, LAW_LOGNORMAL, LAW_PARETO, LAW_BIMODAL };

// Values are in the base unit of the key (nanoseconds, bytes). Which fields count depends on the kind:
//   constant     mean
//   exponential  mean
//   uniform      min, max
//   lognormal    median, sigma (of the logarithm)
//   pareto       min, alpha (> 0); max optional (0 = none): values above are cut to it
//   bimodal      low, high, p (share of high)
struct law {
    enum law_kind kind;
    double mean, min, max, median, sigma, alpha, low, high, p;
};

struct law law_constant(double value);

// One value, >= 0. The number of draws from `r` depends on the kind alone (constant 0, lognormal 2, others
// 1), so that changing a parameter does not shift what later draws see. A lognormal or pareto value may be
// huge, even HUGE_VAL: cut it before turning it into an integer.
double law_draw(const struct law *law, struct rng *r);
double law_mean(
    const struct law *law); // the mean of law_draw (a pareto with max included); HUGE_VAL when infinite
bool law_is_zero(const struct law *law); // constant 0

double own_log(double x);          // natural logarithm, x > 0 (also subnormal), within 2 ulp
double own_exp(double x);          // within 2 ulp for |x| < 700; 0 or HUGE_VAL out of range
double own_sin_turn(double turns); // sin(2 pi turns), absolute error < 1e-14; 0 for |turns| >= 2^52

#endif
