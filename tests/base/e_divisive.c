// SPDX-License-Identifier: Apache-2.0
#include "base/e_divisive.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/binomial.h"
#include "base/rng.h"

#include "test.h"

enum { MOST = 10000 };

static double x[MOST];
static struct change_point found[MOST / E_DIVISIVE_LEVEL];
static size_t count;

// ---- series ----

// About normal, of standard deviation 1.
static double noise(struct rng *r)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += rng_unit(r);
    return sum - 6;
}

// Mostly quiet, now and then far out.
static double heavy(struct rng *r)
{
    double u = rng_unit(r) - 0.5;
    return u / sqrt(1 - 4 * u * u + 1e-4);
}

static void make(size_t n, uint64_t seed, double (*draw)(struct rng *))
{
    struct rng r;
    rng_init(&r, seed, "series");
    for (size_t i = 0; i < n; i++)
        x[i] = draw(&r);
}

static void raise(size_t from, size_t n, double by)
{
    for (size_t i = from; i < n; i++)
        x[i] += by;
}

static size_t look(size_t n)
{
    assert_true(e_divisive(x, n, found, &count));
    for (size_t i = 0; i < count; i++) {
        assert_true(found[i].p >= 1.0 / (E_DIVISIVE_ORDERS + 1) && found[i].p <= E_DIVISIVE_ERROR);
        assert_true(found[i].at >= E_DIVISIVE_LEVEL && found[i].at + E_DIVISIVE_LEVEL <= n);
        assert_true(i == 0 || found[i].at >= found[i - 1].at + E_DIVISIVE_LEVEL);
    }
    return count;
}

// ---- tests ----

static bool was_found(size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (found[i].at == at)
            return true;
    return false;
}

// And what is on either side of it has another one no more often than noise has.
static void a_step_is_found_where_it_is(void **state)
{
    (void)state;
    size_t more = 0;
    for (size_t at = 5; at <= 35; at++)
        for (int up = -1; up <= 1; up += 2) {
            make(40, at, noise);
            raise(at, 40, up * 12.0);
            more += look(40) - 1;
            assert_true(was_found(at));
        }
    assert_true(more <= 4); // of 124 levels
}

// The cut with the greatest energy distance, by the definition and in steps of n^3.
static size_t best_by_definition(size_t n)
{
    size_t best = 0;
    double most = -INFINITY;
    for (size_t at = E_DIVISIVE_LEVEL; at + E_DIVISIVE_LEVEL <= n; at++) {
        double left = 0, right = 0, between = 0, m = (double)at, k = (double)(n - at);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                *(j < at ? &left : i >= at ? &right : &between) += fabs(x[i] - x[j]);
        double q =
            m * k / (m + k) * (2 * between / (m * k) - 2 * left / (m * (m - 1)) - 2 * right / (k * (k - 1)));
        best = q > most + 1e-9 ? at : best;
        most = q > most + 1e-9 ? q : most;
    }
    return best;
}

static void the_cut_is_that_of_the_definition(void **state)
{
    (void)state;
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        make(50, seed, seed % 2 ? noise : heavy);
        raise(10 + seed % 30, 50, 1.6);
        if (look(50) != 1)
            continue;
        assert_int_equal(found[0].at, best_by_definition(50));
        compared++;
    }
    assert_true(compared >= 30);
}

static void two_steps_and_a_return(void **state)
{
    (void)state;
    size_t more = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        make(90, seed, noise);
        raise(30, 90, 8);
        raise(60, 90, 8);
        more += look(90) - 2;
        assert_true(was_found(30) && was_found(60));
        make(90, 50 + seed, noise);
        raise(40, 55, 10);
        more += look(90) - 2;
        assert_true(was_found(40) && was_found(55));
    }
    assert_true(more <= 4); // of 60 levels
}

// The false-alarm rate, over series of lengths that fit one window, and with outliers.
static void noise_has_none(void **state)
{
    (void)state;
    static const size_t lengths[] = {12, 13, 30, 60, 120, 200};
    for (int law = 0; law < 2; law++) {
        size_t alarms = 0, all = 0;
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
            for (uint64_t seed = 1; seed <= 120; seed++) {
                make(lengths[k], 1000 * k + seed, law ? heavy : noise);
                alarms += look(lengths[k]) > 0;
                all++;
            }
        struct rate_interval rate = binomial_exact(alarms, all, 0.999);
        printf("%s noise: %zu of %zu series have a change point (%.2f to %.2f %%)\n",
               law ? "heavy" : "normal", alarms, all, 100 * rate.lo, 100 * rate.hi);
        assert_true(rate.lo <= E_DIVISIVE_ERROR);
        assert_true(alarms <= all / 40);
    }
}

// One outlier, however far out, is no level; nor are two.
static void outliers_are_none(void **state)
{
    (void)state;
    for (size_t at = 0; at < 60; at += 7) {
        make(60, 100 + at, noise);
        x[at] += 500;
        assert_int_equal(look(60), 0);
    }
    make(60, 5, noise);
    x[20] += 300;
    x[41] += 300;
    assert_int_equal(look(60), 0);
}

