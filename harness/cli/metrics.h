// SPDX-License-Identifier: Apache-2.0
// --metrics: a line on standard error for every interval of a running cell, in its own time (virtual time in
// the simulator): what was offered, delivered and lost a second, how full the queues are, how many workers.
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/jobs.h"

struct metrics {
    uint64_t every_ns; // 0: off
    bool named;        // several jobs: each line says whose it is
};

// "1s" and the like: a multiple of 100 ms. False with *e.
bool metrics_parse(const char *text, uint64_t *every_ns, struct error *e);

// Whether there is anything to print.
bool metrics_due(const struct metrics *m, const struct arena *arena, uint64_t next);
// Prints the intervals from *next on that the job has left behind, and counts them.
void metrics_print(const struct metrics *m, const struct job *job, const struct arena *arena, uint64_t *next);

#endif
