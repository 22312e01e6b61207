// SPDX-License-Identifier: Apache-2.0
// `weir gate --record`: what was measured is added to a history.
#ifndef CLI_GATE_RECORD_H
#define CLI_GATE_RECORD_H

#include "cli/options.h"
#include "history/record.h"

struct gate_record {
    const char *path; // NULL: nothing is recorded
    struct history_sides sides;
};

// Reads --record and tries the file, so that one that cannot be written is known before anything is measured.
// The file is made when it is not there. False with *e (EXIT_USAGE).
bool gate_record_open(struct gate_record *record, const struct options *o, struct error *e);
// Finds out who the sides are, when they are built and nothing is measured yet. False with *e.
bool gate_record_name_sides(struct gate_record *record, const struct gate_report *report, struct error *e);
// Records, and says so on standard error unless `quiet`. Answers the exit code of the gate: its own; 3 where
// that would have been a success and nothing could be recorded.
int gate_record_finish(const struct gate_record *record, const struct gate_report *report, bool quiet,
                       int code);
void gate_record_close(struct gate_record *record);

#endif
