// SPDX-License-Identifier: Apache-2.0
// What a worker does to the records in its hands beside burning its stage's service: the chain of processors
// in force, and the fail-open switch that leaves both out.
#ifndef FLOW_PROCESSING_H
#define FLOW_PROCESSING_H

#include "flow/node.h"
#include "process/chain.h"

// One worker's counts; in the arena, summed per stage at the end.
struct processing_counts {
    struct processing_counts *next;
    unsigned stage;              // index in the scenario
    uint64_t filtered, bypassed; // records
    uint64_t swaps;              // times that a batch ran under another chain than the batch before it
    uint64_t toggles;            // times that the fail-open switch changed its mind
    uint64_t *batches;           // by version of the chain
    size_t versions;
};

struct processing {
    const struct stage *stage; // NULL: nothing to do
    struct processing_counts *counts;
    struct weir_strategy_state fail_open;
    uint64_t key;    // of this stage: its filters draw from it
    bool *bypass;    // for each record in hand; NULL without fail_open
    bool begun;      // a batch has run
    size_t piece;    // of the plan, that the batch before ran under
    bool bypass_now; // what the switch said last
};

// `batch`: most records in hand. False when memory ends. Free it also then.
bool processing_init(struct processing *p, struct node *n, const struct stage *stage, size_t batch);
void processing_free(struct processing *p);

// `got` records have just been popped to held[first..]: decides which of them skip the work.
void processing_taken(struct processing *p, const struct node *n, struct record **held, size_t first,
                      size_t got);

// Whether any of the records in hand is to be worked on at all.
bool processing_serves(const struct processing *p, size_t count);

// Whether processing_run would do anything.
bool processing_has_chain(const struct processing *p);

// Runs all records in hand through the chain that is in force now: the whole batch through one version. Those
// that end here (filtered, oversize) are taken out of held. Answers how many are left; *cost_ns is the CPU
// work that virtual time lets this cost, 0 live, where it has been spent by now.
size_t processing_run(struct processing *p, struct node *n, struct record **held, size_t count,
                      uint64_t now_ns, uint64_t *cost_ns);

#endif
