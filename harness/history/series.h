// SPDX-License-Identifier: Apache-2.0
// A history as series: points that can be compared, in the order in which they were measured, and where their
// level changes.
//
// Points are of one series when they agree in machine, reference, cell, quantity and in how the cell was
// measured. So what one reference, or one machine, says is never continued by another one.
#ifndef HISTORY_SERIES_H
#define HISTORY_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/e_divisive.h"
#include "base/error.h"
#include "base/stats.h"

enum { HISTORY_NAME = 160 };

struct history_point {
    char at[32]; // UTC
    char suite[HISTORY_NAME], candidate[HISTORY_NAME];
    char revision[72]; // "": not known
    int dirty;         // -1: not known
    char verdict[24];
    double ratio, lo, hi, coverage, margin;
    size_t launches;
    double control[3]; // ratio, lo, hi; nan: none
    double counts[2];  // reference and candidate; nan: nothing was counted
};

struct history_change {
    size_t at;              // the first point of the new level
    double p;               // how probable so good a cut is by chance (base/e_divisive.h)
    struct interval factor; // the new level over the one before
    double coverage;        // of that interval, which knows nothing of the choice of the cut
};

struct history_series {
    char machine[HISTORY_NAME], cpu[HISTORY_NAME]; // cpu, reference_name: as of the last point
    char reference[HISTORY_NAME], reference_name[HISTORY_NAME];
    char cell[HISTORY_NAME], quantity[HISTORY_NAME], definition[2 * HISTORY_NAME];
    struct history_point *points;
    size_t count;
    struct history_change *changes; // of points
    size_t change_count;
};

struct history {
    struct history_series
        *series; // by cell, quantity, definition, machine; the reference used last comes last
    size_t count;
    size_t measurements; // in the file
    size_t unfit;        // points of the chosen series that are no measurements, and left out
};

// Which series are wanted. A list of none is all of them.
struct history_choice {
    const char *const *cells; // names
    size_t cell_count;
    const char *machine;   // how it begins; NULL: any
    const char *reference; // how its commit or hash begins, or its name; NULL: any
};

// Reads the file, and looks for changes. A file in which nothing was recorded has no series. Blocks for at
// most 10 s while somebody records. False with *e: EXIT_USAGE when it is no history, or has nothing of the
// choice. history_free in any case.
bool history_read(struct history *h, const char *path, const struct history_choice *choice, struct error *e);
void history_free(struct history *h);

#endif
