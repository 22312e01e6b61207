// SPDX-License-Identifier: Apache-2.0
// What a timeline makes of a value, looked at instant by instant, and the arithmetic of standstills.
#include "scenario/timeline.h"

#include "with_file.h"

#define MS NS_PER_MS

struct probe {
    uint64_t at_ms;
    double us; // service of the sink, base 40us
};

struct timeline_case {
    const char *timeline;
    struct probe probes[10]; // ends with us 0
};

static const struct timeline_case cases[] = {
    {"{at: 4ms, set: {sink.service: 200us}}", {{0, 40}, {3, 40}, {4, 200}, {9, 200}, {5000, 200}}},
    {"{at: 4ms, for: 2ms, set: {sink.service: 200us}}", {{3, 40}, {4, 200}, {5, 200}, {6, 40}, {9, 40}}},
    {"{at: 0, for: 2ms, set: {sink.service: x3}}", {{0, 120}, {1, 120}, {2, 40}}},
    // factors multiply
    {"{at: 1ms, for: 4ms, set: {sink.service: x2}}, {at: 2ms, for: 1ms, set: {sink.service: x5}}",
     {{0, 40}, {1, 80}, {2, 400}, {3, 80}, {5, 40}}},
    // a factor on top of a plain set
    {"{at: 1ms, set: {sink.service: 100us}}, {at: 2ms, for: 1ms, set: {sink.service: x0.5}}",
     {{1, 100}, {2, 50}, {3, 100}}},
    // the latest plain set wins, whatever the order in the file; then the earlier one is back
    {"{at: 3ms, for: 2ms, set: {sink.service: 300us}}, {at: 1ms, set: {sink.service: 100us}}",
     {{0, 40}, {1, 100}, {3, 300}, {4, 300}, {5, 100}}},
    // of two at one instant the later in the file
    {"{at: 1ms, set: {sink.service: 100us}}, {at: 1ms, set: {sink.service: 300us}}",
     {{0, 40}, {1, 300}, {2, 300}}},
    // an earlier one that goes on when the later ends; and one that ends under the later
    {"{at: 1ms, for: 2ms, set: {sink.service: 100us}}, {at: 2ms, for: 4ms, set: {sink.service: 300us}}",
     {{1, 100}, {2, 300}, {3, 300}, {5, 300}, {6, 40}}},
    // repeats
    {"{at: 1ms, for: 1ms, every: 4ms, set: {sink.service: x2}}",
     {{0, 40}, {1, 80}, {2, 40}, {4, 40}, {5, 80}, {6, 40}, {1997, 80}, {1998, 40}, {2001, 40}}},
    // a staircase: without `for` each time multiplies again
    {"{at: 500ms, every: 500ms, set: {sink.service: x2}}",
     {{0, 40}, {500, 80}, {1000, 160}, {1500, 320}, {9000, 320}}},
    // ramps
    {"{at: 10ms, ramp: 10ms, set: {sink.service: 140us}}",
     {{9, 40}, {10, 40}, {15, 90}, {19, 130}, {20, 140}, {99, 140}}},
    {"{at: 10ms, for: 20ms, ramp: 10ms, set: {sink.service: x5}}",
     {{10, 40}, {15, 120}, {20, 200}, {29, 200}, {30, 40}}},
    {"{at: 10ms, for: 10ms, ramp: 10ms, set: {sink.service: 140us}}", {{15, 90}, {19, 130}, {20, 40}}},
    // a ramp starts from the value before, also from the slope of another
    {"{at: 10ms, ramp: 10ms, set: {sink.service: 140us}}, {at: 15ms, ramp: 10ms, set: {sink.service: 190us}}",
     {{14, 80}, {15, 90}, {20, 140}, {25, 190}, {30, 190}}},
    {"{at: 10ms, for: 5ms, set: {sink.service: 100us}}, {at: 15ms, ramp: 10ms, set: {sink.service: 200us}}",
     {{10, 100}, {15, 100}, {20, 150}, {25, 200}}},
};

static struct plan *load_timeline(const char *timeline)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, BASE "timeline: [%s]\n", timeline);
    return load(yaml, NULL);
}

static bool near(double a, double b)
{
    return a - b < 1e-6 * (b + 1) && b - a < 1e-6 * (b + 1);
}

static void values_over_time(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan *plan = load_timeline(cases[i].timeline);
        const struct timed *service = &plan->base->sinks[0].service;
        assert_int_equal(service->pieces[0].start_ns, 0);
        for (const struct probe *p = cases[i].probes; p < cases[i].probes + 10 && p->us > 0; p++) {
            double got = timed_value(service, p->at_ms * MS);
            if (!near(got, p->us * 1e3)) {
                print_error("%s\n  at %u ms: expected %g us, got %g\n", cases[i].timeline, (unsigned)p->at_ms,
                            p->us, got / 1e3);
                wrong++;
            }
        }
        plan_free(plan);
    }
    assert_int_equal(wrong, 0);
}

static void ramps_from_and_to_zero(void **state)
{
    (void)state;
    struct plan *plan =
        load(HEAD SOURCES STAGES SINK
             "timeline: [{at: 1ms, ramp: 10ms, set: {app.rate: 0/s}},"
             " {at: 21ms, ramp: 10ms, set: {app.rate: 1k/s}}, {at: 50ms, set: {app.rate: x0}}]\n",
             NULL);
    const struct timed *rate = &plan->base->sources[0].arrival.rate;
    assert_true(near(timed_value(rate, 0), 50e3));
    assert_true(near(timed_value(rate, 6 * MS), 25e3));
    assert_true(timed_value(rate, 11 * MS) == 0);
    assert_true(timed_value(rate, 20 * MS) == 0);
    assert_true(near(timed_value(rate, 26 * MS), 500));
    assert_true(near(timed_value(rate, 31 * MS), 1000));
    assert_true(timed_value(rate, 50 * MS) == 0);
    assert_false(timed_is_zero(rate));
    plan_free(plan);
}

