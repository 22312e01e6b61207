// SPDX-License-Identifier: Apache-2.0
// What one node counts. Each tally has one writer (its node's thread) and lives in the shared arena, so that
// it survives a crash of the child. A cell's figures are the sum over its tallies.
#ifndef FLOW_TALLY_H
#define FLOW_TALLY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/coarse.h"
#include "base/hist.h"
#include "flow/ledger.h"
#include "flow/report.h"

struct branch_tally;

struct tally {
    struct tally *next;
    struct ledger ledger;
    struct branch_tally *branches; // several sinks: one each; NULL otherwise
    struct ledger *after_sinks;    // ... and the ends of records of which every sink had its copy
    uint64_t replays;              // deliveries of records that had been admitted twice
    uint64_t nameless; // generated without a sequence number: datagrams of external senders that were dropped
    uint64_t uncharted;        // ended without their sequence numbers being known: socket drops, unread lines
    uint64_t window_offered;   // generated with an intended time in the measured window
    uint64_t window_delivered; // delivered, of those
    uint64_t window_filtered;  // filtered, of those
    uint64_t late_records;     // own lag above 10 ms
    uint64_t stall_ns;         // time blocked on an edge
    struct hist *response, *service, *send_lag; // NULL where the node has no use for them
    struct series_row *series;
    uint32_t *row_hist; // COARSE_COUNTS a row (base/coarse.h); NULL for nodes that deliver nothing
    uint64_t series_count, series_step_ns;
};

enum tally_use { TALLY_SENDS = 1, TALLY_DELIVERS = 2, TALLY_DELIVERS_TO_ALL = 4 };

// Allocates a tally with what `use` asks for.
struct tally *tally_create(struct arena *arena, unsigned use, uint64_t series_count, uint64_t series_step_ns);

// Ends a wait on an edge: adds it to the stall. *blocked_ns is 1 + when it began, or 0 when there was none;
// it becomes 0.
static inline void tally_unblocked(struct tally *t, uint64_t *blocked_ns, uint64_t now_ns)
{
    if (*blocked_ns)
        t->stall_ns += now_ns - (*blocked_ns - 1);
    *blocked_ns = 0;
}

// The row of time now_ns; the last row takes what comes after the planned end.
struct series_row *tally_row(struct tally *t, uint64_t now_ns);
void tally_row_response(struct tally *t, uint64_t now_ns, uint64_t response_ns);

// Adds the rows' histograms of one tally to those of another; both deliver.
void row_hist_add(struct tally *into, const struct tally *from);
// The percentile of one row's counts, as the middle of its bucket (within 3.2 %). 0 when there are none.
uint64_t row_hist_percentile(const uint32_t *counts, double share);

#endif
