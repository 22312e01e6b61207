// SPDX-License-Identifier: Apache-2.0
// The buckets of a coarse histogram, of which a node keeps one for each row of the time series: 16 an octave,
// so a bucket is at most 1/16 of its values wide. Values below 16 have one each.
//
//   index(v) = v                                               for v < 16
//   index(v) = (floor(log2 v) - 3) * 16 + the four bits below the highest one
//
// The last bucket takes everything from 31 * 2^42 ns (38 hours) on.
#ifndef BASE_COARSE_H
#define BASE_COARSE_H

#include <stdint.h>

enum { COARSE_SUB = 16, COARSE_COUNTS = 44 * COARSE_SUB };

static inline unsigned coarse_index(uint64_t value)
{
    if (value < COARSE_SUB)
        return (unsigned)value;
    unsigned top = 63u - (unsigned)__builtin_clzll(value);
    unsigned index = (top - 3) * COARSE_SUB + (unsigned)((value >> (top - 4)) & (COARSE_SUB - 1));
    return index < COARSE_COUNTS ? index : COARSE_COUNTS - 1;
}

// The smallest value of a bucket; of COARSE_COUNTS that at which one more bucket would begin.
static inline uint64_t coarse_lowest(unsigned index)
{
    if (index < COARSE_SUB)
        return index;
    return (uint64_t)(COARSE_SUB + index % COARSE_SUB) << (index / COARSE_SUB - 1);
}

#endif
