// SPDX-License-Identifier: Apache-2.0
// The adapter of one peer: what goes in comes out, once and in its producer's order, at several capacities
// and batch sizes, by its table of operations and by its measured loops: test_peer MODULE-OR-DRIVER. No
// figure is asserted.
#include "bench/bench.h"
#include "bench/module.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS_EACH = 6000, MAX_BATCH = 16, MAX_SIDE = 2, FULL_AT_LAST = 1 << 21 };

static const char *path;
static const struct weir_queue_ops *ops;
static const size_t capacities[] = {2, 3, 64, 1000, 1024}, batches[] = {1, 7, MAX_BATCH};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct weir_queue *make(size_t capacity, unsigned producers, unsigned consumers)
{
    struct weir_queue_config config = {
        .capacity = capacity, .wait = WEIR_WAIT_YIELD, .producers = producers, .consumers = consumers};
    struct weir_queue *q = ops->create(&config);
    assert_non_null(q);
    return q;
}

// --- one thread ----

static size_t fill(struct weir_queue *q, size_t batch, uint64_t *next)
{
    uint64_t items[MAX_BATCH], first = *next;
    for (size_t moved = batch; moved == batch && *next - first < FULL_AT_LAST; *next += moved) {
        for (size_t i = 0; i < batch; i++)
            items[i] = *next + i;
        moved = ops->try_push_n(q, items, batch);
        assert_true(moved <= batch);
    }
    return *next - first;
}

static void drain(struct weir_queue *q, size_t batch, uint64_t *next, size_t count)
{
    uint64_t items[MAX_BATCH];
    size_t moved;
    while ((moved = ops->try_pop_n(q, items, batch)) > 0) {
        assert_true(moved <= batch && moved <= count);
        count -= moved;
        for (size_t i = 0; i < moved; i++)
            assert_int_equal(items[i], (*next)++);
    }
    assert_int_equal(count, 0);
}

// Three laps, so that what is reused is used again. A ring may hold one less than its capacity, and a pipe
// leaves the end of a page empty that is too short for a batch.
static void a_full_queue_comes_out_as_it_went_in(void **state)
{
    (void)state;
    for (size_t c = 0; c < COUNT(capacities); c++)
        for (size_t b = 0; b < COUNT(batches); b++) {
            struct weir_queue *q = make(capacities[c], 1, 1);
            uint64_t in = 1, out = 1;
            for (int lap = 0; lap < 3; lap++) {
                size_t held = fill(q, batches[b], &in);
                assert_in_range(held, capacities[c] > MAX_BATCH ? capacities[c] - MAX_BATCH : 1,
                                FULL_AT_LAST - 1);
                assert_true(ops->len(q) > 0);
                drain(q, batches[b], &out, held);
                assert_int_equal(ops->len(q), 0);
            }
            ops->destroy(q);
        }
}

// --- several threads ----

struct side {
    struct weir_queue *q;
    unsigned index, producers;
    size_t batch;
    _Atomic(size_t) *left; // items that have not come out
    unsigned char *seen;   // how often each has, of the consumers
    size_t wrong;
    pthread_t id;
};

