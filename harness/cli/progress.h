// SPDX-License-Identifier: Apache-2.0
// What a run tells on standard error while it goes: one line that is drawn anew on a terminal, one line a
// finished cell elsewhere. All of it is the supervisor's work; of a running cell it reads what lies in shared
// memory, at most four times a second.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/jobs.h"
#include "cli/progress_text.h"
#include "cli/status_line.h"
#include "flow/watch.h"

// Jobs of one engine: live ones take what they are planned to take, of the others only what those before took
// is known.
struct progress_kind {
    size_t jobs, ended;
    uint64_t planned_ns;      // of all
    uint64_t done_planned_ns; // ... that have ended
    uint64_t done_ns;         // what these took
};

// A job that runs, as it was seen last.
struct progress_running {
    const struct job *job; // NULL: the place is free
    char name[PROGRESS_NAME_MAX];
    uint64_t since_ns;
    bool seen;
    struct watch_figures figures;
};

struct progress {
    bool quiet;
    struct status_line line;
    const struct jobs *jobs;
    bool several; // scenarios
    unsigned sim_slots;
    size_t total, finished;
    struct progress_kind live, sim;
    struct progress_running running[PROGRESS_JOBS_MAX];
};

void progress_start(struct progress *p, const struct jobs *jobs, unsigned sim_slots, bool quiet);
void progress_watch(struct progress *p, const struct job *job, const struct arena *arena);
void progress_tick(struct progress *p, const struct job *const *running, size_t count);
void progress_finished(struct progress *p, const struct job *job, const json_t *cell, uint64_t wall_ns);
void progress_clear(struct progress *p); // before anything else is printed

#endif
