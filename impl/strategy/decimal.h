// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_DECIMAL_H
#define WEIR_DECIMAL_H

#include <stdint.h>

// log10 of n rounded down, but at least 1: by counting digits, so that no library's rounding can matter.
static inline unsigned decimal_log(uint64_t n)
{
    unsigned log = 0;
    for (; n >= 10; n /= 10)
        log++;
    return log > 1 ? log : 1;
}

#endif
