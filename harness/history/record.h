// SPDX-License-Identifier: Apache-2.0
// What a gate has measured, added to a history: one measurement, and a point for each cell that was measured
// and for each path whose instructions were counted. What is invalid, identical or cut is no point.
#ifndef HISTORY_RECORD_H
#define HISTORY_RECORD_H

#include "gate/report.h"

enum { HISTORY_REFERENCE = 80 };

// Who the two sides are, by names that last.
struct history_sides {
    char (*reference)[HISTORY_REFERENCE]; // of each cell: "commit:HEX", or "sha256:HEX" of its module
    size_t count;
    char revision[65]; // the candidate's commit; "": not known
    int dirty;         // 1: its tree had changes, 0: none, -1: not known
};

// Looks before anything is measured: of a commit's side it is the commit; of a module or a build the
// reference is the module's content, and the candidate the commit that is checked out around it (else, of
// this weir's own build, the commit that it was configured from). Reads the modules, and asks git. False with
// *e (EXIT_INVALID) when one cannot be read; history_sides_close in any case.
bool history_sides_open(struct history_sides *sides, const struct gate_report *report, struct error *e);
void history_sides_close(struct history_sides *sides);

struct history_recorded {
    size_t points, left_out; // left_out: cells that were not measured
    size_t before;           // points that the file had of this machine with one of these references
    size_t elsewhere;        // points that it had of others
};

// Adds a measurement, whole or not at all. Blocks while somebody else records, for at most 10 s. Nothing is
// added (points 0) by a gate that was interrupted or measured nothing. False with *e (EXIT_INVALID).
bool history_record(const char *path, const struct gate_report *report, const struct history_sides *sides,
                    struct history_recorded *recorded, struct error *e);

#endif
