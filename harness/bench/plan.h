// SPDX-License-Identifier: Apache-2.0
// What a bench is going to do: one series of turns a cell, and beside them those of the lines to compare
// with.
#ifndef WEIR_BENCH_PLAN_H
#define WEIR_BENCH_PLAN_H

#include "bench/turn.h"

enum { PLAN_NEAR_ENOUGH = 3, PLAN_STATES = 4 }; // states: enum pingpong_state, and both in one turn

struct bench_series {
    struct turn turn;
    struct bench_cell *cell;     // of TURN_QUEUE and TURN_TRIP
    struct turn_answer *answers; // room for bench_plan_room() of them
    unsigned *rounds;            // in which each was taken
    size_t count, planned;
    unsigned agreed; // the state in which all cells of the point are reported; 0: each in its own
    struct hist *times[PLAN_STATES]; // merged over the turns of a state; NULL: nothing
    struct bench_shape *traffic[PLAN_STATES];
};

struct bench_plan {
    struct bench_series *series;
    size_t count;
    double seconds, warmup; // of one repetition
};

size_t bench_plan_room(const struct bench_series *s); // answers that a series can hold

// Fills `results` with the cells, in the order of the axes (wait, regime, item bytes, capacity, batch,
// queue), and the plan with their series. False with a reason; bench_plan_free and bench_results_free in any
// case.
bool bench_plan_make(const struct bench_options *options, struct bench_plan *plan,
                     struct bench_results *results, char *text, size_t size);
void bench_plan_free(struct bench_plan *plan);

// Adds a remark to those that the cell has.
void plan_note(struct bench_cell *cell, const char *text);

// Turns that are planned, and the seconds that they take.
size_t bench_plan_turns(const struct bench_plan *plan, double *seconds);

#endif
