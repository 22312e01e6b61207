// SPDX-License-Identifier: Apache-2.0
// What only the inside of a queue can bring about: a try that fails although the length says otherwise, and
// how often a try began anew.
#define WEIR_QUEUE_COUNTED
#define WEIR_ADAPT
#include "queue/mpmc.h"

#include "queue/adapter.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

// All the places that the smallest ring has.
enum { PLACES = MPMC_BLOCK_ITEMS };

static struct weir_queue *make(void)
{
    struct weir_queue_config config = {
        .capacity = PLACES, .wait = WEIR_WAIT_SPIN, .producers = 2, .consumers = 2};
    struct weir_queue *q = q_ops.create(&config);
    if (q == NULL)
        abort(); // the compiler cannot know that an assertion does not return
    return q;
}

static uint64_t count(const struct weir_queue *q, enum weir_queue_side side, enum weir_queue_count what)
{
    struct weir_queue_stats stats;
    q_ops.stats(q, &stats);
    return stats.side[side].count[what];
}

// A producer stops between its claim and its publication.
static void an_item_that_is_claimed_and_not_there_is_a_spurious_empty(void **state)
{
    (void)state;
    struct weir_queue *q = make();
    uint64_t item = 0;
    assert_int_equal(q_ops.try_pop_n(q, &item, 1), 0);
    assert_int_equal(count(q, WEIR_SIDE_POP, WEIR_COUNT_SPURIOUS), 0);
    atomic_fetch_add(&q->q.tail, WEIR_TICKET_STEP);
    assert_int_equal(q_ops.try_pop_n(q, &item, 1), 0);
    assert_int_equal(count(q, WEIR_SIDE_POP, WEIR_COUNT_NOTHING), 2);
    assert_int_equal(count(q, WEIR_SIDE_POP, WEIR_COUNT_SPURIOUS), 1);
    q_ops.destroy(q);
}

// A consumer stops between its claim and giving the slot back; the ring has no other slot for the next push.
static void a_place_that_is_not_given_back_is_a_spurious_full(void **state)
{
    (void)state;
    struct weir_queue *q = make();
    uint64_t items[PLACES] = {1, 2, 3, 4, 5};
    assert_int_equal(q_ops.try_push_n(q, items, PLACES), PLACES);
    assert_int_equal(q_ops.try_push_n(q, items, 1), 0);
    assert_int_equal(count(q, WEIR_SIDE_PUSH, WEIR_COUNT_SPURIOUS), 0);
    atomic_fetch_add(&q->q.head, WEIR_TICKET_STEP);
    assert_int_equal(q_ops.try_push_n(q, items, 1), 0);
    assert_int_equal(count(q, WEIR_SIDE_PUSH, WEIR_COUNT_NOTHING), 2);
    assert_int_equal(count(q, WEIR_SIDE_PUSH, WEIR_COUNT_SPURIOUS), 1);
    q_ops.destroy(q);
}

static void a_thread_alone_never_begins_anew(void **state)
{
    (void)state;
    struct weir_queue *q = make();
    uint64_t items[4] = {1, 2, 3, 4};
    for (int i = 0; i < 100; i++) {
        q_ops.try_push_n(q, items, 3);
        assert_int_equal(weir_stat_push_turn, 1);
        q_ops.try_pop_n(q, items, 2);
        assert_int_equal(weir_stat_pop_turn, 1);
    }
    assert_int_equal(count(q, WEIR_SIDE_PUSH, WEIR_COUNT_RETRIES), 0);
    assert_int_equal(count(q, WEIR_SIDE_POP, WEIR_COUNT_RETRIES), 0);
    assert_int_equal(q_counted_retries(0), 0);
    assert_int_equal(q_counted_retries(4), 3);
    q_ops.destroy(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_that_is_claimed_and_not_there_is_a_spurious_empty),
        cmocka_unit_test(a_place_that_is_not_given_back_is_a_spurious_full),
        cmocka_unit_test(a_thread_alone_never_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
