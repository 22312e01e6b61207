// SPDX-License-Identifier: Apache-2.0
#include "gate/verdict.h"

#include <math.h>

#include "../base/test.h"
#include "base/rng.h"

static struct rng random_stream;

// About normal: a sum of twelve uniform numbers.
static double noise(void)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += rng_unit(&random_stream);
    return sum;
}

// A cell of an effect and of a spread, looked at until it is decided.
static struct judged play(double effect, double sd, double margin)
{
    struct verdict_rule rule;
    struct judged j = {0};
    double x[80];
    verdict_rule_set(&rule, margin, 80);
    for (size_t i = 0; i < 80; i++)
        x[i] = log1p(effect) + sd * noise();
    for (size_t look = 0; look < rule.looks && j.verdict == VERDICT_MORE; look++) {
        bool last = look + 1 == rule.looks;
        assert_true(verdict_look(&rule, look, x, rule.launches[look], &j));
        verdict_decide(&j, &last, 1, verdict_error(&rule));
    }
    return j;
}

static void each_verdict(void **state)
{
    (void)state;
    rng_init(&random_stream, 1, "each");
    struct judged j = play(0, 0.005, 0.02);
    assert_int_equal(j.verdict, VERDICT_UNCHANGED);
    assert_int_equal(j.launches, 20);
    assert_int_equal(play(0.05, 0.005, 0.02).verdict, VERDICT_REGRESSED);
    assert_int_equal(play(-0.05, 0.005, 0.02).verdict, VERDICT_IMPROVED);
    j = play(0, 0.2, 0.02);
    assert_int_equal(j.verdict, VERDICT_UNDERPOWERED);
    assert_int_equal(j.launches, 80);
    assert_true(j.smallest > 0.05);
    // On the margin itself it is neither.
    assert_int_equal(play(0.02, 0.005, 0.02).verdict, VERDICT_UNDERPOWERED);
}

static void what_is_too_wide_is_looked_at_again(void **state)
{
    (void)state;
    rng_init(&random_stream, 5, "again");
    int after[81] = {0}, unchanged = 0;
    for (int i = 0; i < 100; i++) {
        struct judged j = play(0, 0.025, 0.02);
        after[j.launches]++;
        unchanged += j.verdict == VERDICT_UNCHANGED;
    }
    assert_true(after[20] > 20 && after[40] > 20);
    assert_int_equal(after[20] + after[40] + after[80], 100);
    assert_in_range(unchanged, 99, 100);
}

static void fewer_launches_spend_all(void **state)
{
    (void)state;
    struct verdict_rule rule;
    static const struct {
        size_t most, looks, launches[3];
    } table[] = {{80, 3, {20, 40, 80}}, {100, 3, {20, 40, 80}}, {60, 3, {20, 40, 60}}, {40, 2, {20, 40}},
                 {30, 2, {20, 30}},     {20, 1, {20}},          {6, 1, {6}},           {1, 1, {1}}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        verdict_rule_set(&rule, 0.02, table[i].most);
        assert_int_equal(rule.looks, table[i].looks);
        for (size_t k = 0; k < rule.looks; k++)
            assert_int_equal(rule.launches[k], table[i].launches[k]);
        assert_true(fabs(verdict_error(&rule) - 0.01) < 1e-15);
        assert_true(rule.spend[0] >= 0.005);
    }
}

static void few_launches_decide_nothing(void **state)
{
    (void)state;
    struct verdict_rule rule;
    const double slow[6] = {1, 1, 1, 1, 1, 1}, same[6] = {0};
    struct judged j;
    bool last = true;
    verdict_rule_set(&rule, 0.02, 80);
    for (int i = 0; i < 2; i++) {
        assert_true(verdict_look(&rule, 0, i ? same : slow, 6, &j));
        assert_true(isinf(j.smallest));
        verdict_decide(&j, &last, 1, 0.01);
        assert_int_equal(j.verdict, VERDICT_UNDERPOWERED);
    }
    assert_false(verdict_look(&rule, 0, same, 0, &j));
}

// At the edge of the margin, where they are most likely, false alarms stay below half of one per cent,
// although there are three looks. With the whole error at each look there would be about twice as many.
static void looking_often_keeps_the_error(void **state)
{
    (void)state;
    rng_init(&random_stream, 2, "error");
    int alarms = 0, wrong = 0; // the stream is always the same: no chance is left
    for (int i = 0; i < 1500; i++) {
        alarms += play(0.02, 0.01, 0.02).verdict == VERDICT_REGRESSED;
        wrong += play(0, 0.01, 0.02).verdict == VERDICT_REGRESSED;
    }
    assert_in_range(alarms, 2, 10);
    assert_int_equal(wrong, 0);
}

