// SPDX-License-Identifier: Apache-2.0
// Items on schedule (open loop) and round trips: the loops that take the time of every item. Part of loop.h.
//
// The clock and the histogram are the bench's, behind pointers: here a call more or less does not matter.
#ifndef WEIR_BENCH_LOOP_TIME_H
#define WEIR_BENCH_LOOP_TIME_H

#include "bench/loop_move.h"

// --- on schedule ----

// Waits until `due`. False when the time is over.
LOOP_SELDOM bool loop_await(const struct bench_shared *s, uint64_t due)
{
    const uint64_t nap_ns = 1000000, close_ns = 20000; // a nap is short enough to see the stop
    for (;;) {
        uint64_t now = s->now_ns();
        if (now >= due)
            return true;
        if (loop_stopped(s))
            return false;
        if (!s->generator_sleeps || due - now < close_ns)
            continue; // the reading takes its time: nobody waits for this thread
        struct timespec span = {0, (long)(due - now < nap_ns ? due - now : nap_ns)};
        nanosleep(&span, NULL);
    }
}

// Own lag: how long after it could have been offered an item is, the time that the offer before it took
// aside.
LOOP_INLINE void loop_note_lag(struct bench_worker *w, uint64_t now, uint64_t due, uint64_t back)
{
    uint64_t earliest = due > back ? due : back;
    uint64_t lag = now > earliest ? now - earliest : 0;
    w->late += lag > w->shared->late_ns;
    w->lag_max_ns = lag > w->lag_max_ns ? lag : w->lag_max_ns;
}

// Sends quota items when they are due; those that are due together go in one batch. One more, which says that
// it is the last, is not timed.
LOOP_INLINE void loop_produce_on_time(struct bench_worker *w, enum bench_carried how, size_t words)
{
    struct bench_shared *s = w->shared;
    uint64_t items[BENCH_LOOP_MAX_BATCH], base = (uint64_t)w->index << 56, sent = 0;
    size_t next_buffer = 0;
    loop_begin(w);
    uint64_t back = s->start_ns;
    while (sent < w->quota && loop_await(s, loop_due_ns(s, w->index, sent + 1)) && !loop_stopped(s)) {
        uint64_t now = s->now_ns();
        size_t n = 0;
        for (; n < s->batch && sent + n < w->quota; n++) {
            uint64_t due = loop_due_ns(s, w->index, sent + n + 1);
            if (n > 0 && due > now)
                break;
            loop_note_lag(w, now, due, back);
        }
        loop_prepare(w, items, base + sent + 1, n, &next_buffer, how, words);
        loop_push_all(w, s, s->q, items, base + sent + 1, n, how, words);
        sent += n;
        atomic_store_explicit(&s->pushed[w->index].items, sent, memory_order_relaxed);
        back = s->now_ns();
    }
    loop_prepare(w, items, (base + sent + 1) | LOOP_LAST, 1, &next_buffer, how, words);
    loop_push_all(w, s, s->q, items, (base + sent + 1) | LOOP_LAST, 1, how, words);
    w->items = sent + 1;
    w->checksum = loop_sum_of(base, sent + 1);
    loop_end(w);
}

static void q_bench_produce_timed(struct bench_worker *w)
{
    size_t words = w->shared->item_bytes / 8;
    switch (w->shared->carried) {
#ifdef Q_RESERVE
    case BENCH_IN_PLACE: loop_produce_on_time(w, BENCH_IN_PLACE, words); break;
#endif
#ifdef Q_COPY_PUSH_N
    case BENCH_BY_COPY: loop_produce_on_time(w, BENCH_BY_COPY, words); break;
#endif
    case BENCH_BY_POINTER: loop_produce_on_time(w, BENCH_BY_POINTER, words); break;
    default: loop_produce_on_time(w, BENCH_VALUE, 1); break;
    }
}

// --- round trips ----

// Without a pause: its length differs by a factor of ten between processors and would be measured instead of
// the queue. Waits that do give way do so.
LOOP_INLINE uint64_t loop_pop_promptly(const struct bench_shared *s, struct weir_queue *q)
{
    uint64_t item = 0;
    while (q_try_pop_n(q, &item, 1) == 0)
        if (s->wait != WEIR_WAIT_SPIN || q_can(WEIR_Q_NATIVE_BLOCKING))
            q_wait_items(q, UINT64_MAX);
        else if (LOOP_UNLIKELY(s->rest_ns > 0)) // its price is to be seen
            loop_rest(s);
    return item;
}

LOOP_INLINE void loop_push_promptly(struct weir_queue *q, uint64_t item)
{
    while (q_try_push_n(q, &item, 1) == 0)
        q_wait_space(q, 1, UINT64_MAX);
}

// At least one trip is recorded, however late the threads got there.
static void q_bench_ping(struct bench_worker *w)
{
    struct bench_shared *s = w->shared;
    uint64_t trip = 0;
    loop_begin(w);
    while (trip < w->quota && (trip <= BENCH_WARM_TRIPS || !loop_stopped(s))) {
        uint64_t begin = s->now_ns();
        loop_push_promptly(s->q, ++trip);
        uint64_t item = loop_pop_promptly(s, s->back);
        uint64_t end = s->now_ns();
        w->wrong += item != trip;
        w->items++;
        if (trip > BENCH_WARM_TRIPS)
            s->record(w->histogram, end > begin ? end - begin : 0);
    }
    loop_push_promptly(s->q, LOOP_LAST);
    loop_pop_promptly(s, s->back);
    loop_end(w);
    w->last_pop_ns = loop_clock_ns(CLOCK_MONOTONIC);
}

static void q_bench_pong(struct bench_worker *w)
{
    struct bench_shared *s = w->shared;
    loop_begin(w);
    for (uint64_t item = 0, expected = 1; item != LOOP_LAST; expected++) {
        item = loop_pop_promptly(s, s->q);
        w->wrong += item != expected && item != LOOP_LAST;
        w->items += item != LOOP_LAST;
        loop_push_promptly(s->back, item);
    }
    loop_end(w);
}

#endif
