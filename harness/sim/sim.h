// SPDX-License-Identifier: Apache-2.0
// Executor 2: one thread, virtual nanoseconds, one event heap. See flow/engine.h for sim_run.
//
// Events are ordered by (time, rank of the node's kind, insertion): departures before arrivals, then first
// come first served. Nothing else decides, so a seed gives the same trace everywhere; the digest is a hash of
// that trace.
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "flow/flow.h"
#include "sim/heap.h"

// What the simulator knows of a node.
struct sim_node {
    struct node *node;
    uint64_t turn; // events scheduled for an earlier turn are void
    enum wait_for waits;
    struct edge *edge; // ITEMS, SPACE
    struct wire *wire; // IO
    int side;
    size_t count;                 // SPACE
    struct signal *signal;        // SIGNAL
    struct sim_node *next, *prev; // in the wake list of the edge
    struct sim_list *list;
    struct sim_node *resume; // the producer that runs this node inline
    bool done;
};

struct sim_list {
    struct sim_node *first, *last;
};

struct sim_edge {
    struct sim_list items, space;
};

struct sim {
    struct flow flow;
    struct heap heap;
    struct sim_node *nodes;
    struct sim_edge *edges; // by edge id
    uint64_t now_ns, digest, events, at_this_instant;
    size_t running;
};

// The logical queue behind every simulated edge: first in, first out, exact capacity (none when unbounded).
// Counted, it counts what a counted queue does (queue/stats.h), and the executor tells it who waits.
const struct weir_queue_ops *sim_queue_ops(bool counted);
struct weir_queue *sim_queue_create(size_t capacity, bool counted); // SIZE_MAX: unbounded
// A node begins to wait at an edge, for n free places (PUSH) or for an item.
void sim_queue_note_wait(const struct edge *e, enum weir_queue_side side, size_t n);

// The logical ring of several consumers; first in, first out, exact capacity. False when memory ends.
bool sim_ring_create(const struct ring_setup *setup, struct ring *ring);

// The simulated twins of the live wires, and a file that only counts. NULL when memory ends.
struct wire *sim_udp_create(const struct wire_setup *setup);
struct wire *sim_tcp_create(const struct wire_setup *setup);
struct wire *sim_file_create(const struct wire_setup *setup);
struct wire *sim_otlp_create(const struct wire_setup *setup);
struct sink_file *sim_sink_file_create(void);
struct wire *sim_link_create(const struct link_setup *setup);
struct spill_device *sim_spill_create(void);

#endif
