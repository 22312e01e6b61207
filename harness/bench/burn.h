// SPDX-License-Identifier: Apache-2.0
// Work between two operations, for the side that is to be slow: a chain of steps, each of which needs the one
// before, so that a wide core cannot overlap them. How long a step takes is measured where it ran.
#ifndef WEIR_BENCH_BURN_H
#define WEIR_BENCH_BURN_H

#include <stdint.h>

static inline void bench_burn(uint64_t steps)
{
    uint64_t x = steps;
    for (; steps > 0; steps--) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        __asm__ volatile("" : "+r"(x)); // claims to change x: no step can be dropped
    }
}

#endif
