// SPDX-License-Identifier: Apache-2.0
// How items get into a queue and out of it, for each way of carrying them (enum bench_carried). Part of
// loop.h. `how`, `batch` and `words` are constants where it matters: what does not apply is not compiled.
#ifndef WEIR_BENCH_LOOP_MOVE_H
#define WEIR_BENCH_LOOP_MOVE_H

#include "bench/loop_item.h"

// Sizes of which a queue that copies has elements; others travel by pointer.
#ifndef Q_COPY_TAKES
#define Q_COPY_TAKES(bytes) ((void)(bytes), true)
#endif

static enum bench_carried q_bench_carried(size_t item_bytes, size_t batch)
{
#ifdef Q_RESERVE
    if (item_bytes == 0)
        return BENCH_SEQUENCE;
    if (item_bytes == 8 && batch > 1)
        return BENCH_IN_PLACE;
    if (item_bytes > 8 && q_can(WEIR_Q_IN_PLACE))
        return BENCH_IN_PLACE;
#endif
    (void)batch;
    if (item_bytes == 0)
        return BENCH_NOT_CARRIED;
    if (item_bytes == 8)
        return BENCH_VALUE;
#ifdef Q_COPY_PUSH_N
    if (Q_COPY_TAKES(item_bytes))
        return BENCH_BY_COPY;
#endif
    return BENCH_BY_POINTER;
}

// Slots from the i-th of n on that lie side by side: a queue that knows says so (Q_RUN).
#ifndef Q_RUN
#define Q_RUN(q, first, i, n) ((void)(q), (size_t)1)
#endif

// --- in ----

// The next free buffer of this producer, filled. One that a consumer has not given back, or never will, is
// passed over.
LOOP_INLINE uint64_t loop_fill_buffer(struct bench_worker *w, uint64_t identity, size_t *next, size_t words)
{
    uint64_t *buffer = w->buffers + *next * w->buffer_words;
    _Atomic(uint64_t) *state = (_Atomic(uint64_t) *)buffer;
    while (LOOP_UNLIKELY(atomic_load_explicit(state, memory_order_acquire) !=
                         0)) { // pairs with loop_take_pointer
        loop_give_way(w->shared);
        *next = *next + 1 == w->buffers_count ? 0 : *next + 1;
        buffer = w->buffers + *next * w->buffer_words;
        state = (_Atomic(uint64_t) *)buffer;
    }
    for (size_t i = 1; i < words; i++)
        buffer[i] = identity + i * LOOP_WORD_STEP;
    atomic_store_explicit(state, identity, memory_order_relaxed); // the queue publishes
    *next = *next + 1 == w->buffers_count ? 0 : *next + 1;
    return (uint64_t)(uintptr_t)buffer;
}

// Gets n items ready whose first has this identity; nothing to do for those that are written in place.
LOOP_INLINE void loop_prepare(struct bench_worker *w, uint64_t *items, uint64_t identity, size_t n,
                              size_t *next_buffer, enum bench_carried how, size_t words)
{
    if (how == BENCH_IN_PLACE || how == BENCH_SEQUENCE)
        return;
    for (size_t i = 0; i < n; i++)
        if (how == BENCH_VALUE)
            items[i] = identity + i;
        else if (how == BENCH_BY_POINTER)
            items[i] = loop_fill_buffer(w, identity + i, next_buffer, words);
        else
            loop_write(w->buffers + i * words, identity + i, words);
}

#ifdef Q_RESERVE

LOOP_INLINE void loop_write_slots(struct weir_queue *q, uint64_t first, uint64_t identity, size_t n,
                                  size_t words)
{
    for (size_t i = 0; i < n;) {
        uint64_t *slot = Q_SLOT(&q->q, first, i);
        size_t run = Q_RUN(&q->q, first, i, n);
        if (run == n) { // as a rule, and with a number that the compiler may know
            for (size_t k = 0; k < n; k++)
                loop_write(slot + k * words, identity + k, words);
            return;
        }
        for (size_t k = 0; k < run; k++)
            loop_write(slot + k * words, identity + i + k, words);
        i += run;
    }
}

