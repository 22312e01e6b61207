// SPDX-License-Identifier: Apache-2.0
// What an executor is asked to do, the same for live and sim.
#ifndef FLOW_ENGINE_H
#define FLOW_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "flow/report.h"
#include "scenario/scenario.h"

struct record;

struct run_setup {
    const struct scenario *scenario;
    uint64_t seed;       // of this rep: scenario seed + rep
    bool verify;         // journal the sequence numbers of what is dropped and check reasons as sets
    bool queue_stats;    // queues that can count what they do are to do so
    const char *scratch; // an existing folder for temporary files of this cell
    struct arena *arena; // shared with the supervisor; the executor allocates everything it counts in there
    // Answers true once somebody wants the run to end early: then it drains, and the report says so. Called
    // every few milliseconds by the main thread. May be NULL.
    bool (*stop_asked)(void);
    // Live, called by the child once a source's socket is bound. May be NULL.
    void (*listening)(const char *source, const char *address);
    // Sim: told of everything that happens to a record (enum trace_what, or the reason of a loss), in order;
    // the same that the digest is made of. May be NULL.
    void (*watch)(void *context, uint64_t now_ns, unsigned node, unsigned what, const struct record *r);
    void *watch_context;
};

// Runs the cell to its end in the calling process (a forked child of the supervisor; single-threaded when
// called). Sets the arena's root to a struct flow_root. On return report->finished is true and report->status
// says what came out; false with *e when it could not even start (a port in use, a file that cannot be
// opened): nothing was measured.
bool live_run(const struct run_setup *setup, struct error *e);
bool sim_run(const struct run_setup *setup, struct error *e);

// The report of a run that used this arena; never NULL after the executor has begun (NULL when it had not).
struct report *flow_report(const struct arena *arena);

// Called by the supervisor when a child died before report->finished: sums what the tallies say, puts the
// rest into lost.crash and sets status CELL_FAILED with `reason` (a run that died of its memory limit says so
// instead).
void flow_salvage(struct arena *arena, const char *reason);

#endif
