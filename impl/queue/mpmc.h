// SPDX-License-Identifier: Apache-2.0
// mpmc: many producers, many consumers, an array of slots with a state each.
//
// It began as Vyukov's bounded MPMC queue (1024cores.net, 2010): a ticket is claimed by a compare-and-swap,
// and the slot itself says whether the ticket's item is in it, so that nobody waits for the thread before
// him. What differs:
// - A slot is 8 bytes of item and one byte of state. A line of 64 bytes holds seven of both, so an item and
// the
//   news of it travel together. Tickets go to the two lines of a block by turns: the consumer looks at one
//   while the producers write the other. The eighth place of a line has no item, so tickets step over it.
// - The capacity is exact for any number >= 1: a push is also bounded by tail - head. The producers share the
//   last bound that one of them has worked out, so the consumers' line is read rarely.
// - A batch is claimed at once, over the slots that are ready in a row.
// - "Closed" is bit 0 of the tail word (see ring.h), so no push can slip in behind a close.
// - A slot that its last user has not finished with makes a try fail instead of wait.
// - A side with one thread (the configuration promises it) claims by a plain store. One consumer does not
// even
//   touch the slots: its head says what is free.
//
// Ticket bits: 0 closed; 1 line in the block; 2..4 place in the line; 5 and up the block.
#ifndef WEIR_QUEUE_MPMC_H
#define WEIR_QUEUE_MPMC_H

#include "queue/port.h"
#include "queue/ring.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MPMC_LINES = 2,  // of a block
    MPMC_PLACES = 8, // of a line; WEIR_STATE_LINE_ITEMS of them are used
    MPMC_BLOCK_ITEMS = MPMC_LINES * WEIR_STATE_LINE_ITEMS,
    MPMC_BLOCK_GAP = MPMC_LINES * MPMC_PLACES - MPMC_BLOCK_ITEMS, // positions without an item
    MPMC_AHEAD = 1,                                               // blocks that a push asks for in advance
};

// One item and many are two instances of the same code: the one is short, and what is 1 in it is a constant.
#define MPMC_INLINE static inline __attribute__((always_inline))

#define MPMC_BLOCK_STEP (WEIR_TICKET_STEP * MPMC_LINES * MPMC_PLACES) // tickets from block to block

// The state of a slot is the parity of a lap, plus one: the lap whose item it holds. With several consumers
// it is MPMC_FREE, too, while it waits for the item of that lap.
enum { MPMC_EVEN = 1, MPMC_ODD = 2, MPMC_FREE = 4 };

struct mpmc_line {
    uint64_t items[WEIR_STATE_LINE_ITEMS];
    _Atomic(uint8_t) states[MPMC_PLACES];
};

struct mpmc_block {
    WEIR_ALIGNED struct mpmc_line lines[MPMC_LINES];
};

struct mpmc {
    WEIR_ALIGNED _Atomic(uint64_t) tail; // next ticket to push, and the closed bit
    _Atomic(uint64_t) limit_seen; // no ticket from here on may be pushed yet; never ahead of the real one
    WEIR_ALIGNED _Atomic(uint64_t) head; // next ticket to pop
    WEIR_ALIGNED size_t capacity;        // this line is written by close only
    uint64_t block_mask, lap_bit;
    struct mpmc_block *blocks;
    bool one_producer, one_consumer;
    _Atomic(bool) closing, closed; // see mpmc_close
};

// --- tickets ----

static inline size_t mpmc_position(uint64_t ticket)
{
    return (size_t)(ticket / WEIR_TICKET_STEP % (MPMC_LINES * MPMC_PLACES));
}

static inline uint64_t mpmc_add(uint64_t ticket, size_t n)
{
    size_t position = mpmc_position(ticket) + n;
    size_t gaps = n == 1 ? position == MPMC_BLOCK_ITEMS : position / MPMC_BLOCK_ITEMS;
    return weir_ticket_add(ticket, n + gaps * MPMC_BLOCK_GAP);
}

// Items from `from` up to `to`; negative when `to` is older.
static inline int64_t mpmc_distance(uint64_t from, uint64_t to)
{
    int64_t blocks =
        (int64_t)(to / MPMC_BLOCK_STEP * MPMC_BLOCK_STEP - from / MPMC_BLOCK_STEP * MPMC_BLOCK_STEP) /
        (int64_t)MPMC_BLOCK_STEP;
    return weir_ticket_distance(from, to) - blocks * MPMC_BLOCK_GAP;
}

