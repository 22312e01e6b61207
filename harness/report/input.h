// SPDX-License-Identifier: Apache-2.0
// A run as the reports see it: its document and what lies beside it, its cells gathered into points of the
// matrix.
#ifndef REPORT_INPUT_H
#define REPORT_INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/hist.h"
#include "result/histograms.h"

enum report_kind {
    REPORT_RUN = 1u << 0,
    REPORT_BENCH = 1u << 1,
    REPORT_CONFORM = 1u << 2,
    REPORT_GATE = 1u << 3,
    REPORT_HISTORY = 1u << 4
};

// One point of the matrix with its repetitions.
struct report_point {
    char *name; // the same in every run: "slow-sink/engine=live/queue=mpmc/strategy=block"
    char
        *label; // what tells it from the run's other points: "queue=mpmc;strategy=block"; "" when it is alone
    const json_t **cells; // in the order of the document
    size_t count, ok;     // of them those with status ok
};

// A kind of histogram, and a point that has it.
struct report_hist_kind {
    const char *key; // in the document and the histograms' file: "response_ns"
    const char *tag; // what it is called outside: "response"
};

struct report_distribution {
    const struct report_point *point;
    const struct report_hist_kind *kind;
};

struct report_input {
    enum report_kind kind;
    char *dir;      // where the document lies
    bool is_folder; // RUN was that folder, and not a document by its own name
    json_t *document;
    struct report_point *points; // none of a conformance document, a gate and a history
    size_t point_count, ok;      // cells that are ok
    struct histograms *histograms;
    struct report_distribution *distributions; // of cells that are ok, in the order of the points
    size_t distribution_count;
};

// Reads a run's folder (result.json), or a document (of weir run, bench or conform --json) by its own name.
// Nothing in it depends on where the folder lies. False with *e (EXIT_USAGE) when there is none, it is
// damaged or empty. report_input_close is wanted in either case.
bool report_input_open(struct report_input *in, const char *run, struct error *e);
void report_input_close(struct report_input *in);

// Fills points, point_count and ok from the document. False when memory is short.
bool report_points_fill(struct report_input *in);
void report_points_free(struct report_input *in);

const struct report_hist_kind *report_hist_kind_at(enum report_kind kind, size_t i); // NULL after the last
bool report_distributions_fill(struct report_input *in); // from points and histograms. False: memory is short
// All repetitions of the point that are ok, together. False when there is nothing in them.
bool report_hist_pooled(const struct report_input *in, const struct report_distribution *d,
                        struct hist *pooled, struct hist *scratch);

// How many cells of the points that delivered something have no histogram of their response times: the file
// has lost lines. 0 of a document that has no such file at all.
size_t report_without_histogram(const struct report_input *in, const struct report_point *const *points,
                                size_t count);

bool report_is_ok(const json_t *cell);
// The value of a parameter (or of "scenario", "engine") as text; "" for null or none.
void report_param_text(const json_t *cell, const char *key, char *text, size_t size);
void report_put_line(FILE *out, const char *text); // control characters as spaces
// Writes what is not among the exported results, one line a cell: PREFIX, "status: reason".
void report_put_left_out(FILE *out, const struct report_input *in, const char *prefix);

#endif
