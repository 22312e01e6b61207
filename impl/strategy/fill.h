// SPDX-License-Identifier: Apache-2.0
// How full a queue is, said once: marks are shares of the capacity, and a mark is reached at exactly that
// share.
#ifndef WEIR_FILL_H
#define WEIR_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether `len` is at or past `share` of `capacity`. A queue without a bound (SIZE_MAX) or without places
// never is.
static inline bool fill_at_least(size_t len, size_t capacity, double share)
{
    return capacity != SIZE_MAX && capacity != 0 && (double)len >= share * (double)capacity;
}

// Whether it is truly past it.
static inline bool fill_above(size_t len, size_t capacity, double share)
{
    return capacity != SIZE_MAX && capacity != 0 && (double)len > share * (double)capacity;
}

#endif
