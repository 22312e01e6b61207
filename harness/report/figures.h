// SPDX-License-Identifier: Apache-2.0
// The figures of a cell that trackers of results follow: one list for all formats that take name, unit and
// value.
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include "report/input.h"

struct report_figure {
    const char *name;    // "response_p99"
    const char *metric;  // what an expectation calls it (result/metric.h)
    const char *lo, *hi; // where the cell gives an interval itself, its metrics; else NULL
    const char *unit;    // "ns", "1/s", "1" (a share)
    const char *go_unit; // as benchstat wants it
    bool bigger;         // is better
};

// Over the repetitions of a point that are ok. With an interval of the cell's own that, else the range.
struct report_spread {
    double median, lo, hi;
    size_t n;
};

// Figure `i` of the kind of document, NULL after the last. The first is the one to follow if only one is.
const struct report_figure *report_figure_at(enum report_kind kind, size_t i);

// False when the cell is not ok, or has no finite figure of that name: nothing was delivered, an infinite
// percentile.
bool report_value(const json_t *cell, const struct report_figure *f, double *value);
bool report_spread(const struct report_point *p, const struct report_figure *f, struct report_spread *s);

#endif
