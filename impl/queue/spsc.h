// SPDX-License-Identifier: Apache-2.0
// spsc: one producer, one consumer, an array and two counters.
//
// Lamport's ring ("Specifying concurrent program modules", TOPLAS 1983) with acquire/release, where each side
// keeps the last value it saw of the other side's counter (Lee, Bu, Chandranmenon: "MCRingBuffer", IPDPS
// 2010) so that it reads the other's cache line only when the ring looks full or empty. That value is kept as
// a limit: one comparison decides. Lines of slots that a push or pop will come to are asked for some way
// ahead.
//
// Items of 8 bytes lie seven to a line, and the eighth word of the line says up to where it is filled. So an
// item and the news of it travel together, and a consumer that has caught up takes one line from the producer
// where a counter of its own would be a second one (as in FastForward: Giacomoni, Moseley, Vachharajani,
// PPoPP 2008, but every 64-bit value is an item and nobody has to clear a slot). Only a consumer that finds a
// whole line looks at the producer's counter, to see how far behind it is. Wider items lie side by side, and
// the counter alone says what is there.
//
// Both sides work in place: reserve, write the slots, commit; peek, read the slots, release. push and pop are
// these with a copy. Everything is prompt: what is committed is visible, whether or not more follows.
//
// Positions on lines count the word without an item, too: bits 0..2 are the place in the line.
#ifndef WEIR_QUEUE_SPSC_H
#define WEIR_QUEUE_SPSC_H

#include "queue/port.h"
#include "queue/ring.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPSC_ITEMS = WEIR_STATE_LINE_ITEMS, // in a line
    SPSC_PLACES = SPSC_ITEMS + 1,       // positions of a line
    SPSC_AHEAD = 4,                     // lines ahead of the one it begins that a side asks for
};

struct spsc_line {
    uint64_t items[SPSC_ITEMS];
    _Atomic uint64_t
        until; // the first position that is not filled, on this line or where the next one begins
};

// What one side keeps to itself: an operation that finds what it wants below the limit touches this, the
// slots and its own counter. On two lines, which also keeps the two sides' counters further apart than a
// prefetcher reaches (on one it measured a third slower).
struct spsc_side {
    WEIR_ALIGNED uint64_t next; // the first position that this side has not passed on
    // The first position that it may not take: from what it has acquired of the other side.
    WEIR_ALIGNED uint64_t limit;
};

struct spsc {
    // Written by the producer: the first position that it has not published. On lines the first of the one
    // that it fills, which itself says the rest.
    WEIR_ALIGNED _Atomic uint64_t tail;
    struct spsc_side put;
    WEIR_ALIGNED _Atomic uint64_t head; // written by the consumer: the first position not given back
    struct spsc_side take;
    WEIR_ALIGNED atomic_bool closed; // and what never changes: everybody keeps a copy of this line
    bool dense;                      // see spsc_is_dense
    uint64_t capacity, mask;         // mask: of lines, or of dense slots
    size_t words;                    // of a slot
    struct spsc_line *lines;         // not dense
    uint64_t *slots;                 // dense
};

// --- positions ----

static inline uint64_t spsc_add(const struct spsc *q, uint64_t position, size_t n)
{
    return position + n + (q->dense ? 0 : (position % SPSC_PLACES + n) / SPSC_ITEMS);
}

// Not before where n slots from `position` on end, and not far behind; without the division.
static inline uint64_t spsc_beyond(const struct spsc *q, uint64_t position, size_t n)
{
    return position + n + (q->dense ? 0 : n / (SPSC_ITEMS > 4 ? 4 : 1) + 1);
}

// Items from `from` up to `to`; negative when `to` is older.
static inline int64_t spsc_distance(const struct spsc *q, uint64_t from, uint64_t to)
{
    int64_t positions = (int64_t)(to - from);
    if (q->dense)
        return positions;
    return positions -
           ((int64_t)(to / SPSC_PLACES * SPSC_PLACES - from / SPSC_PLACES * SPSC_PLACES) / SPSC_PLACES);
}

static inline struct spsc_line *spsc_line(const struct spsc *q, uint64_t position)
{
    return &q->lines[position / SPSC_PLACES & q->mask];
}