static inline struct mpmc_block *mpmc_block(const struct mpmc *q, uint64_t ticket)
{
    return &q->blocks[ticket / MPMC_BLOCK_STEP & q->block_mask];
}

static inline uint64_t *mpmc_item(struct mpmc_block *block, size_t position)
{
    return &block->lines[position % MPMC_LINES].items[position / MPMC_LINES];
}

static inline _Atomic(uint8_t) *mpmc_state(struct mpmc_block *block, size_t position)
{
    return &block->lines[position % MPMC_LINES].states[position / MPMC_LINES];
}

static inline uint8_t mpmc_lap(const struct mpmc *q, uint64_t ticket)
{
    return ticket & q->lap_bit ? MPMC_ODD : MPMC_EVEN;
}

static inline uint8_t mpmc_next_lap(uint8_t lap)
{
    return lap ^ (MPMC_EVEN | MPMC_ODD);
}

// --- creation ----

static inline size_t mpmc_blocks(size_t capacity)
{
    size_t blocks = 1;
    while (blocks * MPMC_BLOCK_ITEMS < capacity && capacity <= WEIR_RING_MAX)
        blocks *= 2;
    return blocks;
}

static inline size_t mpmc_bytes(size_t capacity)
{
    return mpmc_blocks(capacity) * sizeof(struct mpmc_block);
}

// `memory` holds mpmc_bytes(capacity) and outlives the ring; positions start at `start`. The promises: only
// one thread pushes, only one pops.
static inline bool mpmc_init_at(struct mpmc *q, void *memory, size_t capacity, uint64_t start,
                                bool one_producer, bool one_consumer)
{
    uint64_t ticket = weir_ticket_at(start);
    if (mpmc_position(ticket) >= MPMC_BLOCK_ITEMS)
        ticket = (ticket / MPMC_BLOCK_STEP + 1) * MPMC_BLOCK_STEP; // no item there
    q->capacity = capacity;
    q->block_mask = mpmc_blocks(capacity) - 1;
    q->lap_bit = (q->block_mask + 1) * MPMC_BLOCK_STEP;
    q->blocks = (struct mpmc_block *)memory;
    q->one_producer = one_producer && weir_fence_ready();
    q->one_consumer = one_consumer;
    atomic_init(&q->closing, false);
    atomic_init(&q->closed, false);
    atomic_init(&q->tail, ticket);
    atomic_init(&q->head, ticket);
    atomic_init(&q->limit_seen, mpmc_add(ticket, capacity));
    for (size_t i = 0; i < (q->block_mask + 1) * MPMC_BLOCK_ITEMS; i++, ticket = mpmc_add(ticket, 1)) {
        uint8_t lap = mpmc_lap(q, ticket);
        uint8_t state = q->one_consumer ? mpmc_next_lap(lap) : lap | MPMC_FREE;
        atomic_init(mpmc_state(mpmc_block(q, ticket), mpmc_position(ticket)), state);
    }
    return true;
}

// --- both sides ----

// How many slots in a row, from `ticket` on, at most n, have the state of their lap plus `mark`.
MPMC_INLINE size_t mpmc_ready(const struct mpmc *q, uint64_t ticket, size_t n, uint8_t mark)
{
    size_t ready = 0;
    while (ready < n) {
        struct mpmc_block *block = mpmc_block(q, ticket);
        size_t position = mpmc_position(ticket);
        size_t here = n == 1 ? 1 : weir_min_size(n - ready, MPMC_BLOCK_ITEMS - position);
        uint8_t state = mpmc_lap(q, ticket) | mark;
        for (size_t i = 0; i < here; i++)
            // Pairs with the release of the pop (item read before the slot is free) or of the push (item
            // written before it is filled). The state stays as it is until the owner of the ticket changes
            // it.
            if (atomic_load_explicit(mpmc_state(block, position + i), memory_order_acquire) != state)
                return ready + i;
        ready += here;
        ticket = mpmc_add(ticket, here);
    }
    return ready;
}

