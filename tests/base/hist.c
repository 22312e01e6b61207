// SPDX-License-Identifier: Apache-2.0
#include "base/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "test.h"

static const uint64_t RANGE = (uint64_t)1 << HIST_MAX_BITS;

// 272 KiB each: static, as a stack of two or three of them is more than a thread may have.
static struct hist a, b, both;

static int empty(void **state)
{
    (void)state;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&both, 0, sizeof both);
    return 0;
}

static int by_value(const void *x, const void *y)
{
    uint64_t p = *(const uint64_t *)x, q = *(const uint64_t *)y;
    return (p > q) - (p < q);
}

static void layout_is_that_of_hdrhistogram(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t index;
    } known[] = {
        {0, 0},       {1, 1},       {2047, 2047}, {2048, 2048},
        {2049, 2048}, {2050, 2049}, {4095, 3071}, {4096, 3072},
        {4099, 3072}, {4100, 3073}, {8192, 4096}, {((uint64_t)1 << 43) - 1, 34815},
    };
    assert_int_equal(HIST_COUNTS, 34816);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(hist_index(known[i].value), known[i].index);
}

static void buckets_tile_the_range(void **state)
{
    (void)state;
    assert_int_equal(hist_lowest(0), 0);
    for (size_t i = 0; i < HIST_COUNTS; i++) {
        uint64_t lo = hist_lowest(i), hi = hist_highest(i);
        assert_true(lo <= hi);
        assert_int_equal(hist_index(lo), i);
        assert_int_equal(hist_index(hi), i);
        assert_true((hi - lo) * 1000 <= lo || lo == hi);
        if (i + 1 < HIST_COUNTS)
            assert_int_equal(hist_lowest(i + 1), hi + 1);
    }
    assert_int_equal(hist_highest(HIST_COUNTS - 1), RANGE - 1);
}

static uint64_t any_magnitude(struct rng *r)
{
    return rng_u64(r) >> (22 + rng_below(r, 42));
}

// The value at rank ceil(permille * n / 1000) of the sorted set, in integers.
static uint64_t exact(const uint64_t *sorted, size_t n, size_t permille)
{
    size_t rank = (permille * n + 999) / 1000;
    return sorted[rank == 0 ? 0 : rank - 1];
}

static void percentiles_agree_with_a_sort_within_a_thousandth(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    static uint64_t values[MOST];
    struct rng r;
    rng_init(&r, 1, "hist");
    for (int round = 0; round < 40; round++) {
        empty(NULL);
        size_t n = 1 + rng_below(&r, MOST);
        for (size_t i = 0; i < n; i++) {
            values[i] = any_magnitude(&r);
            hist_record(&a, values[i]);
        }
        qsort(values, n, sizeof *values, by_value);
        for (size_t permille = 0; permille <= 1000; permille++) {
            uint64_t want = exact(values, n, permille), got = hist_percentile(&a, (double)permille / 1000);
            if (got < want || (got - want) * 1000 > want)
                fail_msg("p%zu of %zu values: %zu instead of %zu", permille, n, (size_t)got, (size_t)want);
        }
        assert_int_equal(a.min, values[0]);
        assert_int_equal(a.max, values[n - 1]);
    }
}

static void known_sets(void **state)
{
    (void)state;
    assert_int_equal(hist_percentile(&a, 0.5), 0);
    assert_true(hist_mean(&a) == 0);
    for (uint64_t v = 1; v <= 100; v++)
        hist_record(&a, v);
    assert_int_equal(hist_percentile(&a, 0), 1);
    assert_int_equal(hist_percentile(&a, 0.5), 50);
    assert_int_equal(hist_percentile(&a, 0.505), 51);
    assert_int_equal(hist_percentile(&a, 1), 100);
    assert_int_equal(hist_percentile(&a, 7), 100);
    assert_int_equal(hist_percentile(&a, -1), 1);
    for (int p = 1; p <= 100; p++) // p * 100 / 100 is exact, p / 100.0 * 100 is not: 0.07 and 0.29 round up
        assert_int_equal(hist_percentile(&a, p / 100.0), p);
    assert_true(hist_mean(&a) == 50.5);
    assert_int_equal(a.min, 1);
    hist_record_n(&a, 5000, 0);
    assert_int_equal(a.total, 100);
    hist_record_n(&a, 0, 900);
    assert_int_equal(hist_percentile(&a, 0.9), 0);
    assert_int_equal(hist_percentile(&a, 0.901), 1);
    assert_int_equal(a.min, 0);
    assert_true(hist_mean(&a) == 5.05);
}