// How many of n slots lie side by side from `position` on.
static inline size_t spsc_run(const struct spsc *q, uint64_t position, size_t n)
{
    if (q->dense)
        return weir_min_size(n, (size_t)(q->mask + 1 - (position & q->mask)));
    return weir_min_size(n, (size_t)(SPSC_ITEMS - position % SPSC_PLACES));
}

// The i-th slot from `first` on: its first word.
static inline uint64_t *spsc_slot(const struct spsc *q, uint64_t first, size_t i)
{
    if (q->dense)
        return &q->slots[((first + i) & q->mask) * q->words];
    uint64_t position = spsc_add(q, first, i);
    return &spsc_line(q, position)->items[position % SPSC_PLACES];
}

// --- creation ----

static inline size_t spsc_lines(size_t capacity)
{
    // Wherever on a line the oldest item is.
    return weir_ring_slots((capacity + 2 * (SPSC_ITEMS - 1)) / SPSC_ITEMS);
}

// Items of several words, or operations that move some lines at a time.
static inline bool spsc_is_dense(size_t words, size_t batch)
{
    return words > 1 || batch >= WEIR_LINE_WORDS;
}

static inline size_t spsc_bytes(size_t capacity, size_t words, size_t batch)
{
    return spsc_is_dense(words, batch) ? weir_ring_slots(capacity) * words * sizeof(uint64_t)
                                       : spsc_lines(capacity) * sizeof(struct spsc_line);
}

static inline void spsc_side_init(struct spsc_side *side, uint64_t start, uint64_t limit)
{
    side->next = start;
    side->limit = limit;
}

// `memory` holds spsc_bytes(capacity, words, batch) and outlives the ring; both counters start at `start`.
static inline bool spsc_init_at(struct spsc *q, void *memory, size_t capacity, size_t words, size_t batch,
                                uint64_t start)
{
    q->dense = spsc_is_dense(words, batch);
    if (!q->dense && start % SPSC_PLACES == SPSC_ITEMS)
        start++; // no item there
    atomic_init(&q->tail, q->dense ? start : start / SPSC_PLACES * SPSC_PLACES);
    atomic_init(&q->head, start);
    spsc_side_init(&q->put, start, spsc_add(q, start, capacity));
    spsc_side_init(&q->take, start, start);
    atomic_init(&q->closed, false);
    q->capacity = capacity;
    q->mask = (q->dense ? weir_ring_slots(capacity) : spsc_lines(capacity)) - 1;
    q->words = words;
    q->lines = (struct spsc_line *)memory;
    q->slots = (uint64_t *)memory;
    for (size_t i = 0; !q->dense && i <= q->mask; i++)
        atomic_init(&q->lines[i].until, start);
    return true;
}

// --- producer ----

// Where there is room up to now, as the known room is short of what is wanted.
WEIR_COLD static uint64_t spsc_look_for_room(struct spsc *q)
{
    // Pairs with the release in spsc_release: the consumer has finished reading what it gave back.
    q->put.limit = spsc_add(q, atomic_load_explicit(&q->head, memory_order_acquire), q->capacity);
    return q->put.limit;
}

WEIR_COLD static size_t spsc_count_room(struct spsc *q, uint64_t next, size_t n)
{
    int64_t room = spsc_distance(q, next, q->put.limit);
    if (room < (int64_t)n)
        room = spsc_distance(q, next, spsc_look_for_room(q));
    return weir_min_size(n, (size_t)room);
}

// Grants n slots from *first on, at most (0 when full or closed), for writing.
static inline size_t spsc_try_reserve(struct spsc *q, size_t n, uint64_t *first)
{
    uint64_t next = q->put.next;
    // Relaxed: closing moves no data to the producer.
    if (weir_unlikely(atomic_load_explicit(&q->closed, memory_order_relaxed)))
        return 0;
    *first = next;
    if (weir_unlikely((int64_t)(q->put.limit - spsc_beyond(q, next, n)) < 0))
        return spsc_count_room(q, next, n);
    return n;
}

