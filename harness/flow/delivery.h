// SPDX-License-Identifier: Apache-2.0
// The way of a batch from the hands of a node into a sink: a small machine that a worker embeds (or whoever
// else delivers). Pure like every node: it is handed the time and answers what it waits for. One thread.
//
//   begin -> ask the breaker -> plan the attempt -> wait for its planned end -> hand over -> delivered
//               |                                        | fails                 | fails
//               open: lost, or wait <- back off <--------+-----------------------+--> lost
//
// An attempt is made with all records that are left of the batch. Retry: strategy/retry.h decides whether and
// when, and strategy/retry_budget.h whether the sink's traffic allows one more. A breaker
// (strategy/breaker.h) is the sink's, shared by all who deliver to it.
#ifndef FLOW_DELIVERY_H
#define FLOW_DELIVERY_H

#include "flow/node.h"
#include "flow/sink.h"

enum delivery_phase { DELIVERY_IDLE, DELIVERY_ASK, DELIVERY_SERVICE, DELIVERY_HAND_OVER, DELIVERY_BACK_OFF };

struct delivery {
    struct sink_state *sink;
    struct wire *link; // its own connection; NULL for sinks that have none
    struct sink_counts *counts;
    struct rng jitter;
    enum delivery_phase phase;
    struct record **records; // the caller's; every one reaches its end here
    size_t count, next;      // next: the first that has not
    uint64_t ready_ns;       // since when what is left is ready for its attempt
    uint64_t first_ns;       // of its first attempt
    uint64_t asked_ns;       // of this one
    uint64_t done_ns;        // planned end of the attempt's service
    uint64_t again_ns;       // back off: until then
    uint64_t ticket;         // of the breaker
    uint32_t breaker_seen;   // back off at an open breaker: its signal
    unsigned retries;
    bool begun, fails, sent, retrying, at_breaker;
};

// For node n, which has been initialised. Takes one of the sink's connections; false when there is none left.
bool delivery_init(struct node *n, struct delivery *d, struct sink_state *sink);

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

// The machine is idle: writes out what a file sink holds in its buffer. True: something reached its end.
// False: nothing was there, or (*until_ns, else TIME_NEVER) it failed and is to be tried again then.
bool delivery_flush(struct node *n, struct delivery *d, uint64_t now_ns, uint64_t *until_ns);

// Nothing will be delivered any more: the last flush. What cannot be written is lost, or, where `retry` would
// have gone on, in flight.
void delivery_end(struct node *n, struct delivery *d, uint64_t now_ns);

#endif
