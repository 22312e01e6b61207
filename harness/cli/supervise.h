// SPDX-License-Identifier: Apache-2.0
// Runs the jobs, each in a child: the single-threaded supervisor of a run.
#ifndef CLI_SUPERVISE_H
#define CLI_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/child.h"
#include "cli/jobs.h"
#include "flow/report.h"

// How a job ended.
struct outcome {
    const struct report *report; // NULL when nothing was measured; valid only during the call
    enum cell_status status;     // counts when `reason` is not NULL, else the report's own
    const char *reason;
    enum exit_code code; // EXIT_USAGE when the executor refused to start (a port in use), else EXIT_OK
    uint64_t wall_ns;
};

struct supervise_setup {
    struct child_setup child;
    struct job *const *order; // jobs that are done already are passed over
    size_t count;
    unsigned sim_slots; // sim jobs at a time; live jobs are always alone
    uint64_t margin_ns; // on top of what a job is planned to take, before it is killed

    void *context;
    // Interrupted, and jobs are running that may deliver what they hold; may be NULL.
    void (*stopping)(void *context);
    // A job ended; false stops the run (its result cannot be kept).
    bool (*finished)(void *context, struct job *job, const struct outcome *outcome);
    void (*listening)(void *context, const char *source, const char *address);
    // What a job's process wrote on its standard error, when child.apart keeps that apart; may be NULL else.
    void (*said)(void *context, const char *text, size_t length);
    // A look at a running job's arena, at most 4 a second, and once when it has ended; `told` is what was
    // told of this job so far (0 at first), for the watcher to count in. May be NULL.
    void (*watch)(void *context, const struct job *job, const struct arena *arena, uint64_t *told);
    void (*tick)(void *context, const struct job *const *running,
                 size_t count); // may be NULL; at most 4 a second
};

enum supervise_end { SUPERVISE_DONE, SUPERVISE_INTERRUPTED, SUPERVISE_STOPPED };

// Needs signals_block before. Leaves no child and no scratch folder behind, whatever the end.
enum supervise_end supervise(const struct supervise_setup *setup, struct error *e);

#endif
