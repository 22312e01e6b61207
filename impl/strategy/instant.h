// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_INSTANT_H
#define WEIR_INSTANT_H

#include <stdint.h>

// Points in time stop at the end of the clock instead of starting over. `length` is in nanoseconds, >= 0.
static inline uint64_t time_after(uint64_t from, double length)
{
    uint64_t ns = length < 0x1p64 ? (uint64_t)length : UINT64_MAX;
    return from > UINT64_MAX - ns ? UINT64_MAX : from + ns;
}

#endif
