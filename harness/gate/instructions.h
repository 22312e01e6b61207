// SPDX-License-Identifier: Apache-2.0
// The second channel of the gate: what steps take on one thread, nobody in the way: user instructions,
// allocations and system calls, an item of a push and its pop, or a step of a strategy. They are the same in
// every run, however busy the machine, so one count a side is enough. Never of code that waits for another
// thread: what spins takes as many instructions as it has time.
#ifndef GATE_INSTRUCTIONS_H
#define GATE_INSTRUCTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { COUNT_ROWS_MOST = 384, COUNT_INVALID_MOST = 16 };

enum count_kind { COUNT_INSTRUCTIONS, COUNT_ALLOCATIONS, COUNT_SYSTEM_CALLS, COUNT_KINDS };

enum count_verdict { COUNT_SAME, COUNT_MORE, COUNT_FEWER };

struct count_figure {
    bool counted;           // on both sides
    double base, candidate; // an item, or a step
    enum count_verdict verdict;
};

struct count_row {
    bool strategy; // a step of a strategy: path says of which
    char queue[64],
        path[96]; // "1-and-1 x16": threads that it is made for and items a call; "admission block full"
    struct count_figure figures[COUNT_KINDS];
};

// Steps that end the process that makes them: a crash, or an exit.
struct count_invalid {
    char what[64], reason[800]; // "spsc", "strategies"; which side, and how
};

enum count_strategies { STRATEGIES_NOT_ASKED, STRATEGIES_IDENTICAL, STRATEGIES_SKIPPED, STRATEGIES_COUNTED };

struct gate_counts {
    struct count_row rows[COUNT_ROWS_MOST];
    size_t count;
    char skipped[900]; // what was NOT counted and why, each reason once; empty when all was
    enum count_strategies strategies;
    struct count_invalid invalid[COUNT_INVALID_MOST];
    size_t invalid_count;
};

struct count_sides {
    const char *tool;             // path of weir-count
    const char *base, *candidate; // modules
    bool (*cut)(void *context);
    void *context;
};

// Counts both modules of a queue and adds their rows. Blocks some seconds. False when it was cut; what cannot
// be counted is said in `skipped`.
bool gate_count_queue(struct gate_counts *counts, const struct count_sides *sides, const char *queue);

// The same for the strategies: the sides are weir-steps.so of two builds; an empty path: the side has none.
bool gate_count_strategies(struct gate_counts *counts, const struct count_sides *sides);

// Adds a reason, such as "instructions were NOT counted: no valgrind", unless it is there.
void gate_count_skip(struct gate_counts *counts, const char *reason);

// Instructions: more than half a per cent and more than one, in either direction. Of the others any more.
enum count_verdict gate_count_judge(enum count_kind kind, double base, double candidate);

// Rows of a count as weir-count prints them, joined by their paths; `queue` NULL: of strategies. Answers how
// many were added.
size_t gate_count_join(struct gate_counts *counts, const char *queue, const char *base,
                       const char *candidate);

// What a row comes to: MORE when any of its figures is.
enum count_verdict count_row_verdict(const struct count_row *row);
const char *count_verdict_name(enum count_verdict verdict); // "SAME", "MORE", "FEWER"
const char *count_kind_name(enum count_kind kind);          // "instructions"

#endif
