// SPDX-License-Identifier: Apache-2.0
// The clocks of the live world. Nothing in flow/ or impl/strategy may include this.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

uint64_t clock_mono_ns(void); // CLOCK_MONOTONIC, nanoseconds

// A faster clock with the same epoch as CLOCK_MONOTONIC: the TSC where it is invariant and the kernel trusts
// it (calibrated against the monotonic clock, never read off the CPU's name), else clock_gettime itself. Its
// pace is fixed at calibration, good to about a millionth: over hours it drifts from CLOCK_MONOTONIC by
// milliseconds. So take differences of one of the two clocks, and when the kernel is to sleep until a point
// in time, hand it how long, not when. Never goes back on one thread; across threads by no more than the
// cores' counters differ, which the kernel holds to a few nanoseconds.
void clock_calibrate(void);  // once, before threads start; about 50 ms. A forked child inherits it
uint64_t clock_now_ns(void); // any thread; before clock_calibrate it is clock_mono_ns
bool clock_uses_tsc(void);
const char *clock_source_name(void); // "tsc" or "clock_gettime"
double clock_tsc_hz(void);           // ticks per second as calibrated; 0 when not used

// ticks x mult / 2^32, rounded down, through a 128-bit product: exact for as long as the counter itself
// lasts.
uint64_t clock_scale(uint64_t ticks, uint64_t mult);

// CPU work of a known length: a dependent chain of integer operations, calibrated once; no clock is read
// while burning, so that preemption shows as delay and not as less work. The length is that of an undisturbed
// core; a step takes about 2 ns, which is the granularity.
void burn_calibrate(void); // once, before threads start; about 20 ms. A forked child inherits it
void burn_ns(uint64_t ns); // any thread

#endif
