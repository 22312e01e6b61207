// SPDX-License-Identifier: Apache-2.0
// A point's figure over its repetitions.
#ifndef FIGURE_VALUES_H
#define FIGURE_VALUES_H

#include "figure/figure.h"

// Of n repetitions: the median, and the exact order-statistic interval of 95 % for it (base/stats.h), which
// with fewer than six repetitions is their range. May be infinite.
struct figure_value {
    double median, lo, hi;
    size_t n;
};

// Of one cell; nan: it has none. null of a percentile over offered records is infinite.
typedef double (*figure_metric)(const json_t *cell, const char *key);

double figure_number(const json_t *cell, const char *key); // the number behind a dotted key, null being nan
double figure_offered(const json_t *cell,
                      const char *key); // the same, null being infinite: "response_offered_ns.p99"
double figure_loss(const json_t *cell,
                   const char *key); // (lost.total + refused_final) / generated; key: none

// Over the cells of the point that are ok. False when there is none with that figure.
bool figure_value(const struct report_point *p, figure_metric metric, const char *key,
                  struct figure_value *value);

// Lower and upper bound of a share of `part` in `whole` with 95 % (Wilson, J. Am. Stat. Assoc. 22, 1927),
// which unlike others stays within 0..1 and does not shrink to nothing at 0. whole > 0.
void figure_wilson(double part, double whole, double *lo, double *hi);

// The note that says what bars are: nothing when all points have one repetition.
void figure_note_reps(struct sheet *s, const struct figure_view *v);

#endif
