// SPDX-License-Identifier: Apache-2.0
// What a self-test has measured: a pool of launches for each cell and slowdown, kept in a file as they come,
// so that hours of measuring can be interrupted at any moment. Of weir_gate alone.
#ifndef GATE_SELF_POOL_H
#define GATE_SELF_POOL_H

#include <stdint.h>
#include <stdio.h>

#include "gate/rates.h"
#include "gate/self_test.h"

struct pool {
    double *log_ratio, *control;
    size_t count, room;
    size_t extra; // launches wanted beside what is wanted of every pool
    double share; // of the base's cost that each delay is made as long as; found once (calibrated)
    bool calibrated;
};

struct self_cell {
    struct duet_cell plan;
    struct duet_modules modules;
    char label[80];
    struct pool pool[SELF_TEST_LEVELS];
    uint64_t items, launches; // launches: made now, which draws the next layout
    double base_ns;           // of the launch before; 0: none yet
};

struct self_test {
    struct self_test_setup setup;
    struct self_cell cells[GATE_CELLS_MOST];
    size_t count;
    FILE *launches, *delays;
};

extern const double self_levels[SELF_TEST_LEVELS];

bool self_is_tested(const struct self_cell *cell, size_t level);

// Reads what the folder holds and opens its files for what is to come. False with *e: they cannot be written,
// or hold another suite, or were measured on another machine.
bool self_pools_open(struct self_test *test, struct error *e);
void self_pools_close(struct self_test *test);

// Into the pool and its file. False with *e.
bool self_pool_add(struct self_test *test, struct self_cell *cell, size_t level, double log_ratio,
                   double control, struct error *e);
// The delay that was found for a level.
bool self_pool_note_delay(struct self_test *test, struct self_cell *cell, size_t level, struct error *e);

// What the launches that there are come to; see rates.h.
void self_replay(struct self_test *test, struct gate_rates *rates);
// Suites of A/A that share no launch; *dry: the cell whose pool ended first.
size_t self_replay_suites(struct self_test *test, size_t *dry);

#endif