// Publishes n reserved slots, in order.
static inline void spsc_commit(struct spsc *q, uint64_t first, size_t n)
{
    uint64_t next = first;
    while (!q->dense && n > 0) {
        size_t here = spsc_run(q, next, n);
        struct spsc_line *line = spsc_line(q, next);
        next += here + (next % SPSC_PLACES + here == SPSC_ITEMS);
        // Pairs with the acquire in spsc_line_until: the slots are written before.
        atomic_store_explicit(&line->until, next, memory_order_release);
        n -= here;
    }
    next += n;
    q->put.next = next;
    // Pairs with the acquire in spsc_published: as above.
    if (q->dense || (first ^ next) / SPSC_PLACES)
        atomic_store_explicit(&q->tail, q->dense ? next : next / SPSC_PLACES * SPSC_PLACES,
                              memory_order_release);
}

// Before a line is written: asks for the one that comes some way behind it, so that the stores find it owned.
// Only for what the consumer has left.
static inline void spsc_ask_to_write(const struct spsc *q, uint64_t position)
{
    if (q->put.limit - position >= (SPSC_AHEAD + 1) * SPSC_PLACES)
        weir_prefetch_write(spsc_line(q, position + SPSC_AHEAD * SPSC_PLACES));
}

// n items side by side.
static inline size_t spsc_push_dense(struct spsc *q, const uint64_t *items, size_t n)
{
    uint64_t first;
    size_t granted = spsc_try_reserve(q, n, &first);
    if (granted == 0)
        return 0;
    for (size_t i = 0; i < granted; i += WEIR_LINE_WORDS)
        if (q->put.limit - first >= i + (SPSC_AHEAD + 1) * WEIR_LINE_WORDS)
            weir_prefetch_write(q->slots + ((first + i + SPSC_AHEAD * WEIR_LINE_WORDS) & q->mask));
    size_t at = (size_t)(first & q->mask), run = weir_min_size(granted, (size_t)q->mask + 1 - at);
    weir_copy_words(q->slots + at, items, run);
    if (weir_unlikely(run < granted))
        weir_copy_words(q->slots, items + run, granted - run);
    spsc_commit(q, first, granted);
    return granted;
}

// n items on lines.
static inline size_t spsc_push_lines(struct spsc *q, const uint64_t *items, size_t n)
{
    uint64_t first, position;
    size_t granted = spsc_try_reserve(q, n, &first), done = 0;
    for (position = first; done < granted;) {
        size_t here = spsc_run(q, position, granted - done);
        spsc_ask_to_write(q, position);
        weir_copy_words(&spsc_line(q, position)->items[position % SPSC_PLACES], items + done, here);
        position = spsc_add(q, position, here);
        done += here;
    }
    if (granted > 0)
        spsc_commit(q, first, granted);
    return granted;
}

// One item on a line.
static inline size_t spsc_push_one(struct spsc *q, uint64_t item)
{
    uint64_t next = q->put.next;
    if (weir_unlikely(atomic_load_explicit(&q->closed, memory_order_relaxed))) // as in spsc_try_reserve
        return 0;
    if (weir_unlikely(next == q->put.limit) && spsc_look_for_room(q) == next)
        return 0;
    struct spsc_line *line = spsc_line(q, next);
    if (next % SPSC_PLACES == 0)
        spsc_ask_to_write(q, next);
    line->items[next % SPSC_PLACES] = item;
    next++;
    bool whole = next % SPSC_PLACES == SPSC_ITEMS;
    next += whole;
    q->put.next = next;
    // These as in spsc_commit.
    atomic_store_explicit(&line->until, next, memory_order_release);
    if (whole)
        atomic_store_explicit(&q->tail, next, memory_order_release);
    return 1;
}

WEIR_APART static size_t spsc_push_batch(struct spsc *q, const uint64_t *items, size_t n)
{
    return q->dense ? spsc_push_dense(q, items, n) : spsc_push_lines(q, items, n);
}

static inline size_t spsc_try_push_n(struct spsc *q, const uint64_t *items, size_t n)
{
    return n == 1 && !q->dense ? spsc_push_one(q, *items) : spsc_push_batch(q, items, n);
}

