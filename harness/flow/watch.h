// SPDX-License-Identifier: Apache-2.0
// A look at a running cell from another process, through the shared arena: what its nodes have counted so
// far, by time of the run. Whatever is read is whole (aligned words, one writer each), and a row that time
// has passed by is final but for records that reach their end late in a node's own step.
#ifndef FLOW_WATCH_H
#define FLOW_WATCH_H

#include "base/arena.h"
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

#endif
