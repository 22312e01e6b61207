// SPDX-License-Identifier: Apache-2.0
// The measured loops of one queue: include after adapter.h, once per C file. They call the queue's inline
// functions, so what is measured is the queue and this file, with no call between. Batch 1 and 8-byte items
// are compiled as constants.
//
// An item's identity is producer << 56 | last << 55 | number + 1. Items of 8 bytes are their identity; longer
// ones are the address of a buffer whose words are all written by the producer and all added up by the
// consumer.
#ifndef WEIR_BENCH_LOOP_H
#define WEIR_BENCH_LOOP_H

#include "bench/worker.h"
#include "queue/port.h"
#include <sched.h>
#include <time.h>

#define LOOP_INLINE    static inline __attribute__((always_inline))
#define LOOP_LAST      ((uint64_t)1 << 55)
#define LOOP_NUMBER    (LOOP_LAST - 1)
#define LOOP_WORD_STEP ((uint64_t)0x9e3779b97f4a7c15u)

static uint64_t loop_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

LOOP_INLINE bool loop_stopped(const struct bench_shared *s)
{
    return atomic_load_explicit(&s->stop, memory_order_relaxed);
}

LOOP_INLINE void loop_give_way(const struct bench_shared *s)
{
    if (s->wait == WEIR_WAIT_SPIN)
        weir_cpu_pause();
    else
        sched_yield();
}

static void loop_await_start(struct bench_shared *s)
{
    atomic_fetch_add_explicit(&s->ready, 1, memory_order_relaxed); // only counted
    while (!atomic_load_explicit(&s->go, memory_order_acquire))
        sched_yield();
}

// --- items ----

// The next free buffer of this producer, filled. A consumer may be slow to give one back.
LOOP_INLINE uint64_t loop_fill_buffer(struct bench_worker *w, uint64_t identity, size_t *next)
{
    uint64_t *buffer = w->buffers + *next * w->buffer_words;
    _Atomic(uint64_t) *state = (_Atomic(uint64_t) *)buffer;
    while (atomic_load_explicit(state, memory_order_acquire) != 0) // pairs with loop_take
        loop_give_way(w->shared);
    size_t words = w->shared->item_bytes / 8;
    for (size_t i = 1; i < words; i++)
        buffer[i] = identity + i * LOOP_WORD_STEP;
    atomic_store_explicit(state, identity, memory_order_relaxed); // the queue publishes
    *next = *next + 1 == w->buffers_count ? 0 : *next + 1;
    return (uint64_t)(uintptr_t)buffer;
}

LOOP_INLINE uint64_t loop_make(struct bench_worker *w, uint64_t identity, size_t *next, bool wide)
{
    w->checksum += identity;
    return wide ? loop_fill_buffer(w, identity, next) : identity;
}

// The sum of the words of a payload with this identity is known without them.
LOOP_INLINE bool loop_adds_up(const uint64_t *buffer, uint64_t identity, size_t words)
{
    uint64_t sum = identity;
    for (size_t i = 1; i < words; i++)
        sum += buffer[i];
    uint64_t steps = (uint64_t)words * (words - 1) / 2;
    return sum == identity * words + steps * LOOP_WORD_STEP;
}

struct loop_check {
    uint64_t last[256]; // of each producer; the index cannot leave it, whatever the queue hands out
};

// Checks an item; true when it is its producer's last.
LOOP_INLINE bool loop_take(struct bench_worker *w, struct loop_check *check, uint64_t item, bool wide)
{
    uint64_t identity = item;
    if (wide) {
        uint64_t *buffer = (uint64_t *)(uintptr_t)item;
        _Atomic(uint64_t) *state = (_Atomic(uint64_t) *)buffer;
        identity = atomic_load_explicit(state, memory_order_relaxed);
        w->wrong += !loop_adds_up(buffer, identity, w->shared->item_bytes / 8);
        atomic_store_explicit(state, 0, memory_order_release); // pairs with loop_fill_buffer
    }
    uint64_t number = identity & LOOP_NUMBER, *last = &check->last[identity >> 56];
    w->wrong += number <= *last;
    *last = number;
    w->checksum += identity;
    w->items++;
    return identity & LOOP_LAST;
}

// --- producer ----

LOOP_INLINE void loop_push_all(struct bench_shared *s, const uint64_t *items, size_t n)
{
    size_t done = q_try_push_n(s->q, items, n);
    while (done < n) {
        if (s->wait == WEIR_WAIT_SPIN && !q_can(WEIR_Q_NATIVE_BLOCKING))
            weir_cpu_pause();
        else
            q_wait_space(s->q, 1, UINT64_MAX);
        done += q_try_push_n(s->q, items + done, n - done);
    }
}

// How many items may be pushed before the length must be looked at again.
static size_t loop_hold_producer(struct bench_shared *s)
{
    while (!loop_stopped(s)) {
        size_t length = q_len(s->q);
        if (length < s->producer_below)
            return s->producer_below - length;
        loop_give_way(s);
    }
    return SIZE_MAX;
}