// What has been granted of n, not nothing. A compiler that knows n to be 1 then knows this, too.
MPMC_INLINE size_t mpmc_of(size_t n, size_t granted)
{
    return n == 1 ? 1 : granted;
}

// --- push ----

// Works out up to where may be pushed now.
WEIR_COLD static uint64_t mpmc_new_limit(struct mpmc *q)
{
    // Pairs with the release of the one consumer's pop. Several consumers free their slots by the states.
    uint64_t limit = mpmc_add(atomic_load_explicit(&q->head, memory_order_acquire), q->capacity);
    // Release: see mpmc_room. An older value is only more careful.
    atomic_store_explicit(&q->limit_seen, limit, memory_order_release);
    return limit;
}

// Places from `tail` on, at most n. Not all of them are free when `tail` is out of date.
MPMC_INLINE size_t mpmc_room(struct mpmc *q, uint64_t tail, size_t n)
{
    // Acquire: another producer may have worked it out. Its acquire of the head came before, so the items
    // that the one consumer gave back with it have been read for this thread, too.
    uint64_t limit = atomic_load_explicit(&q->limit_seen, memory_order_acquire);
    if (n == 1 && (int64_t)(limit - tail) > 0)
        return 1;
    int64_t room = n == 1 ? 0 : mpmc_distance(tail, limit);
    if (room < (int64_t)n)
        room = mpmc_distance(tail, mpmc_new_limit(q));
    return room < 0 ? 0 : weir_min_size(n, (size_t)room);
}

MPMC_INLINE size_t mpmc_grant(struct mpmc *q, uint64_t tail, size_t n)
{
    size_t room = mpmc_room(q, tail, n);
    return q->one_consumer ? room : mpmc_ready(q, tail, room, MPMC_FREE);
}

// Writes the items of claimed tickets.
MPMC_INLINE void mpmc_fill(struct mpmc *q, uint64_t ticket, const uint64_t *items, size_t n)
{
    while (n > 0) {
        struct mpmc_block *block = mpmc_block(q, ticket);
        struct mpmc_block *ahead = mpmc_block(q, ticket + MPMC_AHEAD * MPMC_BLOCK_STEP);
        size_t position = mpmc_position(ticket);
        size_t here = n == 1 ? 1 : weir_min_size(n, MPMC_BLOCK_ITEMS - position);
        uint8_t lap = mpmc_lap(q, ticket);
        // A store has to own its line, and the next claim waits until it does.
        weir_prefetch_write(mpmc_state(ahead, position));
        if (n > 1)
            weir_prefetch_write(mpmc_state(ahead, position + 1));
        for (size_t i = 0; i < here; i++)
            *mpmc_item(block, position + i) = items[i];
        for (size_t i = 0; i < here; i++)
            // Pairs with the acquire in mpmc_ready of the pop.
            atomic_store_explicit(mpmc_state(block, position + i), lap, memory_order_release);
        items += here;
        n -= here;
        ticket = mpmc_add(ticket, here);
    }
}

// The only producer.
MPMC_INLINE size_t mpmc_push_alone(struct mpmc *q, const uint64_t *items, size_t n)
{
    WEIR_STAT(push_turn);
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed); // own counter
    size_t granted = mpmc_grant(q, tail, n);
    if (granted == 0 || atomic_load_explicit(&q->closing, memory_order_relaxed)) // looked at again below
        return 0;
    // Relaxed: the claim hands over no data. It is for mpmc_len, and for who looks whether the end has come.
    atomic_store_explicit(&q->tail, mpmc_add(tail, mpmc_of(n, granted)), memory_order_relaxed);
    // Either the closer's heavy fence comes after this one, and whoever sees the queue closed sees the claim;
    // or it comes before, and the load below sees that it is closing.
    WEIR_FENCE_LIGHT();
    if (atomic_load_explicit(&q->closing, memory_order_relaxed)) {
        atomic_store_explicit(&q->tail, tail, memory_order_relaxed); // nothing has entered
        return 0;
    }
    mpmc_fill(q, tail, items, mpmc_of(n, granted));
    return granted;
}

