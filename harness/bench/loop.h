// SPDX-License-Identifier: Apache-2.0
// The measured loops of one queue: include after adapter.h, once per C or C++ file. They call the queue's
// inline functions, so what is measured is the queue and these files, with no call between. Batches of 1 and
// 16, and items of 8, 64 and 256 bytes, are compiled as constants.
//
// Between operations a side looks only at one number of its own: at how many items it wants to look up
// (loop_look_producer, loop_look_consumer). Everything that is done now and then - saying how far it is, the
// stop, work, holding a length, looking at the fill - is behind that.
#ifndef WEIR_BENCH_LOOP_H
#define WEIR_BENCH_LOOP_H

#include "bench/loop_item.h"
#include "bench/loop_move.h"
#include "bench/loop_time.h"

// --- producer ----

LOOP_INLINE void loop_produce(struct bench_worker *w, size_t batch, enum bench_carried how, size_t words)
{
    struct bench_shared *s = w->shared;
    struct weir_queue *q = s->q;
    uint64_t items[BENCH_LOOP_MAX_BATCH];
    const uint64_t base = (uint64_t)w->index << 56;
    uint64_t sent = 0, look_at = 0;
    size_t next_buffer = 0;
    loop_begin(w);
    for (;;) {
        // However late it comes, it moves something.
        if (LOOP_UNLIKELY(sent >= look_at) && (look_at = loop_look_producer(w, sent)) == 0 && sent > 0)
            break;
        loop_prepare(w, items, base + sent + 1, batch, &next_buffer, how, words);
        loop_push_all(w, s, q, items, base + sent + 1, batch, how, words);
        sent += batch;
    }
    w->items = sent;
    if (how == BENCH_SEQUENCE) { // nothing carries the end: the last producer closes
        // Release, acquire: what the others have committed comes before the close.
        if (atomic_fetch_add_explicit(&s->finished, 1, memory_order_acq_rel) + 1 == s->producers)
            q_close(q);
    } else {
        uint64_t last = (base + sent + 1) | LOOP_LAST;
        loop_prepare(w, items, last, 1, &next_buffer, how, words);
        loop_push_all(w, s, q, items, last, 1, how, words);
        w->items++;
        w->checksum = loop_sum_of(base, w->items);
    }
    loop_end(w);
}

// --- consumer ----

LOOP_INLINE void loop_consume(struct bench_worker *w, size_t batch, enum bench_carried how, size_t words,
                              bool single, bool timed)
{
    struct bench_shared *s = w->shared;
    struct weir_queue *q = s->q;
    struct loop_taker taker;
    loop_check_init(&taker.check, s);
    taker.next = 1;
    uint64_t *moved = w->shape->moved;
    uint64_t got = 0, look_at = 0;
    loop_begin(w);
    loop_open_window(w);
    for (;;) {
        if (LOOP_UNLIKELY(got >= look_at))
            look_at = loop_look_consumer(w, got);
        size_t n = loop_pop_some(w, q, &taker, batch, how, words, single, timed);
        if (n > 0) {
            if (batch > 1)
                moved[n]++;
            got += n;
            continue;
        }
        if (q_closed(q) && !(how == BENCH_SEQUENCE && q_has_item(q)))
            break;
        if (s->wait == WEIR_WAIT_SPIN && !q_can(WEIR_Q_NATIVE_BLOCKING))
            loop_rest(s);
        else
            q_wait_items(q, UINT64_MAX);
    }
    w->items = got;
    w->checksum = single ? loop_sum_of(0, got) : taker.check.sum;
    if (how == BENCH_SEQUENCE)
        w->last_pop_ns = loop_clock_ns(CLOCK_MONOTONIC);
    if (batch == 1)
        moved[1] = got;
    loop_end(w);
}

// --- one thread ----

LOOP_INLINE void loop_alone(struct bench_worker *w, size_t batch, enum bench_carried how, size_t words)
{
    struct bench_shared *s = w->shared;
    struct weir_queue *q = s->q;
    struct loop_taker taker;
    loop_check_init(&taker.check, s);
    taker.next = 1;
    uint64_t items[BENCH_LOOP_MAX_BATCH], made = 0, look_at = 0;
    size_t next_buffer = 0, got = 0;
    loop_begin(w);
    for (;;) {
        if (LOOP_UNLIKELY(made >= look_at) && (look_at = loop_look_producer(w, made)) == 0 && made > 0)
            break;
        loop_prepare(w, items, made + 1, batch, &next_buffer, how, words);
        for (size_t i = 0; i < batch; i++) { // it holds one
            loop_push_all(w, s, q, items + i, made + i + 1, 1, how, words);
            got += loop_pop_some(w, q, &taker, 1, how, words, how == BENCH_VALUE, false);
        }
        made += batch;
    }
    w->last_pop_ns = loop_clock_ns(CLOCK_MONOTONIC);
    w->items = made;
    w->wrong += got != made;
    loop_end(w);
}

