// SPDX-License-Identifier: Apache-2.0
// Axes: which range, which ticks, and how a value is written at one.
#ifndef FIGURE_AXIS_H
#define FIGURE_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum axis_unit {
    AXIS_NUMBER,   // "10", "10 k"
    AXIS_SECONDS,  // "10 µs": each tick has its own unit
    AXIS_SHARE,    // "10 %"
    AXIS_QUANTILE, // 1 / (1 - p), written as p: "99.9 %"
    AXIS_RATE,     // "10 k/s"
    AXIS_FACTOR,   // "×1.05"
    AXIS_NONE,     // no ticks: whoever draws adds them (sheet_tick)
};

struct axis_tick {
    double at;
    char label[24]; // "" between the labelled ones
};

enum { AXIS_TICKS_MAX = 40 };

// At most AXIS_TICKS_MAX ticks for lo..hi, `wanted` of them labelled or a few less; answers how many.
size_t axis_ticks(enum axis_unit unit, bool log, double lo, double hi, size_t wanted,
                  struct axis_tick ticks[AXIS_TICKS_MAX]);

// A value as a tick writes it, and with three digits for texts: "12.3 ms".
void axis_write(enum axis_unit unit, double value, char *text, size_t size);

// Widens a range to whole ticks (linear) or to 1, 2 or 5 times a power of ten (logarithmic).
void axis_round(bool log, double *lo, double *hi);

// Whether positive values from lo to hi want a logarithmic axis: more than a factor of 50 between them.
bool axis_wants_log(double lo, double hi);

#endif
