// SPDX-License-Identifier: Apache-2.0
// unbounded: linked segments under two locks. The control arm: it shows why bounds exist.
//
// The two-lock queue of Michael and Scott (PODC 1996), with segments of many items instead of nodes of one:
// producers share the tail lock, consumers the head lock, and the two sides meet only in a segment's fill
// count and link. The last emptied segment is kept for the next push. A push fails only when memory ends.
#ifndef WEIR_QUEUE_UNBOUNDED_H
#define WEIR_QUEUE_UNBOUNDED_H

#include "queue/port.h"
#include "queue/ring.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unbounded_segment {
    struct unbounded_segment *_Atomic next; // NULL in the last one
    _Atomic size_t filled;                  // items published in this segment
    uint64_t items[WEIR_SEGMENT_ITEMS];
};

struct unbounded {
    WEIR_ALIGNED pthread_mutex_t tail_lock;
    struct unbounded_segment *last; // under the tail lock
    atomic_bool closed;             // written under the tail lock
    _Atomic uint64_t pushed;        // written under the tail lock
    WEIR_ALIGNED pthread_mutex_t head_lock;
    struct unbounded_segment *first; // under the head lock
    size_t taken;                    // items popped from `first`, under the head lock
    _Atomic uint64_t popped;         // written under the head lock
    WEIR_ALIGNED struct unbounded_segment *_Atomic spare;
};

static inline struct unbounded_segment *unbounded_new_segment(struct unbounded *q)
{
    // Acquire pairs with the release in unbounded_retire: the consumer has finished with the segment.
    struct unbounded_segment *s = atomic_exchange_explicit(&q->spare, NULL, memory_order_acquire);
    if (s == NULL)
        s = WEIR_NEW(sizeof *s);
    if (s == NULL)
        return NULL;
    // Relaxed: published with the link.
    atomic_store_explicit(&s->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&s->filled, 0, memory_order_relaxed);
    return s;
}

static inline void unbounded_retire(struct unbounded *q, struct unbounded_segment *s)
{
    // Release pairs with the acquire in unbounded_new_segment; acquire takes over the one that was kept
    // before.
    WEIR_DELETE(atomic_exchange_explicit(&q->spare, s, memory_order_acq_rel));
}

static inline bool unbounded_init_at(struct unbounded *q, uint64_t start)
{
    atomic_init(&q->spare, NULL);
    atomic_init(&q->closed, false);
    atomic_init(&q->pushed, start);
    atomic_init(&q->popped, start);
    q->taken = 0;
    q->first = q->last = unbounded_new_segment(q);
    if (q->first == NULL)
        return false;
    if (pthread_mutex_init(&q->tail_lock, NULL) == 0) {
        if (pthread_mutex_init(&q->head_lock, NULL) == 0)
            return true;
        pthread_mutex_destroy(&q->tail_lock);
    }
    WEIR_DELETE(q->first);
    return false;
}

static inline void unbounded_destroy(struct unbounded *q)
{
    struct unbounded_segment *s = q->first;
    while (s != NULL) {
        // Relaxed: every other thread has stopped.
        struct unbounded_segment *next = atomic_load_explicit(&s->next, memory_order_relaxed);
        WEIR_DELETE(s);
        s = next;
    }
    WEIR_DELETE(atomic_load_explicit(&q->spare, memory_order_relaxed));
    pthread_mutex_destroy(&q->head_lock);
    pthread_mutex_destroy(&q->tail_lock);
}

// With the tail lock held: puts what fits into the last segment, or into a new one when that is full.
static inline size_t unbounded_fill(struct unbounded *q, const uint64_t *items, size_t n)
{
    struct unbounded_segment *s = q->last;
    size_t filled = atomic_load_explicit(&s->filled, memory_order_relaxed); // own side
    if (filled == WEIR_SEGMENT_ITEMS) {
        s = unbounded_new_segment(q);
        if (s == NULL)
            return 0;
        filled = 0;
    }
    size_t granted = weir_min_size(n, WEIR_SEGMENT_ITEMS - filled);
    for (size_t i = 0; i < granted; i++)
        s->items[filled + i] = items[i];
    // Counted before they can be popped, so that the length is never negative. Pairs with unbounded_len.
    uint64_t pushed = atomic_load_explicit(&q->pushed, memory_order_relaxed); // own side
    atomic_store_explicit(&q->pushed, pushed + granted, memory_order_release);
    // Pairs with the acquire in unbounded_take: the items are written before they are there.
    atomic_store_explicit(&s->filled, filled + granted, memory_order_release);
    if (s != q->last) {
        // Pairs with the acquire in unbounded_take. The old segment is not touched after this: it may be
        // freed.
        atomic_store_explicit(&q->last->next, s, memory_order_release);
        q->last = s;
    }
    return granted;
}

