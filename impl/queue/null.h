// SPDX-License-Identifier: Apache-2.0
// null: one slot. The cheapest thing that still is a queue, to show what everything around a queue costs.
//
// In a pipeline an edge of this type has no hand-off: the producer's thread runs the consumer's step
// (WEIR_Q_INLINE). In the bench one thread pushes and pops by turns, which gives the harness's own floor.
// It still works between one producer and one consumer.
#ifndef WEIR_QUEUE_NULL_H
#define WEIR_QUEUE_NULL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct null_queue {
    uint64_t item;
    atomic_bool full;
    atomic_bool closed;
};

static inline bool null_init(struct null_queue *q)
{
    atomic_init(&q->full, false);
    atomic_init(&q->closed, false);
    return true;
}

static inline size_t null_try_push_n(struct null_queue *q, const uint64_t *items, size_t n)
{
    // Acquire pairs with the release in null_try_pop_n: the slot has been read before it is written again.
    if (n == 0 || atomic_load_explicit(&q->full, memory_order_acquire) ||
        atomic_load_explicit(&q->closed, memory_order_relaxed)) // relaxed: closing moves no data
        return 0;
    q->item = items[0];
    atomic_store_explicit(&q->full, true, memory_order_release); // pairs with the acquire in null_try_pop_n
    return 1;
}

static inline size_t null_try_pop_n(struct null_queue *q, uint64_t *items, size_t n)
{
    if (n == 0 || !atomic_load_explicit(&q->full, memory_order_acquire)) // pairs with the release of the push
        return 0;
    items[0] = q->item;
    atomic_store_explicit(&q->full, false, memory_order_release); // pairs with the acquire of the push
    return 1;
}

static inline size_t null_len(const struct null_queue *q)
{
    return atomic_load_explicit(&q->full, memory_order_acquire) ? 1 : 0; // as in null_try_pop_n
}

static inline void null_close(struct null_queue *q)
{
    atomic_store_explicit(&q->closed, true, memory_order_release); // pairs with null_closed
}

static inline bool null_closed(const struct null_queue *q)
{
    // Pairs with null_close: items pushed before the close are seen by the pop after it.
    return atomic_load_explicit(&q->closed, memory_order_acquire);
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME                    null
#define Q_SUMMARY                 "one slot and no hand-off: the harness's own floor"
#define Q_CONTRACT                "strict; a push that overlaps close may still enter"
#define Q_CAPS                    (WEIR_Q_INLINE | WEIR_Q_STRICT)
#define Q_TYPE                    struct null_queue
#define Q_INIT(q, memory, config) ((void)(memory), (void)(config), null_init(q))
#define Q_PUSH_N                  null_try_push_n
#define Q_POP_N                   null_try_pop_n
#define Q_LEN                     null_len
#define Q_CAPACITY(q)             ((void)(q), (size_t)1)
#define Q_CLOSE                   null_close
#define Q_CLOSED                  null_closed
#endif
