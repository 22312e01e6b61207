// SPDX-License-Identifier: Apache-2.0
// Conformance: does a queue keep the contract of queue/queue.h? One list of checks for the built-in queues,
// the peers and a user's own, run by `weir conform` and by the test programs.
//
// Each check runs in a forked child, so that a queue that crashes, exits or hangs fails that check and no
// other. A check sees the queue only through its table of operations.
#ifndef WEIR_CONFORM_H
#define WEIR_CONFORM_H

#include "queue/queue.h"
#include <stddef.h>
#include <stdint.h>

struct conform; // what a check works with (check.h)

struct conform_check {
    const char *name;    // an identifier
    const char *summary; // what the queue is asked to do, one line
    void (*run)(struct conform *c);
};

enum conform_status { CONFORM_PASSED, CONFORM_FAILED, CONFORM_SKIPPED };

struct conform_verdict {
    enum conform_status status;
    double seconds;
    char text[1024]; // what was seen, what went wrong and where, or why it was skipped; never empty
};

struct conform_options {
    unsigned histories; // concurrent histories that are recorded, per shape of threads
    uint64_t seed;      // of everything drawn at random
    double limit_s;     // a check that takes longer counts as hung
};

#define CONFORM_HISTORIES_MAX 10000000u

// 150 histories, seed 1, 60 s.
void conform_default_options(struct conform_options *options);

// The checks, in the order in which they make sense. NULL after the last one.
const struct conform_check *conform_at(size_t index);
const struct conform_check *conform_find(const char *name); // NULL when there is none of that name

// Runs one check in a child and waits for it, at most options->limit_s. Blocks; the caller has one thread.
// What the queue prints goes to standard error.
void conform_run(const struct conform_check *check, const struct weir_queue_ops *ops,
                 const struct conform_options *options, struct conform_verdict *verdict);

#endif
