// SPDX-License-Identifier: Apache-2.0
// One turn: one repetition of one cell, in a forked child that can crash or hang without harm.
#ifndef WEIR_BENCH_TURN_H
#define WEIR_BENCH_TURN_H

#include "bench/bench.h"
#include "bench/module.h"

enum turn_kind {
    TURN_QUEUE,
    TURN_FLOOR, // the loop on one thread, with no hand-off
    TURN_LIMIT, // the lines alone
};

struct turn {
    enum turn_kind kind;
    const struct weir_queue_module *module; // not for TURN_LIMIT
    unsigned producers, consumers;
    size_t batch, capacity, item_bytes;
    enum weir_wait_kind wait;
    enum bench_regime regime;
    enum bench_pin pin;
    double seconds, warmup;
    bool only_near; // give up at once when the cores are far
};

struct turn_answer {
    bool ok;
    bool not_near; // only_near, and they were not
    char reason[160];
    double ns_per_item;
    double before_ns, after_ns; // ping-pong; 0: unknown
    uint64_t items;
};

// Blocks until the child has answered, died, or exceeded a generous time limit and been killed. The caller
// has one thread. `answer` is always filled.
void turn_run(const struct turn *turn, struct turn_answer *answer);

// Cores that this process may run on: their numbers, at most `most`.
unsigned turn_cores(int *cpus, unsigned most);

#endif
