// SPDX-License-Identifier: Apache-2.0
// Repetitions of points, for figures that have a row for each implementation: what a row is called, and its
// values.
#ifndef FIGURE_REPS_H
#define FIGURE_REPS_H

#include "figure/figure.h"

enum { REPS_NAME_MAX = 160 };

// What tells the point from the view's others: "drop_newest · mpmc · capacity 64". Alone: its strategy.
void reps_name(const struct figure_view *v, const struct report_point *p, char name[REPS_NAME_MAX]);

// The values of a key of its cells that are ok, one each; those that have none are left out. The caller frees
// it; NULL: memory is short.
double *reps_values(const struct report_point *p, const char *key, size_t *count);

// Nanoseconds an item of the repetitions of a bench cell, and their rounds (NULL: the document does not say).
struct reps_bench {
    double *ns;
    unsigned *rounds;
    size_t count;
};
bool reps_bench_open(struct reps_bench *r, const struct report_point *p); // false: memory is short
void reps_bench_close(struct reps_bench *r);

// Ratios of those of `a` to those of `b`, each pair of one round; room for as many as `a` has. Without rounds
// the i-th with the i-th, if there are as many of both and none of either was dropped.
size_t reps_ratios(const struct report_point *a, const struct report_point *b, double *ratios);
// A thing against itself: its repetitions in the order of their rounds, each second one over the one before
// it.
size_t reps_ratios_to_self(const struct report_point *p, double *ratios);

// Ticks of a logarithmic axis of factors around 1 that is too short for 0.5 and 2 to be on it.
void reps_ratio_ticks(struct sheet *s, int panel);

// A bench cell that its repetitions say something of: flat out, and ok.
const json_t *reps_bench_cell(const struct report_point *p); // NULL: it is none

#endif