// Two ramps at once: their product is no line, but close to one between the steps.
static void ramps_that_overlap(void **state)
{
    (void)state;
    struct plan *plan = load_timeline("{at: 0, ramp: 16ms, set: {sink.service: x3}}, "
                                      "{at: 0, ramp: 16ms, set: {sink.service: x5}}");
    const struct timed *service = &plan->base->sinks[0].service;
    assert_true(near(timed_value(service, 8 * MS), 40e3 * 2 * 3));
    assert_true(near(timed_value(service, 4 * MS), 40e3 * 1.5 * 2));
    double between = timed_value(service, 4 * MS + MS / 2), exact = 40e3 * (1 + 4.5 / 8) * (1 + 4.5 / 4);
    assert_true(between > exact * 0.99 && between < exact * 1.01);
    assert_true(near(timed_value(service, 16 * MS), 600e3));
    plan_free(plan);
}

static void laws_change_too(void **state)
{
    (void)state;
    struct plan *plan =
        load_timeline("{at: 10ms, for: 10ms, set: {sink.service: {law: exponential, mean: 1ms}}}");
    const struct timed *service = &plan->base->sinks[0].service;
    assert_int_equal(service->pieces[timed_piece_at(service, 9 * MS)].law.kind, LAW_CONSTANT);
    assert_int_equal(service->pieces[timed_piece_at(service, 10 * MS)].law.kind, LAW_EXPONENTIAL);
    assert_int_equal(service->pieces[timed_piece_at(service, 20 * MS)].law.kind, LAW_CONSTANT);
    struct rng rng;
    rng_init(&rng, 1, "t");
    assert_true(timed_draw(service, 0, &rng) == 40e3);
    plan_free(plan);
}

static void events_are_listed(void **state)
{
    (void)state;
    struct plan *plan =
        load_timeline("{at: 1500ms, stall: sink}, {at: 100ms, for: 50ms, every: 1s, set: {app.rate: x10}},"
                      " {at: 100ms, ramp: 1s, set: {sink.service: 200us}}");
    const struct scenario *s = plan->base;
    static const struct timeline_event want[] = {
        {100 * MS, 150 * MS, "app.rate x10"},
        {100 * MS, TIME_NEVER, "sink.service = 200us over 1s"},
        {1100 * MS, 1150 * MS, "app.rate x10"},
        {1500 * MS, TIME_NEVER, "stall sink"},
    };
    assert_int_equal(s->event_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(s->events[i].at_ns, want[i].at_ns);
        assert_true(s->events[i].end_ns == want[i].end_ns);
        assert_string_equal(s->events[i].what, want[i].what);
    }
    assert_int_equal(s->sinks[0].stalls.count, 1);
    plan_free(plan);
}

static void stalls_join(void **state)
{
    (void)state;
    struct plan *plan =
        load_timeline("{at: 30ms, for: 10ms, stall: parse}, {at: 10ms, for: 10ms, stall: parse},"
                      "{at: 15ms, for: 10ms, stall: parse}, {at: 40ms, for: 1ms, stall: parse},"
                      "{at: 16ms, for: 1ms, stall: parse}");
    const struct spans *stalls = &plan->base->stages[0].stalls;
    assert_int_equal(stalls->count, 2);
    assert_int_equal(stalls->list[0].start_ns, 10 * MS);
    assert_int_equal(stalls->list[0].end_ns, 25 * MS);
    assert_int_equal(stalls->list[1].start_ns, 30 * MS);
    assert_int_equal(stalls->list[1].end_ns, 41 * MS);
    plan_free(plan);
}

static void work_and_standstills(void **state)
{
    (void)state;
    struct span list[] = {{10, 20}, {30, 35}};
    struct spans s = {list, 2};
    static const uint64_t table[][3] = {
        // start, work, end
        {0, 5, 5},    {0, 10, 10}, {0, 11, 21}, {0, 20, 30}, {0, 21, 36},  {5, 5, 10},
        {5, 6, 21},   {10, 0, 20}, {10, 1, 21}, {15, 5, 25}, {19, 11, 36}, {20, 10, 30},
        {20, 11, 36}, {34, 1, 36}, {35, 1, 36}, {40, 7, 47}, {9, 0, 9},    {20, 0, 20},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(spans_finish(&s, table[i][0], table[i][1]), table[i][2]);
    assert_int_equal(spans_cover(&s, 9), 0);
    assert_int_equal(spans_cover(&s, 10), 20);
    assert_int_equal(spans_cover(&s, 19), 20);
    assert_int_equal(spans_cover(&s, 20), 0);
    assert_int_equal(spans_cover(&s, 34), 35);
    assert_int_equal(spans_cover(&s, 99), 0);
    struct span ever[] = {{10, TIME_NEVER}};
    struct spans stopped = {ever, 1}, none = {NULL, 0};
    assert_true(spans_finish(&stopped, 0, 10) == 10);
    assert_true(spans_finish(&stopped, 0, 11) == TIME_NEVER);
    assert_true(spans_cover(&stopped, 50) == TIME_NEVER);
    assert_true(spans_finish(&none, 5, 7) == 12);
    assert_true(spans_finish(&none, 5, TIME_NEVER) == TIME_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_over_time),     cmocka_unit_test(ramps_from_and_to_zero),
        cmocka_unit_test(ramps_that_overlap),   cmocka_unit_test(laws_change_too),
        cmocka_unit_test(events_are_listed),    cmocka_unit_test(stalls_join),
        cmocka_unit_test(work_and_standstills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
