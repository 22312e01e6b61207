// SPDX-License-Identifier: Apache-2.0
// What a run tells on standard error while it goes: a bar on a terminal, one line a finished cell elsewhere.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/jobs.h"

struct progress {
    bool quiet, bar; // bar: standard error is a terminal
    bool drawn;      // the bar is on the screen now
    size_t total, finished;
    uint64_t planned_ns, done_ns; // of the live jobs
    uint64_t started_ns, wall_ns; // wall time of finished jobs
    size_t sims, sims_done;
    uint64_t last_ns; // when the last job ended
};

void progress_start(struct progress *p, const struct jobs *jobs, bool quiet);
void progress_tick(struct progress *p, const struct job *const *running, size_t count);
void progress_finished(struct progress *p, const struct job *job, const json_t *cell, uint64_t wall_ns);
void progress_clear(struct progress *p); // before anything else is printed

#endif
