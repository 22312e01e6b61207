// SPDX-License-Identifier: Apache-2.0
// What the counted tables of all built-in queues count, held against what the callers counted themselves.
#include "queue/queue.h"
#include "queue/stats.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { ITEMS_OF_ONE = 3000, LARGEST_BATCH = 9 };

static uint64_t in_ms(unsigned ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + ms * 1000000ull;
}

static struct weir_queue *make(const struct weir_queue_ops *ops, size_t capacity, unsigned producers,
                               unsigned consumers)
{
    struct weir_queue_config config = {
        .capacity = capacity, .wait = WEIR_WAIT_PARK, .producers = producers, .consumers = consumers};
    struct weir_queue *q = ops->create(&config);
    if (q == NULL)
        abort(); // the compiler cannot know that an assertion does not return
    return q;
}

static struct weir_side_stats side_of(const struct weir_queue_ops *ops, const struct weir_queue *q,
                                      enum weir_queue_side side)
{
    struct weir_queue_stats stats;
    memset(&stats, 0xff, sizeof stats); // all of it is to be written
    ops->stats(q, &stats);
    return stats.side[side];
}

static void only_counted_tables_have_counters(void **state)
{
    (void)state;
    const struct weir_queue_ops *plain;
    size_t i = 0;
    for (; (plain = weir_queue_at(i)) != NULL; i++) {
        const struct weir_queue_ops *counted = weir_queue_counted_at(i);
        assert_null(plain->stats);
        assert_non_null(counted);
        assert_non_null(counted->stats);
        assert_string_equal(counted->name, plain->name);
        assert_int_equal(counted->caps, plain->caps);
        assert_int_equal(counted->abi, plain->abi);
        assert_ptr_not_equal(counted->try_push_n, plain->try_push_n);
        assert_ptr_equal(weir_queue_counted_find(plain->name), counted);
    }
    assert_null(weir_queue_counted_at(i));
    assert_null(weir_queue_counted_at(SIZE_MAX));
    assert_null(weir_queue_counted_find("none"));
    assert_null(weir_queue_counted_find(NULL));
}

