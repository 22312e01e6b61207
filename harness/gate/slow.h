// SPDX-License-Identifier: Apache-2.0
// A copy of a queue that is slower by a little, to see whether the gate finds it. Included between a queue
// and its adapter: whoever pushes an item whose number is a multiple of `period` works `steps` steps of a
// chain of multiplications. Both come from the environment when the module is loaded: WEIR_SLOW=STEPS/PERIOD,
// the period a power of two. To know when, it looks at numbers that are at hand and keeps none of its own: a
// counter in memory costs half of the hand-off of a fast queue.
#ifndef GATE_SLOW_H
#define GATE_SLOW_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t slow_mask = UINT64_MAX, slow_steps;

__attribute__((constructor)) static void slow_begin(void)
{
    unsigned long steps, period;
    const char *text = getenv("WEIR_SLOW");
    if (text == NULL || sscanf(text, "%lu/%lu", &steps, &period) != 2 || period == 0 ||
        (period & (period - 1)))
        return;
    slow_steps = steps;
    slow_mask = period - 1;
}

__attribute__((noinline, cold)) static void slow_work(void)
{
    uint64_t x = slow_steps;
    for (uint64_t i = 0; i < slow_steps; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        __asm__ volatile("" : "+r"(x)); // claims to change x: no step can be dropped
    }
}

static inline size_t slow_push_n(Q_TYPE *q, const uint64_t *items, size_t n)
{
    uint64_t number = items[0];
    size_t moved = Q_PUSH_N(q, items, n);
    if (__builtin_expect((number & slow_mask) < moved, 0))
        slow_work();
    return moved;
}
#undef Q_PUSH_N
#define Q_PUSH_N slow_push_n

#ifdef Q_RESERVE
static inline size_t slow_reserve(Q_TYPE *q, size_t n, uint64_t *first)
{
    size_t granted = Q_RESERVE(q, n, first);
    if (__builtin_expect((*first & slow_mask) < granted, 0))
        slow_work();
    return granted;
}
#undef Q_RESERVE
#define Q_RESERVE slow_reserve
#endif

#endif
