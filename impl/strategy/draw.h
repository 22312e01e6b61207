// SPDX-License-Identifier: Apache-2.0
// Random numbers out of a strategy's own memory: splitmix64 (Steele, Lea, Flood 2014) on one slot. The same
// seed gives the same draws on every machine.
#ifndef WEIR_DRAW_H
#define WEIR_DRAW_H

#include <stdint.h>

// 0 <= x < 1, 53 bits.
static inline double draw_unit(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

#endif
