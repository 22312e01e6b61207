// SPDX-License-Identifier: Apache-2.0
// One cache line between two cores and back: the figure that tells whether two cores of a virtual machine are
// near (one last-level cache) or far at this moment. It changes within seconds, so it is taken around every
// timed repetition.
#ifndef BASE_PINGPONG_H
#define BASE_PINGPONG_H

#include "base/hist.h"

enum pingpong_state { PINGPONG_UNKNOWN, PINGPONG_NEAR, PINGPONG_FAR };

// Two cores whose round trip is shorter are near.
#define PINGPONG_NEAR_BELOW_NS 170.0

// Median round trip in nanoseconds between `cpu_a` and `cpu_b`. `rounds` limits the number of round trips (0:
// a default); a call takes some 5 ms, at most some 20. The calling thread's affinity is unchanged. 0:
// unknown, that is the two are the same core, one of them is not ours to run on, a thread could not be made,
// or other programs had a core all the time. Any thread; it makes two and joins them.
double pingpong_rtt_ns(int cpu_a, int cpu_b, unsigned rounds);

// The same game with each of `rounds` trips timed by itself (clock.h), for at most `seconds`; all but the
// first `warm_rounds` go into `times`. Records nothing where the other function answers 0.
void pingpong_times(int cpu_a, int cpu_b, unsigned warm_rounds, unsigned rounds, double seconds,
                    struct hist *times);

enum pingpong_state pingpong_state_of(double rtt_ns);
const char *pingpong_state_name(enum pingpong_state state); // "near", "far", "unknown"

#endif
