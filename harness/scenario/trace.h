// SPDX-License-Identifier: Apache-2.0
// A recorded trace of arrivals: a CSV file, read once and shared by all cells of a plan.
//
//   time,size,class        the first line may name the columns, in any order; without it they are these three
//   0.000,200,info         (or the first two, or the first)
//   0.0015,1KiB,error
//
// The column of times is called `time` (from the start of the run), `timestamp` (of any clock: the first row
// is at 0) or `gap` (since the row above). A bare time is in seconds; one with a unit (1500us) is fine, too.
// Rows are in order of time. Empty lines and lines that begin with # are left out.
#ifndef SCENARIO_TRACE_H
#define SCENARIO_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"

enum {
    TRACE_LINE_MAX = 1024,
    TRACE_ROWS_MAX = 8000000,
    TRACE_CLASSES_MAX = 256,
    TRACE_SIZE_MAX = RECORD_BYTES_MAX
};

struct trace_row {
    uint64_t at_ns;
    uint32_t size;        // bytes; 0 without the column
    uint8_t record_class; // index in trace.classes; 0 without the column
};

struct trace {
    struct trace_row *rows; // at least one
    size_t count;
    bool has_sizes, has_classes;
    char *classes[TRACE_CLASSES_MAX]; // in order of first appearance
    size_t class_count;
    uint64_t hash; // of all rows and names
};

// Loads the file, or answers the one that is loaded already; single-threaded. NULL with "PATH:LINE: message"
// in e. Memory is bounded by TRACE_ROWS_MAX rows. Each one got is given back with trace_release.
const struct trace *trace_load(const char *path, struct error *e);
void trace_release(const struct trace *trace); // NULL is fine

// Rows with at_ns below t_ns.
size_t trace_rows_before(const struct trace *trace, uint64_t t_ns);

#endif
