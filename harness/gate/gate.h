// SPDX-License-Identifier: Apache-2.0
// The gate: has the candidate become slower than the base? Every cell of a suite is measured by launches of
// the duet until it can be told, or until there are no more; an alarm must repeat with fresh launches.
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <limits.h>

#include "gate/behaviour.h"
#include "gate/duet.h"
#include "gate/instructions.h"
#include "gate/suite.h"
#include "gate/verdict.h"

enum gate_status {
    GATE_MEASURED,
    GATE_IDENTICAL, // base and candidate are the same file, byte for byte: nothing to measure
    GATE_MISSING,   // the base has no such queue: nothing to hold it against
    GATE_INVALID,   // could not be measured, or its control failed
    GATE_CUT,       // interrupted before it was decided
    GATE_STATUSES
};

// The figures of one time of measuring.
struct gate_series {
    double *log_ratio, *control; // of each launch that counts
    size_t count, attempts;      // attempts: with those that were discarded
    struct judged judged, judged_control;
};

struct gate_cell {
    struct duet_cell plan;
    char base[PATH_MAX], candidate[PATH_MAX]; // modules; empty: there is none
    enum gate_status status;
    char reason[512];
    struct gate_series first, again; // again: after an alarm
    bool alarmed, confirmed;
    enum verdict verdict; // with GATE_MEASURED
    double cost_ns[ARMS]; // means over the launches of `first`
    uint64_t items;       // of each turn
    size_t disturbed[5];  // launches, by what disturbed them (gate_noise_at)
    double seconds;
    struct duet_modules modules; // while it runs
    char label[2][80];           // what errors call them
};

// Makes one launch of a cell: duet_launch, or for a replay what was recorded.
typedef void gate_launcher(void *context, const struct gate_cell *cell, uint64_t seed,
                           struct duet_answer *answer);

struct gate {
    struct gate_suite suite;
    struct gate_cell *cells; // of suite.count
    size_t count;
    uint64_t seed;
    bool even_identical; // measures also what is the same byte for byte
    bool interrupted;
    const char *count_tool;  // path of weir-count; NULL: instructions are not counted
    bool has_steps;          // the strategies' steps are counted, too
    char steps[2][PATH_MAX]; // weir-steps.so of base and candidate; empty: there is none
    struct gate_counts counts;
    struct gate_behaviour behaviour; // compared by the caller (behaviour_run)
    double seconds;
    // Told after every launch; may be NULL.
    void (*progress)(void *context, const struct gate_cell *cell, size_t launches, size_t until);
    duet_cut *cut;
    void *context;
    gate_launcher *launcher; // NULL: the duet, on the cells' modules
    void *launches;          // its context
};

// Takes over the suite; the cells have no modules yet. False when memory is short. gate_close in any case.
bool gate_open(struct gate *gate, const struct gate_suite *suite);
void gate_close(struct gate *gate);

// Measures and decides. Blocks; the caller has one thread.
void gate_run(struct gate *gate);

// The exit code: 130 interrupted, 3 a cell is invalid, 1 a regression or another behaviour, 4 underpowered
// with `strict`, else 0.
int gate_exit_code(const struct gate *gate, bool strict);

// How often the control (a copy of the base against the base) would have been called different, of how many.
void gate_control_alarms(const struct gate *gate, size_t *alarms, size_t *cells);

const char *gate_status_name(enum gate_status status);
const char *gate_noise_at(size_t index); // NULL after the last
// "UNCHANGED", "IDENTICAL", "INVALID", ...: what the cell comes to in one word.
const char *gate_cell_word(const struct gate_cell *cell);

#endif
