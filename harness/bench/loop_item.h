// SPDX-License-Identifier: Apache-2.0
// Items of the measured loops: what is in them, and how they are checked. Part of loop.h.
//
// An item's identity is producer << 56 | last << 55 | number, the numbers of a producer being 1, 2, 3 ...
// Items of 8 bytes are their identity; in longer ones word 0 is the identity, every other word is made from
// it, all are written by the producer and all are added up by the consumer.
#ifndef WEIR_BENCH_LOOP_ITEM_H
#define WEIR_BENCH_LOOP_ITEM_H

#include "bench/burn.h"
#include "bench/worker.h"
#include "queue/port.h"
#include <sched.h>
#include <time.h>

#define LOOP_INLINE              static inline __attribute__((always_inline, unused))
#define LOOP_SELDOM              static __attribute__((noinline, cold, unused))
#define LOOP_LAST                ((uint64_t)1 << 55)
#define LOOP_WORD_STEP           ((uint64_t)0x9e3779b97f4a7c15u)
#define LOOP_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

static uint64_t loop_clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

LOOP_INLINE bool loop_stopped(const struct bench_shared *s)
{
    return atomic_load_explicit(&s->stop, memory_order_relaxed);
}

// --- the payload ----

LOOP_INLINE void loop_write(uint64_t *words, uint64_t identity, size_t count)
{
    words[0] = identity;
    for (size_t i = 1; i < count; i++)
        words[i] = identity + i * LOOP_WORD_STEP;
}

// The sum of the words of a payload with this identity is known without them.
LOOP_INLINE bool loop_adds_up(const uint64_t *words, uint64_t identity, size_t count)
{
    uint64_t sum = identity;
    for (size_t i = 1; i < count; i++)
        sum += words[i];
    uint64_t steps = (uint64_t)count * (count - 1) / 2;
    return sum == identity * count + steps * LOOP_WORD_STEP;
}

// --- the order ----

// What a consumer expects of each producer. With one consumer the numbers of a producer come without a gap
// (slack 1); with several they only rise (slack LOOP_LAST), and what is missing or double is found by the
// sums of both sides.
struct loop_check {
    uint64_t next[256]; // the index cannot leave it, whatever the queue hands out
    uint64_t slack;
    uint64_t sum;
};

LOOP_INLINE void loop_check_init(struct loop_check *c, const struct bench_shared *s)
{
    for (uint64_t i = 0; i < 256; i++)
        c->next[i] = i << 56 | 1;
    c->slack = s->consumers > 1 ? LOOP_LAST : 1;
    c->sum = 0;
}

// A producer's last item has come out. When all have, everything has: tell the other consumers.
LOOP_SELDOM void loop_finish_one(struct bench_worker *w)
{
    w->last_pop_ns = loop_clock_ns(CLOCK_MONOTONIC);
    struct bench_shared *s = w->shared;
    if (atomic_fetch_add_explicit(&s->finished, 1, memory_order_relaxed) + 1 == s->producers)
        q_close(s->q);
}

// An item that is not simply the next one: its producer's last, or wrong. Answers what comes after it.
LOOP_SELDOM uint64_t loop_judge(struct bench_worker *w, uint64_t next, uint64_t identity, uint64_t slack)
{
    uint64_t plain = identity & ~LOOP_LAST;
    w->wrong += plain - next >= slack;
    if (identity & LOOP_LAST)
        loop_finish_one(w);
    return plain + 1;
}

LOOP_INLINE void loop_check_one(struct bench_worker *w, struct loop_check *c, uint64_t identity)
{
    uint64_t *next = &c->next[identity >> 56];
    c->sum += identity;
    if (LOOP_UNLIKELY(identity - *next >= c->slack || identity & LOOP_LAST))
        *next = loop_judge(w, *next, identity, c->slack);
    else
        *next = identity + 1;
}

// What a producer's items add up to: 1 to count - 1, and the last one.
static uint64_t loop_sum_of(uint64_t base, uint64_t count)
{
    uint64_t pairs = count % 2 ? (count + 1) / 2 * count : count / 2 * (count + 1);
    return base * count + pairs + LOOP_LAST;
}

// --- begin, end ----

static void loop_begin(struct bench_worker *w)
{
    struct bench_shared *s = w->shared;
    atomic_fetch_add_explicit(&s->ready, 1, memory_order_relaxed); // only counted
    while (!atomic_load_explicit(&s->go, memory_order_acquire))
        sched_yield();
    w->cpu_ns = loop_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    w->first_push_ns = loop_clock_ns(CLOCK_MONOTONIC);
}

