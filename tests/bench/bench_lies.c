// SPDX-License-Identifier: Apache-2.0
// A queue that drops, doubles, swaps or damages one item is caught, however items travel; the same queue that
// tells the truth is not.
#include "bench/crew.h"
#include "bench/module.h"
#include "bench/turn.h"
#include "liar.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

extern const struct weir_queue_module liar_plain, liar_in_place, liar_copying;
enum liar_lie liar_lie;
bool liar_pointers;

#if defined(__SANITIZE_THREAD__)
#define RACES true
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACES true
#endif
#endif
#ifndef RACES
#define RACES false
#endif

static const char *const lies[LIAR_LIES] = {"tells the truth", "drops", "doubles", "swaps", "damages"};

static void run(const struct weir_queue_module *module, size_t item_bytes, size_t batch, double load,
                enum bench_carried carried, struct turn_answer *a)
{
    struct turn_shape *shape = turn_shape_new();
    struct turn t = {.module = module,
                     .producers = 1,
                     .consumers = 1,
                     .batch = batch,
                     .capacity = 64,
                     .item_bytes = item_bytes,
                     .wait = WEIR_WAIT_YIELD,
                     .load = load,
                     .seconds = 0.01,
                     .patience_s = 5};
    assert_int_equal(module->loops->carried(item_bytes, batch), carried);
    assert_non_null(shape);
    turn_run(&t, a, shape);
    turn_shape_free(shape);
}

static void catch_all(const struct weir_queue_module *module, size_t item_bytes, size_t batch, double load,
                      enum bench_carried carried)
{
    for (int lie = LIAR_NONE; lie < LIAR_LIES; lie++) {
        struct turn_answer a;
        liar_lie = (enum liar_lie)lie;
        if (RACES && lie == LIAR_DOUBLES && carried == BENCH_BY_POINTER)
            continue; // the second reading races with the buffer's next use, as it should
        bool unseen = carried == BENCH_SEQUENCE && (lie == LIAR_SWAPS || lie == LIAR_DAMAGES); // no payload
        if (unseen)
            continue;
        liar_pointers = carried == BENCH_BY_POINTER;
        do // a busy machine may leave it no occasion
            run(module, item_bytes, batch, load, carried, &a);
        while (a.ok && a.items <= LIAR_AT + 2 * batch);
        if (a.ok != (lie == LIAR_NONE))
            fail_msg("%s, %zu bytes in batches of %zu: %s: %s", bench_carried_name(carried), item_bytes,
                     batch, lies[lie], a.ok ? "not caught" : a.reason);
        if (lie != LIAR_NONE)
            assert_non_null(strstr(a.reason, "came out"));
    }
}

static void by_value(void **state)
{
    (void)state;
    catch_all(&liar_plain, 8, 1, 0, BENCH_VALUE);
    catch_all(&liar_plain, 8, 16, 0, BENCH_VALUE);
    catch_all(&liar_plain, 8, 5, 0, BENCH_VALUE);
}

static void in_place(void **state)
{
    (void)state;
    catch_all(&liar_in_place, 8, 16, 0, BENCH_IN_PLACE);
    catch_all(&liar_in_place, 64, 1, 0, BENCH_IN_PLACE);
    catch_all(&liar_in_place, 24, 7, 0, BENCH_IN_PLACE);
}

static void by_copy(void **state)
{
    (void)state;
    catch_all(&liar_copying, 64, 1, 0, BENCH_BY_COPY);
    catch_all(&liar_copying, 40, 16, 0, BENCH_BY_COPY);
}

static void by_pointer(void **state)
{
    (void)state;
    catch_all(&liar_plain, 64, 1, 0, BENCH_BY_POINTER);
    catch_all(&liar_plain, 256, 16, 0, BENCH_BY_POINTER);
}

static void sequence_only(void **state)
{
    (void)state;
    catch_all(&liar_in_place, 0, 1, 0, BENCH_SEQUENCE);
    catch_all(&liar_in_place, 0, 16, 0, BENCH_SEQUENCE);
}

static void on_schedule(void **state)
{
    (void)state;
    catch_all(&liar_plain, 8, 1, 200000, BENCH_VALUE);
    catch_all(&liar_in_place, 64, 4, 200000, BENCH_IN_PLACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_value),   cmocka_unit_test(in_place),      cmocka_unit_test(by_copy),
        cmocka_unit_test(by_pointer), cmocka_unit_test(sequence_only), cmocka_unit_test(on_schedule),
    };
    crew_calibrate();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
