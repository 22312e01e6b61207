// SPDX-License-Identifier: Apache-2.0
// A disruptor ring (disruptor.h) with several consumers, as objects that can wait: a door at which producers
// push, and one queue-like view a consumer. Every consumer sees every item, after those that it follows have
// released it; a slot is free again when all consumers that nobody follows (the terminals) have released it.
//
// Both sides speak the queue contract (queue.h), with these differences:
//   door       try_pop_n takes what some consumer has not released; only once every other thread has stopped
//   consumer   try_pop_n hands an item out and leaves it in its slot: it is the consumer's to read until
//              weir_graph_release. One thread a consumer. It cannot push. len counts what is claimed and not
//              yet handed out to it, also what those it follows still hold.
#ifndef WEIR_QUEUE_GRAPH_H
#define WEIR_QUEUE_GRAPH_H

#include "queue/queue.h"

struct weir_graph;

struct weir_graph_config {
    size_t capacity;
    enum weir_wait_kind wait;
    unsigned producers, consumers;
    const unsigned char *follows; // consumers x consumers: [c * consumers + b] says whether c follows b
    uint64_t start;               // first value of the internal counters
};

enum { WEIR_GRAPH_LINKS = 16 }; // most consumers that one follows, and most terminals

// NULL when memory is short or there are too many links. The caller owns it; destroying the door's queue
// destroys all of it.
struct weir_graph *weir_graph_create(const struct weir_graph_config *config);

// Valid as long as the graph; for the tables below.
struct weir_queue *weir_graph_door(struct weir_graph *g);
struct weir_queue *weir_graph_consumer(struct weir_graph *g, unsigned consumer);
extern const struct weir_queue_ops weir_graph_door_ops, weir_graph_consumer_ops;

// All three: only the thread that owns the consumer.
// The consumer has worked on n items of those handed out and not released, from the first-th on (items, in
// order; once each). Moves those to the front of `items` that every other terminal has worked on before, so
// that it is this one's to pass them on, and answers how many. A consumer that is no terminal gets none.
size_t weir_graph_finish(struct weir_queue *consumer, uint64_t *items, size_t first, size_t n);
// It has done with the first n items of those handed out.
void weir_graph_release(struct weir_queue *consumer, size_t n);
// How many items could be handed out now.
size_t weir_graph_ready(const struct weir_queue *consumer);

#endif
