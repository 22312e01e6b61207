// SPDX-License-Identifier: Apache-2.0
// The ledger: where every record went.
//
//   generated = delivered + lost{...} + filtered + refused_final + in_flight + spilled + unsent
//
// Counters are plain 64-bit numbers with one writer each (a tally per node, in shared memory); the ledger of
// a cell is their sum.
#ifndef FLOW_LEDGER_H
#define FLOW_LEDGER_H

#include <stdint.h>

#include "strategy/loss.h"

struct ledger {
    uint64_t generated, delivered, filtered, refused_final, in_flight, spilled, unsent;
    uint64_t admitted, attempts, retries, refused, degraded, malformed, recovered;
    uint64_t lost[WEIR_LOSS_COUNT];
};

uint64_t ledger_lost(const struct ledger *l);   // sum of all reasons
int64_t ledger_unknown(const struct ledger *l); // generated - (right side): must be 0
void ledger_add(struct ledger *into, const struct ledger *from);

// The second proof: what the sink itself saw, from a bitmap of sequence numbers per sender.
struct sink_check {
    uint64_t missing, duplicated, reordered, corrupted, invented;
    uint64_t longest_gap_records; // most consecutive sequence numbers of one sender that never arrived
};

#endif