// --- consumer ----

static inline uint64_t spsc_line_until(const struct spsc *q, uint64_t position)
{
    // Pairs with the release in spsc_commit: what is below has been written.
    return atomic_load_explicit(&spsc_line(q, position)->until, memory_order_acquire);
}

// Up to where n items or fewer are there now.
static inline uint64_t spsc_published(const struct spsc *q, uint64_t next, size_t n)
{
    uint64_t until = next, tail;
    if (!q->dense) {
        until = spsc_line_until(q, next);
        if ((int64_t)(until - next) <= 0)
            return next;
        if ((until ^ next) / SPSC_PLACES == 0)
            return until; // the line is not full, so the producer is on it
    }
    // Pairs with the release in spsc_commit. It may be older than the line.
    tail = atomic_load_explicit(&q->tail, memory_order_acquire);
    if ((int64_t)(tail - until) > 0)
        until = tail;
    if (q->dense || spsc_distance(q, next, until) >= (int64_t)n)
        return until;
    tail = spsc_line_until(q, until);
    return (int64_t)(tail - until) > 0 ? tail : until;
}

WEIR_COLD static uint64_t spsc_look_for_items(struct spsc *q, size_t n)
{
    return q->take.limit = spsc_published(q, q->take.next, n);
}

WEIR_COLD static size_t spsc_count_items(struct spsc *q, uint64_t next, size_t n)
{
    int64_t there = spsc_distance(q, next, q->take.limit);
    if (there < (int64_t)n)
        there = spsc_distance(q, next, spsc_look_for_items(q, n));
    return weir_min_size(n, (size_t)there);
}

// Grants n slots from *first on, at most (0 when empty), for reading.
static inline size_t spsc_try_peek(struct spsc *q, size_t n, uint64_t *first)
{
    uint64_t next = q->take.next;
    *first = next;
    if (weir_unlikely((int64_t)(q->take.limit - spsc_beyond(q, next, n)) < 0))
        return spsc_count_items(q, next, n);
    return n;
}

// Gives n slots back to the producer, in order.
static inline void spsc_release(struct spsc *q, uint64_t first, size_t n)
{
    q->take.next = spsc_add(q, first, n);
    // Pairs with the acquire in spsc_look_for_room: the slots are read before they are free.
    atomic_store_explicit(&q->head, q->take.next, memory_order_release);
}

// The same as spsc_ask_to_write for reading. Never a line that the producer may still be writing.
static inline void spsc_ask_to_read(const struct spsc *q, uint64_t position)
{
    if ((int64_t)(q->take.limit - position) >= (SPSC_AHEAD + 1) * SPSC_PLACES)
        weir_prefetch_read(spsc_line(q, position + SPSC_AHEAD * SPSC_PLACES));
}

static inline size_t spsc_pop_dense(struct spsc *q, uint64_t *items, size_t n)
{
    uint64_t first;
    size_t granted = spsc_try_peek(q, n, &first);
    if (granted == 0)
        return 0;
    for (size_t i = 0; i < granted; i += WEIR_LINE_WORDS)
        if (q->take.limit - first >= i + (SPSC_AHEAD + 1) * WEIR_LINE_WORDS)
            weir_prefetch_read(q->slots + ((first + i + SPSC_AHEAD * WEIR_LINE_WORDS) & q->mask));
    size_t at = (size_t)(first & q->mask), run = weir_min_size(granted, (size_t)q->mask + 1 - at);
    weir_copy_words(items, q->slots + at, run);
    if (weir_unlikely(run < granted))
        weir_copy_words(items + run, q->slots, granted - run);
    spsc_release(q, first, granted);
    return granted;
}

static inline size_t spsc_pop_lines(struct spsc *q, uint64_t *items, size_t n)
{
    uint64_t first, position;
    size_t granted = spsc_try_peek(q, n, &first), done = 0;
    for (position = first; done < granted;) {
        size_t here = spsc_run(q, position, granted - done);
        spsc_ask_to_read(q, position);
        weir_copy_words(items + done, &spsc_line(q, position)->items[position % SPSC_PLACES], here);
        position = spsc_add(q, position, here);
        done += here;
    }
    if (granted > 0)
        spsc_release(q, first, granted);
    return granted;
}