MPMC_INLINE size_t mpmc_push(struct mpmc *q, const uint64_t *items, size_t n)
{
    uint64_t tail;
    size_t granted;
    if (q->one_producer)
        return mpmc_push_alone(q, items, n);
    weir_prefetch_write(&q->tail); // to own it is one way between the cores, to read it first would be two
    do {
        WEIR_STEP();
        WEIR_STAT(push_turn);
        tail = atomic_load_explicit(&q->tail, memory_order_relaxed); // validated by the compare-and-swap
        if (tail & WEIR_TICKET_CLOSED)
            return 0;
        granted = mpmc_grant(q, tail, n);
        if (granted == 0) {
            // Out of date, or full? Only a tail that has not moved makes "full" an answer.
            if (atomic_load_explicit(&q->tail, memory_order_relaxed) == tail)
                return 0;
            continue;
        }
        // Relaxed: the claim hands over no data, and closing is decided by this word alone.
    } while (granted == 0 ||
             !atomic_compare_exchange_weak_explicit(&q->tail, &tail, mpmc_add(tail, mpmc_of(n, granted)),
                                                    memory_order_relaxed, memory_order_relaxed));
    mpmc_fill(q, tail, items, mpmc_of(n, granted));
    return granted;
}

WEIR_APART static size_t mpmc_push_batch(struct mpmc *q, const uint64_t *items, size_t n)
{
    return mpmc_push(q, items, n);
}

static inline size_t mpmc_try_push_n(struct mpmc *q, const uint64_t *items, size_t n)
{
    return n == 1 ? mpmc_push(q, items, 1) : mpmc_push_batch(q, items, n);
}

// --- pop ----

// Reads the items of claimed tickets.
MPMC_INLINE void mpmc_read(const struct mpmc *q, uint64_t ticket, uint64_t *items, size_t n)
{
    while (n > 0) {
        struct mpmc_block *block = mpmc_block(q, ticket);
        size_t position = mpmc_position(ticket);
        size_t here = n == 1 ? 1 : weir_min_size(n, MPMC_BLOCK_ITEMS - position);
        for (size_t i = 0; i < here; i++)
            items[i] = *mpmc_item(block, position + i);
        items += here;
        n -= here;
        ticket = mpmc_add(ticket, here);
    }
}

// Gives the slots of claimed tickets to the next lap, where several consumers could not say it by the head.
MPMC_INLINE void mpmc_free(const struct mpmc *q, uint64_t ticket, size_t n)
{
    while (n > 0) {
        struct mpmc_block *block = mpmc_block(q, ticket);
        size_t position = mpmc_position(ticket);
        size_t here = n == 1 ? 1 : weir_min_size(n, MPMC_BLOCK_ITEMS - position);
        uint8_t state = mpmc_next_lap(mpmc_lap(q, ticket)) | MPMC_FREE;
        for (size_t i = 0; i < here; i++)
            // Pairs with the acquire in mpmc_ready of the push: the item is read before the slot is free.
            atomic_store_explicit(mpmc_state(block, position + i), state, memory_order_release);
        n -= here;
        ticket = mpmc_add(ticket, here);
    }
}

// The only consumer.
MPMC_INLINE size_t mpmc_pop_alone(struct mpmc *q, uint64_t *items, size_t n)
{
    WEIR_STAT(pop_turn);
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed); // own counter
    size_t granted = mpmc_ready(q, head, n, 0);
    if (granted == 0)
        return 0;
    mpmc_read(q, head, items, mpmc_of(n, granted));
    // Pairs with the acquire in mpmc_room: the items are read before their slots are free.
    atomic_store_explicit(&q->head, mpmc_add(head, mpmc_of(n, granted)), memory_order_release);
    return granted;
}

MPMC_INLINE size_t mpmc_pop(struct mpmc *q, uint64_t *items, size_t n)
{
    uint64_t head;
    size_t granted;
    if (q->one_consumer)
        return mpmc_pop_alone(q, items, n);
    do {
        WEIR_STEP();
        WEIR_STAT(pop_turn);
        head = atomic_load_explicit(&q->head, memory_order_relaxed); // validated by the compare-and-swap
        granted = mpmc_ready(q, head, n, 0);
        if (granted == 0) {
            if (atomic_load_explicit(&q->head, memory_order_relaxed) == head)
                return 0;
            continue;
        }
        // Relaxed: as in the push.
    } while (granted == 0 ||
             !atomic_compare_exchange_weak_explicit(&q->head, &head, mpmc_add(head, mpmc_of(n, granted)),
                                                    memory_order_relaxed, memory_order_relaxed));
    mpmc_read(q, head, items, mpmc_of(n, granted));
    mpmc_free(q, head, mpmc_of(n, granted));
    return granted;
}

