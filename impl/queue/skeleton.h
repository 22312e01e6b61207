// SPDX-License-Identifier: Apache-2.0
// A queue to copy: a ring behind a spin flag. Replace the struct and the functions with your own.
//
// As a module: write mine.c, which defines WEIR_ADAPT and includes mine.h, "queue/adapter.h" and
// "bench/export.h", then build it and name it with --queue ./mine.so:
//   cc -std=c17 -O3 -fPIC -shared -fvisibility=hidden -D_GNU_SOURCE -Iimpl -Iharness -o mine.so
//      mine.c impl/wait/wait.c
// As a built-in: save it as impl/queue/NAME.h and add X(NAME) to queues.h. adapter.h lists every Q_ macro.
#ifndef WEIR_QUEUE_SKELETON_H
#define WEIR_QUEUE_SKELETON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct skeleton {
    atomic_flag busy; // who sets it may touch head and items, and write count
    _Atomic size_t count;
    atomic_bool closed;
    size_t capacity, head;
    uint64_t *items;
};

static inline size_t skeleton_move(struct skeleton *q, const uint64_t *in, uint64_t *out, size_t n)
{
    if (atomic_flag_test_and_set_explicit(&q->busy, memory_order_acquire)) // pairs with the clear below
        return 0; // instead of waiting: says "full" or "empty" too early, as the contract admits
    size_t count = atomic_load_explicit(&q->count, memory_order_relaxed), moved = 0; // `busy` orders
    if (in != NULL && !atomic_load_explicit(&q->closed, memory_order_relaxed))
        for (; moved < n && count < q->capacity; count++)
            q->items[(q->head + count) % q->capacity] = in[moved++];
    for (; in == NULL && moved < n && count > 0; count--, q->head = (q->head + 1) % q->capacity)
        out[moved++] = q->items[q->head];
    atomic_store_explicit(&q->count, count, memory_order_release); // pairs with Q_LEN
    atomic_flag_clear_explicit(&q->busy, memory_order_release);
    return moved;
}
#endif

#ifdef WEIR_ADAPT
#define Q_NAME          skeleton
#define Q_SUMMARY       "an example"
#define Q_CONTRACT      "relaxed while overlapping; a push that overlaps close may still enter"
#define Q_CAPS          WEIR_Q_BATCH // one producer, one consumer
#define Q_TYPE          struct skeleton
#define Q_BYTES(config) ((config)->capacity * sizeof(uint64_t))
#define Q_INIT(q, memory, config)                                                                            \
    ((q)->items = (memory), (q)->capacity = (config)->capacity, true) // rest is 0
#define Q_PUSH_N(q, in, n) skeleton_move((q), (in), NULL, (n))
#define Q_POP_N(q, out, n) skeleton_move((q), NULL, (out), (n))
#define Q_LEN(q)           atomic_load_explicit(&(q)->count, memory_order_acquire)
#define Q_CLOSE(q)         atomic_store_explicit(&(q)->closed, true, memory_order_release)
#define Q_CLOSED(q)        atomic_load_explicit(&(q)->closed, memory_order_acquire)
#endif
