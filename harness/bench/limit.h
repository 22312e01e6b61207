// SPDX-License-Identifier: Apache-2.0
// What the machine allows: cache lines streamed from one core to another with as little protocol as possible.
#ifndef WEIR_BENCH_LIMIT_H
#define WEIR_BENCH_LIMIT_H

#include <stddef.h>
#include <stdint.h>

// Nanoseconds a 64-byte line, median over blocks, in a ring of `ring_bytes` (rounded to at least 4 blocks of
// 4 KiB) where a block is handed over by one flag. Every word is written and added up. Takes about `seconds`.
// 0: unknown (one core, no memory, or the sums were wrong). Makes two threads and joins them.
double limit_ns_per_line(int cpu_a, int cpu_b, size_t ring_bytes, double seconds);

#endif
