// SPDX-License-Identifier: Apache-2.0
// A cell's rows of series.csv, for figures over time.
#ifndef FIGURE_SERIES_H
#define FIGURE_SERIES_H

#include "report/input.h"

// What happened in [from_s, to_s). Rates are records a second; what was not measured is nan.
struct series_span {
    double from_s, to_s;
    double offered, admitted, delivered, lost, refused; // rates
    double depth_min, depth_mean, depth_max;
    double p99_s;    // of what was delivered; of several rows the greatest
    double received; // how many were delivered
};

struct series {
    struct series_span *spans;
    size_t count;
    size_t joined; // rows of the file in a span
};

// Reads the rows of one cell, joined so that there are at most `most` spans. The last one ends with the run.
// None when the file has none of it, or those of two cells that cannot be told apart. False: memory is short.
bool series_read(struct series *s, const struct report_input *in, const json_t *cell, size_t most);
void series_free(struct series *s);

#endif
