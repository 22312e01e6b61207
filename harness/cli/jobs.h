// SPDX-License-Identifier: Apache-2.0
// What a run has to do: every cell times its reps.
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/suite.h"

struct job {
    size_t index; // its place in the document: runs, then cells in matrix order, then reps
    const struct cell_plan *cell;
    const struct scenario *scenario; // what is run; the shape when the cell is skipped
    unsigned rep;
    uint64_t seed;
    bool skipped; // cannot run: cell->skip_reason says why. Such a cell has one job whatever the reps
    bool done;    // nothing left to do (skipped, or finished before a resume)
};

struct jobs {
    struct job *list; // by index
    size_t count;
    struct job **order; // in which they are run
};

bool jobs_make(const struct suite_runs *runs, struct jobs *jobs); // false: no memory
void jobs_free(struct jobs *jobs);

// Wall time a live job is planned to take, without its drain; sim jobs are not planned.
uint64_t job_planned_ns(const struct job *job);
// Threads its pipeline will have.
unsigned job_threads(const struct job *job);

#endif
