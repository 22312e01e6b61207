// SPDX-License-Identifier: Apache-2.0
// Each pacing against its source's rule, worked out by hand. The first slot of a limiter's memory is its
// limit.
#include "strategy/pacing.h"

#include <math.h>

#include "strategy/decimal.h"
#include "test.h"

static const uint64_t MS = 1000000, SECOND = 1000000000;

struct producer {
    const struct weir_pacing_ops *ops;
    struct weir_strategy_state state;
};

static void use(struct producer *p, const char *name)
{
    p->ops = weir_pacing_find(name);
    assert_non_null(p->ops);
    weir_params_defaults(p->ops->params, &p->state);
}

static void begin(struct producer *p)
{
    if (p->ops->init)
        p->ops->init(&p->state, 1);
}

static size_t after(struct producer *p, uint64_t rtt_ns, size_t in_flight, bool dropped)
{
    struct weir_result r = {.now_ns = SECOND, .rtt_ns = rtt_ns, .in_flight = in_flight, .dropped = dropped};
    p->ops->on_result(&p->state, &r);
    return p->ops->limit(&p->state);
}

static void near_to(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fabs(want)))
        fail_msg("%.17g instead of %.17g", got, want);
}

static uint64_t sleeps(struct producer *p, size_t len)
{
    struct weir_pacing_view v = {.now_ns = SECOND, .len = len, .capacity = 1000, .count = 1};
    struct weir_pace a = p->ops->on_ask(&p->state, &v);
    if (a.go)
        return 0;
    assert_false(a.wakes_on_result);
    v.paused = true; // one sleep a record
    v.now_ns = a.until_ns;
    assert_true(p->ops->on_ask(&p->state, &v).go);
    return (a.until_ns - SECOND) / 1000;
}

static void slowdown_bands(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint64_t readme_us, code_us;
    } table[] = {{0, 0, 0},         {500, 0, 0},       {501, 0, 500},     {800, 0, 500},
                 {801, 500, 1000},  {900, 500, 1000},  {901, 1000, 2000}, {950, 1000, 2000},
                 {951, 2000, 2000}, {1000, 2000, 2000}};
    struct producer readme, code;
    use(&readme, "slowdown");
    use(&code, "slowdown");
    code.state.params[6] = 2; // table
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(sleeps(&readme, table[i].len), table[i].readme_us);
        assert_int_equal(sleeps(&code, table[i].len), table[i].code_us);
    }
    code.state.params[1] = 0.85; // a written mark replaces the table's
    assert_int_equal(sleeps(&code, 850), 500);
    assert_int_equal(sleeps(&code, 851), 1000);
    assert_int_equal(sleeps(&code, 901), 2000);
    assert_null(readme.ops->limit);
    struct weir_pacing_view unbounded = {.now_ns = SECOND, .len = 1000000, .capacity = SIZE_MAX};
    assert_true(readme.ops->on_ask(&readme.state, &unbounded).go);
}

static void limit_is_kept(struct producer *p, size_t limit)
{
    struct weir_pacing_view v = {.now_ns = SECOND, .capacity = 1000, .in_flight = limit - 1, .count = 1};
    assert_true(p->ops->on_ask(&p->state, &v).go);
    v.in_flight = limit;
    struct weir_pace a = p->ops->on_ask(&p->state, &v);
    assert_false(a.go);
    assert_true(a.wakes_on_result);
    assert_true(a.until_ns == UINT64_MAX);
}

static void credit_is_a_window(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "credit");
    begin(&p);
    limit_is_kept(&p, 100);
    p.state.params[0] = 1;
    limit_is_kept(&p, 1);
}

