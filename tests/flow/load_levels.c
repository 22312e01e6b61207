// SPDX-License-Identifier: Apache-2.0
// The load of a model sink against hand-made sequences: levels, slowdowns, limits, figures.
#include "fixture.h"
#include "flow/load.h"

static struct load_figures figures;

static struct load ready(const struct sink_load *spec)
{
    struct load l;
    memset(&figures, 0, sizeof figures);
    assert_true(load_init(&l, spec, 64, 1, "sink", &figures));
    return l;
}

// An attempt of 100 ms; answers its service in milliseconds, or -1 when refused, -2 when unanswered.
static double attempt(struct load *l, uint64_t at_ms)
{
    double service = 100e6;
    enum load_action action = load_begin(l, at_ms * NS_PER_MS, &service);
    if (action == LOAD_DROP)
        return -2;
    load_serve(l, at_ms * NS_PER_MS + (uint64_t)service);
    return action == LOAD_DEFER ? -1 : service / 1e6;
}

static void near_to(double got, double want)
{
    if (got < want - 1e-6 || got > want + 1e-6)
        fail_msg("%.9g instead of %.9g", got, want);
}

static void grows_with_what_is_in_service(void **state)
{
    (void)state;
    struct sink_load spec = {.concurrency = {.scale = 0.5}, .rate_interval_ns = NS_PER_S};
    struct load l = ready(&spec);
    near_to(attempt(&l, 0), 100);   // until 100
    near_to(attempt(&l, 50), 150);  // until 200
    near_to(attempt(&l, 99), 200);  // until 299
    near_to(attempt(&l, 100), 200); // the first has ended: an end comes before a begin
    near_to(attempt(&l, 1000), 100);
    load_finish(&l);
    assert_int_equal(figures.in_service.max, 3);
    assert_int_equal(figures.in_service.min, 0);
    assert_int_equal(figures.in_service.total, 1100 * NS_PER_MS); // from the first begin to the last end
    near_to(figures.in_service.sum / 1e6, 100 + 150 + 200 + 200 + 100);
    load_free(&l);
}

static void knees(void **state)
{
    (void)state;
    struct sink_load spec = {.concurrency = {.knee = 2, .exponent = 1.5}, .rate_interval_ns = NS_PER_S};
    struct load l = ready(&spec);
    near_to(attempt(&l, 0), 100);
    near_to(attempt(&l, 0), 100);
    near_to(attempt(&l, 0), 150);
    near_to(attempt(&l, 0), 225);
    load_free(&l);
    spec.concurrency.exponent = 0; // scale + 1
    spec.concurrency.scale = 1;
    l = ready(&spec);
    near_to(attempt(&l, 0), 100);
    near_to(attempt(&l, 0), 200);
    near_to(attempt(&l, 0), 100 * (1 + 2 + 1));
    load_free(&l);
}

static void refuses_above_a_limit(void **state)
{
    (void)state;
    struct sink_load spec = {.concurrency = {.limit = 2, .scale = 1}, .rate_interval_ns = NS_PER_S};
    struct load l = ready(&spec);
    attempt(&l, 0);
    near_to(attempt(&l, 0), 200);
    near_to(attempt(&l, 10), -1); // for 100 ms, as of an idle sink, and it takes a place
    near_to(attempt(&l, 105), -1);
    near_to(attempt(&l, 111), -1);
    near_to(attempt(&l, 206), 200);
    assert_int_equal(figures.deferred, 3);
    load_free(&l);
    spec.concurrency.drop = true;
    l = ready(&spec);
    attempt(&l, 0);
    attempt(&l, 0);
    near_to(attempt(&l, 10), -2); // takes none
    near_to(attempt(&l, 105), 200);
    load_finish(&l);
    assert_int_equal(figures.dropped, 1);
    assert_int_equal(figures.in_service.max, 2);
    load_free(&l);
}

static void counts_a_rate(void **state)
{
    (void)state;
    struct sink_load spec = {.rate = {.limit = 3}, .rate_interval_ns = NS_PER_S};
    struct load l = ready(&spec);
    near_to(attempt(&l, 0), 100);
    near_to(attempt(&l, 400), 100);
    near_to(attempt(&l, 999), 100);
    near_to(attempt(&l, 999), -1);  // refused attempts count as well
    near_to(attempt(&l, 1000), -1); // the one at 0 has gone, four are left
    near_to(attempt(&l, 1400), -1);
    near_to(attempt(&l, 1999), 100); // 1000, 1400 and this one
    assert_int_equal(figures.deferred, 3);
    for (uint64_t i = 0; i < 5000; i++) // more than the ring holds at first
        attempt(&l, 2100);
    load_finish(&l);
    assert_int_equal(l.recent, 5002); // with those at 1400 and 1999
    assert_int_equal(figures.rate.max, 5002);
    load_free(&l);
}

static void jitter_is_exponential(void **state)
{
    (void)state;
    struct sink_load spec = {.jitter = 0.5, .rate_interval_ns = NS_PER_S};
    struct load l = ready(&spec);
    double sum = 0, least = 1e9, over = 0;
    enum { DRAWS = 20000 };
    for (uint64_t i = 0; i < DRAWS; i++) {
        double service = attempt(&l, i * 10000);
        sum += service;
        least = service < least ? service : least;
        over += service > 150;
    }
    assert_true(least >= 100);
    assert_true(sum / DRAWS > 149 && sum / DRAWS < 151);       // 100 + 50, deviation 0.35
    assert_true(over / DRAWS > 0.353 && over / DRAWS < 0.383); // 1/e, deviation 0.0034
    load_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_with_what_is_in_service), cmocka_unit_test(knees),
        cmocka_unit_test(refuses_above_a_limit),         cmocka_unit_test(counts_a_rate),
        cmocka_unit_test(jitter_is_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
