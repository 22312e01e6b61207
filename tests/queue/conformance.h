// SPDX-License-Identifier: Apache-2.0
// What every queue must do. A test program includes one queue, adapter.h and this file; it then sees the
// queue's code through `q_ops`, as the measured loops do. A program that tests a loaded module defines
// CONFORM_OPS as a pointer to its table instead.
//
// Threads never assert (the test library would jump out of the wrong stack): they count what is wrong in
// `wrong`, and the main thread asserts that nothing was.
#ifndef WEIR_CONFORMANCE_H
#define WEIR_CONFORMANCE_H

#include "queue/queue.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#ifndef CONFORM_OPS
#define CONFORM_OPS (&q_ops)
#endif

// A race detector needs the interleavings, not the volume, and runs some twenty times slower.
#if defined(__SANITIZE_THREAD__)
#define CONFORM_SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CONFORM_SLOW 1
#endif
#endif
#ifndef CONFORM_SLOW
#define CONFORM_SLOW 0
#endif

#define NEVER     UINT64_MAX
#define NEAR_2_32 (((uint64_t)1 << 32) - 5)
#define NEAR_2_63 (((uint64_t)1 << 63) - 5)
#define NEAR_2_64 (UINT64_MAX - 4)

static inline bool can(uint32_t flag)
{
    return CONFORM_OPS->caps & flag;
}

static struct weir_queue *make(size_t capacity, enum weir_wait_kind wait, unsigned producers,
                               unsigned consumers, uint64_t start)
{
    struct weir_queue_config config = {
        .capacity = capacity, .wait = wait, .producers = producers, .consumers = consumers, .start = start};
    struct weir_queue *q = CONFORM_OPS->create(&config);
    if (q == NULL)
        abort(); // the compiler cannot know that an assertion does not return
    return q;
}

static uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#include "conformance_model.h"
#include "conformance_stress.h"
#include "conformance_wait.h"
#include "conformance_wide.h"

static int run_conformance(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_complete),
        cmocka_unit_test(configurations_beyond_the_flags_are_refused),
        cmocka_unit_test(small_capacities_behave_like_the_model),
        cmocka_unit_test(random_batches_behave_like_the_model),
        cmocka_unit_test(close_stops_pushes_and_drains),
        cmocka_unit_test(in_place_equals_push_and_pop),
        cmocka_unit_test(item_sizes_beyond_the_flags_are_refused),
        cmocka_unit_test(wide_slots_are_written_and_read_in_place),
        cmocka_unit_test(racing_producers_fill_exactly_the_capacity),
        cmocka_unit_test(nothing_lost_doubled_or_out_of_order),
        cmocka_unit_test(pushes_and_close_race_without_loss),
        cmocka_unit_test(producers_evict_the_oldest),
        cmocka_unit_test(deadlines_pass),
        cmocka_unit_test(close_wakes_all_waiters),
        cmocka_unit_test(wait_space_waits_for_all_of_n),
        cmocka_unit_test(wide_waiters_do_not_swallow_wake_ups),
    };
    return cmocka_run_group_tests_name(CONFORM_OPS->name, tests, NULL, NULL);
}

#endif
