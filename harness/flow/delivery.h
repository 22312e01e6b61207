// SPDX-License-Identifier: Apache-2.0
// The way of a batch from the hands of a node into a sink: a small machine that a worker embeds (or whoever
// else delivers). Pure like every node: it is handed the time and answers what it waits for. One thread.
//
//   begin -> plan the attempt -> wait for its planned end -> the sink takes the records
#ifndef FLOW_DELIVERY_H
#define FLOW_DELIVERY_H

#include "flow/node.h"
#include "flow/sink.h"

enum delivery_phase { DELIVERY_IDLE, DELIVERY_PLAN, DELIVERY_SERVICE };

struct delivery {
    struct sink_state *sink;
    enum delivery_phase phase;
    struct record **records; // the caller's; every one reaches its end here
    size_t count;
    uint64_t ready_ns; // since when this batch is complete
    uint64_t done_ns;  // planned end of the attempt's service
};

void delivery_init(struct delivery *d, struct sink_state *sink);

// Begins with `count` records that are ready since ready_ns. `records` stays the caller's and must not change
// until the machine is idle again.
void delivery_begin(struct delivery *d, struct record **records, size_t count, uint64_t ready_ns);

// One step. WAIT_DONE: every record has reached its end and the machine is idle. Anything else: step again
// then. Its deadlines are never behind the run's cut.
struct wait delivery_step(struct node *n, struct delivery *d, uint64_t now_ns);

// At the cut: true when the next step ends what was begun (its time had come), so that it may be taken.
bool delivery_is_due(const struct delivery *d, uint64_t now_ns);

// The run is cut: what has not reached its end is left in flight.
void delivery_cut(struct node *n, struct delivery *d, uint64_t now_ns);

#endif
