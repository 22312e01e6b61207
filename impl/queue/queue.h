// SPDX-License-Identifier: Apache-2.0
// The queue contract: what a pipeline edge, the conformance suite and the bench may ask of any queue.
//
// A queue carries 8-byte items (a pointer or an index; it never looks inside) from producers to consumers;
// some also carry wide ones, in slots of their own (item_bytes).
// Items of one producer leave in the order in which they entered. Capacity is exact: never more than
// `capacity` items between a push that has returned and a pop that has returned, for any capacity >= 1.
//
// Each queue is one header with the algorithm as inline functions, plus one adapter (see skeleton.h). The
// adapter generates the table below, the bench loop and the conformance test, so that all three see the same
// code.
#ifndef WEIR_QUEUE_H
#define WEIR_QUEUE_H

#include "queue/cxx.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_QUEUE_ABI 4u // first field of the table; a module with another number is refused

// What a queue can do. An edge asks for these at check time; a combination that cannot work is refused there.
enum weir_queue_cap {
    WEIR_Q_MULTI_PRODUCER = 1u << 0,
    WEIR_Q_MULTI_CONSUMER = 1u << 1,
    WEIR_Q_BATCH = 1u << 2,           // try_*_n moves several items for about the price of one
    WEIR_Q_NATIVE_BLOCKING = 1u << 3, // blocks on its own condition variables; the wait strategy is not used
    WEIR_Q_EVICT = 1u << 4,           // a producer may pop the oldest item (drop_oldest)
    WEIR_Q_UNBOUNDED = 1u << 5,       // ignores the capacity, grows until memory ends
    WEIR_Q_INLINE = 1u << 6,          // no hand-off: the producer's thread runs the consumer (null)
    WEIR_Q_STRICT = 1u << 7,   // "full" and "empty" answers are linearizable; without it a try may fail
                               // while another thread is half way through an operation
    WEIR_Q_IN_PLACE = 1u << 8, // takes item_bytes > 8: slots of that size, written and read where they are
};

enum weir_wait_kind { WEIR_WAIT_SPIN, WEIR_WAIT_YIELD, WEIR_WAIT_SLEEP, WEIR_WAIT_PARK, WEIR_WAIT_KINDS };

struct weir_queue_config {
    size_t capacity; // >= 1
    enum weir_wait_kind wait;
    // Promises: a queue may do without atomic claims on a side with one thread. 0 is any number.
    unsigned producers, consumers; // how many threads will push and pop, at most
    bool no_evict;                 // a promise: producers will not pop, although WEIR_Q_EVICT would let them
    size_t batch;   // a hint: so many items move at a time as a rule, on both sides; 0: any number
    uint64_t start; // first value of the internal counters (tests wrap them with it)
    // 0 or 8: items of 8 bytes. A larger multiple of 8, up to WEIR_ITEM_BYTES_MAX: each slot holds that many,
    // and items move through reserve/commit and peek/release alone (WEIR_Q_IN_PLACE; the try_*_n of such a
    // queue must not be called). Peers that copy elements of any size take their size from it, too.
    size_t item_bytes;
};

#define WEIR_ITEM_BYTES_MAX ((size_t)1 << 20)

struct weir_queue; // opaque
struct weir_queue_stats;

enum weir_wake { WEIR_WAKE_READY, WEIR_WAKE_CLOSED, WEIR_WAKE_TIMEOUT };

// Items written and read where they are; none of it blocks. The same threads as for try_push_n and try_pop_n.
struct weir_queue_in_place {
    // Answer how many of n slots (0..n) were reserved, or are there to be read; *first names the first of
    // them.
    size_t (*reserve)(struct weir_queue *q, size_t n, uint64_t *first);
    size_t (*peek)(struct weir_queue *q, size_t n, uint64_t *first);
    // Where the i-th of them begins; valid until the commit or the release.
    uint64_t *(*slot)(struct weir_queue *q, uint64_t first, size_t i);
    // All that was answered, before the next one is asked for.
    void (*commit)(struct weir_queue *q, uint64_t first, size_t n);
    void (*release)(struct weir_queue *q, uint64_t first, size_t n);
};

struct weir_queue_ops {
    uint32_t abi;         // WEIR_QUEUE_ABI
    uint32_t caps;        // enum weir_queue_cap
    const char *name;     // as written in a scenario
    const char *summary;  // one line
    const char *contract; // what a failing try means (strict, or relaxed while overlapping)

    // NULL when memory is short or the configuration asks for more than `caps` offers. The caller owns the
    // queue.
    struct weir_queue *(*create)(const struct weir_queue_config *config);
    void (*destroy)(struct weir_queue *q); // after every other thread has stopped using it; items are dropped

    // Never block. Answer how many of the first n items moved (0..n); what did not move is unchanged.
    // Push moves nothing into a closed queue. Pop goes on after close until the queue is empty.
    // Any producer thread may push; any consumer thread may pop; with WEIR_Q_EVICT producers may pop too.
    size_t (*try_push_n)(struct weir_queue *q, const uint64_t *items, size_t n);
    size_t (*try_pop_n)(struct weir_queue *q, uint64_t *items, size_t n);

    // Block until at least n slots are free (wait_space, 1 <= n <= capacity) or at least one item is there
    // (wait_items), the queue is closed, or CLOCK_MONOTONIC passes deadline_ns (UINT64_MAX: never; 0: only
    // look). READY is a hint: another thread may be faster. wait_items answers CLOSED only when closed and
    // empty. k items wake at most k of the threads that sleep (park, channel). So a thread that is told READY
    // must try: if it left instead, the wake-up that it used would be missing to another.
    enum weir_wake (*wait_space)(struct weir_queue *q, size_t n, uint64_t deadline_ns);
    enum weir_wake (*wait_items)(struct weir_queue *q, uint64_t deadline_ns);

    // Idempotent, any thread. Wakes every waiter; no item enters afterwards. What is inside can still be
    // popped.
    void (*close)(struct weir_queue *q);
    bool (*closed)(const struct weir_queue *q);

    // A value between the smallest and the largest length during the call; 0 <= len <= capacity.
    size_t (*len)(const struct weir_queue *q);
    size_t (*capacity)(const struct weir_queue *q); // SIZE_MAX when unbounded

    // What has been counted so far (queue/stats.h); any thread. NULL in a table that does not count.
    void (*stats)(const struct weir_queue *q, struct weir_queue_stats *stats);

    const struct weir_queue_in_place *in_place; // NULL: it copies
};

WEIR_EXTERN_C_BEGIN

// The built-in queues, in the order of docs and tables. NULL after the last one.
const struct weir_queue_ops *weir_queue_at(size_t index);
const struct weir_queue_ops *weir_queue_find(const char *name); // NULL when there is none of that name

// The same queues compiled once more, so that they count what they do: every operation is that of the plain
// one with a few additions around it. The plain ones pay nothing for it.
const struct weir_queue_ops *weir_queue_counted_at(size_t index);
const struct weir_queue_ops *weir_queue_counted_find(const char *name);

const char *weir_wait_name(enum weir_wait_kind kind);
const char *weir_wait_summary(enum weir_wait_kind kind);
int weir_wait_parse(const char *name); // enum weir_wait_kind, or -1

WEIR_EXTERN_C_END

#endif
