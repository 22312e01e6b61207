// SPDX-License-Identifier: Apache-2.0
// Sanity only: nothing here asserts how long something takes, as the machine may be busy with something else.
#include "base/clock.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "test.h"

static void before_calibration_it_is_the_kernels(void **state)
{
    (void)state;
    uint64_t before = clock_mono_ns(), now = clock_now_ns(), after = clock_mono_ns();
    assert_false(clock_uses_tsc());
    assert_in_range(now, before, after);
}

static void source_is_consistent(void **state)
{
    (void)state;
    clock_calibrate();
    assert_string_equal(clock_source_name(), clock_uses_tsc() ? "tsc" : "clock_gettime");
    assert_true(clock_uses_tsc() ? clock_tsc_hz() > 5e7 && clock_tsc_hz() < 5e10 : clock_tsc_hz() == 0);
}

static void never_goes_back(void **state)
{
    (void)state;
    uint64_t last = clock_now_ns(), first = last;
    for (int i = 0; i < 1000000; i++) {
        uint64_t now = clock_now_ns();
        if (now < last)
            fail_msg("went back by %zu ns", (size_t)(last - now));
        last = now;
    }
    assert_true(last > first);
}

static void agrees_with_the_monotonic_clock(void **state)
{
    (void)state;
    const uint64_t slack = 1000000;
    for (int i = 0; i < 100; i++) {
        struct timespec pause = {0, 1000000};
        uint64_t before = clock_mono_ns(), now = clock_now_ns(), after = clock_mono_ns();
        assert_in_range(now, before - slack, after + slack);
        nanosleep(&pause, NULL);
    }
}

// A month at 2.5 GHz: the plain 64-bit product overflows after four seconds.
static void scaling_does_not_overflow(void **state)
{
    (void)state;
    const uint64_t mult = UINT64_C(1717986918), ticks = UINT64_C(30) * 86400 * 2500000000u + 12345;
    uint64_t by_halves = (ticks >> 32) * mult + ((ticks & UINT32_MAX) * mult >> 32);
    assert_true(clock_scale(ticks, mult) == by_halves);
    assert_in_range(clock_scale(ticks, mult), UINT64_C(2591999000000000), UINT64_C(2592000000000000));
    assert_true(clock_scale(0, mult) == 0);
    assert_true(clock_scale(UINT64_MAX, UINT64_C(1) << 32) == UINT64_MAX);
}

// Ping-pong between two threads: what one saw, the other must not see undercut by more than a microsecond.
static _Atomic uint64_t ball;

static void *partner(void *worst)
{
    for (int i = 0; i < 2000; i++) {
        while ((ball & 1) == 0)
            sched_yield();
        uint64_t seen = ball & ~UINT64_C(1), now = clock_now_ns();
        if (now + 2 < seen && seen - now > *(uint64_t *)worst)
            *(uint64_t *)worst = seen - now;
        ball = now & ~UINT64_C(1);
    }
    return NULL;
}

static void order_holds_across_threads(void **state)
{
    (void)state;
    pthread_t thread;
    uint64_t worst = 0, mine = 0;
    assert_int_equal(pthread_create(&thread, NULL, partner, &worst), 0);
    for (int i = 0; i < 2000; i++) {
        ball = clock_now_ns() | 1;
        while ((ball & 1) != 0)
            sched_yield();
        uint64_t seen = ball, now = clock_now_ns();
        if (now + 2 < seen && seen - now > mine)
            mine = seen - now;
    }
    pthread_join(thread, NULL);
    assert_true(worst < 1000 && mine < 1000);
}

static void burning_takes_longer_for_more(void **state)
{
    (void)state;
    burn_calibrate();
    burn_ns(0);
    uint64_t least[2] = {UINT64_MAX,
                         UINT64_MAX}; // the minimum of a few runs: orders of magnitude, not lengths
    for (int i = 0; i < 10; i++) {
        for (int k = 0; k < 2; k++) {
            uint64_t start = clock_mono_ns();
            burn_ns(k == 0 ? 1000 : 1000000);
            uint64_t took = clock_mono_ns() - start;
            least[k] = took < least[k] ? took : least[k];
        }
    }
    assert_true(least[0] < least[1] / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_calibration_it_is_the_kernels),
        cmocka_unit_test(source_is_consistent),
        cmocka_unit_test(never_goes_back),
        cmocka_unit_test(agrees_with_the_monotonic_clock),
        cmocka_unit_test(scaling_does_not_overflow),
        cmocka_unit_test(order_holds_across_threads),
        cmocka_unit_test(burning_takes_longer_for_more),
    };
    return RUN(tests);
}
