// SPDX-License-Identifier: Apache-2.0
// The overflow tier of an edge: what the queue cannot take goes to a log on disk (flow/spill_store.h) and
// comes back into the queue in order, as room appears there. Consumers only ever wait on the queue: whoever
// has put something in or taken something out moves what may come back, under one guard. While anything is on
// disk, new records go there, so that each producer's keep their order.
//
// What a full disk means is the admission's to say: to the edge it is a full queue. A producer that waits
// then waits for `room`, as the queue itself is filled from the disk.
#ifndef FLOW_EDGE_SPILL_H
#define FLOW_EDGE_SPILL_H

#include <stdatomic.h>

#include "flow/edge.h"
#include "flow/signal.h"
#include "flow/spill_store.h"
#include "strategy/spill.h"

struct edge_spill {
    struct flow *flow;
    struct spill_store *store;
    void *guard; // of all below but the atomics
    struct weir_strategy_state state;
    struct record *hand;      // read back, and then there was no room: it still counts as waiting
    bool closing;             // the last producer has ended: the queue is closed when nothing is on disk
    _Atomic uint64_t waiting; // records that are on disk only
    struct signal room;       // a segment was given back, or nothing is on disk any more
    uint16_t sender;          // among those of source 0: of what an earlier run had left here
    bool lasting;             // the folder outlives the run
};

// For an edge whose spec says so. False with *error.
bool edge_spill_open(struct flow *f, struct edge *e, struct error *error);
// After the nodes have been made: what an earlier run left is generated now.
void edge_spill_start(struct edge *e);
void edge_spill_close(struct edge *e);

// As edge_push, into the queue or onto the disk: how many were taken. Fewer: there is no room on either.
size_t edge_spill_push(struct node *n, struct port *port, struct record *const *records, size_t count,
                       uint64_t now_ns);
// After records were taken out of the queue: true when others came back into it.
bool edge_spill_back(struct node *n, struct port *port, uint64_t now_ns);
// The last producer has ended. True: the queue is closed; else it will be, when nothing is on disk any more.
bool edge_spill_release(struct edge *e);

// A record with RECORD_SPILLED has reached its end, or has gone into another edge's log. Any thread.
void edge_spill_settle(struct flow *f, const struct record *r);

// The run is over: counts what is still on disk.
void edge_spill_conclude(struct edge *e, uint64_t now_ns);

#endif
