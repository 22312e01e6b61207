// SPDX-License-Identifier: Apache-2.0
// The bench: what one hand-off through a queue costs, in nanoseconds an item.
//
// A cell is one queue at one point (wait, regime, item bytes, capacity, batch). Its measured loop is compiled
// for that queue (loop.h). Every repetition is one turn: a forked child that measures the cores' distance
// (pingpong.h), warms up, runs producers and consumers for the asked time, and measures the distance again.
// Turns of different cells are interleaved, in a new random order each round. A child that crashes or hangs
// costs its cell only. Every item is written, read and checked for its place in its producer's order.
#ifndef WEIR_BENCH_H
#define WEIR_BENCH_H

#include "base/hist.h"
#include "base/pingpong.h"
#include "bench/worker.h"
#include "queue/queue.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Who is ahead. free: both sides flat out. full: the consumers work between two pops, as much as it takes for
// the queue to stay full. empty: the same with the producers. balanced: the length is held between a quarter
// and three quarters.
enum bench_regime { BENCH_FREE, BENCH_FULL, BENCH_EMPTY, BENCH_BALANCED, BENCH_REGIMES };

// auto: each thread on a core of its own when there are enough, otherwise free. together: all on one core.
enum bench_pin { BENCH_PIN_AUTO, BENCH_PIN_FREE, BENCH_PIN_TOGETHER, BENCH_PINS };

#define BENCH_WAIT_DEFAULT (-1)                     // spin, or yield when there are more threads than cores
#define BENCH_MAX_SIDE     BENCH_LOOP_MAX_PRODUCERS // producers, and consumers, at most
#define BENCH_MAX_BATCH    BENCH_LOOP_MAX_BATCH
#define BENCH_MAX_REPS     1000
#define BENCH_LATE_NS      100000 // an item that the generator itself offers later than this was sent late
#define BENCH_LATE_SHARE   0.01   // more late items than this: the cell is invalid

struct bench_options {
    const char *const *queues; // names, or paths of modules (with a slash); NULL and 0: the built-in ones but
    size_t queues_count;       // null, whose cost is the floor beside them, and the peers that are there
    unsigned producers, consumers;
    // Axes. item_bytes: 8, a multiple of 8 up to 64 KiB, or 0 (sequence only). wait: enum weir_wait_kind or
    // BENCH_WAIT_DEFAULT. regime: enum bench_regime.
    const size_t *batch, *capacity, *item_bytes;
    size_t batch_count, capacity_count, item_bytes_count;
    const int *wait, *regime;
    size_t wait_count, regime_count;
    enum bench_pin pin;
    double load; // items a second of all producers, on schedule; 0: flat out
    // While a repetition runs, asked every tenth of a second with bench_run's context: true cuts it short,
    // which leaves no trace in the results. NULL: nobody asks.
    bool (*cut)(void *context);
    const char *against; // the queue that ratios are to; NULL: the fastest peer at each point
    double seconds;      // of one repetition; 0: so that the whole bench takes some 25 s, 20 to 100 ms
    double warmup;       // before it; negative: a fifth of it
    double rest_s;       // spinning consumers that found nothing rest so long; 0: one pause of the core.
                         // Wants spin, or the default, among the waits
    double patience_s;   // see turn.h; 0: a default
    unsigned reps;
    uint64_t seed; // of the order of the turns
};

enum bench_status { BENCH_OK, BENCH_INVALID, BENCH_FAILED, BENCH_SKIPPED };

// A median and the exact order-statistics interval around it.
struct bench_interval {
    double median, lo, hi;
    double coverage; // of the interval, 0.95 and more, or less with fewer than 6 values; 0 with one
};

struct bench_fill { // length / capacity as the consumers saw it
    uint64_t looks; // 0: not known, and the rest 0
    double mean, p50, p90;
};

struct bench_moves { // items that a pop moved, empty-handed pops left out
    uint64_t pops;
    double mean;
    size_t p50, p99, max;
};

struct bench_ratio {  // of ns_per_item, round by round
    char against[64]; // empty: there is none
    struct bench_interval value;
    size_t pairs;
};

struct bench_cell {
    char queue[64]; // the name the queue gives itself; by its file when that is taken
    bool peer;
    unsigned producers, consumers;
    size_t batch, capacity, item_bytes;
    enum weir_wait_kind wait; // what was used
    enum bench_regime regime;
    enum bench_pin pin;
    double load;
    uint64_t rest_ns; // 0 also where no consumer would rest: another wait, a queue that blocks by itself
    size_t point;     // cells of the same point, one a queue, share it
    enum bench_carried carried;
    enum bench_status status;
    char reason[160]; // why not ok
    char note[160];   // e.g. more threads than cores; empty when there is nothing to say

    // Over the repetitions of one state; near and far ones are never mixed. All 0 unless there were some.
    enum pingpong_state state;         // unknown with one core
    double pingpong_ns;                // median over the repetitions that count
    struct bench_interval ns_per_item; // (last pop - first push) / items, without the regime's work
    double *reps;                      // those repetitions
    unsigned *rounds;                  // in which round each was: those of one round stood side by side
    size_t reps_count;
    size_t reps_dropped;      // of another state, or between two states
    double items_per_s;       // from the median
    double work_ns;           // full, empty: what the slow side worked for each item, median
    double floor_ns_per_item; // the null queue in the same loop, both sides on one thread; 0: not known
    double limit_ns_per_item; // the lines of the items alone, from core to core; 0: not known
    uint64_t items;           // moved in the repetitions that count
    double cpu_ns_per_item, consumer_cpu_ns_per_item; // user and system, medians
    struct bench_fill fill;
    struct bench_moves moves;
    struct hist *rtt;                   // round trips; NULL: not measured
    double raw_rtt_ns;                  // of one line by itself, median; 0: not known
    struct hist *latency;               // on schedule: since each item was due; NULL: not measured
    uint64_t planned, late, lag_max_ns; // on schedule: items to send, sent late by the generator, the worst
    struct bench_ratio ratio;
};

struct bench_results {
    struct bench_cell *cells;
    size_t count, points;
    unsigned cores; // that this process may run on
    double seconds; // of one repetition, as chosen
    bool interrupted;
};

// Called after every turn. False stops the bench; what finished is kept.
typedef bool bench_progress(void *context, size_t done, size_t planned, const struct bench_cell *cell);

// 1 producer, 1 consumer, batch 1 and 16, capacity 1024, 8 bytes, free, 9 repetitions.
void bench_default_options(struct bench_options *options);

// Empty when the options make sense, otherwise what is wrong with them (for exit code 2). `text` is given
// back.
const char *bench_check_options(const struct bench_options *options, char *text, size_t size);

// How long the planned turns take, in seconds, and how many cells and turns there are. Near repetitions that
// are missing at the end are asked for again for at most the same time. 0, with a reason, as bench_run.
double bench_planned_seconds(const struct bench_options *options, size_t *cells, size_t *turns, char *text,
                             size_t size);

// Runs it. Blocks; call from a process with one thread, because it forks. False, with a reason in `text`,
// when the options are wrong or memory is short; then there is nothing to free.
bool bench_run(const struct bench_options *options, struct bench_results *results, bench_progress *progress,
               void *context, char *text, size_t size);
void bench_results_free(struct bench_results *results);

const char *bench_regime_name(enum bench_regime regime);
const char *bench_pin_name(enum bench_pin pin);
const char *bench_carried_name(enum bench_carried carried); // "value", "in_place", ...
int bench_regime_parse(const char *name);                   // or -1
int bench_pin_parse(const char *name);                      // or -1

#endif
