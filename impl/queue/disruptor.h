// SPDX-License-Identifier: Apache-2.0
// disruptor: a ring of slots, a claim, a publication, and consumers that each own a sequence.
//
// After Thompson, Farley, Barker, Gee, Stewart: "Disruptor" (LMAX, 2011): claim a range of slots, write them
// in place, publish them; consumers follow the publication or other consumers, so that a graph of stages
// shares one ring and every item is written once. Differences:
// - Nothing waits. A reservation grants what there is room for, a consumer takes what is published.
// - With several producers the first slot of each range that is published says where the range ends; a
//   consumer that has come to the end of what it knows stands in front of such a slot. So a batch is one
//   store and one look, whatever its size (LMAX marks every slot). Claims are one compare-and-swap a batch,
//   and the claim word also holds "closed" (see ring.h), so nothing is claimed behind a close. With one
//   producer a cursor is enough and no instruction is locked; there "closed" is a flag of its own, and a
//   reservation that overlaps the close may still be granted.
// - Capacity is exact for any number >= 1.
//
// As a queue on an edge it has one consumer. For a graph, give every consumer its own disruptor_consumer,
// name those it must stay behind with disruptor_follow, and let the producers respect the last ones with
// disruptor_gate; then each consumer runs available / slot / release. Do all of that before the first item.
#ifndef WEIR_QUEUE_DISRUPTOR_H
#define WEIR_QUEUE_DISRUPTOR_H

#include "queue/port.h"
#include "queue/ring.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISRUPTOR_LINKS 16 // consumers that one consumer can follow, or that gate the producers

struct disruptor_consumer {
    WEIR_ALIGNED _Atomic uint64_t sequence; // everything before this ticket is done with
    // Own, on a line that nobody else reads: the same ticket, and the first that may not be taken.
    WEIR_ALIGNED uint64_t next;
    uint64_t limit;
    WEIR_ALIGNED const struct disruptor_consumer *follows[DISRUPTOR_LINKS];
    unsigned follows_count; // 0: follows the producers
};

struct disruptor {
    WEIR_ALIGNED _Atomic uint64_t claim; // next ticket to claim; bit 0: closed
    _Atomic uint64_t
        gate_seen;  // several: an oldest gate that a producer has acquired; never ahead of the real
    uint64_t limit; // one producer, own: the first ticket for which no room is known
    WEIR_ALIGNED _Atomic uint64_t cursor; // one producer: everything before this ticket is published
    WEIR_ALIGNED struct disruptor_consumer *gates[DISRUPTOR_LINKS];
    // Written once or never: everybody keeps a copy of this line.
    WEIR_ALIGNED unsigned gates_count;
    bool multi;
    atomic_bool closed; // one producer only
    size_t capacity;
    uint64_t mask;
    size_t words; // of a slot; more than one: only through reserve, commit, available and release
    uint64_t *slots;
    // Several producers: where the range ends that was last published from this slot on.
    _Atomic uint64_t *ends;
};

static inline size_t disruptor_bytes(size_t capacity, size_t words)
{
    return weir_ring_slots(capacity) * (words + 1) * sizeof(uint64_t);
}

// `memory` holds disruptor_bytes(capacity, words) and outlives the ring; positions start at `start`.
static inline bool disruptor_init_at(struct disruptor *d, void *memory, size_t capacity, size_t words,
                                     unsigned producers, uint64_t start)
{
    const uint64_t ticket = weir_ticket_at(start);
    size_t slots = weir_ring_slots(capacity);
    atomic_init(&d->claim, ticket);
    atomic_init(&d->gate_seen, ticket);
    d->limit = ticket;
    atomic_init(&d->cursor, ticket);
    atomic_init(&d->closed, false);
    d->gates_count = 0;
    d->multi = producers > 1;
    d->capacity = capacity;
    d->mask = slots - 1;
    d->words = words;
    d->slots = memory;
    d->ends = (_Atomic uint64_t *)((uint64_t *)memory + slots * words);
    for (size_t i = 0; i < slots; i++)
        atomic_init(&d->ends[i], ticket); // behind no ticket to come
    return true;
}

// --- the graph ----

