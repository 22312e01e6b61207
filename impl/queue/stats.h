// SPDX-License-Identifier: Apache-2.0
// What a counted queue (weir_queue_counted_find) has counted, as plain numbers.
//
// All sums are exact once the threads that used the queue have ended; before, they lag behind a little.
// A call that asks for no item is not counted. Of each side
//   push: tries = those that moved something + NOTHING + CLOSED      pop: tries = those that did + NOTHING
// and those that moved something are the sum of `batch`.
#ifndef WEIR_QUEUE_STATS_H
#define WEIR_QUEUE_STATS_H

#include <stdint.h>

enum weir_queue_side { WEIR_SIDE_PUSH, WEIR_SIDE_POP, WEIR_SIDES };

enum weir_queue_count {
    WEIR_COUNT_TRIES,   // calls of try_push_n, try_pop_n
    WEIR_COUNT_ASKED,   // items they would have moved
    WEIR_COUNT_ITEMS,   // items they did move
    WEIR_COUNT_NOTHING, // tries that moved nothing: full (push), empty (pop)
    // Of those the ones that the queue's length did not explain, neither right before nor right after:
    // another thread was half way through an operation. Only of queues that are not WEIR_Q_STRICT.
    WEIR_COUNT_SPURIOUS,
    WEIR_COUNT_CLOSED,  // pushes that the closed queue took nothing of
    WEIR_COUNT_RETRIES, // times that a try began anew because another thread was faster
    WEIR_COUNT_WAITS,   // times that a thread began to wait. A wait that only times out and goes on is one
    WEIR_QUEUE_COUNTS
};

// batch[k]: calls that moved 2^k up to 2^(k+1) - 1 items; the last one also those that moved more.
enum { WEIR_BATCH_SIZES = 11 };

struct weir_queue_stats {
    struct weir_side_stats {
        uint64_t count[WEIR_QUEUE_COUNTS];
        uint64_t batch[WEIR_BATCH_SIZES];
    } side[WEIR_SIDES];
};

#endif
