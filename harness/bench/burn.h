// SPDX-License-Identifier: Apache-2.0
// Work between two operations, for the side that is to be slow: a chain of steps, each of which needs the one
// before, so that a wide core cannot overlap them. Nor does it overlap them with the operations around: the
// chain begins when those have read what they read, and they begin when it has ended. (What they have written
// may still be on its way: nobody waits for that.) How long a step takes is measured where it ran.
#ifndef WEIR_BENCH_BURN_H
#define WEIR_BENCH_BURN_H

#include <stdint.h>

// What comes before has been executed, and what comes after has not begun. (Intel SDM, LFENCE; AMD APM
// likewise.)
static inline void bench_burn_apart(void)
{
#if defined(__x86_64__)
    __asm__ __volatile__("lfence" ::: "memory");
#elif defined(__aarch64__)
    __asm__ __volatile__("dsb ishld\n\tisb" ::: "memory");
#endif
}

static inline void bench_burn(uint64_t steps)
{
    uint64_t x = steps;
    bench_burn_apart();
    for (; steps > 0; steps--) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        __asm__ volatile("" : "+r"(x)); // claims to change x: no step can be dropped
    }
    // The last step is waited for, too.
    bench_burn_apart();
}

#endif