static inline void disruptor_consumer_init(struct disruptor_consumer *c, const struct disruptor *d)
{
    uint64_t start = atomic_load_explicit(&d->cursor, memory_order_relaxed); // before any other thread runs
    atomic_init(&c->sequence, start);
    c->next = c->limit = start;
    c->follows_count = 0;
}

// `c` takes an item only after `before` has released it. False when there are too many.
static inline bool disruptor_follow(struct disruptor_consumer *c, const struct disruptor_consumer *before)
{
    if (c->follows_count == DISRUPTOR_LINKS)
        return false;
    c->follows[c->follows_count++] = before;
    return true;
}

// The producers do not overtake `c`. Every consumer that nobody follows must be a gate. False: too many.
static inline bool disruptor_gate(struct disruptor *d, struct disruptor_consumer *c)
{
    if (d->gates_count == DISRUPTOR_LINKS)
        return false;
    d->gates[d->gates_count++] = c;
    return true;
}

// --- producers ----

// The gate that is furthest behind `claim`.
static inline uint64_t disruptor_oldest_gate(const struct disruptor *d, uint64_t claim)
{
    uint64_t oldest = claim;
    for (unsigned i = 0; i < d->gates_count; i++) {
        // Pairs with the release in disruptor_release: the slots have been read before they are written
        // again.
        uint64_t sequence = atomic_load_explicit(&d->gates[i]->sequence, memory_order_acquire);
        if (i == 0 || weir_ticket_distance(sequence, oldest) > 0)
            oldest = sequence;
    }
    return oldest;
}

// Free places seen from `claim`, at most n; negative when `claim` itself is out of date.
static inline int64_t disruptor_room(struct disruptor *d, uint64_t claim, size_t n)
{
    // Pairs with the release below: what another producer has acquired from the consumers is acquired here.
    uint64_t gate = atomic_load_explicit(&d->gate_seen, memory_order_acquire);
    int64_t used = weir_ticket_distance(gate, claim);
    if (used < 0 || (uint64_t)used + n > d->capacity) {
        gate = disruptor_oldest_gate(d, claim);
        atomic_store_explicit(&d->gate_seen, gate,
                              memory_order_release); // an older value is only more careful
        used = weir_ticket_distance(gate, claim);
    }
    if (used < 0)
        return -1;
    return (int64_t)weir_min_size(n, d->capacity - weir_min_size((size_t)used, d->capacity));
}

// The limit from now on, the known one being too near.
WEIR_COLD static uint64_t disruptor_look_for_room(struct disruptor *d, uint64_t claim)
{
    return d->limit = weir_ticket_add(disruptor_oldest_gate(d, claim), d->capacity);
}

static inline size_t disruptor_try_reserve_single(struct disruptor *d, size_t n, uint64_t *first)
{
    if (weir_unlikely(
            atomic_load_explicit(&d->closed, memory_order_relaxed))) // closing moves no data to the producer
        return 0;
    uint64_t claim = atomic_load_explicit(&d->claim, memory_order_relaxed); // own word
    uint64_t limit = d->limit;
    if (weir_unlikely((limit - claim) / WEIR_TICKET_STEP < n)) {
        limit = disruptor_look_for_room(d, claim);
        n = weir_min_size(n, (size_t)((limit - claim) / WEIR_TICKET_STEP));
        if (n == 0)
            return 0;
    }
    // Release pairs with the acquire in disruptor_lag, whose order of reading depends on it.
    atomic_store_explicit(&d->claim, weir_ticket_add(claim, n), memory_order_release);
    *first = claim;
    return n;
}

static inline size_t disruptor_try_reserve_multi(struct disruptor *d, size_t n, uint64_t *first)
{
    uint64_t claim;
    int64_t room;
    do {
        WEIR_STEP();
        WEIR_STAT(push_turn);
        claim = atomic_load_explicit(&d->claim, memory_order_relaxed); // validated by the compare-and-swap
        if (claim & WEIR_TICKET_CLOSED)
            return 0;
        room = disruptor_room(d, claim, n);
        if (room == 0 && atomic_load_explicit(&d->claim, memory_order_relaxed) == claim)
            return 0;
        // Relaxed: the claim hands over no data; the gate was acquired above.
    } while (room <= 0 ||
             !atomic_compare_exchange_weak_explicit(&d->claim, &claim, weir_ticket_add(claim, (size_t)room),
                                                    memory_order_relaxed, memory_order_relaxed));
    *first = claim;
    return (size_t)room;
}

