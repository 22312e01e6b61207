// SPDX-License-Identifier: Apache-2.0
// channel: a ring under a mutex with two condition variables, closed and drained like a Go channel.
//
// The monitor of Hoare ("Monitors", CACM 1974) in Mesa style: a woken thread looks again. It blocks on its
// own condition variables; the wait strategy is not used.
//
// Who moves k items wakes at most k sleepers, so a pool does not stampede. When a sleeper wants several slots
// at once, all are woken: one whose wish is still too big must not keep the wake-up from one that could go
// on.
#ifndef WEIR_QUEUE_CHANNEL_H
#define WEIR_QUEUE_CHANNEL_H

#include "queue/port.h"
#include "queue/ring.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel_sleepers {
    pthread_cond_t cond;
    size_t count, wide; // sleepers, and those of them that want more than one
};

struct channel {
    WEIR_ALIGNED pthread_mutex_t lock; // guards everything that is not atomic
    struct channel_sleepers space, items;
    uint64_t tail, head;
    _Atomic uint64_t length; // tail - head, written under the lock, for those who look without it
    atomic_bool closed;      // written under the lock
    size_t capacity;
    uint64_t mask;
    uint64_t *slots;
};

enum channel_wake { CHANNEL_READY, CHANNEL_CLOSED, CHANNEL_TIMEOUT };

static inline size_t channel_bytes(size_t capacity)
{
    return weir_ring_slots(capacity) * sizeof(uint64_t);
}

static inline bool channel_sleepers_init(struct channel_sleepers *s)
{
    s->count = s->wide = 0;
    return WEIR_COND_INIT(&s->cond) == 0;
}

// `memory` holds channel_bytes(capacity) and outlives the queue; the counters begin at `start`.
static inline bool channel_init_at(struct channel *q, void *memory, size_t capacity, uint64_t start)
{
    q->tail = q->head = start;
    atomic_init(&q->length, 0);
    atomic_init(&q->closed, false);
    q->capacity = capacity;
    q->mask = weir_ring_slots(capacity) - 1;
    q->slots = memory;
    if (pthread_mutex_init(&q->lock, NULL) != 0)
        return false;
    if (channel_sleepers_init(&q->space)) {
        if (channel_sleepers_init(&q->items))
            return true;
        pthread_cond_destroy(&q->space.cond);
    }
    pthread_mutex_destroy(&q->lock);
    return false;
}

static inline void channel_destroy(struct channel *q)
{
    pthread_cond_destroy(&q->items.cond);
    pthread_cond_destroy(&q->space.cond);
    pthread_mutex_destroy(&q->lock);
}

// With the lock held, after n places or items have come.
static inline void channel_wake(struct channel_sleepers *s, size_t n)
{
    if (s->count == 0)
        return;
    if (s->wide || n >= s->count) {
        pthread_cond_broadcast(&s->cond);
        return;
    }
    while (n-- > 0)
        pthread_cond_signal(&s->cond);
}

// With the lock held. Relaxed: the length is only a count, the lock orders the items.
static inline void channel_set_length(struct channel *q)
{
    atomic_store_explicit(&q->length, q->tail - q->head, memory_order_relaxed);
}

static inline bool channel_closed_locked(const struct channel *q)
{
    return atomic_load_explicit(&q->closed, memory_order_relaxed); // the lock orders
}

static inline size_t channel_try_push_n(struct channel *q, const uint64_t *items, size_t n)
{
    pthread_mutex_lock(&q->lock);
    size_t granted = weir_min_size(n, q->capacity - (size_t)(q->tail - q->head));
    if (channel_closed_locked(q))
        granted = 0;
    for (size_t i = 0; i < granted; i++)
        q->slots[q->tail++ & q->mask] = items[i];
    channel_set_length(q);
    if (granted)
        channel_wake(&q->items, granted);
    pthread_mutex_unlock(&q->lock);
    return granted;
}

