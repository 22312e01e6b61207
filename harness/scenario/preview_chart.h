// SPDX-License-Identifier: Apache-2.0
#ifndef SCENARIO_PREVIEW_CHART_H
#define SCENARIO_PREVIEW_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "scenario/scenario.h"

// Offered records per second of one source at a time: its schedule's mean there; 0 for closed and external
// ones.
// `width_ns` is the time that the answer stands for: a trace is counted over it.
double offered_at(const struct source *source, uint64_t now_ns, uint64_t width_ns);
// Records per second that the slowest stage or sink takes at a time; 0 when one stands still, HUGE_VAL
// without limit.
double capacity_at(const struct scenario *s, uint64_t now_ns);

double stage_capacity(const struct stage *stage, uint64_t now_ns); // HUGE_VAL without limit
double sink_capacity(const struct sink *sink, uint64_t now_ns);

struct load {
    double mean, peak; // over the whole duration; the peak is that of the busiest `step`
};

enum { CHART_SAMPLES = 32 }; // per column

struct load source_load(const struct scenario *s, const struct source *source, unsigned columns);

// The chart of offered load, the time axis, and the events' marks and list under it.
void chart_print(FILE *out, const struct scenario *s, unsigned columns, bool utf8);

#endif
