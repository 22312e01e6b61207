// SPDX-License-Identifier: Apache-2.0
// The second channel of the gate: user instructions an item of a push and its pop on one thread, nobody in
// the way. They are the same in every run, however busy the machine, so one count a side is enough. Never of
// code that waits for another thread: what spins takes as many instructions as it has time.
#ifndef GATE_INSTRUCTIONS_H
#define GATE_INSTRUCTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { COUNT_ROWS_MOST = 64 };

enum count_verdict { COUNT_SAME, COUNT_MORE, COUNT_FEWER };

struct count_row {
    char queue[64], path[32]; // path: "1-and-1 x16", threads that it is made for and items a call
    double base, candidate;   // instructions an item
    enum count_verdict verdict;
};

struct gate_counts {
    struct count_row rows[COUNT_ROWS_MOST];
    size_t count;
    char skipped[200]; // why nothing, or not everything, was counted; empty when all was
};

// Counts both modules of a queue and adds their rows. `tool` is the path of weir-count. Blocks some seconds.
// False when it was cut; what cannot be counted is said in `skipped`.
bool gate_count(struct gate_counts *counts, const char *tool, const char *queue, const char *base,
                const char *candidate, bool (*cut)(void *context), void *context);

// More than half a per cent and more than one instruction, in either direction.
enum count_verdict gate_count_judge(double base, double candidate);

// Rows of a count as weir-count prints them, joined by their paths. Answers how many were added.
size_t gate_count_join(struct gate_counts *counts, const char *queue, const char *base,
                       const char *candidate);

const char *count_verdict_name(enum count_verdict verdict); // "SAME", "MORE", "FEWER"

#endif