// Grants up to n consecutive slots, the first with ticket *first; 0 when full or closed. What is granted must
// be written and committed: consumers stop in front of it. With one producer, commit in the order of
// reservation.
static inline size_t disruptor_try_reserve(struct disruptor *d, size_t n, uint64_t *first)
{
    return d->multi ? disruptor_try_reserve_multi(d, n, first) : disruptor_try_reserve_single(d, n, first);
}

// The i-th slot of a range that was reserved (to write) or is available (to read), of 8-byte items.
static inline uint64_t *disruptor_slot(const struct disruptor *d, uint64_t first, size_t i)
{
    return &d->slots[weir_ticket_slot(weir_ticket_add(first, i), d->mask)];
}

// The same, of items of any size: its first word.
static inline uint64_t *disruptor_wide_slot(struct disruptor *d, uint64_t first, size_t i)
{
    return &d->slots[weir_ticket_slot(weir_ticket_add(first, i), d->mask) * d->words];
}

// How many of n slots lie side by side from the i-th on, before the array begins again.
static inline size_t disruptor_run(const struct disruptor *d, uint64_t first, size_t i, size_t n)
{
    size_t slot = weir_ticket_slot(weir_ticket_add(first, i), d->mask);
    return weir_min_size(n - i, (size_t)d->mask + 1 - slot);
}

static inline void disruptor_commit(struct disruptor *d, uint64_t first, size_t n)
{
    if (!d->multi) {
        // Pairs with the acquire in disruptor_published: the slots are written before the cursor passes them.
        atomic_store_explicit(&d->cursor, weir_ticket_add(first, n), memory_order_release);
        return;
    }
    // Pairs with the acquire in disruptor_published: the slots are written before. What the slot said in its
    // last lap is not above its ticket of today, as no range is longer than the ring.
    atomic_store_explicit(&d->ends[weir_ticket_slot(first, d->mask)], weir_ticket_add(first, n),
                          memory_order_release);
}

// --- consumers ----

// The first ticket from `from` on that is not published. More than n further it looks no further than the
// line of ends reaches, which it has anyway. `from` is where a published range ends.
static inline uint64_t disruptor_published(const struct disruptor *d, uint64_t from, size_t n)
{
    if (!d->multi)
        return atomic_load_explicit(&d->cursor, memory_order_acquire); // pairs with disruptor_commit
    const uint64_t wanted = weir_ticket_add(from, n);
    while (weir_ticket_distance(from, wanted) > 0 || from / WEIR_TICKET_STEP % WEIR_LINE_WORDS != 0) {
        // Pairs with disruptor_commit.
        uint64_t end = atomic_load_explicit(&d->ends[weir_ticket_slot(from, d->mask)], memory_order_acquire);
        if (weir_ticket_distance(from, end) <= 0)
            break;
        from = end;
    }
    return from;
}

// The barrier of a consumer: the first ticket that it may not take yet; everything before `from` is known.
static inline uint64_t disruptor_barrier(const struct disruptor *d, const struct disruptor_consumer *c,
                                         uint64_t from, size_t n)
{
    if (c->follows_count == 0)
        return disruptor_published(d, from, n);
    uint64_t oldest = 0;
    for (unsigned i = 0; i < c->follows_count; i++) {
        // Pairs with disruptor_release; it carries on what that consumer had acquired from the producer.
        uint64_t sequence = atomic_load_explicit(&c->follows[i]->sequence, memory_order_acquire);
        if (i == 0 || weir_ticket_distance(sequence, oldest) > 0)
            oldest = sequence;
    }
    return oldest;
}

// The same as disruptor_look_for_room, for a consumer that wants n items.
WEIR_COLD static uint64_t disruptor_look_for_items(const struct disruptor *d, struct disruptor_consumer *c,
                                                   size_t n)
{
    size_t there = (size_t)((c->limit - c->next) / WEIR_TICKET_STEP);
    return c->limit = disruptor_barrier(d, c, c->limit, n - there);
}

