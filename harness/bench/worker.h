// SPDX-License-Identifier: Apache-2.0
// What a measured loop is given and what it answers: the border between the bench and the loops that are
// compiled per queue, also across a module. Change WEIR_BENCH_LOOP_ABI with the layout.
#ifndef WEIR_BENCH_WORKER_H
#define WEIR_BENCH_WORKER_H

#include "queue/queue.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_BENCH_LOOP_ABI      1u
#define BENCH_LOOP_MAX_BATCH     4096
#define BENCH_LOOP_MAX_PRODUCERS 64

// What the threads of one run share.
struct bench_shared {
    struct weir_queue *q;
    unsigned producers, consumers;
    size_t batch, item_bytes;
    enum weir_wait_kind wait;
    size_t producer_below;          // a producer holds while the length is not below this; 0: never
    size_t consumer_above;          // a consumer holds while the length is not above this; 0: never
    alignas(128) atomic_uint ready; // threads that are running and wait for `go`
    alignas(128) atomic_bool go;
    alignas(128) atomic_bool stop;     // set once, when the time is over
    alignas(128) atomic_uint finished; // producers whose last item has been popped
};

// One thread. The buffers are `buffers_count` blocks of `buffer_words` words; an item of more than 8 bytes is
// the address of one. Word 0 is atomic: 0 when the buffer is free, otherwise the item's identity.
struct bench_worker {
    struct bench_shared *shared;
    unsigned index; // among the producers, or among the consumers
    uint64_t *buffers;
    size_t buffers_count, buffer_words;
    // answers
    uint64_t first_push_ns, last_pop_ns; // CLOCK_MONOTONIC
    uint64_t items, checksum;            // moved by this thread, and the sum of their identities
    uint64_t wrong;                      // out of order, or a payload that does not add up
};

struct bench_loops {
    uint32_t abi;
    void (*produce)(struct bench_worker *w);
    void (*consume)(struct bench_worker *w);
    void (*alone)(struct bench_worker *w); // both by turns on one thread, for queues without a hand-off
};

#endif
