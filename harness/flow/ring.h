// SPDX-License-Identifier: Apache-2.0
// Stages that share a disruptor ring. In front of the ring is one edge, its door, with the strategy; each
// stage has an edge of its own, which is its view of the ring. Nothing is copied: a consumer reads the record
// where it lies, and the last of those that nobody follows passes it on before it releases the slot.
#ifndef FLOW_RING_H
#define FLOW_RING_H

#include "base/error.h"
#include "flow/edge.h"

struct flow;

// What a consumer does beside taking; see queue/graph.h, whose functions these are in the live executor.
struct ring_ops {
    size_t (*finish)(struct weir_queue *consumer, uint64_t *items, size_t first, size_t n);
    void (*release)(struct weir_queue *consumer, size_t n);
    size_t (*ready)(const struct weir_queue *consumer);
};

struct ring_setup {
    const char *name;
    size_t capacity;
    enum weir_wait_kind wait;
    unsigned producers, consumers;
    const unsigned char *follows; // consumers x consumers
};

// An executor's ring. Destroying the door's queue destroys all.
struct ring {
    const struct weir_queue_ops *door_ops, *consumer_ops;
    const struct ring_ops *ops;
    struct weir_queue *door;
    struct weir_queue *(*consumer)(struct weir_queue *door, unsigned i);
};

// Opens the ring whose first stage this is: door becomes its door, and the edges of its stages their views.
bool ring_open(struct flow *f, size_t leader, struct edge *door, struct error *error);

// For the worker that owns the consumer's edge. finish: it has worked on the first `count` of what it took
// and has not released; keeps those in `records` that it has to pass on, and answers how many.
size_t ring_finish(struct edge *e, struct record **records, size_t count);
void ring_release(struct edge *e, size_t count);

#endif