WEIR_APART static size_t mpmc_pop_batch(struct mpmc *q, uint64_t *items, size_t n)
{
    return mpmc_pop(q, items, n);
}

static inline size_t mpmc_try_pop_n(struct mpmc *q, uint64_t *items, size_t n)
{
    return n == 1 ? mpmc_pop(q, items, 1) : mpmc_pop_batch(q, items, n);
}

// --- looking and closing ----

// Any thread. Counts claims: a push or pop that is half way through has already taken effect.
static inline size_t mpmc_len(const struct mpmc *q)
{
    uint64_t head, tail, again = atomic_load_explicit(&q->head, memory_order_acquire);
    unsigned turns = 64;
    do {
        head = again;
        // Acquire keeps the second read of the head behind this one.
        tail = atomic_load_explicit(&q->tail, memory_order_acquire);
        again = atomic_load_explicit(&q->head, memory_order_acquire);
    } while (again != head && --turns);
    int64_t used = mpmc_distance(head, tail & ~WEIR_TICKET_CLOSED);
    return used < 0 ? 0 : weir_min_size((size_t)used, q->capacity);
}

// Would a push of n succeed, a pop of one? Hints for a waiter; any thread.
static inline bool mpmc_has_space(const struct mpmc *q, size_t n)
{
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed) & ~WEIR_TICKET_CLOSED;
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    int64_t used = mpmc_distance(head, tail);
    // A head that passed the tail we read says that things move: let the caller try.
    return used < 0 ||
           ((uint64_t)used + n <= q->capacity && (q->one_consumer || mpmc_ready(q, tail, n, MPMC_FREE) == n));
}

static inline bool mpmc_has_item(const struct mpmc *q)
{
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    return mpmc_ready(q, head, 1, 0) == 1;
}

// Any thread. No ticket is claimed after this. Two steps: `closing` and the closed bit stop the producers;
// `closed` is what the others look at, far from the producers' line, and once it is set every claim that will
// be kept is in the tail.
static inline void mpmc_close(struct mpmc *q)
{
    // Relaxed: the heavy fence orders it, see mpmc_push_alone.
    atomic_store_explicit(&q->closing, true, memory_order_relaxed);
    if (q->one_producer)
        weir_fence_heavy();
    else
        // Relaxed: closing is decided by this word alone, and the store below publishes it.
        atomic_fetch_or_explicit(&q->tail, WEIR_TICKET_CLOSED, memory_order_relaxed);
    // Pairs with mpmc_closed: what happened before the close, and the tail, are seen by who sees it closed.
    atomic_store_explicit(&q->closed, true, memory_order_release);
}

// Whether a push that moved nothing may have been seen as one under way.
static inline bool mpmc_retracted(const struct mpmc *q)
{
    return atomic_load_explicit(&q->closing, memory_order_relaxed); // the producer has seen it already
}

static inline bool mpmc_closed(const struct mpmc *q)
{
    return atomic_load_explicit(&q->closed, memory_order_acquire); // pairs with mpmc_close
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME    mpmc
#define Q_SUMMARY "atomic ring for many producers and consumers, a state per slot"
#define Q_CONTRACT                                                                                           \
    "relaxed while overlapping: a try may fail while another thread is between its claim and its "           \
    "publication"
#define Q_CAPS          (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_EVICT)
#define Q_TYPE          struct mpmc
#define Q_BYTES(config) mpmc_bytes((config)->capacity)
#define Q_INIT(q, memory, config)                                                                            \
    mpmc_init_at((q), (memory), (config)->capacity, (config)->start, (config)->producers == 1,               \
                 (config)->consumers == 1 && (config)->no_evict)
#define Q_PUSH_N    mpmc_try_push_n
#define Q_POP_N     mpmc_try_pop_n
#define Q_RETRACTED mpmc_retracted
#define Q_LEN       mpmc_len
#define Q_HAS_SPACE mpmc_has_space
#define Q_HAS_ITEM  mpmc_has_item
#define Q_CLOSE     mpmc_close
#define Q_CLOSED    mpmc_closed
#endif
