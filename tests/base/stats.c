// SPDX-License-Identifier: Apache-2.0
#include "base/stats.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "test.h"

static void near(double got, double want)
{
    if (fabs(got - want) > 1e-12 * (1 + fabs(want)))
        fail_msg("%.17g, not %.17g", got, want);
}

static void nothing_gives_zero(void **state)
{
    (void)state;
    near(stats_median(NULL, 0), 0);
    near(stats_mean(NULL, 0), 0);
    near(stats_stddev(NULL, 0), 0);
    near(stats_quantile(NULL, 0, 0.5), 0);
    struct interval i = stats_median_interval(NULL, 0, 0.95);
    assert_true(i.median == 0 && i.lo == 0 && i.hi == 0);
    const double one[] = {7};
    near(stats_stddev(one, 1), 0);
    near(stats_quantile(one, 1, 0.3), 7);
}

static void known_values(void **state)
{
    (void)state;
    const double x[] = {9, 2, 4, 4, 5, 4, 5, 7}, before[] = {9, 2, 4, 4, 5, 4, 5, 7};
    near(stats_mean(x, 8), 5);
    near(stats_median(x, 8), 4.5);
    near(stats_median(x, 7), 4);
    near(stats_stddev(x, 8), sqrt(32.0 / 7));
    near(stats_quantile(x, 8, 0), 2);
    near(stats_quantile(x, 8, 1), 9);
    near(stats_quantile(x, 8, 0.25), 4);
    near(stats_quantile(x, 8, 0.9), 7.6); // position 6.3 between 7 and 9
    near(stats_quantile(x, 8, -3), 2);
    near(stats_quantile(x, 8, 3), 9);
    assert_memory_equal(x, before, sizeof x);
}

// The values cut at each end for 95 %, from tables of the sign test: the largest c with P(B <= c) <= 0.025.
static void interval_ranks_from_the_tables(void **state)
{
    (void)state;
    static const struct {
        size_t n, cut;
    } table[] = {{1, 0},  {2, 0},  {5, 0},  {6, 0},  {8, 0},  {9, 1},   {11, 1},  {12, 2},
                 {15, 3}, {17, 4}, {20, 5}, {25, 7}, {30, 9}, {50, 17}, {100, 39}};
    double x[100];
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        size_t n = table[t].n;
        for (size_t i = 0; i < n; i++)
            x[i] = (double)((i * 37) % n); // 0..n-1, shuffled: 37 shares no factor with any n of the table
        struct interval got = stats_median_interval(x, n, 0.95);
        near(got.lo, (double)table[t].cut);
        near(got.hi, (double)(n - 1 - table[t].cut));
        near(got.median, (double)(n - 1) / 2);
    }
}

static void coverage_extremes(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, 5, 6, 7};
    struct interval all = stats_median_interval(x, 7, 1), none = stats_median_interval(x, 7, 0);
    assert_true(all.lo == 1 && all.hi == 7);
    assert_true(none.lo == 4 && none.hi == 4);
    const double even[] = {1, 2, 3, 4};
    none = stats_median_interval(even, 4, 0);
    assert_true(none.lo == 2 && none.hi == 3);
}

// Thousands of values: the probabilities leave the range of a double, the interval must not.
static void many_values(void **state)
{
    (void)state;
    static double x[5000];
    for (size_t i = 0; i < 5000; i++)
        x[i] = (double)i;
    struct interval i = stats_median_interval(x, 5000, 0.95);
    // The normal approximation: 2500 - 1.96 sqrt(5000) / 2 = 2430.7
    assert_true(i.lo >= 2428 && i.lo <= 2432);
    assert_true(i.hi == 4999 - i.lo);
}

// The promise itself: of 4000 samples at least 95 % of the intervals hold the true median (96.1 % for n = 9).
static void intervals_cover(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "cover");
    int covered = 0;
    for (int round = 0; round < 4000; round++) {
        double x[9];
        for (int i = 0; i < 9; i++)
            x[i] = rng_unit(&r);
        struct interval got = stats_median_interval(x, 9, 0.95);
        covered += got.lo <= 0.5 && got.hi >= 0.5;
    }
    assert_in_range(covered, 3844 - 62, 3844 + 62); // sigma = sqrt(4000 x 0.961 x 0.039) = 12.3
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gives_zero),
        cmocka_unit_test(known_values),
        cmocka_unit_test(interval_ranks_from_the_tables),
        cmocka_unit_test(coverage_extremes),
        cmocka_unit_test(many_values),
        cmocka_unit_test(intervals_cover),
    };
    return RUN(tests);
}
