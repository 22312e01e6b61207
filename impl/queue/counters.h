// SPDX-License-Identifier: Apache-2.0
// The counters of one queue, filled by many threads.
//
// A thread adds to one of several stripes, each with lines of its own, by relaxed additions: threads seldom
// share a line, nothing is lost when one ends, and a sum needs nobody's help.
#ifndef WEIR_QUEUE_COUNTERS_H
#define WEIR_QUEUE_COUNTERS_H

#include "queue/port.h"
#include "queue/stats.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIR_COUNTER_STRIPES = 8 }; // a power of two

struct weir_counters {
    struct {
        WEIR_ALIGNED _Atomic uint64_t count[WEIR_QUEUE_COUNTS];
        _Atomic uint64_t batch[WEIR_BATCH_SIZES];
    } side[WEIR_SIDES][WEIR_COUNTER_STRIPES];
    uint64_t id; // no two counters in a process have the same
};

// Why a try moved nothing, as far as its caller can tell. Meaningless when it moved something.
enum weir_nothing { WEIR_NOTHING_THERE, WEIR_NOTHING_SPURIOUS, WEIR_NOTHING_CLOSED };

void weir_counters_init(struct weir_counters *c);

// One try of the calling thread, which moved `moved` of the `asked` items and began anew `retries` times.
void weir_counters_try(struct weir_counters *c, enum weir_queue_side side, size_t asked, size_t moved,
                       enum weir_nothing why, uint64_t retries);

// The calling thread is about to wait; it has waited. When it timed out and waits again without a try in
// between, that is the same wait.
void weir_counters_wait(struct weir_counters *c, enum weir_queue_side side);
void weir_counters_waited(struct weir_counters *c, enum weir_queue_side side, bool timed_out);

void weir_counters_sum(const struct weir_counters *c, struct weir_queue_stats *sum);

#endif