// What is printed as the smallest effect is found in about 95 of 100 cases.
static void the_smallest_effect_is_found(void **state)
{
    (void)state;
    rng_init(&random_stream, 3, "power");
    struct verdict_rule rule;
    verdict_rule_set(&rule, 0.02, 80);
    double x[20], smallest = 0;
    struct judged j;
    bool last = true;
    for (int i = 0; i < 500; i++) {
        for (int k = 0; k < 20; k++)
            x[k] = 0.01 * noise();
        verdict_look(&rule, 0, x, 20, &j);
        smallest += j.smallest / 500;
    }
    assert_true(smallest > 0.025 && smallest < 0.045);
    int found = 0;
    for (int i = 0; i < 1000; i++) {
        for (int k = 0; k < 20; k++)
            x[k] = log1p(smallest) + 0.01 * noise();
        verdict_look(&rule, 0, x, 20, &j);
        verdict_decide(&j, &last, 1, 0.01);
        found += j.verdict == VERDICT_REGRESSED;
    }
    assert_in_range(found, 900, 990);
}

static void holm_step_by_step(void **state)
{
    (void)state;
    bool rejected[4];
    // 0.005 <= 0.05/4 and 0.01 <= 0.05/3, but 0.03 > 0.05/2: it and all above it stay.
    stats_holm((const double[]){0.01, 0.04, 0.03, 0.005}, 4, 0.05, rejected);
    assert_true(rejected[0] && !rejected[1] && !rejected[2] && rejected[3]);
    stats_holm((const double[]){0.02, 0.02, 0.02, 0.02}, 4, 0.05, rejected);
    assert_false(rejected[0] || rejected[1] || rejected[2] || rejected[3]);
    stats_holm((const double[]){0.012, 0.015, 0.02, 0.05}, 4, 0.05, rejected);
    assert_true(rejected[0] && rejected[1] && rejected[2] && rejected[3]);
    stats_holm(NULL, 0, 0.05, rejected);
}

// A cell that would be called alone is not, among many that are quiet.
static void cells_share_the_error(void **state)
{
    (void)state;
    struct judged alone = {.p_slower = 0.004, .p_faster = 1}, many[6];
    const bool last[6] = {true, true, true, true, true, true};
    verdict_decide(&alone, last, 1, 0.01);
    assert_int_equal(alone.verdict, VERDICT_REGRESSED);
    for (int i = 0; i < 6; i++)
        many[i] = (struct judged){.p_slower = i == 3 ? 0.004 : 1, .p_faster = 1, .within = i != 3};
    verdict_decide(many, last, 6, 0.01);
    assert_int_equal(many[3].verdict, VERDICT_UNDERPOWERED);
    assert_int_equal(many[0].verdict, VERDICT_UNCHANGED);
}

static void the_same_figures_give_the_same(void **state)
{
    (void)state;
    rng_init(&random_stream, 4, "same");
    struct verdict_rule rule;
    struct judged a, b;
    double x[40], turned[40];
    verdict_rule_set(&rule, 0.02, 80);
    for (int i = 0; i < 40; i++)
        turned[39 - i] = x[i] = 0.02 * noise();
    assert_true(verdict_look(&rule, 1, x, 40, &a) && verdict_look(&rule, 1, turned, 40, &b));
    assert_true(a.log_ratio.lo == b.log_ratio.lo && a.log_ratio.hi == b.log_ratio.hi);
    assert_true(a.log_ratio.median == b.log_ratio.median && a.smallest == b.smallest);
    assert_true(a.p_slower == b.p_slower && a.p_faster == b.p_faster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict),
        cmocka_unit_test(what_is_too_wide_is_looked_at_again),
        cmocka_unit_test(fewer_launches_spend_all),
        cmocka_unit_test(few_launches_decide_nothing),
        cmocka_unit_test(looking_often_keeps_the_error),
        cmocka_unit_test(the_smallest_effect_is_found),
        cmocka_unit_test(holm_step_by_step),
        cmocka_unit_test(cells_share_the_error),
        cmocka_unit_test(the_same_figures_give_the_same),
    };
    return RUN(tests);
}
