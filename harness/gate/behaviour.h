// SPDX-License-Identifier: Apache-2.0
// The third channel of the gate: what scenarios come to in virtual time is the same in every run of the same
// code, on every machine, so it is compared exactly with a golden file. What differs is a change of
// behaviour: it is said as loss, latency and recovery, and is either a mistake or accepted.
#ifndef GATE_BEHAVIOUR_H
#define GATE_BEHAVIOUR_H

#include <jansson.h>

#include "gate/golden.h"

enum behaviour_verdict {
    BEHAVIOUR_SAME,     // every event is the same
    BEHAVIOUR_CHANGED,  // the same scenario comes to something else
    BEHAVIOUR_SCENARIO, // it comes to something else, and its file or seed is another
    BEHAVIOUR_NEW,      // the golden file has no such point
    BEHAVIOUR_MISSING,  // the golden file has it, and it is not run any more
    BEHAVIOUR_INVALID,  // it could not be simulated, or its ledger does not balance
    BEHAVIOUR_VERDICTS
};

// One point of the matrix, with all its repetitions.
struct behaviour_row {
    char *name;
    enum behaviour_verdict verdict;
    char what[900];  // what differs, for people: "loss 0 % -> 2.1 % (+2.1 pp), p99 1.9 ms -> 2.4 ms (+26 %)"
    json_t *changes; // of figures: a list of {"figure", "unit", "golden", "now"}; may be NULL
};

struct gate_behaviour {
    bool asked; // the rest is empty otherwise
    struct golden golden;
    struct behaviour_row *rows;
    size_t count;
    bool invalid;      // nothing could be compared, and `reason` says why
    char reason[1200]; // or a remark; may be empty
    bool accepted;     // the golden file holds what is now
    double seconds;
};

// Runs the golden file's scenarios with the program at `weir` and compares; with `accept` writes what came
// out as the new golden file, unless a cell is invalid. Blocks, the caller has no other children. False when
// it was cut.
bool behaviour_run(struct gate_behaviour *b, const char *weir, bool accept, bool (*cut)(void *context),
                   void *context);
void behaviour_free(struct gate_behaviour *b);

// Compares a run with what is kept, and fills the rows. False when memory is short.
bool behaviour_compare(struct gate_behaviour *b, const struct report_input *run);

size_t behaviour_count(const struct gate_behaviour *b, enum behaviour_verdict verdict);
// 3 when something is invalid, 1 when something differs and is not accepted, else 0.
enum exit_code behaviour_exit_code(const struct gate_behaviour *b);
const char *behaviour_word(enum behaviour_verdict verdict); // "CHANGED"

#endif
