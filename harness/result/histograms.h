// SPDX-License-Identifier: Apache-2.0
// histograms.jsonl, beside the document: every bucket of a cell's latency histograms, one line of JSON a
// cell. The document has percentiles; from this file other formats are made without losing anything. Lines
// are appended as cells finish, so a document of many cells is not rewritten with all of their buckets each
// time.
//
//   {"schema": "weir.histogram/1", "run": "<run id>", "index": 0, "seed": 7, "begun_s": 1893456000.25,
//    "response_ns": {"count": 3, "overflow": 0, "min": 90, "max": 4711, "sum": 4900,
//                    "buckets": [90, 1, 99, 1, 3226, 1]}, "service_ns": {...},
//    "response_intervals": {"step_ns": 100000000, "rows": [[96, 2], [], [160, 1]]}}
//
// buckets: index and count of each bucket that is not empty, ascending; hist.h says what a bucket's index
// means. What is beyond the last bucket is in its count, and in `overflow`.
//
// response_intervals: the response times of what was delivered in each interval of the whole run (warm-up and
// drain too, so they may count more than response_ns), from its start on; index and count as above, of the
// coarse buckets that base/coarse.h describes. A run has at most HISTOGRAMS_ROWS_MAX intervals: rows of a
// longer series are joined, so that a line stays below some 6 MB whatever the run.
#ifndef RESULT_HISTOGRAMS_H
#define RESULT_HISTOGRAMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/coarse.h"
#include "base/error.h"
#include "base/hist.h"

#define HISTOGRAMS_FILE "histograms.jsonl"

struct histogram_of {
    const char *key;         // "response_ns"
    const struct hist *hist; // NULL or empty: it is left out
};

enum { HISTOGRAMS_ROWS_MAX = 1000 };

// The rows of a series: `count` times COARSE_COUNTS counts.
struct histogram_rows {
    const uint32_t *counts; // NULL: there are none
    size_t count;
    uint64_t step_ns;
};

// Appends the cell's line to DIR/histograms.jsonl; nothing when all histograms are empty. `begun_s`: when the
// cell began, seconds since 1970. `rows` may be NULL.
bool histograms_append(const char *dir, const char *run_id, const json_t *cell, double begun_s,
                       const struct histogram_of *list, size_t count, const struct histogram_rows *rows,
                       struct error *e);
// After an interruption: keeps the lines of the document's cells and drops half a line at the end.
bool histograms_keep(const char *dir, const json_t *document, struct error *e);

struct histograms; // the file, open for reading

// Opens DIR/histograms.jsonl and looks for the lines of the run. One without the file, or without a line of
// the run, is open and empty. NULL with *e when it cannot be read or is damaged (half a line at the end is
// not damage: a run was killed). The caller closes it.
struct histograms *histograms_open(const char *dir, const char *run_id, struct error *e);
void histograms_close(struct histograms *h); // NULL is fine
// Reads the cell's histogram of that key into *hist. False when it has none.
bool histograms_get(struct histograms *h, const json_t *cell, const char *key, struct hist *hist);
bool histograms_has(const struct histograms *h, const json_t *cell, const char *key); // without reading it
// Reads the cell's histograms over time: *count rows of COARSE_COUNTS, which the caller frees. NULL when it
// has none, or memory is short.
uint64_t *histograms_intervals(struct histograms *h, const json_t *cell, size_t *count, uint64_t *step_ns);
double histograms_begun(const struct histograms *h, const json_t *cell); // 0: not known

#endif
