// SPDX-License-Identifier: Apache-2.0
#include "base/signed_rank.h"

#include <math.h>

#include "base/rng.h"
#include "test.h"

static void near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.17g, not %.17g", got, want);
}

// How often each sum of some of the ranks 1..n occurs, counted one subset after the other.
static void the_null_distribution_is_that_of_all_subsets(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 12; n++) {
        size_t counts[79] = {0}, so_far = 0;
        for (unsigned set = 0; set < 1u << n; set++) {
            size_t sum = 0;
            for (size_t r = 0; r < n; r++)
                sum += set >> r & 1 ? r + 1 : 0;
            counts[sum]++;
        }
        for (size_t k = 0; k <= n * (n + 1) / 2; k++) {
            so_far += counts[k];
            near(signed_rank_tail(n, k), (double)so_far / (double)(1u << n), 1e-15);
        }
    }
}

// Wilcoxon's table (two-sided 5 % and 1 %): the largest statistic that is significant.
static void critical_values_of_the_table(void **state)
{
    (void)state;
    static const struct {
        size_t n, five, one;
    } table[] = {{8, 3, 0},    {10, 8, 3},     {12, 13, 7},    {15, 25, 15},  {20, 52, 37},
                 {25, 89, 68}, {30, 137, 109}, {40, 264, 220}, {50, 434, 373}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = table[i].n;
        assert_true(signed_rank_tail(n, table[i].five) <= 0.025);
        assert_true(signed_rank_tail(n, table[i].five + 1) > 0.025);
        assert_true(signed_rank_tail(n, table[i].one) <= 0.005);
        assert_true(signed_rank_tail(n, table[i].one + 1) > 0.005);
    }
}

static void exact_and_approximated_meet(void **state)
{
    (void)state;
    size_t n = SIGNED_RANK_EXACT, pairs = n * (n + 1) / 2;
    double sd = sqrt((double)pairs / 2 * (2 * (double)n + 1) / 6);
    for (double z = -3; z <= 0; z += 0.5) {
        size_t k = (size_t)((double)pairs / 2 + z * sd), next = k + (n + 1) * k / pairs;
        double exact = signed_rank_tail(n, k);
        near(exact, erfc(-z / sqrt(2)) / 2, 0.002);
        // One value more, and no longer counted: the same place of the distribution.
        near(signed_rank_tail(n + 1, next), exact, 0.002);
    }
    near(signed_rank_tail(n, pairs), 1, 1e-12);
    near(signed_rank_tail(n + 1, pairs + n + 1), 1, 1e-12);
}

// Nine patients' scores before and after a tranquilizer: Hollander and Wolfe, table 3.1, with their answers.
static void the_textbooks_example(void **state)
{
    (void)state;
    static const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    static const double after[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    double x[9];
    struct signed_rank s;
    for (size_t i = 0; i < 9; i++)
        x[i] = before[i] - after[i];
    assert_true(signed_rank_open(&s, x, 9));
    struct interval i = signed_rank_interval(&s, 0.95);
    near(i.median, 0.46, 1e-9);
    near(i.lo, 0.010, 1e-9);
    near(i.hi, 0.786, 1e-9);
    near(signed_rank_coverage(&s, 0.95), 0.961, 0.0005);
    near(signed_rank_p_above(&s, 0), 10.0 / 512, 1e-12);    // statistic 40 of 45
    near(signed_rank_p_below(&s, 0), 1 - 7.0 / 512, 1e-12); // 4 or less in 7 of 512 ways
    signed_rank_close(&s);
}

static void few_and_equal_values(void **state)
{
    (void)state;
    const double x[] = {1, 2, 4}, same[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    struct signed_rank s;
    assert_false(signed_rank_open(&s, x, 0));
    assert_false(signed_rank_open(&s, x, SIGNED_RANK_MOST + 1));
    assert_true(signed_rank_open(&s, x, 3));
    struct interval i = signed_rank_interval(&s, 0.99); // means 1 1.5 2 2.5 3 4
    near(i.median, 2.25, 0);
    assert_true(i.lo == 1 && i.hi == 4);
    near(signed_rank_coverage(&s, 0.99), 0.75, 1e-15);
    near(signed_rank_p_above(&s, 0), 1.0 / 8, 1e-15);
    near(signed_rank_p_below(&s, 0), 1, 1e-15);
    near(signed_rank_p_below(&s, 5), 1.0 / 8, 1e-15);
    signed_rank_close(&s);
    assert_true(signed_rank_open(&s, same, 10));
    i = signed_rank_interval(&s, 0.99);
    assert_true(i.median == 3 && i.lo == 3 && i.hi == 3);
    near(signed_rank_p_above(&s, 3), 1, 1e-15); // a tie is no evidence
    near(signed_rank_p_below(&s, 3), 1, 1e-15);
    near(signed_rank_p_above(&s, 2.9), 1.0 / 1024, 1e-15);
    signed_rank_close(&s);
}

// A centre is outside of the interval on a side when its p-value there is at most half of what may be missed.
static void interval_and_p_values_agree(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "agree");
    for (int round = 0; round < 300; round++) {
        double x[24];
        size_t n = 8 + (size_t)rng_below(&r, 17);
        for (size_t i = 0; i < n; i++) // with ties
            x[i] = (double)rng_below(&r, 40) / 8 - 2;
        struct signed_rank s;
        assert_true(signed_rank_open(&s, x, n));
        struct interval i = signed_rank_interval(&s, 0.98);
        for (double centre = -2.03; centre < 3; centre += 0.0625) {
            assert_int_equal(signed_rank_p_above(&s, centre) <= 0.01 * (1 + 1e-12), i.lo > centre);
            assert_int_equal(signed_rank_p_below(&s, centre) <= 0.01 * (1 + 1e-12), i.hi < centre);
        }
        signed_rank_close(&s);
    }
}

// The promise itself, on values with heavy tails: 99 % for n = 20 is 99.06 %.
static void intervals_cover(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 2, "cover");
    int covered = 0;
    for (int round = 0; round < 4000; round++) {
        double x[20];
        for (int i = 0; i < 20; i++) {
            double u = rng_unit(&r) - 0.5;
            x[i] = u / (0.51 - fabs(u));
        }
        struct signed_rank s;
        assert_true(signed_rank_open(&s, x, 20));
        struct interval i = signed_rank_interval(&s, 0.99);
        covered += i.lo <= 0 && i.hi >= 0;
        signed_rank_close(&s);
    }
    assert_in_range(covered, 3962 - 31, 3962 + 31); // five times sqrt(4000 x 0.9906 x 0.0094) = 6.1
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_null_distribution_is_that_of_all_subsets),
        cmocka_unit_test(critical_values_of_the_table),
        cmocka_unit_test(exact_and_approximated_meet),
        cmocka_unit_test(the_textbooks_example),
        cmocka_unit_test(few_and_equal_values),
        cmocka_unit_test(interval_and_p_values_agree),
        cmocka_unit_test(intervals_cover),
    };
    return RUN(tests);
}
