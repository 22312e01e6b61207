// SPDX-License-Identifier: Apache-2.0
// A document's cells as a person compares them: one row per point of the matrix, its reps merged into a
// median.
#ifndef RESULT_SUMMARY_H
#define RESULT_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>

#include "flow/report.h"

// Median and range over the reps. Infinite values are HUGE_VAL; `known` is false when no rep has the figure.
struct summary_figure {
    bool known;
    double median, lo, hi;
};

struct loss_part {
    const char *reason;
    double share; // of all that was lost
};

struct summary_row {
    const json_t *params;
    unsigned reps, ok; // measured reps, and those that are ok
    enum cell_status worst;
    const char *reason; // of the first rep with that status
    bool expect_failed;
    struct summary_figure offered, delivered, loss,
        left; // left: share not sent or still in flight at the end
    struct summary_figure p50, p99, p999, max, p99_offered, age, high_water, cpu;
    struct summary_figure stall; // time that producers spent blocked, all together
    struct summary_figure
        recovery;        // the longest after an event of the timeline; infinite: the queues stayed fuller
    const json_t *first; // the first cell that is ok, else the first one
    uint64_t *depth;     // of that cell, see depth.h; NULL: not known
    size_t depth_count;
    double capacity;           // of the edge with the highest fill; HUGE_VAL when it has none
    struct loss_part parts[2]; // the reasons that took most, largest first; reason NULL when fewer
};

struct summary_group {
    const char *scenario, *engine, *question;
    struct summary_row *rows;
    size_t row_count;
    const char **axes; // keys of `params` whose values differ between rows
    size_t axis_count;
    unsigned threads, cores; // most threads of a cell, and cores of the machine
    size_t cells, far_cells; // live cells, and those whose cores were far apart
};

struct summary {
    struct summary_group *groups;
    size_t group_count;
};

// Strings point into the document, which must outlive the summary.
struct summary *summary_of(const json_t *document);
void summary_free(struct summary *s);

// A parameter as a person reads it: "mpmc", "50k".
char *summary_param(const struct summary_row *row, const char *key, char *buf, size_t size);

#endif