static void *produce(void *argument)
{
    struct side *s = argument;
    uint64_t items[MAX_BATCH];
    for (uint64_t next = 1; next <= ITEMS_EACH;) {
        size_t n = ITEMS_EACH + 1 - next < s->batch ? ITEMS_EACH + 1 - next : s->batch;
        for (size_t i = 0; i < n; i++)
            items[i] = (uint64_t)s->index << 32 | (next + i);
        size_t moved = ops->try_push_n(s->q, items, n);
        next += moved;
        if (moved == 0)
            sched_yield();
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct side *s = argument;
    uint64_t items[MAX_BATCH], last[MAX_SIDE] = {0};
    while (atomic_load(s->left) > 0) {
        size_t moved = ops->try_pop_n(s->q, items, s->batch);
        for (size_t i = 0; i < moved; i++) {
            uint64_t producer = items[i] >> 32, number = items[i] & UINT32_MAX;
            if (producer >= s->producers || number < 1 || number > ITEMS_EACH || number <= last[producer]) {
                s->wrong++;
                continue;
            }
            last[producer] = number;
            s->seen[producer * ITEMS_EACH + number - 1]++;
        }
        if (moved == 0)
            sched_yield();
        atomic_fetch_sub(s->left, moved);
    }
    return NULL;
}

static void move(unsigned producers, unsigned consumers, size_t capacity, size_t batch)
{
    struct side sides[2 * MAX_SIDE];
    static unsigned char seen[MAX_SIDE][MAX_SIDE * ITEMS_EACH];
    struct weir_queue *q = make(capacity, producers, consumers);
    _Atomic(size_t) left = (size_t)producers * ITEMS_EACH;
    memset(seen, 0, sizeof seen);
    for (unsigned i = 0; i < producers + consumers; i++) {
        bool producer = i < producers;
        unsigned index = producer ? i : i - producers;
        sides[i] =
            (struct side){.q = q, .index = index, .producers = producers, .batch = batch, .left = &left};
        sides[i].seen = seen[index];
        assert_int_equal(pthread_create(&sides[i].id, NULL, producer ? produce : consume, &sides[i]), 0);
    }
    for (unsigned i = 0; i < producers + consumers; i++) {
        pthread_join(sides[i].id, NULL);
        if (i >= producers)
            assert_int_equal(sides[i].wrong, 0);
    }
    for (size_t i = 0; i < (size_t)producers * ITEMS_EACH; i++)
        assert_int_equal(seen[0][i] + seen[1][i], 1);
    assert_int_equal(ops->len(q), 0);
    ops->destroy(q);
}

static void move_at_all_points(unsigned producers, unsigned consumers)
{
    if ((producers > 1 && !(ops->caps & WEIR_Q_MULTI_PRODUCER)) ||
        (consumers > 1 && !(ops->caps & WEIR_Q_MULTI_CONSUMER)))
        skip();
    for (size_t c = 0; c < COUNT(capacities); c += 2)
        for (size_t b = 0; b < COUNT(batches); b++)
            move(producers, consumers, capacities[c], batches[b]);
}

static void one_to_one(void **state)
{
    (void)state;
    move_at_all_points(1, 1);
}

static void two_to_one(void **state)
{
    (void)state;
    move_at_all_points(2, 1);
}

static void two_to_two(void **state)
{
    (void)state;
    move_at_all_points(2, 2);
}

// --- its measured loops ----

// They check sums, orders and payloads themselves: a cell that is not OK says what was wrong.
static void measured(unsigned producers, unsigned consumers, size_t batch)
{
    static const size_t item_bytes[] = {8, 16, 24, 64, 256, 4096, 8192}, capacity[] = {64};
    struct bench_options o;
    struct bench_results r;
    char text[256];
    bench_default_options(&o);
    o.queues = &path;
    o.queues_count = 1;
    o.producers = producers;
    o.consumers = consumers;
    o.batch = &batch;
    o.batch_count = 1;
    o.capacity = capacity;
    o.item_bytes = item_bytes;
    o.item_bytes_count = COUNT(item_bytes);
    o.seconds = 0.004;
    o.warmup = 0.001;
    o.reps = 1;
    if (!bench_run(&o, &r, NULL, NULL, text, sizeof text))
        fail_msg("%s", text);
    assert_int_equal(r.count, COUNT(item_bytes));
    for (size_t i = 0; i < r.count; i++) {
        if (r.cells[i].status != BENCH_OK)
            fail_msg("%zu bytes, batch %zu: %s", r.cells[i].item_bytes, batch, r.cells[i].reason);
    }
    bench_results_free(&r);
}

static void measured_two_to_one(void **state)
{
    (void)state;
    if (!(ops->caps & WEIR_Q_MULTI_PRODUCER))
        skip();
    measured(2, 1, 5);
}

static void measured_one_to_one(void **state)
{
    (void)state;
    measured(1, 1, 1);
    measured(1, 1, 5);
}

static void measured_two_to_two(void **state)
{
    (void)state;
    if (!(ops->caps & WEIR_Q_MULTI_PRODUCER) || !(ops->caps & WEIR_Q_MULTI_CONSUMER))
        skip();
    measured(2, 2, 5);
}

// --- waiting and the end ----

static void *close_it(void *q)
{
    ops->close(q);
    return NULL;
}

static void waits_end_with_items_and_with_close(void **state)
{
    (void)state;
    struct weir_queue *q = make(64, 1, 1);
    uint64_t item = 7;
    assert_int_equal(ops->try_push_n(q, &item, 1), 1);
    assert_int_equal(ops->wait_items(q, UINT64_MAX), WEIR_WAKE_READY);
    item = 0;
    assert_int_equal(ops->try_pop_n(q, &item, 1), 1);
    assert_int_equal(item, 7);
    assert_int_equal(ops->wait_space(q, 1, UINT64_MAX), WEIR_WAKE_READY);
    assert_false(ops->closed(q));
    pthread_t closer;
    assert_int_equal(pthread_create(&closer, NULL, close_it, q), 0);
    while (ops->wait_items(q, UINT64_MAX) != WEIR_WAKE_CLOSED && !ops->closed(q))
        ;
    assert_true(ops->closed(q));
    pthread_join(closer, NULL);
    ops->destroy(q);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_comes_out_as_it_went_in),
        cmocka_unit_test(one_to_one),
        cmocka_unit_test(two_to_one),
        cmocka_unit_test(two_to_two),
        cmocka_unit_test(waits_end_with_items_and_with_close),
    };
    const struct CMUnitTest measured_tests[] = {
        cmocka_unit_test(measured_one_to_one),
        cmocka_unit_test(measured_two_to_one),
        cmocka_unit_test(measured_two_to_two),
    };
    char error[256] = "usage: test_peer MODULE";
    const struct weir_queue_module *module = argc == 2 ? weir_queue_load(argv[1], error, sizeof error) : NULL;
    if (module == NULL) {
        print_message("%s\n", error);
        return 1;
    }
    path = argv[1];
    ops = module->ops;
    int failed = cmocka_run_group_tests_name("measured", measured_tests, NULL, NULL);
    if (module->driver == NULL) // a program of its own has no operations to call
        failed += cmocka_run_group_tests_name(ops->name, tests, NULL, NULL);
    return failed;
}