LOOP_INLINE size_t loop_reserve_n(struct weir_queue *q, uint64_t identity, size_t n, bool payload,
                                  size_t words)
{
    uint64_t first = 0;
    size_t granted = Q_RESERVE(&q->q, n, &first);
    if (granted == 0)
        return 0;
    if (payload && granted == n) // the same, with a number that the compiler may know
        loop_write_slots(q, first, identity, n, words);
    else if (payload)
        loop_write_slots(q, first, identity, granted, words);
    Q_COMMIT(&q->q, first, granted);
    q_notify(q, &q->items, granted);
    return granted;
}

#endif

// Moves up to n of the prepared items, from the `done`-th on. `identity` is that of the first to move.
LOOP_INLINE size_t loop_push_some(struct bench_worker *w, struct weir_queue *q, const uint64_t *items,
                                  size_t done, uint64_t identity, size_t n, enum bench_carried how,
                                  size_t words)
{
    (void)w, (void)identity, (void)words;
#ifdef Q_RESERVE
    if (how == BENCH_IN_PLACE || how == BENCH_SEQUENCE)
        return loop_reserve_n(q, identity, n, how == BENCH_IN_PLACE, words);
#endif
#ifdef Q_COPY_PUSH_N
    if (how == BENCH_BY_COPY) {
        size_t moved = Q_COPY_PUSH_N(&q->q, (const void *)(w->buffers + done * words), n);
        q_notify(q, &q->items, moved);
        return moved;
    }
#endif
    (void)how;
    return q_try_push_n(q, items + done, n);
}

LOOP_INLINE void loop_push_all(struct bench_worker *w, const struct bench_shared *s, struct weir_queue *q,
                               const uint64_t *items, uint64_t identity, size_t n, enum bench_carried how,
                               size_t words)
{
    size_t done = loop_push_some(w, q, items, 0, identity, n, how, words);
    while (LOOP_UNLIKELY(done < n)) {
        if (s->wait == WEIR_WAIT_SPIN && !q_can(WEIR_Q_NATIVE_BLOCKING))
            weir_cpu_pause();
        else
            q_wait_space(q, 1, UINT64_MAX);
        done += loop_push_some(w, q, items, done, identity + done, n - done, how, words);
    }
}

// --- out ----

// What is done with the items of a pop: `timed` also takes the time since each was due.
struct loop_taker {
    struct loop_check check;
    uint64_t next; // with one producer and one consumer: the identity to come
};

LOOP_INLINE void loop_take_one(struct bench_worker *w, struct loop_taker *t, uint64_t identity, bool single)
{
    if (!single)
        loop_check_one(w, &t->check, identity);
    else if (LOOP_UNLIKELY(identity != t->next))
        t->next = loop_judge(w, t->next, identity, 1);
    else
        t->next++;
}

// n items of 8 bytes, side by side.
LOOP_INLINE void loop_take_values(struct bench_worker *w, struct loop_taker *t, const uint64_t *items,
                                  size_t n, bool single)
{
    uint64_t different = 0;
    for (size_t i = 0; single && i < n; i++)
        different |= items[i] ^ (t->next + i);
    if (single && !LOOP_UNLIKELY(different)) {
        t->next += n;
        return;
    }
    for (size_t i = 0; i < n; i++)
        loop_take_one(w, t, items[i], single);
}

LOOP_INLINE void loop_take_wide(struct bench_worker *w, struct loop_taker *t, const uint64_t *item,
                                size_t words)
{
    uint64_t identity = item[0];
    w->wrong += !loop_adds_up(item, identity, words);
    loop_take_one(w, t, identity, false);
}

LOOP_INLINE void loop_take_pointer(struct bench_worker *w, struct loop_taker *t, uint64_t item, size_t words)
{
    uint64_t *buffer = (uint64_t *)(uintptr_t)item;
    _Atomic(uint64_t) *state = (_Atomic(uint64_t) *)buffer;
    uint64_t identity = atomic_load_explicit(state, memory_order_relaxed); // the queue has published it
    w->wrong += !loop_adds_up(buffer, identity, words);
    atomic_store_explicit(state, 0, memory_order_release); // pairs with loop_fill_buffer
    loop_take_one(w, t, identity, false);
}

// When an item of this identity was due, by the clock of the schedule.
LOOP_INLINE uint64_t loop_due_ns(const struct bench_shared *s, uint64_t producer, uint64_t number)
{
    double phase = s->interval_ns * (double)producer / s->producers; // the producers take turns
    return s->start_ns + (uint64_t)(phase + (double)(number - 1) * s->interval_ns);
}

