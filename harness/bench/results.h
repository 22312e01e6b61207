// SPDX-License-Identifier: Apache-2.0
// From the answers of the turns to the figures of the cells.
#ifndef WEIR_BENCH_RESULTS_H
#define WEIR_BENCH_RESULTS_H

#include "bench/plan.h"

// Which of the states (index into times and traffic) an answer is of.
unsigned results_state_of(const struct turn_answer *answer);

// Answers of a series that count as this state, seen before and after.
size_t results_count_state(const struct bench_series *s, enum pingpong_state state);

// Adds the shape of a turn to its series. False: no memory.
bool results_keep_shape(struct bench_series *s, const struct turn_answer *answer,
                        const struct turn_shape *shape);

// Fills every cell. `against` may be NULL. False: no memory.
bool results_fill(struct bench_plan *plan, struct bench_results *results, const char *against);

// The median of ratio a/b over the rounds in which both have a value, by its logarithm.
size_t results_ratio(const double *a, const unsigned *a_rounds, size_t a_count, const double *b,
                     const unsigned *b_rounds, size_t b_count, struct bench_interval *ratio);

#endif
