// SPDX-License-Identifier: Apache-2.0
// spsc: one producer, one consumer, an array and two counters.
//
// Lamport's ring ("Specifying concurrent program modules", TOPLAS 1983) with acquire/release, where each side
// keeps the last value it saw of the other side's counter (Lee, Bu, Chandranmenon: "MCRingBuffer", IPDPS
// 2010) so that it reads the other's cache line only when the ring looks full or empty. That value is kept as
// a limit: one comparison decides. A side never reads its own counter either, as the other side has its line
// half of the time. Lines of slots that a push or pop will come to are asked for some way ahead.
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

#define SPSC_AHEAD 4 // lines ahead of the one it begins that a side asks for, when it moves item by item

// What one side keeps to itself: an operation that finds what it wants below the limit touches this, the
// slots and its own counter. On two lines, which also keeps the two sides' counters further apart than a
// prefetcher reaches (on one it measured a third slower).
struct spsc_side {
    WEIR_ALIGNED uint64_t next; // the first position that this side has not passed on
    // The first position that it may not take: from a counter of the other side that it has acquired.
    WEIR_ALIGNED uint64_t limit;
};

struct spsc {
    WEIR_ALIGNED _Atomic uint64_t tail; // items ever pushed; written by the producer
    struct spsc_side put;
    WEIR_ALIGNED _Atomic uint64_t head; // items ever popped; written by the consumer
    struct spsc_side take;
    WEIR_ALIGNED atomic_bool closed; // and what never changes: everybody keeps a copy of this line
    uint64_t capacity, mask;
    size_t words; // of a slot; more than one: only through reserve, commit, peek and release
    uint64_t *slots;
};

static inline size_t spsc_bytes(size_t capacity, size_t words)
{
    return weir_ring_slots(capacity) * words * sizeof(uint64_t);
}

static inline void spsc_side_init(struct spsc_side *side, uint64_t start, uint64_t limit)
{
    side->next = start;
    side->limit = limit;
}

// `memory` holds spsc_bytes(capacity, words) and outlives the ring; both counters start at `start`.
static inline bool spsc_init_at(struct spsc *q, void *memory, size_t capacity, size_t words, uint64_t start)
{
    atomic_init(&q->tail, start);
    atomic_init(&q->head, start);
    spsc_side_init(&q->put, start, start + capacity);
    spsc_side_init(&q->take, start, start);
    atomic_init(&q->closed, false);
    q->capacity = capacity;
    q->mask = weir_ring_slots(capacity) - 1;
    q->words = words;
    q->slots = memory;
    return true;
}

// The slot of an 8-byte item.
static inline uint64_t *spsc_slot(const struct spsc *q, uint64_t position)
{
    return &q->slots[position & q->mask];
}

// The first word of a slot of any size.
static inline uint64_t *spsc_wide_slot(const struct spsc *q, uint64_t position)
{
    return &q->slots[(position & q->mask) * q->words];
}

// How many of n slots lie side by side from `position` on, before the array begins again.
static inline size_t spsc_run(const struct spsc *q, uint64_t position, size_t n)
{
    return weir_min_size(n, (size_t)(q->mask + 1 - (position & q->mask)));
}

// --- producer ----

// The room from `next` on, now that the known room is short of what is wanted.
WEIR_COLD static uint64_t spsc_look_for_room(struct spsc *q)
{
    // Pairs with the release in spsc_release: the consumer has finished reading what it gave back.
    q->put.limit = atomic_load_explicit(&q->head, memory_order_acquire) + q->capacity;
    return q->put.limit - q->put.next;
}

// Grants the positions *first .. *first + result - 1 (0 when full or closed) for writing.
static inline size_t spsc_try_reserve(struct spsc *q, size_t n, uint64_t *first)
{
    uint64_t next = q->put.next, room = q->put.limit - next;
    // Relaxed: closing moves no data to the producer.
    if (weir_unlikely(atomic_load_explicit(&q->closed, memory_order_relaxed)))
        return 0;
    if (weir_unlikely(room < n))
        room = spsc_look_for_room(q);
    *first = next;
    return room < n ? (size_t)room : n;
}

// Publishes n reserved positions, in order.
static inline void spsc_commit(struct spsc *q, uint64_t first, size_t n)
{
    q->put.next = first + n;
    // Pairs with the acquire in spsc_look_for_items: the slots are written before the tail passes them.
    atomic_store_explicit(&q->tail, first + n, memory_order_release);
}

