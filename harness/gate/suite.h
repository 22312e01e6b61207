// SPDX-License-Identifier: Apache-2.0
// What a gate measures: a list of cells, built in or from a file.
//
//   # Do the hand-offs that our pipeline uses keep their speed?
//   suite: hand-offs
//   launches: 80                    # of each cell, at most
//   disturbed: discard              # or keep: launches that other programs disturbed
//   instructions: count             # or skip: only time
//   golden: behaviour.json          # what scenarios come to in virtual time (gate/golden.h)
//   cells:
//     - {queue: spsc, batch: 16}
//     - {queue: channel, wait: park, measure: trip, margin: 5%}
#ifndef GATE_SUITE_H
#define GATE_SUITE_H

#include <limits.h>

#include "base/error.h"
#include "gate/duet.h"

enum { GATE_CELLS_MOST = 64, GATE_LAUNCHES = 80, GATE_LAUNCHES_MOST = 200 };

struct gate_suite {
    char name[DUET_NAME];
    struct duet_cell cells[GATE_CELLS_MOST];
    size_t count;
    char golden[PATH_MAX]; // path of a golden file; empty: none
    size_t launches;       // of a cell, at most
    bool skip_instructions;
    bool count_strategies; // their steps, too, where both sides are builds
    bool keep_disturbed;   // counts launches that were disturbed, too: on a machine that is never quiet
};

// The built-in suite of six cells.
void gate_suite_default(struct gate_suite *suite);
// Four ways of measuring one queue.
void gate_suite_of_queue(struct gate_suite *suite, const char *queue);

// False with *e (EXIT_USAGE, all findings with their places) when the file is not one.
bool gate_suite_read(struct gate_suite *suite, const char *path, struct error *e);

// The margin of all throughput cells, or of all quantiles.
void gate_suite_set_margin(struct gate_suite *suite, bool quantiles, double margin);

bool gate_is_quantile(const struct duet_cell *cell);

// How long the cells take without noise when each is decided at its first look, in seconds.
double gate_suite_seconds(const struct gate_suite *suite);

#endif
