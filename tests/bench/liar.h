// SPDX-License-Identifier: Apache-2.0
// A ring of one producer and one consumer that tells one lie, once, about the item that comes out as number
// LIAR_AT: built plain (items by value or by pointer), with slots in place, and copying.
#ifndef LIAR_H
#define LIAR_H

#include "queue/spsc.h"
#include <string.h>

enum liar_lie { LIAR_NONE, LIAR_DROPS, LIAR_DOUBLES, LIAR_SWAPS, LIAR_DAMAGES, LIAR_LIES };
enum { LIAR_AT = 100 };

extern enum liar_lie liar_lie; // the next one
extern bool liar_pointers;     // items are the addresses of buffers

struct liar {
    struct spsc ring;
    uint64_t out; // items that have come out
    bool lied;
};

static inline bool liar_init(struct liar *q, void *memory, size_t capacity, size_t words, size_t batch)
{
    q->out = 0;
    q->lied = false;
    return spsc_init_at(&q->ring, memory, capacity, words, batch, 0);
}

static inline bool liar_now(const struct liar *q, size_t granted)
{
    return !q->lied && liar_lie != LIAR_NONE && q->out + granted > LIAR_AT;
}

static inline void liar_swap(uint64_t *a, uint64_t *b, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        uint64_t word = a[i];
        a[i] = b[i];
        b[i] = word;
    }
}

// What is granted for reading, after the lie about its last items.
static inline size_t liar_peek(struct liar *q, size_t n, uint64_t *first)
{
    size_t granted = spsc_try_peek(&q->ring, n, first);
    if (!liar_now(q, granted))
        return granted;
    size_t words = q->ring.words;
    uint64_t next;
    switch (liar_lie) {
    case LIAR_DROPS:
        spsc_release(&q->ring, *first, 1);
        q->lied = true;
        return 0;
    case LIAR_SWAPS:
        if (spsc_try_peek(&q->ring, 2, &next) < 2)
            return 0; // until there are two
        liar_swap(spsc_slot(&q->ring, next, 0), spsc_slot(&q->ring, next, 1), words);
        break;
    case LIAR_DAMAGES: {
        uint64_t *slot = spsc_slot(&q->ring, *first, 0);
        if (liar_pointers)
            ((uint64_t *)(uintptr_t)*slot)[1] ^= 4;
        else
            slot[words - 1] ^= 4;
        break;
    }
    default: return granted; // doubles: see the release
    }
    q->lied = true;
    return granted;
}

static inline void liar_release(struct liar *q, uint64_t first, size_t n)
{
    if (liar_now(q, n) && liar_lie == LIAR_DOUBLES) {
        q->lied = true;
        spsc_release(&q->ring, first, n - 1);
    } else {
        spsc_release(&q->ring, first, n);
    }
    q->out += n;
}

static inline size_t liar_pop(struct liar *q, void *to, size_t n)
{
    uint64_t first = 0;
    size_t granted = liar_peek(q, n, &first), bytes = q->ring.words * 8;
    for (size_t i = 0; i < granted; i++)
        memcpy((char *)to + i * bytes, spsc_slot(&q->ring, first, i), bytes);
    if (granted)
        liar_release(q, first, granted);
    return granted;
}

static inline size_t liar_push(struct liar *q, const void *from, size_t n)
{
    uint64_t first = 0;
    size_t granted = spsc_try_reserve(&q->ring, n, &first), bytes = q->ring.words * 8;
    for (size_t i = 0; i < granted; i++)
        memcpy(spsc_slot(&q->ring, first, i), (const char *)from + i * bytes, bytes);
    if (granted)
        spsc_commit(&q->ring, first, granted);
    return granted;
}

#endif