// One item of a line.
static inline size_t spsc_pop_one(struct spsc *q, uint64_t *item)
{
    uint64_t next = q->take.next;
    if (weir_unlikely(next == q->take.limit)) {
        uint64_t until = spsc_line_until(q, next);
        if ((int64_t)(until - next) <= 0)
            return 0;
        if (next % SPSC_PLACES == 0 && (until ^ next) / SPSC_PLACES)
            spsc_look_for_items(q, SPSC_ITEMS); // a whole line: how far behind?
        else
            q->take.limit = until;
    }
    if (next % SPSC_PLACES == 0)
        spsc_ask_to_read(q, next);
    *item = spsc_line(q, next)->items[next % SPSC_PLACES];
    next++;
    next += next % SPSC_PLACES == SPSC_ITEMS;
    q->take.next = next;
    atomic_store_explicit(&q->head, next, memory_order_release); // as in spsc_release
    return 1;
}

WEIR_APART static size_t spsc_pop_batch(struct spsc *q, uint64_t *items, size_t n)
{
    return q->dense ? spsc_pop_dense(q, items, n) : spsc_pop_lines(q, items, n);
}

static inline size_t spsc_try_pop_n(struct spsc *q, uint64_t *items, size_t n)
{
    return n == 1 && !q->dense ? spsc_pop_one(q, items) : spsc_pop_batch(q, items, n);
}

// --- both, and others ----

// Any thread.
static inline size_t spsc_len(const struct spsc *q)
{
    uint64_t head, tail, again = atomic_load_explicit(&q->head, memory_order_acquire);
    unsigned turns = 64; // a monitor must not chase a busy consumer for ever
    do {
        head = again;
        // Acquire keeps the second read of the head behind these; an unchanged head makes the length exact.
        // What a line has beyond the tail was published before the tail's next step.
        tail = atomic_load_explicit(&q->tail, memory_order_acquire);
        uint64_t until = q->dense ? tail : spsc_line_until(q, tail);
        if ((int64_t)(until - tail) > 0)
            tail = until;
        again = atomic_load_explicit(&q->head, memory_order_acquire);
    } while (again != head && --turns);
    // The consumer has seen a line before this thread has seen the tail.
    int64_t used = spsc_distance(q, head, tail);
    return used < 0 ? 0 : weir_min_size((size_t)used, (size_t)q->capacity);
}

// Would a pop find one? A hint for a waiter; any thread.
static inline bool spsc_has_item(const struct spsc *q)
{
    uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
    uint64_t until =
        q->dense ? atomic_load_explicit(&q->tail, memory_order_acquire) : spsc_line_until(q, head);
    return (int64_t)(until - head) > 0;
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
#define Q_SUMMARY       "atomic ring for one producer and one consumer, seven items a line, cached counters"
#define Q_CONTRACT      "strict; a push that overlaps close may still enter"
#define Q_CAPS          (WEIR_Q_BATCH | WEIR_Q_STRICT | WEIR_Q_IN_PLACE)
#define Q_TYPE          struct spsc
#define Q_BYTES(config) spsc_bytes((config)->capacity, weir_slot_words((config)->item_bytes), (config)->batch)
#define Q_INIT(q, memory, config)                                                                            \
    spsc_init_at((q), (memory), (config)->capacity, weir_slot_words((config)->item_bytes), (config)->batch,  \
                 (config)->start)
#define Q_PUSH_N              spsc_try_push_n
#define Q_POP_N               spsc_try_pop_n
#define Q_LEN                 spsc_len
#define Q_HAS_ITEM            spsc_has_item
#define Q_CLOSE               spsc_close
#define Q_CLOSED              spsc_closed
#define Q_RESERVE             spsc_try_reserve
#define Q_SLOT                spsc_slot
#define Q_RUN(q, first, i, n) spsc_run((q), spsc_add((q), (first), (i)), (n) - (i))
#define Q_COMMIT              spsc_commit
#define Q_PEEK                spsc_try_peek
#define Q_RELEASE             spsc_release
#endif
