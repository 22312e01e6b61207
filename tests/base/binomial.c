// SPDX-License-Identifier: Apache-2.0
#include "base/binomial.h"

#include <math.h>

#include "test.h"

static void near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.17g, not %.17g", got, want);
}

static void tails(void **state)
{
    (void)state;
    near(binomial_tail(0, 3, 0.5), 0.125, 1e-12);
    near(binomial_tail(1, 3, 0.5), 0.5, 1e-12);
    near(binomial_tail(3, 3, 0.5), 1, 0);
    near(binomial_tail(2, 5, 0.1), 0.99144, 1e-9);
    near(binomial_tail(0, 5000, 0.5), 0, 1e-300);
    near(binomial_tail(2, 5, 0), 1, 0);
    near(binomial_tail(2, 5, 1), 0, 0);
}

// None of n at 95 %: 1 - 0.025^(1/n). The others from Clopper and Pearson's charts and later tables.
static void exact_intervals(void **state)
{
    (void)state;
    struct rate_interval i = binomial_exact(0, 300, 0.95);
    near(i.lo, 0, 0);
    near(i.hi, 1 - pow(0.025, 1.0 / 300), 1e-9);
    i = binomial_exact(10, 10, 0.95);
    near(i.lo, pow(0.025, 0.1), 1e-9);
    near(i.hi, 1, 0);
    i = binomial_exact(7, 10, 0.95);
    near(i.lo, 0.3475, 5e-5);
    near(i.hi, 0.9333, 5e-5);
    i = binomial_exact(0, 0, 0.95);
    assert_true(i.lo == 0 && i.hi == 1);
}

// Each end is where the observation becomes as improbable as it may be.
static void ends_are_where_they_are_promised(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 60; n += 7)
        for (size_t k = 1; k < n; k += 3) {
            struct rate_interval i = binomial_exact(k, n, 0.9);
            near(binomial_tail(k, n, i.hi), 0.05, 1e-9);
            near(1 - binomial_tail(k - 1, n, i.lo), 0.05, 1e-9);
        }
}

static void wilson(void **state)
{
    (void)state;
    struct rate_interval i = binomial_wilson(7, 10, 0.95);
    near(i.lo, 0.3968, 5e-5);
    near(i.hi, 0.8922, 5e-5);
    i = binomial_wilson(0, 10, 0.95);
    near(i.lo, 0, 0);
    near(i.hi, 0.2775, 5e-5);
    i = binomial_wilson(10, 10, 0.95);
    near(i.hi, 1, 0);
}

static void quantiles(void **state)
{
    (void)state;
    near(normal_quantile(0.5), 0, 1e-12);
    near(normal_quantile(0.975), 1.959963984540054, 1e-9);
    near(normal_quantile(0.005), -2.575829303548901, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails),
        cmocka_unit_test(exact_intervals),
        cmocka_unit_test(ends_are_where_they_are_promised),
        cmocka_unit_test(wilson),
        cmocka_unit_test(quantiles),
    };
    return RUN(tests);
}
