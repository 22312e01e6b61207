// SPDX-License-Identifier: Apache-2.0
// What a measured loop is given and what it answers: the border between the bench and the loops that are
// compiled per queue, also across a module. Change WEIR_BENCH_LOOP_ABI with the layout.
#ifndef WEIR_BENCH_WORKER_H
#define WEIR_BENCH_WORKER_H

#include "queue/queue.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_BENCH_LOOP_ABI      4u
#define BENCH_LOOP_MAX_BATCH     4096
#define BENCH_LOOP_MAX_PRODUCERS 64
#define BENCH_FILL_STEPS         128
#define BENCH_ROUND_TRIPS        20000 // of a turn, at most
#define BENCH_WARM_TRIPS         20    // the first of them, which are not recorded

// How an item travels. Small ones are the value that the queue carries, or are written into its slot.
enum bench_carried {
    BENCH_NOT_CARRIED, // this queue cannot
    BENCH_VALUE,       // 8 bytes, handed to push and pop
    BENCH_IN_PLACE,    // written and read in the queue's slot: reserve, commit, peek, release
    BENCH_BY_POINTER,  // the queue carries the address of a buffer
    BENCH_BY_COPY,     // the queue copies elements of that size; if it can be made so, else by pointer
    BENCH_SEQUENCE,    // item_bytes 0: reserve and commit alone, no payload
    BENCH_CARRIED_KINDS
};

// How many items a thread has moved so far, for the others to read now and then: from these the fill is
// known for any queue, without touching it.
struct bench_count {
    alignas(128) _Atomic(uint64_t) items;
};

// What the threads of one run share.
struct bench_shared {
    struct weir_queue *q, *back; // back: the way home of a round trip
    unsigned producers, consumers;
    size_t batch, item_bytes, capacity;
    enum bench_carried carried; // by_pointer also where the queue would copy, but not items of this size
    enum weir_wait_kind wait;
    uint64_t rest_ns;                        // spin: between two looks of a consumer that found nothing
    uint64_t producer_steps, consumer_steps; // of work for each item (burn.h)
    uint64_t producer_below;                 // a producer holds while the length is not below this; 0: never
    uint64_t consumer_above;                 // a consumer holds while the length is not above this; 0: never
    uint64_t look_every;                     // items between two times that a free thread says how far it is
    uint64_t sample_every;                   // items between two looks of a consumer at the fill
    uint64_t fill_first;                     // consumers begin when so many items are inside; 0: at once

    // Items on schedule, and round trips.
    uint64_t (*now_ns)(void);
    void (*record)(void *histogram, uint64_t ns);
    double interval_ns;    // between two items of one producer
    uint64_t late_ns;      // an item offered later than this by the generator's own fault is late
    bool generator_sleeps; // instead of watching the clock: there are more threads than cores

    alignas(128) atomic_uint ready; // threads that are running and wait for `go`
    alignas(128) atomic_bool go;
    uint64_t start_ns;                 // by now_ns; written before `go`
    alignas(128) atomic_bool stop;     // set once, when the time is over
    alignas(128) atomic_uint finished; // producers whose last item has been popped
    struct bench_count pushed[BENCH_LOOP_MAX_PRODUCERS], popped[BENCH_LOOP_MAX_PRODUCERS];
};

// What a thread found out about the shape of the traffic; touched before the start.
struct bench_shape {
    uint64_t fill[BENCH_FILL_STEPS + 1];      // looks at which length/capacity was k / BENCH_FILL_STEPS
    uint64_t moved[BENCH_LOOP_MAX_BATCH + 1]; // pops that moved k items
};

// One thread. The buffers are `buffers_count` blocks of `buffer_words` words. By pointer: an item is the
// address of one, whose word 0 is atomic: 0 when the buffer is free, otherwise the item's identity. By copy:
// where a batch is put together.
struct bench_worker {
    struct bench_shared *shared;
    unsigned index; // among the producers, or among the consumers
    uint64_t *buffers;
    size_t buffers_count, buffer_words;
    struct bench_shape *shape; // consumers
    void *histogram;           // consumers of items on schedule, and who makes round trips
    // On schedule: items to send. Round trips: how many. Flat out and alone: items after which it stops by
    // itself, rounded up to whole batches and with one more that says it was the last; 0: it goes on until
    // the stop.
    uint64_t quota;

    // answers
    uint64_t first_push_ns, last_pop_ns; // CLOCK_MONOTONIC
    uint64_t items, checksum;            // moved by this thread, and the sum of their identities
    uint64_t wrong;                      // out of order, lost, twice, or a payload that does not add up
    uint64_t cpu_ns;                     // user and system time
    double ns_per_step;                  // of work, as measured at the end on this thread; 0: no work
    // What a consumer did between its begin and the stop, for regimes that hold only then.
    uint64_t window_begin_ns, window_end_ns, window_items; // end 0: no stop was seen
    uint64_t late, lag_max_ns; // on schedule: items that were late, and the most that one was
    // own
    uint64_t seen, sample_at; // items at the last look, and at the next sample
};

struct bench_loops {
    uint32_t abi;
    enum bench_carried (*carried)(size_t item_bytes, size_t batch);
    void (*produce)(struct bench_worker *w);
    void (*consume)(struct bench_worker *w);
    void (*alone)(struct bench_worker *w); // both by turns on one thread, for queues without a hand-off
    void (*produce_timed)(struct bench_worker *w); // on schedule
    void (*consume_timed)(struct bench_worker *w);
    void (*ping)(struct bench_worker *w); // out through q, home through back
    void (*pong)(struct bench_worker *w);
};

#endif
