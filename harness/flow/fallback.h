// SPDX-License-Identifier: Apache-2.0
// A producer that delivers by itself because the queue is full (sync_fallback): it does the work of the stage
// behind that queue and takes the record to the sink, and offers nothing else meanwhile. Embedded by the
// nodes that read sources; of no use where the edge's admission never asks for it.
//
//   begin -> the stage's service -> its chain of processors -> delivery (delivery.h) -> over
#ifndef FLOW_FALLBACK_H
#define FLOW_FALLBACK_H

#include "flow/delivery.h"
#include "flow/node.h"
#include "flow/processing.h"

struct fallback {
    struct delivery delivery;
    const struct stage *stage; // whose work it does; NULL: the edge is the sink's own
    struct stage_state *shared;
    struct processing processing;
    struct record *record; // in its hands; NULL: nothing is going on
    bool worked, processed, begun;
};

// What a node needs to be initialised with (node_init) to produce for this edge: TALLY_DELIVERS or 0.
unsigned fallback_use(const struct edge_spec *e);
// After node_init. False when memory ends.
bool fallback_init(struct node *n, struct fallback *b, const struct edge *e);

static inline bool fallback_busy(const struct fallback *b)
{
    return b->record != NULL;
}

// After OFFER_SELF: the record is the machine's.
void fallback_begin(struct fallback *b, struct record *r);

// While it is busy. WAIT_DONE: the record has reached its end. At the cut it is left in flight.
struct wait fallback_step(struct node *n, struct fallback *b, uint64_t now_ns);

// When the node is destroyed: what it still holds goes back to the pool.
void fallback_free(struct node *n, struct fallback *b);

// The node ends, and delivers nothing any more: its own connection to the sink is over.
void fallback_end(struct node *n, struct fallback *b, uint64_t now_ns);

#endif