LOOP_INLINE void loop_time_one(struct bench_worker *w, uint64_t now, uint64_t identity)
{
    const struct bench_shared *s = w->shared;
    if (identity & LOOP_LAST || identity >> 56 >= s->producers) // sent when all is over; no item of ours
        return;
    uint64_t due = loop_due_ns(s, identity >> 56, identity & (LOOP_LAST - 1));
    s->record(w->histogram, now > due ? now - due : 0);
}

#ifdef Q_RESERVE

LOOP_INLINE void loop_read_slots(struct bench_worker *w, struct weir_queue *q, struct loop_taker *t,
                                 uint64_t first, size_t n, size_t words, bool single)
{
    for (size_t i = 0; i < n;) {
        const uint64_t *slot = Q_SLOT(&q->q, first, i);
        size_t run = Q_RUN(&q->q, first, i, n);
        if (words == 1 && run == n)
            loop_take_values(w, t, slot, n, single);
        else if (words == 1)
            loop_take_values(w, t, slot, run, single);
        else
            for (size_t k = 0; k < run; k++)
                loop_take_wide(w, t, slot + k * words, words);
        i += run;
    }
}

LOOP_INLINE size_t loop_peek_n(struct bench_worker *w, struct weir_queue *q, struct loop_taker *t, size_t n,
                               bool payload, size_t words, bool single, bool timed)
{
    uint64_t first = 0;
    size_t granted = Q_PEEK(&q->q, n, &first);
    if (granted == 0)
        return 0;
    if (timed) {
        uint64_t now = w->shared->now_ns();
        for (size_t i = 0; i < granted; i++)
            loop_time_one(w, now, *Q_SLOT(&q->q, first, i));
    }
    if (payload && granted == n)
        loop_read_slots(w, q, t, first, n, words, single);
    else if (payload)
        loop_read_slots(w, q, t, first, granted, words, single);
    Q_RELEASE(&q->q, first, granted);
    q_notify(q, &q->space, granted);
    return granted;
}

#endif

LOOP_INLINE size_t loop_pop_copies(struct bench_worker *w, struct weir_queue *q, struct loop_taker *t,
                                   size_t n, size_t words, bool timed)
{
    size_t moved = 0;
#ifdef Q_COPY_PUSH_N
    moved = Q_COPY_POP_N(&q->q, (void *)w->buffers, n);
    q_notify(q, &q->space, moved);
#endif
    (void)q, (void)n;
    uint64_t now = timed && moved ? w->shared->now_ns() : 0;
    for (size_t i = 0; i < moved; i++) {
        if (timed)
            loop_time_one(w, now, w->buffers[i * words]);
        loop_take_wide(w, t, w->buffers + i * words, words);
    }
    return moved;
}

// Pops up to n items, and checks them.
LOOP_INLINE size_t loop_pop_some(struct bench_worker *w, struct weir_queue *q, struct loop_taker *t, size_t n,
                                 enum bench_carried how, size_t words, bool single, bool timed)
{
#ifdef Q_RESERVE
    if (how == BENCH_IN_PLACE || how == BENCH_SEQUENCE)
        return loop_peek_n(w, q, t, n, how == BENCH_IN_PLACE, words, single, timed);
#endif
    if (how == BENCH_BY_COPY)
        return loop_pop_copies(w, q, t, n, words, timed);
    uint64_t items[BENCH_LOOP_MAX_BATCH];
    items[0] = 0; // the compiler cannot see that a pop that answers 1 has written it
    size_t moved = q_try_pop_n(q, items, n);
    uint64_t now = timed && moved ? w->shared->now_ns() : 0;
    for (size_t i = 0; timed && i < moved; i++)
        loop_time_one(w, now, how == BENCH_BY_POINTER ? *(uint64_t *)(uintptr_t)items[i] : items[i]);
    if (how == BENCH_BY_POINTER)
        for (size_t i = 0; i < moved; i++)
            loop_take_pointer(w, t, items[i], words);
    else if (moved == n) // the same, with a number that the compiler may know
        loop_take_values(w, t, items, n, single);
    else
        loop_take_values(w, t, items, moved, single);
    return moved;
}

#endif