static void aimd_by_hand(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "aimd");
    begin(&p);
    limit_is_kept(&p, 20);
    assert_int_equal(after(&p, MS, 9, false), 20); // not half in use
    assert_int_equal(after(&p, MS, 10, false), 21);
    assert_int_equal(after(&p, MS, 10, false), 21); // 20 of 21
    assert_int_equal(after(&p, MS, 11, false), 22);
    assert_int_equal(after(&p, 5 * SECOND, 11, false), 23);
    assert_int_equal(after(&p, 5 * SECOND + 1, 11, false), 20); // 20.7
    assert_int_equal(after(&p, MS, 20, true), 20);              // not below the minimum
    limit_is_kept(&p, 20);
    p.state.params[1] = 1;
    assert_int_equal(after(&p, MS, 20, true), 18);
    assert_int_equal(after(&p, MS, 0, true), 16); // 16.2
    assert_int_equal(after(&p, MS, 0, true), 14); // 14.4
    for (int i = 0; i < 300; i++)
        after(&p, MS, 1000, false);
    limit_is_kept(&p, 200);
}

// A group counts as its records; one beyond the limit goes when nothing else is in flight.
static void groups_count_as_their_records(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "credit");
    struct weir_pacing_view v = {.now_ns = SECOND, .capacity = 1000, .in_flight = 60, .count = 40};
    assert_true(p.ops->on_ask(&p.state, &v).go);
    v.count = 41;
    assert_false(p.ops->on_ask(&p.state, &v).go);
    v.count = 101;
    assert_false(p.ops->on_ask(&p.state, &v).go);
    v.in_flight = 0;
    assert_true(p.ops->on_ask(&p.state, &v).go);
}

// ---- arc ----

static size_t result_at(struct producer *p, uint64_t now_ns, uint64_t rtt_ns, bool dropped)
{
    struct weir_result r = {.now_ns = now_ns, .rtt_ns = rtt_ns, .in_flight = 1, .dropped = dropped};
    p->ops->on_result(&p->state, &r);
    return p->ops->limit(&p->state);
}

static void go(struct producer *p, size_t in_flight)
{
    struct weir_pacing_view v = {.capacity = 1000, .in_flight = in_flight, .count = 1};
    assert_true(p->ops->on_ask(&p->state, &v).go);
}

static void arc_grows_by_one_a_round_trip(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "arc");
    begin(&p);
    limit_is_kept(&p, 1);
    go(&p, 0);
    assert_int_equal(result_at(&p, 100 * MS, 100 * MS, false), 1); // only learnt from
    go(&p, 0);
    assert_int_equal(result_at(&p, 199 * MS, 100 * MS, false), 1); // not due yet
    assert_int_equal(result_at(&p, 200 * MS, 100 * MS, false), 2);
    go(&p, 1);
    assert_int_equal(result_at(&p, 300 * MS, 100 * MS, false), 3);
    go(&p, 1);
    // Not reached, and a round trip that never varies is not below the usual one: 2.7.
    assert_int_equal(result_at(&p, 400 * MS, 100 * MS, false), 2);
    uint64_t mean = 0;
    assert_int_equal(p.ops->weighed(&p.state, &mean), 3);
    assert_true(mean == 100 * MS);
}

static void arc_gives_way(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "arc");
    p.state.params[0] = 50;
    begin(&p);
    result_at(&p, 100 * MS, 100 * MS, false);
    go(&p, 49);
    assert_int_equal(result_at(&p, 150 * MS, 0, true), 50); // noted, decided on when it is due
    assert_int_equal(result_at(&p, 200 * MS, 100 * MS, false), 45);
    go(&p, 44);
    result_at(&p, 210 * MS, 90 * MS, false);
    assert_int_equal(result_at(&p, 300 * MS, 130 * MS, false), 40); // mean 110; deviation 0 so far
    // past = 104, variance = 0.6 x (0 + 0.4 x 10^2) = 24: usual up to 104 + 2.5 x 4.899 = 116.25
    near_to(p.state.state[1].d, 104e6);
    near_to(p.state.state[2].d, 24e12);
    go(&p, 39);
    assert_int_equal(result_at(&p, 404 * MS, 116 * MS, false), 40);
    // past = 108.8, variance = 0.6 x (24 + 0.4 x 12^2) = 48.96: up to 126.29
    assert_int_equal(result_at(&p, 513 * MS, 127 * MS, false), 36);
    assert_int_equal(result_at(&p, 1000 * MS, 0, true), 32); // without a single good round trip
    for (uint64_t i = 0; i < 40; i++)
        result_at(&p, (2 + i) * SECOND, 0, true);
    limit_is_kept(&p, 1);
}

