// SPDX-License-Identifier: Apache-2.0
// Arithmetic that the rings share: sizes, and tickets that carry a "closed" bit.
//
// A ticket names a position in an endless sequence of slots. Tickets advance in steps of 2, so that bit 0 of
// a word that holds one is free: the mpmc and disruptor rings keep "closed" there, which makes closing and
// claiming one atomic decision, and mpmc marks a filled slot with it. Tickets wrap modulo 2^64, positions
// modulo 2^63.
#ifndef WEIR_QUEUE_RING_H
#define WEIR_QUEUE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_TICKET_STEP   ((uint64_t)2)
#define WEIR_TICKET_CLOSED ((uint64_t)1)
#define WEIR_RING_MAX      ((size_t)1 << 40) // more is refused: no machine has it, and sizes cannot overflow

// Slots that a ring for `capacity` items allocates: a power of two, at least two. 0 when it is out of range.
static inline size_t weir_ring_slots(size_t capacity)
{
    if (capacity == 0 || capacity > WEIR_RING_MAX)
        return 0;
    size_t slots = 2;
    while (slots < capacity)
        slots *= 2;
    return slots;
}

// 8-byte words of a slot, from weir_queue_config.item_bytes.
static inline size_t weir_slot_words(size_t item_bytes)
{
    return item_bytes > sizeof(uint64_t) ? item_bytes / sizeof(uint64_t) : 1;
}

static inline uint64_t weir_ticket_at(uint64_t position)
{
    return position * WEIR_TICKET_STEP;
}

static inline uint64_t weir_ticket_add(uint64_t ticket, size_t n)
{
    return ticket + (uint64_t)n * WEIR_TICKET_STEP;
}

// Positions from `from` up to `to`; negative when `to` is older.
static inline int64_t weir_ticket_distance(uint64_t from, uint64_t to)
{
    return (int64_t)(to - from) / (int64_t)WEIR_TICKET_STEP;
}

static inline size_t weir_ticket_slot(uint64_t ticket, uint64_t mask)
{
    return (size_t)((ticket / WEIR_TICKET_STEP) & mask);
}

static inline size_t weir_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