// How many of the next n items `c` may read now; the first has ticket *first. Only the thread that owns `c`.
static inline size_t disruptor_available(const struct disruptor *d, struct disruptor_consumer *c, size_t n,
                                         uint64_t *first)
{
    uint64_t next = c->next, limit = c->limit;
    *first = next;
    if (weir_unlikely((limit - next) / WEIR_TICKET_STEP < n)) {
        limit = disruptor_look_for_items(d, c, weir_min_size(n, d->capacity));
        n = weir_min_size(n, (size_t)((limit - next) / WEIR_TICKET_STEP));
    }
    return n;
}

// `c` has done with n items from `first` on. They may be written again when no other consumer needs them.
static inline void disruptor_release(struct disruptor_consumer *c, uint64_t first, size_t n)
{
    c->next = weir_ticket_add(first, n);
    // Pairs with the acquires in disruptor_oldest_gate and disruptor_barrier.
    atomic_store_explicit(&c->sequence, weir_ticket_add(first, n), memory_order_release);
}

// Any thread. No slot is reserved after this; what is reserved may still be committed.
static inline void disruptor_close(struct disruptor *d)
{
    // Both pair with disruptor_closed: what happened before the close is seen by who sees it closed.
    if (d->multi)
        atomic_fetch_or_explicit(&d->claim, WEIR_TICKET_CLOSED, memory_order_acq_rel);
    else
        atomic_store_explicit(&d->closed, true, memory_order_release);
}

static inline bool disruptor_closed(const struct disruptor *d)
{
    if (d->multi)
        return atomic_load_explicit(&d->claim, memory_order_acquire) & WEIR_TICKET_CLOSED; // pairs with close
    return atomic_load_explicit(&d->closed, memory_order_acquire);                         // pairs with close
}

// Any thread. Reserved slots that `c` has not released; 0 after close means that `c` has seen everything.
static inline size_t disruptor_lag(const struct disruptor *d, const struct disruptor_consumer *c)
{
    uint64_t done, claim, again = atomic_load_explicit(&c->sequence, memory_order_acquire);
    unsigned turns = 64;
    do {
        done = again;
        // Acquire keeps the second read of the sequence behind this one.
        claim = atomic_load_explicit(&d->claim, memory_order_acquire);
        again = atomic_load_explicit(&c->sequence, memory_order_acquire);
    } while (again != done && --turns);
    int64_t used = weir_ticket_distance(done, claim & ~WEIR_TICKET_CLOSED);
    return used < 0 ? 0 : weir_min_size((size_t)used, d->capacity);
}

// --- as a queue: one consumer ----

struct disruptor_queue {
    struct disruptor ring;
    struct disruptor_consumer consumer;
};

static inline bool disruptor_queue_init_at(struct disruptor_queue *q, void *memory, size_t capacity,
                                           size_t words, unsigned producers, uint64_t start)
{
    if (!disruptor_init_at(&q->ring, memory, capacity, words, producers, start))
        return false;
    disruptor_consumer_init(&q->consumer, &q->ring);
    return disruptor_gate(&q->ring, &q->consumer);
}

#define DISRUPTOR_AHEAD 4 // lines ahead of the one it comes to that a side asks for

// Asks for the line that is so far ahead of the one that begins at `ticket`, when that is before `limit`:
// what lies behind it the other side still has a use for.
static inline bool disruptor_is_ahead(uint64_t ticket, uint64_t limit, uint64_t *ahead)
{
    *ahead = weir_ticket_add(ticket, DISRUPTOR_AHEAD * WEIR_LINE_WORDS);
    return ticket / WEIR_TICKET_STEP % WEIR_LINE_WORDS == 0 &&
           limit - ticket > weir_ticket_at(DISRUPTOR_AHEAD * WEIR_LINE_WORDS);
}

static inline void disruptor_write_items(struct disruptor *d, uint64_t first, const uint64_t *items, size_t n)
{
    size_t at = weir_ticket_slot(first, d->mask), run = weir_min_size(n, (size_t)d->mask + 1 - at);
    weir_copy_words(d->slots + at, items, run);
    if (weir_unlikely(run < n))
        weir_copy_words(d->slots, items + run, n - run);
}

