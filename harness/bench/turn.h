// SPDX-License-Identifier: Apache-2.0
// One turn: one repetition of one cell, in a forked child that can crash or hang without harm.
#ifndef WEIR_BENCH_TURN_H
#define WEIR_BENCH_TURN_H

#include "base/hist.h"
#include "bench/bench.h"
#include "bench/module.h"

enum turn_kind {
    TURN_QUEUE, // items from producers to consumers
    TURN_TRIP,  // one item there and back, through two queues
    TURN_FLOOR, // the loop on one thread, with no hand-off
    TURN_LIMIT, // the lines alone
    TURN_RAW,   // one line there and back
};

struct turn {
    enum turn_kind kind;
    const struct weir_queue_module *module; // not for TURN_LIMIT and TURN_RAW
    unsigned producers, consumers;
    size_t batch, capacity, item_bytes;
    enum weir_wait_kind wait;
    enum bench_regime regime;
    enum bench_pin pin;
    double load; // items a second on schedule; 0: flat out
    double seconds, warmup;
    double work_ns;    // full, empty: work of the slow side to begin with; 0: find it
    uint64_t rest_ns;  // spin: of a consumer that found nothing, before it looks again
    double patience_s; // threads that have not ended so long after the stop hang; 0: a default
    bool only_near;    // give up at once when the cores are far
    // Asked every tenth of a second while the child runs: true kills it. NULL: nobody asks.
    bool (*cut)(void *context);
    void *cut_context;
};

struct turn_answer {
    bool ok;
    bool not_near; // only_near, and they were not
    bool cut;      // the caller did not want to wait for it
    char reason[160];
    double ns_per_item;         // without the work
    double work_ns;             // that the regime's slow side burnt for each item
    double before_ns, after_ns; // ping-pong; 0: unknown
    uint64_t items;
    enum bench_carried carried;      // what was used
    double cpu_ns_per_item;          // of all threads
    double consumer_cpu_ns_per_item; // of the consumers
    uint64_t planned, late;          // on schedule: items to send, and those that the generator sent late
    uint64_t lag_max_ns;
};

// What is too large for the answer: in memory that the child shares.
struct turn_shape {
    struct hist times; // of items on schedule since they were due, or of round trips
    struct bench_shape traffic;
};

struct turn_shape *turn_shape_new(void); // NULL: no memory. For one turn at a time
void turn_shape_free(struct turn_shape *shape);

// Blocks until the child has answered, died, or exceeded a generous time limit and been killed. The caller
// has one thread, and has called crew_calibrate. `answer` and `shape` are always filled.
void turn_run(const struct turn *turn, struct turn_answer *answer, struct turn_shape *shape);

// Of a fill distribution: mean, and the share that `share` of the looks did not exceed; 0 without a look.
double turn_fill_mean(const struct bench_shape *shape);
double turn_fill_quantile(const struct bench_shape *shape, double share);
// Is the regime what it claims? full: median above three quarters; empty: below one quarter; balanced:
// between. Always with `free`. `margin` moves the marks of full and empty that much further out.
bool turn_regime_holds(enum bench_regime regime, const struct bench_shape *shape, double margin);

#endif