// Before n slots from `position` on are written: asks for the lines some way ahead of them, one for each that
// begins here, so that the stores find them owned. Only for what the consumer has left.
static inline void spsc_ask_to_write(const struct spsc *q, uint64_t position, size_t n)
{
    if (n == 1 && position % WEIR_LINE_WORDS)
        return;
    if (q->put.limit - position < n + SPSC_AHEAD * WEIR_LINE_WORDS)
        return;
    for (size_t i = 0; i < n; i += WEIR_LINE_WORDS)
        weir_prefetch_write(spsc_slot(q, position + i + SPSC_AHEAD * WEIR_LINE_WORDS));
}

static inline size_t spsc_try_push_n(struct spsc *q, const uint64_t *items, size_t n)
{
    uint64_t first;
    size_t granted = spsc_try_reserve(q, n, &first);
    if (granted == 0)
        return 0;
    spsc_ask_to_write(q, first, n == 1 ? 1 : granted);
    if (n == 1) {
        *spsc_slot(q, first) = *items;
        spsc_commit(q, first, 1);
        return 1;
    }
    size_t at = (size_t)(first & q->mask), run = weir_min_size(granted, (size_t)q->mask + 1 - at);
    weir_copy_words(q->slots + at, items, run);
    if (weir_unlikely(run < granted))
        weir_copy_words(q->slots, items + run, granted - run);
    spsc_commit(q, first, granted);
    return granted;
}

// --- consumer ----

// The items from `next` on, now that the known ones are fewer than wanted.
WEIR_COLD static uint64_t spsc_look_for_items(struct spsc *q)
{
    // Pairs with the release in spsc_commit.
    q->take.limit = atomic_load_explicit(&q->tail, memory_order_acquire);
    return q->take.limit - q->take.next;
}

// Grants the positions *first .. *first + result - 1 (0 when empty) for reading.
static inline size_t spsc_try_peek(struct spsc *q, size_t n, uint64_t *first)
{
    uint64_t next = q->take.next, there = q->take.limit - next;
    if (weir_unlikely(there < n))
        there = spsc_look_for_items(q);
    *first = next;
    return there < n ? (size_t)there : n;
}

// Gives n positions back to the producer, in order.
static inline void spsc_release(struct spsc *q, uint64_t first, size_t n)
{
    q->take.next = first + n;
    // Pairs with the acquire in spsc_look_for_room: the slots are read before they are free.
    atomic_store_explicit(&q->head, first + n, memory_order_release);
}

// The same for reading. Never a line that the producer may still be writing.
static inline void spsc_ask_to_read(const struct spsc *q, uint64_t position, size_t n)
{
    if (n == 1 && position % WEIR_LINE_WORDS)
        return;
    if (q->take.limit - position < n + SPSC_AHEAD * WEIR_LINE_WORDS)
        return;
    for (size_t i = 0; i < n; i += WEIR_LINE_WORDS)
        weir_prefetch_read(spsc_slot(q, position + i + SPSC_AHEAD * WEIR_LINE_WORDS));
}

static inline size_t spsc_try_pop_n(struct spsc *q, uint64_t *items, size_t n)
{
    uint64_t first;
    size_t granted = spsc_try_peek(q, n, &first);
    if (granted == 0)
        return 0;
    spsc_ask_to_read(q, first, n == 1 ? 1 : granted);
    if (n == 1) {
        *items = *spsc_slot(q, first);
        spsc_release(q, first, 1);
        return 1;
    }
    size_t at = (size_t)(first & q->mask), run = weir_min_size(granted, (size_t)q->mask + 1 - at);
    weir_copy_words(items, q->slots + at, run);
    if (weir_unlikely(run < granted))
        weir_copy_words(items + run, q->slots, granted - run);
    spsc_release(q, first, granted);
    return granted;
}

// --- both, and others ----

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
#define Q_PUSH_N              spsc_try_push_n
#define Q_POP_N               spsc_try_pop_n
#define Q_LEN                 spsc_len
#define Q_CLOSE               spsc_close
#define Q_CLOSED              spsc_closed
#define Q_RESERVE             spsc_try_reserve
#define Q_SLOT(q, first, i)   spsc_wide_slot((q), (first) + (i))
#define Q_RUN(q, first, i, n) spsc_run((q), (first) + (i), (n) - (i))
#define Q_COMMIT              spsc_commit
#define Q_PEEK                spsc_try_peek
#define Q_RELEASE             spsc_release
#endif