static void merge_is_recording_both(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 2, "merge");
    hist_merge(&a, &b);
    assert_int_equal(a.total, 0);
    for (int i = 0; i < 2000; i++) {
        uint64_t v = any_magnitude(&r) + 7, w = (any_magnitude(&r) << 2) + 8;
        hist_record(&a, v);
        hist_record(&b, w);
        hist_record(&both, v);
        hist_record(&both, w);
    }
    hist_record(&b, RANGE);
    hist_record(&both, RANGE);
    struct hist *into = calloc(1, sizeof *into);
    hist_merge(into, &a);
    hist_merge(into, &b);
    assert_memory_equal(into->counts, both.counts, sizeof both.counts);
    assert_int_equal(into->total, both.total);
    assert_int_equal(into->overflow, both.overflow);
    assert_int_equal(into->min, both.min);
    assert_int_equal(into->max, both.max);
    assert_true(fabs(into->sum - both.sum) <= 1e-9 * both.sum);
    free(into);
}

static void overflow_is_counted_and_not_clamped(void **state)
{
    (void)state;
    hist_record_n(&a, 10, 98);
    assert_true(hist_mean(&a) == 10);
    hist_record(&a, RANGE - 1);
    assert_int_equal(a.overflow, 0);
    hist_record(&a, RANGE + 12345);
    assert_int_equal(a.overflow, 1);
    assert_int_equal(a.total, 100);
    assert_int_equal(a.max, RANGE + 12345);
    assert_int_equal(hist_index(RANGE), HIST_COUNTS - 1);
    assert_int_equal(hist_index(UINT64_MAX), HIST_COUNTS - 1);
    assert_int_equal(hist_percentile(&a, 0.98), 10);
    assert_int_equal(hist_percentile(&a, 0.99), RANGE - 1);
    assert_int_equal(hist_percentile(&a, 1), RANGE + 12345);
}

static void missing_values_are_infinite(void **state)
{
    (void)state;
    uint64_t v = 4711;
    assert_false(hist_percentile_of(&a, 0.5, 0, &v));
    assert_false(hist_percentile_of(&a, 0.5, 10, &v));
    for (uint64_t i = 1; i <= 90; i++)
        hist_record(&a, i);
    assert_true(hist_percentile_of(&a, 0.5, 100, &v));
    assert_int_equal(v, 50);
    assert_true(hist_percentile_of(&a, 0.9, 100, &v));
    assert_int_equal(v, 90);
    v = 4711;
    assert_false(hist_percentile_of(&a, 0.91, 100, &v));
    assert_false(hist_percentile_of(&a, 1, 91, &v));
    assert_int_equal(v, 4711);
    assert_true(hist_percentile_of(&a, 1, 90, &v));
    assert_int_equal(v, 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_that_of_hdrhistogram),
        cmocka_unit_test(buckets_tile_the_range),
        cmocka_unit_test_setup(percentiles_agree_with_a_sort_within_a_thousandth, empty),
        cmocka_unit_test_setup(known_sets, empty),
        cmocka_unit_test_setup(merge_is_recording_both, empty),
        cmocka_unit_test_setup(overflow_is_counted_and_not_clamped, empty),
        cmocka_unit_test_setup(missing_values_are_infinite, empty),
    };
    return RUN(tests);
}
