// SPDX-License-Identifier: Apache-2.0
// What the machine allows: cache lines streamed from one core to another with as little protocol as possible.
#ifndef WEIR_BENCH_LIMIT_H
#define WEIR_BENCH_LIMIT_H

#include <stddef.h>

// Nanoseconds a 64-byte line: the best of several ways to cut a ring of `ring_bytes`, or a quarter of it,
// into blocks that are handed over by one flag each. Every word is written and added up. Takes up to
// `seconds` and a half. 0: unknown (one core, no memory, or the sums were wrong). Makes two threads and joins
// them.
double limit_ns_per_line(int cpu_a, int cpu_b, size_t ring_bytes, double seconds);

#endif
