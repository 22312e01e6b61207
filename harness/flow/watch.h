// SPDX-License-Identifier: Apache-2.0
// A look at a running cell from another process, through the shared arena: what its nodes have counted so
// far, by time of the run. Whatever is read is whole (aligned words, one writer each), and a row that time
// has passed by is final but for records that reach their end late in a node's own step.
#ifndef FLOW_WATCH_H
#define FLOW_WATCH_H

#include "base/arena.h"
#include "base/coarse.h"
#include "flow/report.h"

struct watch {
    uint64_t now_ns;   // how far the run has come, as its observer saw it last
    uint64_t step_ns;  // length of a row
    uint64_t capacity; // of all bounded edges together; 0 when there is none
};

// False while the run has not begun to count. Single thread of the watching process.
bool flow_watch(const struct arena *arena, struct watch *w);

// Sum of `count` rows from `first` on over all nodes; depth and workers are those of the last row.
struct series_row flow_watch_rows(const struct arena *arena, uint64_t first, uint64_t count);

// The figures of a cell so far. Zeroed before the first look; each look reads only what is new.
struct watch_figures {
    uint64_t now_ns;
    uint64_t generated, lost; // of the whole run up to now, warmup included; lost: refused for good, too
    uint64_t p99_ns;          // response time of what was delivered, within 3.2 %; 0: nothing yet
    uint64_t rows;            // how many of the series went into counts
    uint32_t counts[COARSE_COUNTS];
};

// False while the run has not begun to count; then *f is unchanged.
bool flow_watch_figures(const struct arena *arena, struct watch_figures *f);

#endif