static void arc_bounds(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "arc");
    begin(&p);
    size_t highest = 0;
    for (uint64_t i = 1; i < 300; i++) {
        go(&p, p.ops->limit(&p.state) - 1);
        size_t limit = result_at(&p, i * 100 * MS, 100 * MS, false);
        highest = limit > highest ? limit : highest;
    }
    assert_int_equal(highest, 200);
    use(&p, "arc");
    p.state.params[0] = p.state.params[1] = 10;
    begin(&p);
    limit_is_kept(&p, 10);
}

// One sample is 1 part in 300.5 of the long-run mean after the first ten.
static void gradient2_by_hand(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "gradient2");
    begin(&p);
    limit_is_kept(&p, 20);
    for (int i = 1; i <= 10; i++) {
        after(&p, 100 * MS, 20, false);
        near_to(p.state.state[0].d, 20 + 0.8 * i); // a fifth of the four that may queue
    }
    double f = 2.0 / 601, mean = 100 + 300 * f; // 100.998
    after(&p, 400 * MS, 20, false);             // 1.5 x mean / 400 = 0.379, held at a half
    near_to(p.state.state[0].d, 0.8 * 28 + 0.2 * (14 + 4));
    mean += (200 - mean) * f;
    after(&p, 200 * MS, 14, false); // 1.5 x 101.328 / 200 = 0.75996
    near_to(p.state.state[0].d, 0.8 * 26 + 0.2 * (26 * 1.5 * mean / 200 + 4));
    assert_int_equal(p.ops->limit(&p.state), 25);
    double before = p.state.state[0].d;
    after(&p, 100 * MS, 12, false); // 12 < 25.55 / 2: nothing learnt about the limit
    near_to(p.state.state[0].d, before);
    after(&p, 100 * MS, 13, true); // a drop is a sample like any other
    near_to(p.state.state[0].d, before + 0.8);
}

static void gradient2_forgets_an_overload(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "gradient2");
    begin(&p);
    for (int i = 0; i < 10; i++)
        after(&p, 100 * MS, 0, false);
    double f = 2.0 / 601, mean = 100 - 50 * f;
    after(&p, 50 * MS, 0, false); // 99.83 is not twice 50
    near_to(p.state.state[1].d, mean * 1e6);
    mean -= (mean - 10) * f;
    after(&p, 10 * MS, 0, false);
    near_to(p.state.state[1].d, mean * 0.95 * 1e6);
    // The cut is for the next one: this one's gradient goes by the mean before it.
    use(&p, "gradient2");
    p.state.params[3] = 1; // tolerance
    p.state.params[0] = p.state.params[1] = 100;
    begin(&p);
    after(&p, 100 * MS, 100, false);
    after(&p, 100 * MS, 100, false);
    near_to(p.state.state[0].d, 101.6);
}

static void gradient2_starts_with_a_plain_mean(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "gradient2");
    begin(&p);
    for (uint64_t i = 1; i <= 10; i++) {
        after(&p, i * 10 * MS, 0, false);
        near_to(p.state.state[1].d, (double)(i + 1) * 5e6);
    }
    after(&p, 110 * MS, 0, false);
    near_to(p.state.state[1].d, 55e6 + 55e6 * 2 / 601);
}

static void gradient2_bounds(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "gradient2");
    begin(&p);
    for (int i = 0; i < 1000; i++)
        after(&p, 100 * MS, 1000, false);
    limit_is_kept(&p, 200);
    for (uint64_t rtt = 100 * MS; rtt < (uint64_t)1 << 60; rtt *= 2)
        for (int i = 0; i < 4; i++)
            after(&p, rtt, 1000, false);
    limit_is_kept(&p, 20);
}

