// SPDX-License-Identifier: Apache-2.0
// A ring under a lock for any number of threads, and right but for one fault, which BAD_FAULT chooses: one
// module a fault.
#ifndef BAD_H
#define BAD_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum bad_fault {
    BAD_NOT, // the same queue without a fault
    BAD_CRASH_LOADING,
    BAD_EXIT_LOADING,
    BAD_CRASH_CREATE,
    BAD_NULL_CREATE,
    BAD_CRASH_PUSH,
    BAD_CRASH_POP,
    BAD_CRASH_DESTROY,
    BAD_ABORT,
    BAD_EXIT,
    BAD_HANG,
    BAD_LOSE,   // an item
    BAD_DOUBLE, // an item
    BAD_SWAP,   // two items that follow each other
    BAD_INVENT, // an item
    BAD_EXCEED, // the capacity, by one
    BAD_LEN,    // answers more than there can be
    BAD_EMPTY,  // says empty with an item inside, once in a while
    BAD_CLOSE,  // takes items when closed
    BAD_MOVED,  // says that it moved more than it was asked
};

enum { BAD_AT = 300 }; // the operation on one queue at which it happens

struct bad {
    pthread_mutex_t lock;
    size_t capacity, head;
    _Atomic size_t count;
    atomic_bool closed;
    uint64_t pushes, pops;
    bool done; // the fault has happened
    uint64_t *items;
};

static inline bool bad_is(enum bad_fault fault)
{
    return BAD_FAULT == fault;
}

static inline void bad_crash(void)
{
    raise(SIGSEGV);
}

__attribute__((constructor)) static void bad_loaded(void)
{
    if (bad_is(BAD_CRASH_LOADING))
        bad_crash();
    if (bad_is(BAD_EXIT_LOADING))
        exit(0);
}

static inline bool bad_init(struct bad *q, void *memory, size_t capacity)
{
    if (bad_is(BAD_CRASH_CREATE))
        bad_crash();
    q->items = (uint64_t *)memory;
    q->capacity = capacity + bad_is(BAD_EXCEED);
    pthread_mutex_init(&q->lock, NULL);
    return !bad_is(BAD_NULL_CREATE);
}

static inline void bad_destroy(struct bad *q)
{
    if (bad_is(BAD_CRASH_DESTROY))
        bad_crash();
    pthread_mutex_destroy(&q->lock);
}

static inline void bad_put(struct bad *q, uint64_t item)
{
    q->items[(q->head + q->count) % q->capacity] = item;
    q->count++;
}

// What happens once, when its time has come; whether the item was put.
static inline bool bad_push_fault(struct bad *q, uint64_t item)
{
    if (bad_is(BAD_CRASH_PUSH))
        bad_crash();
    if (bad_is(BAD_ABORT))
        abort();
    if (bad_is(BAD_EXIT))
        exit(0);
    while (bad_is(BAD_HANG))
        pause();
    bool more = bad_is(BAD_DOUBLE) || bad_is(BAD_INVENT);
    if (more && q->count + 1 >= q->capacity)
        return false; // another time: it wants two slots
    if (more)
        bad_put(q, bad_is(BAD_DOUBLE) ? item : item ^ 0x700);
    q->done = true;
    return bad_is(BAD_LOSE);
}

static inline size_t bad_push_n(struct bad *q, const uint64_t *items, size_t n)
{
    size_t moved = 0;
    pthread_mutex_lock(&q->lock);
    for (; moved < n && q->count < q->capacity && (!q->closed || bad_is(BAD_CLOSE)); moved++)
        if (++q->pushes < BAD_AT || q->done || !bad_push_fault(q, items[moved]))
            bad_put(q, items[moved]);
    if (bad_is(BAD_MOVED) && q->pushes > BAD_AT && moved == n && n > 0)
        moved++;
    pthread_mutex_unlock(&q->lock);
    return moved;
}

static inline void bad_swap(struct bad *q)
{
    uint64_t *a = &q->items[q->head], *b = &q->items[(q->head + 1) % q->capacity], item = *a;
    *a = *b;
    *b = item;
}

static inline size_t bad_pop_n(struct bad *q, uint64_t *items, size_t n)
{
    size_t moved = 0;
    pthread_mutex_lock(&q->lock);
    bool now = ++q->pops > BAD_AT;
    if (bad_is(BAD_CRASH_POP) && now)
        bad_crash();
    if (bad_is(BAD_SWAP) && q->pops % 4 == 0 && q->count > 1)
        bad_swap(q);
    if (bad_is(BAD_EMPTY) && q->pops % 8 == 0)
        n = 0;
    while (moved < n && q->count > 0) {
        items[moved++] = q->items[q->head];
        q->head = (q->head + 1) % q->capacity;
        q->count--;
    }
    pthread_mutex_unlock(&q->lock);
    return moved;
}

static inline size_t bad_len(const struct bad *q)
{
    size_t count = q->count;
    if (bad_is(BAD_EXCEED) && count == q->capacity)
        return count - 1; // and hides it
    return bad_is(BAD_LEN) ? count + 1000 : count;
}

#endif