// --- which one ----
//
// Each is a function of its own, so that the compiler sees one loop at a time and the queue's functions are
// inlined in it, whatever their number. In C also those that it would leave out for their size.

#ifdef __cplusplus
#define LOOP_OWN __attribute__((noinline, unused))
#else
#define LOOP_OWN __attribute__((noinline, unused, flatten))
#endif
#define LOOP_INSTANCE(name, loop, ...)                                                                       \
    LOOP_OWN static void name(struct bench_worker *w)                                                        \
    {                                                                                                        \
        loop(w, __VA_ARGS__);                                                                                \
    }
#define LOOP_BATCH (w->shared->batch)
#define LOOP_WORDS (w->shared->item_bytes / 8)

// name_1, name_16 and name_n: batches of these sizes.
#define LOOP_INSTANCES_BY_BATCH(name, loop, ...)                                                             \
    LOOP_INSTANCE(name##_1, loop, 1, __VA_ARGS__)                                                            \
    LOOP_INSTANCE(name##_16, loop, 16, __VA_ARGS__)                                                          \
    LOOP_INSTANCE(name##_n, loop, LOOP_BATCH, __VA_ARGS__)
#define LOOP_RUN_BY_BATCH(name)                                                                              \
    (w->shared->batch == 1 ? name##_1 : w->shared->batch == 16 ? name##_16 : name##_n)(w)

// name_64, name_256 and name_n: items of these bytes.
#define LOOP_PRODUCERS_BY_SIZE(name, how)                                                                    \
    LOOP_INSTANCE(name##_64, loop_produce, LOOP_BATCH, how, 8)                                               \
    LOOP_INSTANCE(name##_256, loop_produce, LOOP_BATCH, how, 32)                                             \
    LOOP_INSTANCE(name##_n, loop_produce, LOOP_BATCH, how, LOOP_WORDS)
#define LOOP_CONSUMERS_BY_SIZE(name, how)                                                                    \
    LOOP_INSTANCE(name##_64, loop_consume, LOOP_BATCH, how, 8, false, false)                                 \
    LOOP_INSTANCE(name##_256, loop_consume, LOOP_BATCH, how, 32, false, false)                               \
    LOOP_INSTANCE(name##_n, loop_consume, LOOP_BATCH, how, LOOP_WORDS, false, false)
#define LOOP_RUN_BY_SIZE(name)                                                                               \
    (w->shared->item_bytes == 64 ? name##_64 : w->shared->item_bytes == 256 ? name##_256 : name##_n)(w)

LOOP_INSTANCES_BY_BATCH(loop_values_in, loop_produce, BENCH_VALUE, 1)
LOOP_INSTANCES_BY_BATCH(loop_values_out, loop_consume, BENCH_VALUE, 1, false, false)
LOOP_INSTANCES_BY_BATCH(loop_values_out_single, loop_consume, BENCH_VALUE, 1, true, false)
LOOP_PRODUCERS_BY_SIZE(loop_pointers_in, BENCH_BY_POINTER)
LOOP_CONSUMERS_BY_SIZE(loop_pointers_out, BENCH_BY_POINTER)
LOOP_INSTANCE(loop_timed_values_out, loop_consume, LOOP_BATCH, BENCH_VALUE, 1, false, true)
LOOP_INSTANCE(loop_timed_pointers_out, loop_consume, LOOP_BATCH, BENCH_BY_POINTER, LOOP_WORDS, false, true)
LOOP_INSTANCES_BY_BATCH(loop_values_alone, loop_alone, BENCH_VALUE, 1)
LOOP_INSTANCE(loop_pointers_alone_64, loop_alone, LOOP_BATCH, BENCH_BY_POINTER, 8)
LOOP_INSTANCE(loop_pointers_alone_256, loop_alone, LOOP_BATCH, BENCH_BY_POINTER, 32)
LOOP_INSTANCE(loop_pointers_alone_n, loop_alone, LOOP_BATCH, BENCH_BY_POINTER, LOOP_WORDS)
#ifdef Q_RESERVE
LOOP_INSTANCES_BY_BATCH(loop_sequence_in, loop_produce, BENCH_SEQUENCE, 0)
LOOP_INSTANCES_BY_BATCH(loop_sequence_out, loop_consume, BENCH_SEQUENCE, 0, false, false)
LOOP_INSTANCES_BY_BATCH(loop_slots_in, loop_produce, BENCH_IN_PLACE, 1)
LOOP_INSTANCES_BY_BATCH(loop_slots_out, loop_consume, BENCH_IN_PLACE, 1, false, false)
LOOP_INSTANCES_BY_BATCH(loop_slots_out_single, loop_consume, BENCH_IN_PLACE, 1, true, false)
LOOP_PRODUCERS_BY_SIZE(loop_wide_slots_in, BENCH_IN_PLACE)
LOOP_CONSUMERS_BY_SIZE(loop_wide_slots_out, BENCH_IN_PLACE)
LOOP_INSTANCE(loop_timed_slots_out, loop_consume, LOOP_BATCH, BENCH_IN_PLACE, 1, false, true)
LOOP_INSTANCE(loop_timed_wide_slots_out, loop_consume, LOOP_BATCH, BENCH_IN_PLACE, LOOP_WORDS, false, true)
#endif
#ifdef Q_COPY_PUSH_N
LOOP_PRODUCERS_BY_SIZE(loop_copies_in, BENCH_BY_COPY)
LOOP_CONSUMERS_BY_SIZE(loop_copies_out, BENCH_BY_COPY)
LOOP_INSTANCE(loop_timed_copies_out, loop_consume, LOOP_BATCH, BENCH_BY_COPY, LOOP_WORDS, false, true)
#endif

static void q_bench_produce(struct bench_worker *w)
{
    bool small = w->shared->item_bytes == 8;
    switch (w->shared->carried) {
#ifdef Q_RESERVE
    case BENCH_SEQUENCE: LOOP_RUN_BY_BATCH(loop_sequence_in); break;
    case BENCH_IN_PLACE:
        if (small)
            LOOP_RUN_BY_BATCH(loop_slots_in);
        else
            LOOP_RUN_BY_SIZE(loop_wide_slots_in);
        break;
#endif
#ifdef Q_COPY_PUSH_N
    case BENCH_BY_COPY: LOOP_RUN_BY_SIZE(loop_copies_in); break;
#endif
    case BENCH_BY_POINTER: LOOP_RUN_BY_SIZE(loop_pointers_in); break;
    default: LOOP_RUN_BY_BATCH(loop_values_in); break;
    }
    (void)small;
}

static void q_bench_consume(struct bench_worker *w)
{
    bool small = w->shared->item_bytes == 8, single = w->shared->producers == 1 && w->shared->consumers == 1;
    switch (w->shared->carried) {
#ifdef Q_RESERVE
    case BENCH_SEQUENCE: LOOP_RUN_BY_BATCH(loop_sequence_out); break;
    case BENCH_IN_PLACE:
        if (!small)
            LOOP_RUN_BY_SIZE(loop_wide_slots_out);
        else if (single)
            LOOP_RUN_BY_BATCH(loop_slots_out_single);
        else
            LOOP_RUN_BY_BATCH(loop_slots_out);
        break;
#endif
#ifdef Q_COPY_PUSH_N
    case BENCH_BY_COPY: LOOP_RUN_BY_SIZE(loop_copies_out); break;
#endif
    case BENCH_BY_POINTER: LOOP_RUN_BY_SIZE(loop_pointers_out); break;
    default:
        if (single)
            LOOP_RUN_BY_BATCH(loop_values_out_single);
        else
            LOOP_RUN_BY_BATCH(loop_values_out);
        break;
    }
    (void)small;
}

static void q_bench_consume_timed(struct bench_worker *w)
{
    switch (w->shared->carried) {
#ifdef Q_RESERVE
    case BENCH_IN_PLACE:
        if (w->shared->item_bytes == 8)
            loop_timed_slots_out(w);
        else
            loop_timed_wide_slots_out(w);
        break;
#endif
#ifdef Q_COPY_PUSH_N
    case BENCH_BY_COPY: loop_timed_copies_out(w); break;
#endif
    case BENCH_BY_POINTER: loop_timed_pointers_out(w); break;
    default: loop_timed_values_out(w); break;
    }
}

static void q_bench_alone(struct bench_worker *w)
{
    if (w->shared->item_bytes <= 8)
        LOOP_RUN_BY_BATCH(loop_values_alone);
    else
        LOOP_RUN_BY_SIZE(loop_pointers_alone);
}

static const struct bench_loops q_loops = {WEIR_SET(abi, WEIR_BENCH_LOOP_ABI),
                                           WEIR_SET(carried, q_bench_carried),
                                           WEIR_SET(produce, q_bench_produce),
                                           WEIR_SET(consume, q_bench_consume),
                                           WEIR_SET(alone, q_bench_alone),
                                           WEIR_SET(produce_timed, q_bench_produce_timed),
                                           WEIR_SET(consume_timed, q_bench_consume_timed),
                                           WEIR_SET(ping, q_bench_ping),
                                           WEIR_SET(pong, q_bench_pong)};

#endif
