// SPDX-License-Identifier: Apache-2.0
// The uncontended path of each queue: a push and the pop of the same items on one thread, nothing in its way.
#ifndef INSTRUCTIONS_PATHS_H
#define INSTRUCTIONS_PATHS_H

#include "queue/queue.h"
#include <stdint.h>

enum { PATH_BATCH = 16 };

struct path {
    const struct weir_queue_ops *ops;
    // `rounds` times a push and a pop of 1, or of PATH_BATCH; the sum of what came out.
    uint64_t (*one)(struct weir_queue *q, size_t rounds);
    uint64_t (*batch)(struct weir_queue *q, size_t rounds);
};

#endif