static void full_and_empty_are_counted(void **state)
{
    (void)state;
    const struct weir_queue_ops *ops;
    for (size_t i = 0; (ops = weir_queue_counted_at(i)) != NULL; i++) {
        struct weir_queue *q = make(ops, 3, 1, 1);
        uint64_t items[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        size_t room = ops->capacity(q) < 5 ? ops->capacity(q) : 5;
        bool bounded = ops->capacity(q) != SIZE_MAX;
        assert_int_equal(ops->try_push_n(q, items, 5), room);
        for (int k = 0; bounded && k < 2; k++)
            assert_int_equal(ops->try_push_n(q, items, 4), 0);
        ops->try_push_n(q, items, 0);
        ops->close(q);
        assert_int_equal(ops->try_push_n(q, items, 6), 0);
        struct weir_side_stats push = side_of(ops, q, WEIR_SIDE_PUSH);
        assert_int_equal(push.count[WEIR_COUNT_TRIES], bounded ? 4 : 2);
        assert_int_equal(push.count[WEIR_COUNT_ASKED], bounded ? 5 + 4 + 4 + 6 : 5 + 6);
        assert_int_equal(push.count[WEIR_COUNT_ITEMS], room);
        assert_int_equal(push.count[WEIR_COUNT_NOTHING], bounded ? 2 : 0);
        assert_int_equal(push.count[WEIR_COUNT_CLOSED], 1);
        assert_int_equal(push.count[WEIR_COUNT_SPURIOUS], 0);
        assert_int_equal(push.batch[room == 5 ? 2 : room == 3 ? 1 : 0], 1);

        assert_int_equal(ops->try_pop_n(q, items, 8), room);
        for (int k = 0; k < 3; k++)
            assert_int_equal(ops->try_pop_n(q, items, 2), 0);
        struct weir_side_stats pop = side_of(ops, q, WEIR_SIDE_POP);
        assert_int_equal(pop.count[WEIR_COUNT_TRIES], 4);
        assert_int_equal(pop.count[WEIR_COUNT_ASKED], 8 + 3 * 2);
        assert_int_equal(pop.count[WEIR_COUNT_ITEMS], room);
        assert_int_equal(pop.count[WEIR_COUNT_NOTHING], 3);
        assert_int_equal(pop.count[WEIR_COUNT_SPURIOUS], 0);
        ops->destroy(q);
    }
}

static void large_batches_have_their_classes(void **state)
{
    (void)state;
    const struct weir_queue_ops *ops = weir_queue_counted_find("mutex");
    struct weir_queue *q = make(ops, 5000, 1, 1);
    static uint64_t items[5000];
    const size_t sizes[] = {1, 2, 3, 4, 1023, 1024, 1025, 5000};
    const uint64_t expected[WEIR_BATCH_SIZES] = {1, 2, 1, 0, 0, 0, 0, 0, 0, 1, 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(ops->try_push_n(q, items, sizes[i]), sizes[i]);
        assert_int_equal(ops->try_pop_n(q, items, sizes[i]), sizes[i]);
    }
    for (int side = 0; side < WEIR_SIDES; side++) {
        struct weir_side_stats got = side_of(ops, q, (enum weir_queue_side)side);
        assert_memory_equal(got.batch, expected, sizeof expected);
    }
    ops->destroy(q);
}

static uint64_t waits(const struct weir_queue_ops *ops, const struct weir_queue *q, enum weir_queue_side side)
{
    return side_of(ops, q, side).count[WEIR_COUNT_WAITS];
}

// A look is no wait, nor is a wait that goes on after it timed out another one.
static void waits_are_counted_once(void **state)
{
    (void)state;
    const struct weir_queue_ops *ops;
    for (size_t i = 0; (ops = weir_queue_counted_at(i)) != NULL; i++) {
        struct weir_queue *q = make(ops, 1, 1, 1);
        uint64_t item = 7;
        assert_int_equal(ops->wait_items(q, 0), WEIR_WAKE_TIMEOUT);
        assert_int_equal(ops->wait_space(q, 1, in_ms(1000)), WEIR_WAKE_READY);
        assert_int_equal(waits(ops, q, WEIR_SIDE_POP), 0);
        for (int k = 0; k < 2; k++)
            assert_int_equal(ops->wait_items(q, in_ms(1)), WEIR_WAKE_TIMEOUT);
        assert_int_equal(waits(ops, q, WEIR_SIDE_POP), 1);
        assert_int_equal(ops->try_pop_n(q, &item, 1), 0);
        assert_int_equal(ops->wait_items(q, in_ms(1)), WEIR_WAKE_TIMEOUT);
        assert_int_equal(waits(ops, q, WEIR_SIDE_POP), 2);
        assert_int_equal(waits(ops, q, WEIR_SIDE_PUSH), 0);
        assert_int_equal(ops->try_push_n(q, &item, 1), 1);
        if (ops->capacity(q) != SIZE_MAX) {
            for (int k = 0; k < 2; k++)
                assert_int_equal(ops->wait_space(q, 1, in_ms(1)), WEIR_WAKE_TIMEOUT);
            assert_int_equal(waits(ops, q, WEIR_SIDE_PUSH), 1);
        }
        assert_int_equal(ops->wait_items(q, in_ms(1000)), WEIR_WAKE_READY);
        assert_int_equal(waits(ops, q, WEIR_SIDE_POP), 2);
        ops->destroy(q);
    }
}

// ---- several threads, each with an account of its own ----

struct worker {
    const struct weir_queue_ops *ops;
    struct weir_queue *q;
    unsigned seed;
    struct weir_side_stats own; // but the kinds of nothing and the waits
};

static void note(struct weir_side_stats *own, size_t asked, size_t moved)
{
    own->count[WEIR_COUNT_TRIES]++;
    own->count[WEIR_COUNT_ASKED] += asked;
    own->count[WEIR_COUNT_ITEMS] += moved;
    own->count[WEIR_COUNT_NOTHING] += moved == 0;
    for (int k = 3; moved > 0 && k >= 0; k--)
        if (moved >= (size_t)1 << k) {
            own->batch[k]++;
            break;
        }
}

static size_t next_batch(struct worker *w)
{
    w->seed = w->seed * 1103515245u + 12345u;
    return 1 + (w->seed >> 16) % LARGEST_BATCH;
}

static void *produce(void *context)
{
    struct worker *w = context;
    uint64_t items[LARGEST_BATCH] = {0};
    for (size_t left = ITEMS_OF_ONE; left > 0;) {
        size_t n = next_batch(w);
        n = n < left ? n : left;
        size_t moved = w->ops->try_push_n(w->q, items, n);
        note(&w->own, n, moved);
        left -= moved;
        if (moved == 0)
            w->ops->wait_space(w->q, 1, UINT64_MAX);
    }
    return NULL;
}

static void *consume(void *context)
{
    struct worker *w = context;
    uint64_t items[LARGEST_BATCH];
    for (;;) {
        size_t n = next_batch(w), moved = w->ops->try_pop_n(w->q, items, n);
        note(&w->own, n, moved);
        if (moved == 0 && w->ops->wait_items(w->q, UINT64_MAX) == WEIR_WAKE_CLOSED)
            return NULL;
    }
}

static void assert_same(const struct weir_side_stats *counted, const struct worker *workers, unsigned n)
{
    struct weir_side_stats sum = {{0}, {0}};
    for (unsigned i = 0; i < n; i++) {
        for (int k = 0; k < WEIR_QUEUE_COUNTS; k++)
            sum.count[k] += workers[i].own.count[k];
        for (int k = 0; k < WEIR_BATCH_SIZES; k++)
            sum.batch[k] += workers[i].own.batch[k];
    }
    assert_int_equal(counted->count[WEIR_COUNT_TRIES], sum.count[WEIR_COUNT_TRIES]);
    assert_int_equal(counted->count[WEIR_COUNT_ASKED], sum.count[WEIR_COUNT_ASKED]);
    assert_int_equal(counted->count[WEIR_COUNT_ITEMS], sum.count[WEIR_COUNT_ITEMS]);
    assert_int_equal(counted->count[WEIR_COUNT_NOTHING], sum.count[WEIR_COUNT_NOTHING]);
    assert_memory_equal(counted->batch, sum.batch, sizeof sum.batch);
    assert_in_range(counted->count[WEIR_COUNT_WAITS], 0, counted->count[WEIR_COUNT_NOTHING]);
    assert_in_range(counted->count[WEIR_COUNT_SPURIOUS], 0, counted->count[WEIR_COUNT_NOTHING]);
}

static void run_threads(const struct weir_queue_ops *ops)
{
    unsigned producers = ops->caps & WEIR_Q_MULTI_PRODUCER ? 3 : 1;
    unsigned consumers = ops->caps & WEIR_Q_MULTI_CONSUMER ? 3 : 1;
    struct weir_queue *q = make(ops, 16, producers, consumers);
    struct worker in[3] = {{0}}, out[3] = {{0}};
    pthread_t in_threads[3], out_threads[3];
    for (unsigned i = 0; i < consumers; i++) {
        out[i] = (struct worker){.ops = ops, .q = q, .seed = 90 + i};
        assert_int_equal(pthread_create(&out_threads[i], NULL, consume, &out[i]), 0);
    }
    for (unsigned i = 0; i < producers; i++) {
        in[i] = (struct worker){.ops = ops, .q = q, .seed = i};
        assert_int_equal(pthread_create(&in_threads[i], NULL, produce, &in[i]), 0);
    }
    for (unsigned i = 0; i < producers; i++)
        pthread_join(in_threads[i], NULL);
    ops->close(q);
    for (unsigned i = 0; i < consumers; i++)
        pthread_join(out_threads[i], NULL);
    struct weir_side_stats push = side_of(ops, q, WEIR_SIDE_PUSH), pop = side_of(ops, q, WEIR_SIDE_POP);
    assert_int_equal(push.count[WEIR_COUNT_ITEMS], (uint64_t)producers * ITEMS_OF_ONE);
    assert_int_equal(pop.count[WEIR_COUNT_ITEMS], (uint64_t)producers * ITEMS_OF_ONE);
    assert_int_equal(push.count[WEIR_COUNT_CLOSED], 0);
    assert_same(&push, in, producers);
    assert_same(&pop, out, consumers);
    if (ops->caps & WEIR_Q_STRICT)
        assert_int_equal(push.count[WEIR_COUNT_SPURIOUS] + pop.count[WEIR_COUNT_SPURIOUS], 0);
    ops->destroy(q);
}

// More threads in all than there are stripes, and none of them lives when the sum is taken.
static void sums_outlive_the_threads(void **state)
{
    (void)state;
    const struct weir_queue_ops *ops;
    for (size_t i = 0; (ops = weir_queue_counted_at(i)) != NULL; i++)
        run_threads(ops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_counted_tables_have_counters), cmocka_unit_test(full_and_empty_are_counted),
        cmocka_unit_test(large_batches_have_their_classes),  cmocka_unit_test(waits_are_counted_once),
        cmocka_unit_test(sums_outlive_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