static inline void disruptor_read_items(const struct disruptor *d, uint64_t first, uint64_t *items, size_t n)
{
    size_t at = weir_ticket_slot(first, d->mask), run = weir_min_size(n, (size_t)d->mask + 1 - at);
    weir_copy_words(items, d->slots + at, run);
    if (weir_unlikely(run < n))
        weir_copy_words(items + run, d->slots, n - run);
}

static inline size_t disruptor_try_push_n(struct disruptor_queue *q, const uint64_t *items, size_t n)
{
    struct disruptor *d = &q->ring;
    uint64_t first, ahead;
    size_t granted = n ? disruptor_try_reserve(d, n, &first) : 0;
    if (granted == 0)
        return 0;
    if (n == 1) {
        // Several producers would take the line from each other.
        if (!d->multi && disruptor_is_ahead(first, d->limit, &ahead))
            weir_prefetch_write(disruptor_slot(d, ahead, 0));
        *disruptor_slot(d, first, 0) = *items;
        disruptor_commit(d, first, 1);
        return 1;
    }
    disruptor_write_items(d, first, items, granted);
    disruptor_commit(d, first, granted);
    return granted;
}

static inline size_t disruptor_try_pop_n(struct disruptor_queue *q, uint64_t *items, size_t n)
{
    struct disruptor *d = &q->ring;
    uint64_t first, ahead;
    size_t granted = disruptor_available(d, &q->consumer, n, &first);
    if (granted == 0)
        return 0;
    if (n == 1) {
        if (disruptor_is_ahead(first, q->consumer.limit, &ahead))
            weir_prefetch_read(disruptor_slot(d, ahead, 0));
        *items = *disruptor_slot(d, first, 0);
        disruptor_release(&q->consumer, first, 1);
        return 1;
    }
    disruptor_read_items(d, first, items, granted);
    disruptor_release(&q->consumer, first, granted);
    return granted;
}

// The consumer thread only: would a pop succeed?
static inline bool disruptor_has_item(const struct disruptor_queue *q)
{
    const struct disruptor_consumer *c = &q->consumer;
    return c->limit != c->next || disruptor_published(&q->ring, c->limit, 1) != c->limit;
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME    disruptor
#define Q_SUMMARY "ring with claims, publication and consumer sequences (LMAX); one consumer on an edge"
#define Q_CONTRACT                                                                                           \
    "push strict; with several producers a pop may fail while an older push has claimed and not yet "        \
    "published, "                                                                                            \
    "with one a push that overlaps close may still enter"
#define Q_CAPS          (WEIR_Q_MULTI_PRODUCER | WEIR_Q_BATCH | WEIR_Q_IN_PLACE)
#define Q_TYPE          struct disruptor_queue
#define Q_BYTES(config) disruptor_bytes((config)->capacity, weir_slot_words((config)->item_bytes))
#define Q_INIT(q, memory, config)                                                                            \
    disruptor_queue_init_at((q), (memory), (config)->capacity, weir_slot_words((config)->item_bytes),        \
                            (config)->producers, (config)->start)
#define Q_PUSH_N               disruptor_try_push_n
#define Q_POP_N                disruptor_try_pop_n
#define Q_LEN(q)               disruptor_lag(&(q)->ring, &(q)->consumer)
#define Q_HAS_ITEM             disruptor_has_item
#define Q_CLOSE(q)             disruptor_close(&(q)->ring)
#define Q_CLOSED(q)            disruptor_closed(&(q)->ring)
#define Q_RESERVE(q, n, first) disruptor_try_reserve(&(q)->ring, (n), (first))
#define Q_SLOT(q, first, i)    disruptor_wide_slot(&(q)->ring, (first), (i))
#define Q_RUN(q, first, i, n)  disruptor_run(&(q)->ring, (first), (i), (n))
#define Q_COMMIT(q, first, n)  disruptor_commit(&(q)->ring, (first), (n))
#define Q_PEEK(q, n, first)    disruptor_available(&(q)->ring, &(q)->consumer, (n), (first))
#define Q_RELEASE(q, first, n) disruptor_release(&(q)->consumer, (first), (n))
#endif
