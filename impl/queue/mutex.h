// SPDX-License-Identifier: Apache-2.0
// mutex: a ring under a pthread mutex. Who finds it full or empty polls, as the wait strategy says.
//
// The textbook bounded buffer, and the baseline of the comparison: what anybody writes first, done without
// needless work, with one lock for both sides and nothing clever about it. The counters are atomic only so
// that waiters and monitors can look at them without taking the lock; every change is made under it.
#ifndef WEIR_QUEUE_MUTEX_H
#define WEIR_QUEUE_MUTEX_H

#include "queue/port.h"
#include "queue/ring.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mutex_queue {
    WEIR_ALIGNED pthread_mutex_t lock;
    _Atomic uint64_t tail, head; // written under the lock
    atomic_bool closed;          // written under the lock
    WEIR_ALIGNED size_t capacity;
    uint64_t mask;
    uint64_t *slots;
};

static inline size_t mutex_bytes(size_t capacity)
{
    return weir_ring_slots(capacity) * sizeof(uint64_t);
}

// `memory` holds mutex_bytes(capacity) and outlives the queue; the counters begin at `start`.
static inline bool mutex_init_at(struct mutex_queue *q, void *memory, size_t capacity, uint64_t start)
{
    atomic_init(&q->tail, start);
    atomic_init(&q->head, start);
    atomic_init(&q->closed, false);
    q->capacity = capacity;
    q->mask = weir_ring_slots(capacity) - 1;
    q->slots = memory;
    return pthread_mutex_init(&q->lock, NULL) == 0;
}

static inline void mutex_destroy(struct mutex_queue *q)
{
    pthread_mutex_destroy(&q->lock);
}

static inline size_t mutex_try_push_n(struct mutex_queue *q, const uint64_t *items, size_t n)
{
    weir_lock_patiently(&q->lock);
    // Relaxed everywhere under the lock: the lock orders.
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
    uint64_t used = tail - atomic_load_explicit(&q->head, memory_order_relaxed);
    size_t granted = weir_min_size(n, q->capacity - (size_t)used);
    if (atomic_load_explicit(&q->closed, memory_order_relaxed))
        granted = 0;
    for (size_t i = 0; i < granted; i++)
        q->slots[(tail + i) & q->mask] = items[i];
    if (granted)
        atomic_store_explicit(&q->tail, tail + granted, memory_order_release); // pairs with mutex_len
    pthread_mutex_unlock(&q->lock);
    return granted;
}

static inline size_t mutex_try_pop_n(struct mutex_queue *q, uint64_t *items, size_t n)
{
    weir_lock_patiently(&q->lock);
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed); // the lock orders
    uint64_t used = atomic_load_explicit(&q->tail, memory_order_relaxed) - head;
    size_t granted = weir_min_size(n, (size_t)used);
    for (size_t i = 0; i < granted; i++)
        items[i] = q->slots[(head + i) & q->mask];
    if (granted)
        atomic_store_explicit(&q->head, head + granted, memory_order_release); // pairs with mutex_len
    pthread_mutex_unlock(&q->lock);
    return granted;
}

// Any thread, without the lock.
static inline size_t mutex_len(const struct mutex_queue *q)
{
    uint64_t head, tail, again = atomic_load_explicit(&q->head, memory_order_acquire);
    unsigned turns = 64;
    do {
        head = again;
        // Acquire keeps the second read of the head behind this one.
        tail = atomic_load_explicit(&q->tail, memory_order_acquire);
        again = atomic_load_explicit(&q->head, memory_order_acquire);
    } while (again != head && --turns);
    return weir_min_size((size_t)(tail - head), q->capacity);
}

static inline void mutex_close(struct mutex_queue *q)
{
    pthread_mutex_lock(&q->lock);
    atomic_store_explicit(&q->closed, true, memory_order_release); // pairs with mutex_closed
    pthread_mutex_unlock(&q->lock);
}

static inline bool mutex_closed(const struct mutex_queue *q)
{
    // Pairs with mutex_close: no push comes after the close, so empty is then for ever.
    return atomic_load_explicit(&q->closed, memory_order_acquire);
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME                    mutex
#define Q_SUMMARY                 "ring under a mutex, polling"
#define Q_CONTRACT                "strict"
#define Q_CAPS                    (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_EVICT | WEIR_Q_STRICT)
#define Q_TYPE                    struct mutex_queue
#define Q_BYTES(config)           mutex_bytes((config)->capacity)
#define Q_INIT(q, memory, config) mutex_init_at((q), (memory), (config)->capacity, (config)->start)
#define Q_DESTROY                 mutex_destroy
#define Q_PUSH_N                  mutex_try_push_n
#define Q_POP_N                   mutex_try_pop_n
#define Q_LEN                     mutex_len
#define Q_CLOSE                   mutex_close
#define Q_CLOSED                  mutex_closed
#endif