static void loop_end(struct bench_worker *w)
{
    const struct bench_shared *s = w->shared;
    // As it was burnt: so many steps at a time. What beginning and ending takes is work, not hand-off.
    const uint64_t burst = (s->producer_steps + s->consumer_steps) * s->batch,
                   bursts = burst ? (1 << 18) / burst + 1 : 0;
    w->cpu_ns = loop_clock_ns(CLOCK_THREAD_CPUTIME_ID) - w->cpu_ns;
    if (burst == 0)
        return;
    for (int i = 0; i < 3; i++) { // the shortest: whatever disturbs it only makes it longer
        uint64_t begin = loop_clock_ns(CLOCK_MONOTONIC);
        for (uint64_t k = 0; k < bursts; k++)
            bench_burn(burst);
        double ns = (double)(loop_clock_ns(CLOCK_MONOTONIC) - begin) / (double)(bursts * burst);
        w->ns_per_step = i == 0 || ns < w->ns_per_step ? ns : w->ns_per_step;
    }
}

// --- now and then ----

static uint64_t loop_counted(const struct bench_count *counts, unsigned n)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += atomic_load_explicit(&counts[i].items, memory_order_relaxed);
    return sum;
}

// Items inside, as the threads have told: popped is read first, so that it cannot be ahead.
static uint64_t loop_length(const struct bench_shared *s)
{
    uint64_t popped = loop_counted(s->popped, s->consumers);
    uint64_t pushed = loop_counted(s->pushed, s->producers);
    return pushed > popped ? pushed - popped : 0;
}

// Between two looks of a consumer that found nothing: one pause, or as long as the options say.
LOOP_INLINE void loop_rest(const struct bench_shared *s)
{
    weir_cpu_pause();
    if (LOOP_UNLIKELY(s->rest_ns > 0))
        for (uint64_t end = loop_clock_ns(CLOCK_MONOTONIC) + s->rest_ns;
             loop_clock_ns(CLOCK_MONOTONIC) < end;)
            weir_cpu_pause();
}

LOOP_INLINE void loop_give_way(const struct bench_shared *s)
{
    if (s->wait == WEIR_WAIT_SPIN)
        weir_cpu_pause();
    else
        sched_yield();
}

// Between operations of a producer that has pushed `sent` items, from time to time: says so, works, holds.
// Answers at how many items it wants to be called again; 0: the time is over, or its items are sent.
LOOP_SELDOM uint64_t loop_look_producer(struct bench_worker *w, uint64_t sent)
{
    struct bench_shared *s = w->shared;
    uint64_t left = w->quota == 0 ? UINT64_MAX : w->quota > sent ? w->quota - sent : 0;
    atomic_store_explicit(&s->pushed[w->index].items, sent, memory_order_relaxed);
    if (left == 0)
        return 0;
    if (s->producer_steps) {
        bench_burn(s->producer_steps * s->batch);
        return loop_stopped(s) ? 0 : sent + 1;
    }
    uint64_t length = 0;
    if (s->producer_below)
        while ((length = loop_length(s)) >= s->producer_below && !loop_stopped(s))
            loop_give_way(s);
    if (loop_stopped(s))
        return 0;
    uint64_t room = s->producer_below ? s->producer_below - length : UINT64_MAX;
    room = room < left ? room : left;
    return sent + (room < s->look_every ? room : s->look_every);
}

// A consumer's window opens when enough is inside, and ends at the stop; what is drained after it is checked
// and not timed.
static void loop_open_window(struct bench_worker *w)
{
    const struct bench_shared *s = w->shared;
    while (s->fill_first && loop_length(s) < s->fill_first && !loop_stopped(s))
        loop_give_way(s);
    w->window_begin_ns = loop_clock_ns(CLOCK_MONOTONIC);
}

LOOP_INLINE void loop_sample_fill(struct bench_worker *w, struct bench_shared *s, uint64_t got)
{
    if (got < w->sample_at || w->window_end_ns)
        return;
    w->sample_at = got + s->sample_every;
    uint64_t length = loop_length(s);
    length = length < s->capacity ? length : s->capacity;
    w->shape->fill[length * BENCH_FILL_STEPS / s->capacity]++;
}

// The same for a consumer that has popped `got` items.
LOOP_SELDOM uint64_t loop_look_consumer(struct bench_worker *w, uint64_t got)
{
    struct bench_shared *s = w->shared;
    atomic_store_explicit(&s->popped[w->index].items, got, memory_order_relaxed);
    if (s->consumer_steps)
        bench_burn(s->consumer_steps * (got - w->seen));
    w->seen = got;
    if (w->window_end_ns == 0 && loop_stopped(s)) {
        w->window_end_ns = loop_clock_ns(CLOCK_MONOTONIC);
        w->window_items = got;
    }
    loop_sample_fill(w, s, got);
    uint64_t length = 0;
    if (s->consumer_above)
        while ((length = loop_length(s)) <= s->consumer_above && !loop_stopped(s))
            loop_give_way(s);
    if (s->consumer_steps || s->producer_steps)
        return got + 1;
    if (s->consumer_above && length > s->consumer_above && length - s->consumer_above < s->look_every)
        return got + (length - s->consumer_above);
    return got + s->look_every;
}

#endif