static inline size_t channel_try_pop_n(struct channel *q, uint64_t *items, size_t n)
{
    pthread_mutex_lock(&q->lock);
    size_t granted = weir_min_size(n, (size_t)(q->tail - q->head));
    for (size_t i = 0; i < granted; i++)
        items[i] = q->slots[q->head++ & q->mask];
    channel_set_length(q);
    if (granted)
        channel_wake(&q->space, granted);
    pthread_mutex_unlock(&q->lock);
    return granted;
}

// With the lock held; gives it up while asleep. True when the deadline has passed.
static inline bool channel_sleep(struct channel *q, struct channel_sleepers *s, size_t n,
                                 uint64_t deadline_ns)
{
    size_t wide = n > 1;
    s->count++;
    s->wide += wide;
    int error = WEIR_COND_WAIT_UNTIL(&s->cond, &q->lock, deadline_ns);
    s->count--;
    s->wide -= wide;
    return error != 0;
}

// Until n places are free, the queue is closed, or CLOCK_MONOTONIC passes deadline_ns (UINT64_MAX: never).
static inline enum channel_wake channel_wait_space(struct channel *q, size_t n, uint64_t deadline_ns)
{
    enum channel_wake wake = CHANNEL_READY;
    bool late = deadline_ns == 0; // only a look
    pthread_mutex_lock(&q->lock);
    while (!channel_closed_locked(q) && q->capacity - (size_t)(q->tail - q->head) < n && !late)
        late = channel_sleep(q, &q->space, n, deadline_ns);
    if (channel_closed_locked(q))
        wake = CHANNEL_CLOSED;
    else if (q->capacity - (size_t)(q->tail - q->head) < n)
        wake = CHANNEL_TIMEOUT;
    pthread_mutex_unlock(&q->lock);
    return wake;
}

// Until an item is there, the queue is closed and empty, or the deadline passes.
static inline enum channel_wake channel_wait_items(struct channel *q, uint64_t deadline_ns)
{
    enum channel_wake wake = CHANNEL_READY;
    bool late = deadline_ns == 0; // only a look
    pthread_mutex_lock(&q->lock);
    while (q->tail == q->head && !channel_closed_locked(q) && !late)
        late = channel_sleep(q, &q->items, 1, deadline_ns);
    if (q->tail == q->head)
        wake = channel_closed_locked(q) ? CHANNEL_CLOSED : CHANNEL_TIMEOUT;
    pthread_mutex_unlock(&q->lock);
    return wake;
}

// Any thread, without the lock.
static inline size_t channel_len(const struct channel *q)
{
    return (size_t)atomic_load_explicit(&q->length, memory_order_relaxed); // a count, it guards nothing
}

static inline void channel_close(struct channel *q)
{
    pthread_mutex_lock(&q->lock);
    atomic_store_explicit(&q->closed, true, memory_order_release); // pairs with channel_closed
    pthread_cond_broadcast(&q->space.cond);
    pthread_cond_broadcast(&q->items.cond);
    pthread_mutex_unlock(&q->lock);
}

static inline bool channel_closed(const struct channel *q)
{
    return atomic_load_explicit(&q->closed, memory_order_acquire); // pairs with channel_close
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME     channel
#define Q_SUMMARY  "ring under a mutex with two condition variables, closed like a Go channel"
#define Q_CONTRACT "strict"
#define Q_CAPS                                                                                               \
    (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_NATIVE_BLOCKING | WEIR_Q_EVICT |  \
     WEIR_Q_STRICT)
#define Q_TYPE                          struct channel
#define Q_BYTES(config)                 channel_bytes((config)->capacity)
#define Q_INIT(q, memory, config)       channel_init_at((q), (memory), (config)->capacity, (config)->start)
#define Q_DESTROY                       channel_destroy
#define Q_PUSH_N                        channel_try_push_n
#define Q_POP_N                         channel_try_pop_n
#define Q_LEN                           channel_len
#define Q_CLOSE                         channel_close
#define Q_CLOSED                        channel_closed
#define Q_WAIT_SPACE(q, n, deadline_ns) ((enum weir_wake)channel_wait_space((q), (n), (deadline_ns)))
#define Q_WAIT_ITEMS(q, deadline_ns)    ((enum weir_wake)channel_wait_items((q), (deadline_ns)))
#endif
