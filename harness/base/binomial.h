// SPDX-License-Identifier: Apache-2.0
// Rates that were measured as `hits` of `trials`: what the true rate can be.
#ifndef BASE_BINOMIAL_H
#define BASE_BINOMIAL_H

#include <stddef.h>

struct rate_interval {
    double lo, hi;
};

// P(X <= hits) for X binomial(trials, rate); exact sums, rate 0..1.
double binomial_tail(size_t hits, size_t trials, double rate);

// Clopper, Pearson: "The use of confidence or fiducial limits illustrated in the case of the binomial", 1934.
// Exact: holds the true rate with at least `coverage`, whatever it is. 0..1 without a trial; hits <= trials.
struct rate_interval binomial_exact(size_t hits, size_t trials, double coverage);

// Wilson: "Probable inference, the law of succession, and statistical inference", 1927. Shorter; holds it
// with about `coverage`.
struct rate_interval binomial_wilson(size_t hits, size_t trials, double coverage);

// The value that a standard normal variable does not exceed with probability p, 0 < p < 1.
double normal_quantile(double p);

#endif
