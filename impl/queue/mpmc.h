// SPDX-License-Identifier: Apache-2.0
// mpmc: many producers, many consumers, an array of slots with a sequence number each.
//
// Vyukov's bounded MPMC queue (1024cores.net, 2010), with four changes:
// - The capacity is exact for any number >= 1: the ring has at least as many slots, and a push is also
//   bounded by tail - head. Producers share the last head that one of them saw, so the consumers' line is
//   read rarely.
// - A batch is claimed by one compare-and-swap over the slots that are ready in a row.
// - "Closed" is bit 0 of the tail word (see ring.h), so no push can slip in behind a close.
// - A slot that its last user has not finished with makes a try fail instead of wait.
//
// A slot's sequence is T when it is free for the push with ticket T, T|1 when that push has filled it, and
// T + 2 * slots when the pop of T has emptied it.
#ifndef WEIR_QUEUE_MPMC_H
#define WEIR_QUEUE_MPMC_H

#include "queue/port.h"
#include "queue/ring.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MPMC_FILLED ((uint64_t)1)

struct mpmc_slot {
    _Atomic uint64_t sequence;
    uint64_t item;
};

struct mpmc {
    WEIR_ALIGNED _Atomic uint64_t tail; // next ticket to push, and the closed bit
    _Atomic uint64_t head_seen;         // a head that some producer has seen: never ahead of the real one
    WEIR_ALIGNED _Atomic uint64_t head; // next ticket to pop
    WEIR_ALIGNED size_t capacity;
    uint64_t mask;
    struct mpmc_slot *slots;
};

static inline size_t mpmc_bytes(size_t capacity)
{
    return weir_ring_slots(capacity) * sizeof(struct mpmc_slot);
}

// `memory` holds mpmc_bytes(capacity) and outlives the ring; positions start at `start`.
static inline bool mpmc_init_at(struct mpmc *q, void *memory, size_t capacity, uint64_t start)
{
    uint64_t ticket = weir_ticket_at(start);
    size_t slots = weir_ring_slots(capacity);
    atomic_init(&q->tail, ticket);
    atomic_init(&q->head_seen, ticket);
    atomic_init(&q->head, ticket);
    q->capacity = capacity;
    q->mask = slots - 1;
    q->slots = memory;
    for (size_t i = 0; i < slots; i++, ticket += WEIR_TICKET_STEP)
        atomic_init(&q->slots[weir_ticket_slot(ticket, q->mask)].sequence, ticket);
    return true;
}

// How many slots in a row, from `ticket` on, at most n, have the sequence of their ticket plus `mark`.
static inline size_t mpmc_ready(const struct mpmc *q, uint64_t ticket, size_t n, uint64_t mark)
{
    size_t ready = 0;
    while (ready < n) {
        const struct mpmc_slot *slot = &q->slots[weir_ticket_slot(ticket, q->mask)];
        // Pairs with the release of the pop (slot read before it is free) or of the push (item written before
        // it is filled). The state stays as it is until the owner of the ticket changes it.
        if (atomic_load_explicit(&slot->sequence, memory_order_acquire) != ticket + mark)
            break;
        ready++;
        ticket += WEIR_TICKET_STEP;
    }
    return ready;
}

// Free places seen from `tail`, at most n; negative when `tail` itself is out of date.
static inline int64_t mpmc_room(struct mpmc *q, uint64_t tail, size_t n)
{
    // Relaxed: the heads only count here; the slots' own sequences order the data.
    uint64_t head = atomic_load_explicit(&q->head_seen, memory_order_relaxed);
    int64_t used = weir_ticket_distance(head, tail);
    if (used < 0 || (uint64_t)used + n > q->capacity) {
        head = atomic_load_explicit(&q->head, memory_order_relaxed);
        atomic_store_explicit(&q->head_seen, head,
                              memory_order_relaxed); // an older value is only more careful
        used = weir_ticket_distance(head, tail);
    }
    if (used < 0)
        return -1;
    return (int64_t)weir_min_size(n, q->capacity - weir_min_size((size_t)used, q->capacity));
}

