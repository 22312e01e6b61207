// SPDX-License-Identifier: Apache-2.0
// The bench: what one hand-off through a queue costs, in nanoseconds an item.
//
// A cell is one queue at one point (batch, capacity, item bytes). Its measured loop is compiled for that
// queue (loop.h). Every repetition is one turn: a forked child that measures the cores' distance
// (pingpong.h), warms up, runs producers and consumers flat out for the asked time, and measures the distance
// again. Turns of different cells are interleaved in random order. A child that crashes or hangs costs its
// turn only. Every item is written, read, summed and checked for its producer's order.
#ifndef WEIR_BENCH_H
#define WEIR_BENCH_H

#include "base/pingpong.h"
#include "queue/queue.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Who is ahead. free: both sides flat out. The others hold the length of the queue without adding work: full,
// the consumer takes only what is above half of the capacity; empty, the producer waits until less than a
// batch is left; balanced, the length stays between a quarter and three quarters.
enum bench_regime { BENCH_FREE, BENCH_FULL, BENCH_EMPTY, BENCH_BALANCED, BENCH_REGIMES };

// auto: each thread on a core of its own when there are enough, otherwise free. together: all on one core.
enum bench_pin { BENCH_PIN_AUTO, BENCH_PIN_FREE, BENCH_PIN_TOGETHER, BENCH_PINS };

#define BENCH_WAIT_DEFAULT (-1) // spin, or yield when there are more threads than cores
#define BENCH_MAX_SIDE     64   // producers, and consumers, at most
#define BENCH_MAX_BATCH    4096
#define BENCH_MAX_REPS     1000

struct bench_options {
    const char *const *queues; // names, or paths of modules (with a slash); NULL and 0: all built-in ones
    size_t queues_count;
    unsigned producers, consumers;
    const size_t *batch, *capacity, *item_bytes; // axes; item_bytes: 8, or a multiple of 8 up to 64 KiB
    size_t batch_count, capacity_count, item_bytes_count;
    int wait; // enum weir_wait_kind or BENCH_WAIT_DEFAULT
    enum bench_regime regime;
    enum bench_pin pin;
    double seconds, warmup; // of one repetition
    unsigned reps;
    uint64_t seed; // of the order of the turns
};

enum bench_status { BENCH_OK, BENCH_FAILED, BENCH_SKIPPED };

struct bench_cell {
    char queue[64]; // the name the queue gives itself
    unsigned producers, consumers;
    size_t batch, capacity, item_bytes;
    enum weir_wait_kind wait; // what was used
    enum bench_regime regime;
    enum bench_pin pin;
    enum bench_status status;
    char reason[160]; // why failed or skipped
    char note[160];   // e.g. more threads than cores; empty when there is nothing to say

    // Over the repetitions of one state; near and far ones are never mixed. All 0 unless status is BENCH_OK.
    enum pingpong_state state; // unknown with one core
    double pingpong_ns;        // median over the repetitions that count
    double median, lo, hi;     // ns_per_item = (last pop - first push) / items
    double *reps;              // those repetitions
    size_t reps_count;
    size_t reps_dropped;      // of another state, or between two states
    double items_per_s;       // from the median
    double floor_ns_per_item; // the null queue in the same loop, both sides on one thread; 0: not known
    double limit_ns_per_item; // the lines of the items alone, from core to core; 0: not known
    uint64_t items;           // moved in the repetitions that count
};

struct bench_results {
    struct bench_cell *cells;
    size_t count;
    unsigned cores; // that this process may run on
    bool interrupted;
};

// Called after every turn. False stops the bench; what finished is kept.
typedef bool bench_progress(void *context, size_t done, size_t planned, const struct bench_cell *cell);

// All built-in queues, 1 producer, 1 consumer, batch 1 and 16, capacity 1024, 8 bytes, free, 0.1 s, 5
// repetitions.
void bench_default_options(struct bench_options *options);

// Empty when the options make sense, otherwise what is wrong with them (for exit code 2). `text` is given
// back.
const char *bench_check_options(const struct bench_options *options, char *text, size_t size);

// How long the planned turns take, in seconds, and how many cells and turns there are. Near repetitions that
// are missing at the end are asked for again for at most the same time.
double bench_planned_seconds(const struct bench_options *options, size_t *cells, size_t *turns);

// Runs it. Blocks; call from a process with one thread, because it forks. False, with a reason in `text`,
// when the options are wrong or memory is short; then there is nothing to free.
bool bench_run(const struct bench_options *options, struct bench_results *results, bench_progress *progress,
               void *context, char *text, size_t size);
void bench_results_free(struct bench_results *results);

const char *bench_regime_name(enum bench_regime regime);
const char *bench_pin_name(enum bench_pin pin);
int bench_regime_parse(const char *name); // or -1
int bench_pin_parse(const char *name);    // or -1

#endif
