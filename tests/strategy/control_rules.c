// SPDX-License-Identifier: Apache-2.0
// Breaker, autoscaler and fail-open switch: their state tables, row by row.
#include "strategy/autoscale.h"
#include "strategy/breaker.h"
#include "strategy/fail_open.h"

#include "test.h"

static const uint64_t SECOND = 1000000000;

static struct weir_strategy_state fresh(const struct weir_param_spec *params)
{
    struct weir_strategy_state s;
    weir_params_defaults(params, &s);
    return s;
}

static uint64_t allowed(struct weir_strategy_state *s, uint64_t now_ns)
{
    struct weir_breaker_answer a = weir_breaker_ask(s, now_ns);
    assert_true(a.allowed);
    return a.ticket;
}

static void denied(struct weir_strategy_state *s, uint64_t now_ns, uint64_t until_ns)
{
    struct weir_breaker_answer a = weir_breaker_ask(s, now_ns);
    assert_false(a.allowed);
    assert_int_equal(a.until_ns, until_ns);
}

static void failures(struct weir_strategy_state *s, int times, uint64_t now_ns)
{
    for (int i = 0; i < times; i++)
        weir_breaker_result(s, allowed(s, now_ns), now_ns, true);
}

static void breaker_opens_after_a_run(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_breaker_params);
    failures(&s, 5, SECOND);
    weir_breaker_result(&s, allowed(&s, SECOND), SECOND, false); // the run ends
    failures(&s, 5, SECOND);
    assert_int_equal(weir_breaker_mode(&s, SECOND), WEIR_BREAKER_CLOSED);
    failures(&s, 1, SECOND);
    assert_int_equal(weir_breaker_mode(&s, SECOND), WEIR_BREAKER_OPEN);
    denied(&s, SECOND, 61 * SECOND);
    denied(&s, 61 * SECOND - 1, 61 * SECOND);
    assert_int_equal(weir_breaker_mode(&s, 61 * SECOND), WEIR_BREAKER_HALF_OPEN);
}

static void breaker_probes(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_breaker_params);
    s.params[WEIR_BREAKER_PROBES] = 2;
    failures(&s, 6, SECOND);
    uint64_t one = allowed(&s, 61 * SECOND), two = allowed(&s, 61 * SECOND);
    denied(&s, 62 * SECOND, 121 * SECOND); // both are out
    weir_breaker_result(&s, one, 62 * SECOND, false);
    assert_int_equal(weir_breaker_mode(&s, 62 * SECOND), WEIR_BREAKER_HALF_OPEN);
    weir_breaker_result(&s, two, 63 * SECOND, true); // one failure is enough
    denied(&s, 63 * SECOND, 123 * SECOND);
    one = allowed(&s, 123 * SECOND);
    two = allowed(&s, 123 * SECOND);
    weir_breaker_result(&s, two, 124 * SECOND, false);
    assert_int_equal(weir_breaker_mode(&s, 124 * SECOND),
                     WEIR_BREAKER_HALF_OPEN); // the first one's was long ago
    weir_breaker_result(&s, one, 124 * SECOND, false);
    assert_int_equal(weir_breaker_mode(&s, 124 * SECOND), WEIR_BREAKER_CLOSED);
    failures(&s, 5, 125 * SECOND); // counted from zero
    assert_int_equal(weir_breaker_mode(&s, 125 * SECOND), WEIR_BREAKER_CLOSED);
}

static void breaker_ignores_what_is_over(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_breaker_params);
    uint64_t slow = allowed(&s, 0);
    failures(&s, 6, SECOND);
    weir_breaker_result(&s, slow, 2 * SECOND, false); // open stays open
    denied(&s, 2 * SECOND, 61 * SECOND);
    uint64_t probe = allowed(&s, 61 * SECOND);
    weir_breaker_result(&s, slow, 61 * SECOND, true); // from before: does not reopen it
    assert_int_equal(weir_breaker_mode(&s, 61 * SECOND), WEIR_BREAKER_HALF_OPEN);
    denied(&s, 120 * SECOND, 121 * SECOND);
    uint64_t next = allowed(&s, 121 * SECOND); // the probe never came back
    weir_breaker_result(&s, probe, 122 * SECOND, true);
    assert_int_equal(weir_breaker_mode(&s, 122 * SECOND), WEIR_BREAKER_HALF_OPEN);
    weir_breaker_result(&s, next, 122 * SECOND, false);
    assert_int_equal(weir_breaker_mode(&s, 122 * SECOND), WEIR_BREAKER_CLOSED);
}

