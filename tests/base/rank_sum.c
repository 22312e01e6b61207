// SPDX-License-Identifier: Apache-2.0
#include "base/rank_sum.h"

#include <math.h>

#include "test.h"

static void near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.17g, not %.17g", got, want);
}

// P(U <= u) counted over all choices of places.
static double counted(unsigned a, unsigned b, unsigned most)
{
    size_t hits = 0, all = 0;
    for (unsigned set = 0; set < 1u << (a + b); set++) {
        unsigned below = 0, u = 0, chosen = 0;
        for (unsigned place = 0; place < a + b; place++)
            if (set >> place & 1) {
                chosen++;
                u += below;
            } else {
                below++;
            }
        all += chosen == b;
        hits += chosen == b && u <= most;
    }
    return (double)hits / (double)all;
}

static void the_null_distribution_is_that_of_all_choices(void **state)
{
    (void)state;
    static const double values[8] = {0};
    for (unsigned a = 1; a <= 6; a++)
        for (unsigned b = 1; b <= 6; b++) {
            struct signed_rank s;
            assert_true(rank_sum_open(&s, values, a, values, b));
            for (unsigned u = 0; u <= a * b; u++)
                near(s.below[u], counted(a, b, u), 1e-14);
            signed_rank_close(&s);
        }
}

// The table of Mann and Whitney (two-sided 5 % and 1 %): the largest statistic that is significant.
static void critical_values_of_the_table(void **state)
{
    (void)state;
    static const struct {
        size_t a, b, five, one;
    } table[] = {{5, 5, 2, 0}, {8, 8, 13, 7}, {10, 10, 23, 16}, {10, 20, 55, 42}, {20, 20, 127, 105}};
    static const double values[20] = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct signed_rank s;
        assert_true(rank_sum_open(&s, values, table[i].a, values, table[i].b));
        assert_true(s.below[table[i].five] <= 0.025 && s.below[table[i].five + 1] > 0.025);
        assert_true(s.below[table[i].one] <= 0.005 && s.below[table[i].one + 1] > 0.005);
        signed_rank_close(&s);
    }
}

static void a_shift_is_found(void **state)
{
    (void)state;
    static const double a[] = {1, 2, 3, 4, 5}, b[] = {11.5, 12.5, 13.5, 14.5, 15.5};
    struct signed_rank s;
    assert_true(rank_sum_open(&s, a, 5, b, 5));
    struct interval i = signed_rank_interval(&s, 0.99);
    near(i.median, 10.5, 1e-12);
    near(i.lo, 6.5, 1e-12); // the whole range: 2 of 252
    near(i.hi, 14.5, 1e-12);
    near(signed_rank_coverage(&s, 0.99), 1 - 2.0 / 252, 1e-12);
    near(signed_rank_p_above(&s, 0), 1.0 / 252, 1e-12);
    near(signed_rank_p_below(&s, 0), 1, 1e-12);
    signed_rank_close(&s);
    assert_false(rank_sum_open(&s, a, 0, b, 5));
    static const double many[RANK_SUM_MOST + 1] = {0};
    assert_false(rank_sum_open(&s, many, RANK_SUM_MOST + 1, b, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_null_distribution_is_that_of_all_choices),
                                       cmocka_unit_test(critical_values_of_the_table),
                                       cmocka_unit_test(a_shift_is_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
