// SPDX-License-Identifier: Apache-2.0
// A queue of records over a discipline's own store (strategy/store.h): a mutex and two condition variables
// around it. Both executors use it; the simulator never waits on it.
//
// It is a queue like any other (queue/queue.h; its items are struct record *), only that what comes out is
// the store's choice. try_pop_n takes everything out without dropping any of it, for those who count what is
// left; consumers call store_queue_take.
#ifndef FLOW_STORE_QUEUE_H
#define FLOW_STORE_QUEUE_H

#include "queue/queue.h"
#include "strategy/store.h"

struct record;

// NULL when memory ends or the capacity is above WEIR_STORE_CAPACITY_MAX. Destroyed through its ops.
struct weir_queue *store_queue_create(const struct weir_discipline_ops *ops,
                                      const struct weir_strategy_state *params, size_t capacity,
                                      uint64_t seed);
const struct weir_queue_ops *store_queue_ops(void);

// A record taken out and what the discipline says of it. r NULL: there was none.
struct store_record {
    struct record *r;
    struct weir_fate fate;
};

// Any thread; none of them blocks for longer than the others hold the mutex. See the store's functions of
// these names; store_queue_expired and store_queue_overflow answer nothing where the store has no such
// function.
struct store_record store_queue_take(struct weir_queue *q, uint64_t now_ns);
struct store_record store_queue_victim(struct weir_queue *q);
struct store_record store_queue_expired(struct weir_queue *q, uint64_t now_ns);
struct store_record store_queue_overflow(struct weir_queue *q);

#endif