static int scale(struct weir_strategy_state *s, uint64_t now_ns, size_t len, unsigned workers)
{
    struct weir_scale_view v = {.now_ns = now_ns, .len = len, .capacity = 100, .workers = workers};
    struct weir_scale a = weir_autoscale(s, &v);
    assert_true(a.next_ns > now_ns);
    return a.change;
}

static void autoscale_table(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        unsigned workers;
        int change;
    } table[] = {{80, 5, 0},  {81, 5, 1}, {100, 9, 1}, {100, 10, 0}, {100, 11, -1}, {20, 5, 0},
                 {19, 5, -1}, {0, 2, -1}, {0, 1, 0},   {0, 0, 1},    {50, 3, 0}};
    struct weir_strategy_state s = fresh(weir_autoscale_params);
    assert_int_equal(scale(&s, SECOND, 100, 1), 0); // the clock starts
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(scale(&s, (i + 2) * SECOND, table[i].len, table[i].workers), table[i].change);
    struct weir_scale_view v = {.now_ns = 60 * SECOND, .capacity = SIZE_MAX, .workers = 5};
    assert_int_equal(weir_autoscale(&s, &v).change, 0);
    v.now_ns = 61 * SECOND;
    v.len = SIZE_MAX;
    assert_int_equal(weir_autoscale(&s, &v).change, 0);
}

static void autoscale_keeps_its_grid(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_autoscale_params);
    struct weir_scale_view v = {.now_ns = SECOND / 4, .len = 100, .capacity = 100, .workers = 1};
    assert_int_equal(weir_autoscale(&s, &v).next_ns, SECOND / 4 + SECOND);
    v.now_ns = SECOND / 4 + SECOND - 1;
    assert_int_equal(weir_autoscale(&s, &v).change, 0);
    v.now_ns = SECOND / 4 + SECOND;
    assert_int_equal(weir_autoscale(&s, &v).change, 1);
    assert_int_equal(weir_autoscale(&s, &v).change, 0); // once an interval
    v.now_ns = SECOND / 4 + 7 * SECOND / 2;             // two points were missed
    struct weir_scale a = weir_autoscale(&s, &v);
    assert_int_equal(a.change, 1);
    assert_int_equal(a.next_ns, SECOND / 4 + 4 * SECOND);
}

static void autoscale_cools_down(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_autoscale_params);
    s.params[WEIR_SCALE_COOLDOWN] = 2.5e9;
    static const int want[] = {0, 1, 0, 0, 1, 0, 0, 1};
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(scale(&s, (i + 1) * SECOND, 100, 1), want[i]);
}

static void fail_open_flaps_without_hysteresis(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_fail_open_params);
    static const size_t len[] = {80, 81, 80, 81, 0, 100};
    static const bool want[] = {false, true, false, true, false, true};
    for (size_t i = 0; i < sizeof len / sizeof *len; i++)
        assert_int_equal(weir_fail_open(&s, len[i], 100), want[i]);
    assert_false(weir_fail_open(&s, 1000000, SIZE_MAX));
}

static void fail_open_with_hysteresis(void **state)
{
    (void)state;
    struct weir_strategy_state s = fresh(weir_fail_open_params);
    s.params[WEIR_FAIL_OPEN_RESUME] = 0.5;
    static const size_t len[] = {60, 80, 81, 70, 51, 50, 60, 80, 81};
    static const bool want[] = {false, false, true, true, true, false, false, false, true};
    for (size_t i = 0; i < sizeof len / sizeof *len; i++)
        assert_int_equal(weir_fail_open(&s, len[i], 100), want[i]);
    s = fresh(weir_fail_open_params);
    s.params[WEIR_FAIL_OPEN_MARK] = 0.5; // resume above the mark counts as the mark
    assert_true(weir_fail_open(&s, 51, 100));
    assert_true(weir_fail_open(&s, 51, 100));
    assert_false(weir_fail_open(&s, 50, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaker_opens_after_a_run),          cmocka_unit_test(breaker_probes),
        cmocka_unit_test(breaker_ignores_what_is_over),       cmocka_unit_test(autoscale_table),
        cmocka_unit_test(autoscale_keeps_its_grid),           cmocka_unit_test(autoscale_cools_down),
        cmocka_unit_test(fail_open_flaps_without_hysteresis), cmocka_unit_test(fail_open_with_hysteresis),
    };
    return RUN(tests);
}