LOOP_INLINE void loop_produce(struct bench_worker *worker, size_t batch, bool wide)
{
    struct bench_worker w = *worker; // locals can live in registers
    struct bench_shared *s = w.shared;
    uint64_t items[BENCH_LOOP_MAX_BATCH];
    uint64_t identity = (uint64_t)w.index << 56;
    size_t next_buffer = 0, credit = s->producer_below ? 0 : SIZE_MAX;
    loop_await_start(s);
    w.first_push_ns = loop_now_ns();
    while (!loop_stopped(s)) {
        if (credit < batch && s->producer_below)
            credit = loop_hold_producer(s);
        for (size_t i = 0; i < batch; i++)
            items[i] = loop_make(&w, ++identity, &next_buffer, wide);
        loop_push_all(s, items, batch);
        w.items += batch;
        credit -= credit < batch ? credit : batch;
    }
    items[0] = loop_make(&w, (identity + 1) | LOOP_LAST, &next_buffer, wide);
    loop_push_all(s, items, 1);
    w.items++;
    *worker = w;
}

// --- consumer ----

static size_t loop_hold_consumer(struct bench_shared *s)
{
    while (!loop_stopped(s)) {
        size_t length = q_len(s->q);
        if (length > s->consumer_above)
            return length - s->consumer_above;
        loop_give_way(s);
    }
    return SIZE_MAX;
}

// A producer's last item has come out. When all have, everything has: tell the other consumers.
static void loop_finish_one(struct bench_worker *w)
{
    w->last_pop_ns = loop_now_ns();
    struct bench_shared *s = w->shared;
    if (atomic_fetch_add_explicit(&s->finished, 1, memory_order_relaxed) + 1 == s->producers)
        q_close(s->q);
}

LOOP_INLINE void loop_consume(struct bench_worker *worker, size_t batch, bool wide)
{
    struct bench_worker w = *worker;
    struct bench_shared *s = w.shared;
    struct loop_check check = {{0}};
    uint64_t items[BENCH_LOOP_MAX_BATCH];
    items[0] = 0; // the compiler cannot see that a pop that answers 1 has written it
    size_t credit = s->consumer_above ? 0 : SIZE_MAX;
    loop_await_start(s);
    for (;;) {
        if (credit < batch && s->consumer_above)
            credit = loop_hold_consumer(s);
        size_t n = q_try_pop_n(s->q, items, credit < batch ? credit : batch);
        for (size_t i = 0; i < n; i++)
            if (loop_take(&w, &check, items[i], wide))
                loop_finish_one(&w);
        credit -= s->consumer_above ? n : 0;
        if (n > 0)
            continue;
        if (q_closed(s->q))
            break;
        if (s->wait == WEIR_WAIT_SPIN && !q_can(WEIR_Q_NATIVE_BLOCKING))
            weir_cpu_pause();
        else
            q_wait_items(s->q, UINT64_MAX);
    }
    *worker = w;
}

// --- one thread ----

LOOP_INLINE void loop_alone(struct bench_worker *worker, size_t batch, bool wide)
{
    struct bench_worker w = *worker;
    struct bench_shared *s = w.shared;
    struct loop_check check = {{0}};
    uint64_t items[BENCH_LOOP_MAX_BATCH], identity = 0, made = 0;
    size_t next_buffer = 0;
    loop_await_start(s);
    w.first_push_ns = loop_now_ns();
    do {
        for (size_t i = 0; i < batch; i++)
            items[i] = loop_make(&w, ++identity, &next_buffer, wide);
        for (size_t i = 0; i < batch; i++) {
            uint64_t item = 0;
            loop_push_all(s, &items[i], 1);
            q_try_pop_n(s->q, &item, 1);
            loop_take(&w, &check, item, wide);
        }
        made += batch;
    } while (!loop_stopped(s));
    w.last_pop_ns = loop_now_ns();
    w.wrong += w.items != made;
    *worker = w;
}

// --- the table ----

#define LOOP_SPECIALISE(loop, w)                                                                             \
    do {                                                                                                     \
        bool wide_ = (w)->shared->item_bytes > 8;                                                            \
        if ((w)->shared->batch == 1 && !wide_)                                                               \
            loop((w), 1, false);                                                                             \
        else if (!wide_)                                                                                     \
            loop((w), (w)->shared->batch, false);                                                            \
        else                                                                                                 \
            loop((w), (w)->shared->batch, true);                                                             \
    } while (0)

static void q_bench_produce(struct bench_worker *w)
{
    LOOP_SPECIALISE(loop_produce, w);
}

static void q_bench_consume(struct bench_worker *w)
{
    LOOP_SPECIALISE(loop_consume, w);
}

static void q_bench_alone(struct bench_worker *w)
{
    LOOP_SPECIALISE(loop_alone, w);
}

static const struct bench_loops q_loops = {
    WEIR_SET(abi, WEIR_BENCH_LOOP_ABI), WEIR_SET(produce, q_bench_produce),
    WEIR_SET(consume, q_bench_consume), WEIR_SET(alone, q_bench_alone)};

#endif
