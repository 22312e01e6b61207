// SPDX-License-Identifier: Apache-2.0
// From what happens at which time to values as functions of time.
#ifndef SCENARIO_TIMELINE_H
#define SCENARIO_TIMELINE_H

#include "scenario/scenario.h"

// One change of one value: a plain set or a factor, active in [at_ns, end_ns). With a ramp it goes there
// linearly over ramp_ns from the value before; at its end the value jumps to what the file and the rest say.
struct effect {
    uint64_t at_ns, end_ns; // end_ns TIME_NEVER: for ever
    uint64_t ramp_ns;
    bool is_factor;
    double factor;
    struct law law; // of a plain set
    size_t order;   // in the file: of two plain sets at one instant the later wins
};

enum { RAMP_STEPS = 16 }; // pieces into which ramps that overlap are cut, since their product is no line

// Replaces the single piece of *timed by the pieces that the effects make of it. Sorts the effects.
void timed_compile(struct timed *timed, struct effect *effects, size_t count);

// Sorts the points in time at which something changes; answers how many different ones are left in front.
size_t sort_cuts(uint64_t *cuts, size_t n);

// Sorts and joins what overlaps or touches.
void spans_join(struct spans *spans);

#endif