static inline size_t mpmc_try_push_n(struct mpmc *q, const uint64_t *items, size_t n)
{
    uint64_t tail;
    size_t granted;
    do {
        WEIR_STEP();
        WEIR_STAT(push_turn);
        tail = atomic_load_explicit(&q->tail, memory_order_relaxed); // validated by the compare-and-swap
        if (tail & WEIR_TICKET_CLOSED)
            return 0;
        int64_t room = mpmc_room(q, tail, n);
        granted = room < 0 ? 0 : mpmc_ready(q, tail, (size_t)room, 0);
        if (granted == 0) {
            // Out of date, or full? Only a tail that has not moved makes "full" an answer.
            if (room >= 0 && atomic_load_explicit(&q->tail, memory_order_relaxed) == tail)
                return 0;
            continue;
        }
        // Relaxed: the claim hands over no data, and closing is decided by this word alone.
    } while (granted == 0 ||
             !atomic_compare_exchange_weak_explicit(&q->tail, &tail, weir_ticket_add(tail, granted),
                                                    memory_order_relaxed, memory_order_relaxed));
    for (size_t i = 0; i < granted; i++, tail += WEIR_TICKET_STEP) {
        struct mpmc_slot *slot = &q->slots[weir_ticket_slot(tail, q->mask)];
        slot->item = items[i];
        // Pairs with the acquire in mpmc_ready of the pop.
        atomic_store_explicit(&slot->sequence, tail | MPMC_FILLED, memory_order_release);
    }
    return granted;
}

static inline size_t mpmc_try_pop_n(struct mpmc *q, uint64_t *items, size_t n)
{
    uint64_t head;
    size_t granted;
    do {
        WEIR_STEP();
        WEIR_STAT(pop_turn);
        head = atomic_load_explicit(&q->head, memory_order_relaxed); // validated by the compare-and-swap
        granted = mpmc_ready(q, head, weir_min_size(n, q->capacity), MPMC_FILLED);
        if (granted == 0) {
            if (atomic_load_explicit(&q->head, memory_order_relaxed) == head)
                return 0;
            continue;
        }
        // Relaxed: as in the push.
    } while (granted == 0 ||
             !atomic_compare_exchange_weak_explicit(&q->head, &head, weir_ticket_add(head, granted),
                                                    memory_order_relaxed, memory_order_relaxed));
    uint64_t lap = weir_ticket_add(0, (size_t)q->mask + 1);
    for (size_t i = 0; i < granted; i++, head += WEIR_TICKET_STEP) {
        struct mpmc_slot *slot = &q->slots[weir_ticket_slot(head, q->mask)];
        items[i] = slot->item;
        // Pairs with the acquire in mpmc_ready of the push: the item is read before the slot is free.
        atomic_store_explicit(&slot->sequence, head + lap, memory_order_release);
    }
    return granted;
}

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
    int64_t used = weir_ticket_distance(head, tail & ~WEIR_TICKET_CLOSED);
    return used < 0 ? 0 : weir_min_size((size_t)used, q->capacity);
}

// Would a push of n succeed, a pop of one? Hints for a waiter; any thread.
static inline bool mpmc_has_space(const struct mpmc *q, size_t n)
{
    uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed) & ~WEIR_TICKET_CLOSED;
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    int64_t used = weir_ticket_distance(head, tail);
    // A head that passed the tail we read says that things move: let the caller try.
    return used < 0 || ((uint64_t)used + n <= q->capacity && mpmc_ready(q, tail, n, 0) == n);
}

static inline bool mpmc_has_item(const struct mpmc *q)
{
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    return mpmc_ready(q, head, 1, MPMC_FILLED) == 1;
}

// Any thread. No ticket is claimed after this.
static inline void mpmc_close(struct mpmc *q)
{
    // Release and acquire pair with mpmc_closed: what happened before the close is seen by who sees it
    // closed.
    atomic_fetch_or_explicit(&q->tail, WEIR_TICKET_CLOSED, memory_order_acq_rel);
}

static inline bool mpmc_closed(const struct mpmc *q)
{
    return atomic_load_explicit(&q->tail, memory_order_acquire) & WEIR_TICKET_CLOSED; // pairs with mpmc_close
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME    mpmc
#define Q_SUMMARY "atomic ring for many producers and consumers, a sequence number per slot"
#define Q_CONTRACT                                                                                           \
    "relaxed while overlapping: a try may fail while another thread is between its claim and its "           \
    "publication"
#define Q_CAPS                    (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_EVICT)
#define Q_TYPE                    struct mpmc
#define Q_BYTES(config)           mpmc_bytes((config)->capacity)
#define Q_INIT(q, memory, config) mpmc_init_at((q), (memory), (config)->capacity, (config)->start)
#define Q_PUSH_N                  mpmc_try_push_n
#define Q_POP_N                   mpmc_try_pop_n
#define Q_LEN                     mpmc_len
#define Q_HAS_SPACE               mpmc_has_space
#define Q_HAS_ITEM                mpmc_has_item
#define Q_CLOSE                   mpmc_close
#define Q_CLOSED                  mpmc_closed
#endif
