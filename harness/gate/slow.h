// SPDX-License-Identifier: Apache-2.0
// A copy of a queue that is slower by a little, to see whether the gate finds it. Included between a queue
// and its adapter: whoever pushes or pops an item whose number is a multiple of `period` works `steps` steps
// of a chain of multiplications. Both come from the environment when the module is loaded:
// WEIR_SLOW=STEPS/PERIOD, the period a power of two. Both sides work, for the time between two threads is
// that of the slower one, and which one that is changes while they run: a delay of the other one costs
// nothing. To know when, it looks at numbers that are at hand and keeps none of its own: a counter in memory
// costs half of the hand-off of a fast queue.
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

// A multiple of the period lies among the `moved` numbers up to this one. Of batches in a row each multiple
// meets one.
static inline void slow_look(uint64_t number, size_t moved)
{
    if (__builtin_expect((number & slow_mask) < moved, 0))
        slow_work();
}

static inline size_t slow_push_n(Q_TYPE *q, const uint64_t *items, size_t n)
{
    uint64_t number = items[0];
    size_t moved = Q_PUSH_N(q, items, n);
    slow_look(number, moved);
    return moved;
}
#undef Q_PUSH_N
#define Q_PUSH_N slow_push_n

static inline size_t slow_pop_n(Q_TYPE *q, uint64_t *items, size_t n)
{
    size_t moved = Q_POP_N(q, items, n);
    if (moved > 0)
        slow_look(items[0], moved);
    return moved;
}
#undef Q_POP_N
#define Q_POP_N slow_pop_n

#ifdef Q_RESERVE
static inline size_t slow_reserve(Q_TYPE *q, size_t n, uint64_t *first)
{
    size_t granted = Q_RESERVE(q, n, first);
    slow_look(*first, granted);
    return granted;
}
#undef Q_RESERVE
#define Q_RESERVE slow_reserve

static inline size_t slow_peek(Q_TYPE *q, size_t n, uint64_t *first)
{
    size_t granted = Q_PEEK(q, n, first);
    slow_look(*first, granted);
    return granted;
}
#undef Q_PEEK
#define Q_PEEK slow_peek
#endif

#endif