static inline size_t unbounded_try_push_n(struct unbounded *q, const uint64_t *items, size_t n)
{
    size_t done = 0;
    pthread_mutex_lock(&q->tail_lock);
    while (done < n && !atomic_load_explicit(&q->closed, memory_order_relaxed)) { // the lock orders
        size_t granted = unbounded_fill(q, items + done, n - done);
        if (granted == 0)
            break;
        done += granted;
    }
    pthread_mutex_unlock(&q->tail_lock);
    return done;
}

// With the head lock held: takes what is there from the first segment, and drops that when it is used up.
static inline size_t unbounded_take(struct unbounded *q, uint64_t *items, size_t n)
{
    struct unbounded_segment *s = q->first;
    if (q->taken == WEIR_SEGMENT_ITEMS) {
        // Pairs with the release in unbounded_fill: a linked segment holds items, and nobody pushes into `s`.
        struct unbounded_segment *next = atomic_load_explicit(&s->next, memory_order_acquire);
        if (next == NULL)
            return 0;
        q->first = next;
        q->taken = 0;
        unbounded_retire(q, s);
        s = next;
    }
    size_t filled = atomic_load_explicit(&s->filled, memory_order_acquire); // pairs with unbounded_fill
    size_t granted = weir_min_size(n, filled - q->taken);
    for (size_t i = 0; i < granted; i++)
        items[i] = s->items[q->taken + i];
    q->taken += granted;
    return granted;
}

static inline size_t unbounded_try_pop_n(struct unbounded *q, uint64_t *items, size_t n)
{
    size_t done = 0;
    pthread_mutex_lock(&q->head_lock);
    while (done < n) {
        size_t granted = unbounded_take(q, items + done, n - done);
        if (granted == 0)
            break;
        done += granted;
    }
    uint64_t popped = atomic_load_explicit(&q->popped, memory_order_relaxed); // own side
    if (done)
        atomic_store_explicit(&q->popped, popped + done, memory_order_release); // pairs with unbounded_len
    pthread_mutex_unlock(&q->head_lock);
    return done;
}

// Any thread, without a lock.
static inline size_t unbounded_len(const struct unbounded *q)
{
    uint64_t head, tail, again = atomic_load_explicit(&q->popped, memory_order_acquire);
    unsigned turns = 64;
    do {
        head = again;
        // Acquire keeps the second read of `popped` behind this one.
        tail = atomic_load_explicit(&q->pushed, memory_order_acquire);
        again = atomic_load_explicit(&q->popped, memory_order_acquire);
    } while (again != head && --turns);
    return (int64_t)(tail - head) < 0 ? 0 : (size_t)(tail - head);
}

static inline void unbounded_close(struct unbounded *q)
{
    pthread_mutex_lock(&q->tail_lock);
    atomic_store_explicit(&q->closed, true, memory_order_release); // pairs with unbounded_closed
    pthread_mutex_unlock(&q->tail_lock);
}

static inline bool unbounded_closed(const struct unbounded *q)
{
    return atomic_load_explicit(&q->closed, memory_order_acquire); // pairs with unbounded_close
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME     unbounded
#define Q_SUMMARY  "linked segments under two locks: grows until memory ends"
#define Q_CONTRACT "strict; never full until memory ends"
#define Q_CAPS                                                                                               \
    (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_UNBOUNDED | WEIR_Q_STRICT)
#define Q_TYPE                    struct unbounded
#define Q_INIT(q, memory, config) ((void)(memory), unbounded_init_at((q), (config)->start))
#define Q_DESTROY                 unbounded_destroy
#define Q_PUSH_N                  unbounded_try_push_n
#define Q_POP_N                   unbounded_try_pop_n
#define Q_LEN                     unbounded_len
#define Q_CAPACITY(q)             ((void)(q), SIZE_MAX)
#define Q_CLOSE                   unbounded_close
#define Q_CLOSED                  unbounded_closed
#endif
