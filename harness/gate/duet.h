// SPDX-License-Identifier: Apache-2.0
// The duet: two builds of one queue measured against each other in one process, and a copy of the first one
// as a control (after Bulej et al., "Duet benchmarking", ICPE 2020, but by turns of less than a millisecond
// instead of side by side).
//
// A launch is a forked process that loads three modules, each from a copy of its own: base, base again,
// candidate. Load order, distances between them, heap, stacks, environment and the order in which the threads
// are made are random, for the layout of code and data in memory alone makes a difference of a per cent. Its
// threads live through the launch, each on a core of its own. They take turns with the three arms, half a
// millisecond each, with the same number of items, in an order in which over six rounds each arm is as often
// at each place and as often behind each other arm (two cyclic Latin squares, mirrored). The queue is made
// anew for each turn, outside of what is timed. Each round gives the log ratio of the arms' costs, the launch
// their median.
#ifndef GATE_DUET_H
#define GATE_DUET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"

enum duet_arm { ARM_BASE, ARM_COPY, ARM_CANDIDATE, ARMS };

enum duet_kind {
    DUET_HAND_OFF,  // flat out from producers to consumers: time an item
    DUET_ALONE,     // a push and its pop by turns on one thread: time an item
    DUET_TRIP,      // there and back through two queues: a quantile of the trips
    DUET_SCHEDULED, // items on schedule: a quantile of the time since they were due
    DUET_KINDS
};

enum { DUET_NAME = 96, DUET_WORKERS = 8, DUET_ROUND = 6 }; // rounds come by six

// One cell: what is measured.
struct duet_cell {
    char name[DUET_NAME], queue[DUET_NAME];
    enum duet_kind kind;
    unsigned producers, consumers; // together at most DUET_WORKERS
    size_t batch, capacity;
    enum weir_wait_kind wait;
    double load;     // scheduled: items a second
    double quantile; // of trips and scheduled items, over all rounds of a launch
    double turn_s;   // about so long
    unsigned rounds; // of a launch, a multiple of DUET_ROUND
    double margin;
};

// The modules: descriptors from weir_queue_copy, three different ones.
struct duet_modules {
    int copy[ARMS];
    const char *path[ARMS]; // for errors
    const char *slow[ARMS]; // of the self-test: WEIR_SLOW while it is loaded (slow.h); NULL: not set
};

// What disturbed a launch. Nothing of it depends on how fast an arm was.
struct duet_noise {
    double steal_share;    // of the time of all cores, taken by the hypervisor
    double switches_per_s; // of threads that did not want to leave their core
    unsigned migrations;   // of threads that have a core of their own
    unsigned long faults;  // of pages that had to be read from a disk
    double late_share;     // scheduled: items that the generator sent late
};

struct duet_answer {
    bool ok;
    char reason[320];     // why not
    bool cut;             // the caller did not want to wait for it
    unsigned acting;      // whose code ran last: an arm, from 1; 0: none yet
    bool loading;         // it was being loaded
    double log_ratio;     // ln(candidate / base)
    double control;       // ln(copy / base)
    double cost_ns[ARMS]; // an item, or the quantile; medians over the rounds
    uint64_t items;       // of each turn, of every arm alike
    unsigned rounds;
    uint32_t turns[ARMS]; // that were measured
    uint32_t place[ARMS][ARMS],
        after[ARMS][ARMS]; // at which place of a round, and behind which arm, how often
    struct duet_noise noise;
    double seconds;
};

// Asked every tenth of a second while a launch runs; true kills it. May be NULL.
typedef bool duet_cut(void *context);

// One launch; `items` of a turn, 0: as many as make turn_s on the base (the answer says how many that were).
// `seed` draws the layout. Blocks. The caller has one thread and its signals in hand. A child that crashes or
// hangs is an answer with the reason; the answer is always filled.
void duet_launch(const struct duet_modules *modules, const struct duet_cell *cell, uint64_t items,
                 uint64_t seed, duet_cut *cut, void *context, struct duet_answer *answer);

unsigned duet_threads(const struct duet_cell *cell);

// Why the launch does not count, or NULL: by its noise alone, whatever its figures say.
const char *duet_noise_refuses(const struct duet_noise *noise);

// The order of round `round`: who comes first, second and third.
void duet_order(unsigned round, unsigned first, enum duet_arm order[ARMS]);

const char *duet_kind_name(enum duet_kind kind); // "hand_off", ...
int duet_kind_parse(const char *name);           // or -1

#endif
