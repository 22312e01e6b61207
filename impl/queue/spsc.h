// SPDX-License-Identifier: Apache-2.0
// spsc: one producer, one consumer, an array and two counters.
//
// Lamport's ring ("Specifying concurrent program modules", TOPLAS 1983) with acquire/release, where each side
// keeps the last value it saw of the other side's counter (Lee, Bu, Chandranmenon: "MCRingBuffer", IPDPS
// 2010) so that it reads the other's cache line only when the ring looks full or empty.
//
// Both sides work in place: reserve, write the slots, commit; peek, read the slots, release. push and pop are
// these with a copy. Everything is prompt: what is committed is visible, whether or not more follows.
#ifndef WEIR_QUEUE_SPSC_H
#define WEIR_QUEUE_SPSC_H

#include "queue/port.h"
#include "queue/ring.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spsc {
    WEIR_ALIGNED _Atomic uint64_t tail; // items ever pushed; written by the producer
    uint64_t head_seen;                 // producer's own: a head it has acquired
    WEIR_ALIGNED _Atomic uint64_t head; // items ever popped; written by the consumer
    uint64_t tail_seen;                 // consumer's own: a tail it has acquired
    WEIR_ALIGNED atomic_bool closed;
    uint64_t capacity, mask;
    size_t words; // of a slot; more than one: only through reserve, commit, peek and release
    uint64_t *slots;
};

static inline size_t spsc_bytes(size_t capacity, size_t words)
{
    return weir_ring_slots(capacity) * words * sizeof(uint64_t);
}

// `memory` holds spsc_bytes(capacity, words) and outlives the ring; both counters start at `start`.
static inline bool spsc_init_at(struct spsc *q, void *memory, size_t capacity, size_t words, uint64_t start)
{
    atomic_init(&q->tail, start);
    atomic_init(&q->head, start);
    atomic_init(&q->closed, false);
    q->head_seen = q->tail_seen = start;
    q->capacity = capacity;
    q->mask = weir_ring_slots(capacity) - 1;
    q->words = words;
    q->slots = memory;
    return true;
}

// The slot of an 8-byte item.
static inline uint64_t *spsc_slot(struct spsc *q, uint64_t position)
{
    return &q->slots[position & q->mask];
}

// The first word of a slot of any size.
static inline uint64_t *spsc_wide_slot(struct spsc *q, uint64_t position)
{
    return &q->slots[(position & q->mask) * q->words];
}

// Producer. Grants the positions *first .. *first + result - 1 (0 when full or closed) for writing.
static inline size_t spsc_try_reserve(struct spsc *q, size_t n, uint64_t *first)
{
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed); // own counter
    uint64_t room = q->capacity - (tail - q->head_seen);
    if (room < n) {
        // Pairs with the release in spsc_release: the consumer has finished reading what it gave back.
        q->head_seen = atomic_load_explicit(&q->head, memory_order_acquire);
        room = q->capacity - (tail - q->head_seen);
    }
    // Relaxed: closing moves no data to the producer.
    if (atomic_load_explicit(&q->closed, memory_order_relaxed))
        return 0;
    *first = tail;
    return room < n ? (size_t)room : n;
}

// Producer. Publishes n reserved positions, in order.
static inline void spsc_commit(struct spsc *q, uint64_t first, size_t n)
{
    // Pairs with the acquire in spsc_try_peek: the slots are written before the tail passes them.
    atomic_store_explicit(&q->tail, first + n, memory_order_release);
}

// Consumer. Grants the positions *first .. *first + result - 1 (0 when empty) for reading.
static inline size_t spsc_try_peek(struct spsc *q, size_t n, uint64_t *first)
{
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed); // own counter
    uint64_t there = q->tail_seen - head;
    if (there < n) {
        // Pairs with the release in spsc_commit.
        q->tail_seen = atomic_load_explicit(&q->tail, memory_order_acquire);
        there = q->tail_seen - head;
    }
    *first = head;
    return there < n ? (size_t)there : n;
}

// Consumer. Gives n positions back to the producer, in order.
static inline void spsc_release(struct spsc *q, uint64_t first, size_t n)
{
    // Pairs with the acquire in spsc_try_reserve: the slots are read before they are free.
    atomic_store_explicit(&q->head, first + n, memory_order_release);
}

static inline size_t spsc_try_push_n(struct spsc *q, const uint64_t *items, size_t n)
{
    uint64_t first;
    size_t granted = spsc_try_reserve(q, n, &first);
    if (granted == 0)
        return 0;
    for (size_t i = 0; i < granted; i++)
        *spsc_slot(q, first + i) = items[i];
    spsc_commit(q, first, granted);
    return granted;
}

static inline size_t spsc_try_pop_n(struct spsc *q, uint64_t *items, size_t n)
{
    uint64_t first;
    size_t granted = spsc_try_peek(q, n, &first);
    if (granted == 0)
        return 0;
    for (size_t i = 0; i < granted; i++)
        items[i] = *spsc_slot(q, first + i);
    spsc_release(q, first, granted);
    return granted;
}

// Any thread.
static inline size_t spsc_len(const struct spsc *q)
{
    uint64_t head, tail, again = atomic_load_explicit(&q->head, memory_order_acquire);
    unsigned turns = 64; // a monitor must not chase a busy consumer for ever
    do {
        head = again;
        // Acquire keeps the second read of the head behind this one; an unchanged head makes the length
        // exact.
        tail = atomic_load_explicit(&q->tail, memory_order_acquire);
        again = atomic_load_explicit(&q->head, memory_order_acquire);
    } while (again != head && --turns);
    return weir_min_size((size_t)(tail - head), (size_t)q->capacity);
}

// Any thread. Relaxed on the way in, see the contract: a push that overlaps may still enter.
static inline void spsc_close(struct spsc *q)
{
    // Release: what the closer did before is visible to whoever sees the queue closed.
    atomic_store_explicit(&q->closed, true, memory_order_release);
}

static inline bool spsc_closed(const struct spsc *q)
{
    // Pairs with the release in spsc_close, so items pushed before the close are seen by the pop after it.
    return atomic_load_explicit(&q->closed, memory_order_acquire);
}

#endif

#ifdef WEIR_ADAPT // the adapter: see adapter.h
#define Q_NAME          spsc
#define Q_SUMMARY       "atomic ring for one producer and one consumer, cached counters"
#define Q_CONTRACT      "strict; a push that overlaps close may still enter"
#define Q_CAPS          (WEIR_Q_BATCH | WEIR_Q_STRICT | WEIR_Q_IN_PLACE)
#define Q_TYPE          struct spsc
#define Q_BYTES(config) spsc_bytes((config)->capacity, weir_slot_words((config)->item_bytes))
#define Q_INIT(q, memory, config)                                                                            \
    spsc_init_at((q), (memory), (config)->capacity, weir_slot_words((config)->item_bytes), (config)->start)
#define Q_PUSH_N            spsc_try_push_n
#define Q_POP_N             spsc_try_pop_n
#define Q_LEN               spsc_len
#define Q_CLOSE             spsc_close
#define Q_CLOSED            spsc_closed
#define Q_RESERVE           spsc_try_reserve
#define Q_SLOT(q, first, i) spsc_wide_slot((q), (first) + (i))
#define Q_COMMIT            spsc_commit
#define Q_PEEK              spsc_try_peek
#define Q_RELEASE           spsc_release
#endif