static void values_that_are_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++)
        x[i] = 1.25;
    assert_int_equal(look(100), 0);
    raise(50, 100, 1e-9);
    assert_int_equal(look(100), 1);
    assert_int_equal(found[0].at, 50);
    for (size_t i = 0; i < 100; i++)
        x[i] = (double)(i % 2);
    assert_int_equal(look(100), 0);
    for (size_t i = 0; i < 100; i++)
        x[i] = (double)(i % 2) + (i >= 30 ? 5 : 0);
    assert_int_equal(look(100), 1);
    assert_int_equal(found[0].at, 30);
}

static void few_values_tell_nothing(void **state)
{
    (void)state;
    for (size_t n = 0; n < E_DIVISIVE_FEWEST; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = i >= n / 2 ? 1 : 0;
        assert_int_equal(look(n), 0);
    }
    for (size_t i = 0; i < E_DIVISIVE_FEWEST; i++)
        x[i] = i >= E_DIVISIVE_FEWEST / 2 ? 1 : 0;
    assert_int_equal(look(E_DIVISIVE_FEWEST), 1);
    // A level of three values is seen when twelve are before it.
    for (size_t i = 0; i < 15; i++)
        x[i] = i >= 12 ? 1 : 0;
    assert_int_equal(look(15), 1);
    assert_int_equal(found[0].at, 12);
}

static void no_value_breaks_it(void **state)
{
    (void)state;
    make(40, 1, noise);
    x[7] = NAN;
    assert_false(e_divisive(x, 40, found, &count));
    assert_int_equal(count, 0);
    x[7] = INFINITY;
    assert_false(e_divisive(x, 40, found, &count));
    for (size_t i = 0; i < 40; i++)
        x[i] = i < 20 ? -1.7e308 : 1.7e308;
    assert_int_equal(look(40), 1);
    assert_int_equal(found[0].at, 20);
    for (size_t i = 0; i < 40; i++)
        x[i] = i < 20 ? 5e-324 : 0;
    look(40); // whatever it says of the smallest numbers
}

static void the_same_values_give_the_same_points(void **state)
{
    (void)state;
    static struct change_point before[MOST / E_DIVISIVE_LEVEL];
    make(600, 9, noise);
    for (size_t at = 60; at < 600; at += 60)
        raise(at, 600, at / 60 % 2 ? 1.5 : -1.2);
    size_t n = look(600);
    assert_true(n >= 3);
    memcpy(before, found, n * sizeof *found);
    for (int again = 0; again < 3; again++) {
        assert_int_equal(look(600), n);
        for (size_t i = 0; i < n; i++)
            assert_true(found[i].at == before[i].at && found[i].p == before[i].p);
    }
    // What a value is counted in makes no difference to where, a sign neither.
    for (size_t i = 0; i < 600; i++)
        x[i] *= -1024;
    assert_int_equal(look(600), n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(found[i].at, before[i].at);
}

// Longer than a window: changes in the middle, at a window's border, soon after another one; and what was
// found stays when more is added.
static void long_series(void **state)
{
    (void)state;
    static const size_t at[] = {150, 200, 260, 1000, 1010, 5003, 9000};
    enum { CHANGES = sizeof at / sizeof *at };
    make(MOST, 11, noise);
    for (size_t i = 0; i < CHANGES; i++)
        raise(at[i], MOST, i % 2 ? -9 : 9);
    size_t n = look(MOST), hits = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < CHANGES; k++)
            hits += found[i].at == at[k];
    assert_int_equal(hits, CHANGES);
    assert_true(n <= CHANGES + 4); // 100 windows of noise
    static struct change_point whole[MOST / E_DIVISIVE_LEVEL];
    memcpy(whole, found, n * sizeof *found);
    size_t part = look(6000);
    for (size_t i = 0; i < part && found[i].at < 5500; i++)
        assert_true(found[i].at == whole[i].at && found[i].p == whole[i].p);
    assert_true(part >= 6);
}

// More changes than there should ever be.
static void a_change_at_every_tenth_value(void **state)
{
    (void)state;
    make(400, 12, noise);
    for (size_t i = 0; i < 400; i++)
        x[i] += i / 10 % 2 ? 20 : 0;
    look(400);
    assert_true(count <= 400 / E_DIVISIVE_LEVEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_is_found_where_it_is),
                                       cmocka_unit_test(the_cut_is_that_of_the_definition),
                                       cmocka_unit_test(two_steps_and_a_return),
                                       cmocka_unit_test(noise_has_none),
                                       cmocka_unit_test(outliers_are_none),
                                       cmocka_unit_test(values_that_are_alike),
                                       cmocka_unit_test(few_values_tell_nothing),
                                       cmocka_unit_test(no_value_breaks_it),
                                       cmocka_unit_test(the_same_values_give_the_same_points),
                                       cmocka_unit_test(long_series),
                                       cmocka_unit_test(a_change_at_every_tenth_value)};
    return RUN(tests);
}