static void vegas_by_hand(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "vegas");
    begin(&p);
    limit_is_kept(&p, 20);
    assert_int_equal(after(&p, 100 * MS, 20, false), 20); // the first round trip is the shortest
    assert_int_equal(after(&p, 100 * MS, 20, false), 26); // none waits: beta
    assert_int_equal(after(&p, 100 * MS, 13, false), 32);
    assert_int_equal(after(&p, 100 * MS, 15, false), 32); // 30 of 32 in use
    assert_int_equal(after(&p, 110 * MS, 32, false), 32); // 2.91, so 3 wait: between alpha and beta
    assert_int_equal(after(&p, 105 * MS, 32, false), 33); // 1.52, so 2
    assert_int_equal(after(&p, 103 * MS, 33, false), 39); // 0.96, so 1
    assert_int_equal(after(&p, 150 * MS, 39, false), 38); // 13
    assert_int_equal(after(&p, 100 * MS, 0, true), 37);   // a drop, however much in use
    assert_int_equal(after(&p, 99 * MS, 40, true), 37);   // a new shortest round trip: only that
    assert_int_equal(after(&p, 100 * MS, 40, false), 43); // 0.37
    limit_is_kept(&p, 43);
}

static void vegas_counts_digits(void **state)
{
    (void)state;
    struct producer p;
    use(&p, "vegas");
    p.state.params[0] = 100;
    begin(&p);
    after(&p, 100 * MS, 100, false);
    assert_int_equal(after(&p, 101 * MS, 100, false), 112); // 0.99: beta is 12
    assert_int_equal(after(&p, 104 * MS, 112, false), 114); // 4.3, so 5: less than 6, up by 2
    assert_int_equal(after(&p, 106 * MS, 114, false), 114); // 6.5
    assert_int_equal(after(&p, 113 * MS, 114, false), 112); // 13.1
    use(&p, "vegas");
    p.state.params[6] = 0.5; // smoothing
    begin(&p);
    after(&p, 100 * MS, 20, false);
    assert_int_equal(after(&p, 100 * MS, 20, false), 23);
    p.state.params[1] = 24;
    assert_int_equal(after(&p, 100 * MS, 20, false), 23); // 23.5: cut to 24 before it is smoothed
    near_to(p.state.state[0].d, 23.5);
}

static void vegas_probes(void **state)
{
    (void)state;
    size_t differs = 0, first = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct producer p;
        use(&p, "vegas");
        p.ops->init(&p.state, seed);
        after(&p, 100 * MS, 0, false);
        size_t n = 1;
        while (p.state.state[1].u == 100 * MS) { // what it takes for the shortest
            after(&p, 200 * MS, 0, false);
            n++;
        }
        assert_in_range(n, 300, 600); // 0.5 .. 1 x 30 x 20
        size_t again = 0;
        while (p.state.state[1].u == 200 * MS) {
            after(&p, 300 * MS, 0, false);
            again++;
        }
        assert_in_range(again, 300, 600);
        assert_int_equal(p.ops->limit(&p.state), 20);
        first = seed == 0 ? n : first;
        differs += n != first;
    }
    assert_true(differs > 10);
}

static void decimal_log_against_libm(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 2000000; n++)
        assert_int_equal(decimal_log(n), n < 100 ? 1 : (unsigned)floor(log10((double)n)));
    uint64_t power = 100;
    for (unsigned log = 2; log < 19; log++, power *= 10) {
        assert_int_equal(decimal_log(power), log);
        assert_int_equal(decimal_log(power - 1), log - 1);
    }
    assert_int_equal(decimal_log(UINT64_MAX), 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slowdown_bands),
        cmocka_unit_test(credit_is_a_window),
        cmocka_unit_test(groups_count_as_their_records),
        cmocka_unit_test(aimd_by_hand),
        cmocka_unit_test(arc_grows_by_one_a_round_trip),
        cmocka_unit_test(arc_gives_way),
        cmocka_unit_test(arc_bounds),
        cmocka_unit_test(gradient2_by_hand),
        cmocka_unit_test(gradient2_forgets_an_overload),
        cmocka_unit_test(gradient2_starts_with_a_plain_mean),
        cmocka_unit_test(gradient2_bounds),
        cmocka_unit_test(vegas_by_hand),
        cmocka_unit_test(vegas_counts_digits),
        cmocka_unit_test(vegas_probes),
        cmocka_unit_test(decimal_log_against_libm),
    };
    return RUN(tests);
}
