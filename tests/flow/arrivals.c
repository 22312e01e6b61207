// SPDX-License-Identifier: Apache-2.0
// Arrival processes against what theory says of them: means, tails, dispersion, the timeline, senders.
#include "fixture.h"

#include <math.h>

#include "flow/schedule.h"
#include "scenario/trace.h"

enum { ROOM = 1000000 };
static uint64_t due[ROOM];

static size_t due_times(const struct source *s, unsigned sender, uint64_t seed, uint64_t end_ns,
                        uint64_t *out, size_t room)
{
    struct schedule sch;
    size_t n = 0;
    uint64_t at, before = 0;
    schedule_init(&sch, s, sender, seed, end_ns);
    while (n < room && schedule_peek(&sch, &at)) {
        assert_true(at >= before && at < end_ns);
        out[n++] = before = at;
        schedule_pop(&sch);
    }
    assert_true(n < room);
    return n;
}

// All senders' records counted in windows.
static unsigned *counts(const struct source *s, uint64_t end_ns, uint64_t window_ns, size_t *windows)
{
    *windows = end_ns / window_ns;
    unsigned *in = calloc(*windows + 1, sizeof *in);
    for (unsigned k = 0; k < s->senders; k++) {
        size_t n = due_times(s, k, 7, end_ns, due, ROOM);
        for (size_t i = 0; i < n; i++)
            in[due[i] / window_ns]++;
    }
    return in;
}

// Index of dispersion: variance over mean of the count in a window. 1 for poisson.
static double dispersion(const struct source *s, uint64_t end_ns, uint64_t window_ns, double *mean)
{
    size_t n;
    unsigned *in = counts(s, end_ns, window_ns, &n);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += in[i];
        squares += (double)in[i] * in[i];
    }
    free(in);
    *mean = sum / (double)n;
    return (squares / (double)n - *mean * *mean) / *mean;
}

static void assert_near(double got, double want, double share)
{
    if (!(fabs(got - want) <= share * want))
        fail_msg("%g is not within %g %% of %g", got, share * 100, want);
}

// ---- pareto ----

static void pareto_has_its_mean_and_tail(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_PARETO, 10000, 0, "block", 1);
    x.source.arrival.alpha = 2.5;
    size_t n = due_times(&x.source, 0, 7, 40 * NS_PER_S, due, ROOM);
    // Spread of a gap over its mean: sqrt(1 / (alpha (alpha - 2))).
    assert_true(fabs((double)n - 400000) < 5 * sqrt(400000 * 0.8));
    double least = 100e3 * 1.5 / 2.5; // ns
    static const double times[] = {1.01, 1.5, 3, 10};
    for (size_t k = 0; k < 4; k++) {
        size_t beyond = 0;
        for (size_t i = 1; i < n; i++)
            beyond += (double)(due[i] - due[i - 1]) > times[k] * least;
        double p = pow(times[k], -2.5), m = (double)(n - 1);
        assert_true(fabs((double)beyond - m * p) < 5 * sqrt(m * p * (1 - p)));
    }
    for (size_t i = 1; i < n; i++)
        assert_true((double)(due[i] - due[i - 1]) > least - 2); // never closer than this
}

static void pareto_is_as_dispersed_as_its_index(void **state)
{
    (void)state;
    struct fixture x;
    double mean;
    fixture_init(&x, ARRIVE_PARETO, 1000, 0, "block", 1);
    x.source.arrival.alpha = 4; // of renewals over long windows: the gap's squared spread over mean, 1/8
    assert_near(dispersion(&x.source, 400 * NS_PER_S, 200 * NS_PER_MS, &mean), 0.125, 0.15);
    assert_near(mean, 200, 0.01);
    x.source.arrival.alpha = 1.5; // infinite variance: it grows with the window
    double narrow = dispersion(&x.source, 400 * NS_PER_S, 20 * NS_PER_MS, &mean);
    double wide = dispersion(&x.source, 400 * NS_PER_S, 2 * NS_PER_S, &mean);
    assert_true(narrow > 1.5 && wide > 3 * narrow);
}

// ---- mmpp ----

static double two_rates[] = {5000, 200}, two_dwells[] = {100e6, 300e6};

static void mmpp_init(struct fixture *x)
{
    fixture_init(x, ARRIVE_MMPP, 1400, 0, "block", 1);
    x->source.arrival.rates = (struct quantities){two_rates, 2};
    x->source.arrival.dwell = (struct quantities){two_dwells, 2};
}

// Of the counts in windows of t: 1 + 2 v / (m r) (1 - (1 - exp(-r t)) / (r t)), where m and v are mean and
// variance of the rate, r = 1/d1 + 1/d2 (Fischer, Meier-Hellstern: "The MMPP cookbook", 1993).
static double mmpp_dispersion(double t)
{
    double d1 = two_dwells[0] / 1e9, d2 = two_dwells[1] / 1e9, p = d1 / (d1 + d2), r = 1 / d1 + 1 / d2;
    double gap = two_rates[0] - two_rates[1], v = p * (1 - p) * gap * gap;
    double m = p * two_rates[0] + (1 - p) * two_rates[1];
    return 1 + 2 * v / (m * r) * (1 - (1 - exp(-r * t)) / (r * t));
}

static void mmpp_is_as_dispersed_as_the_cookbook_says(void **state)
{
    (void)state;
    struct fixture x;
    mmpp_init(&x);
    assert_near(arrival_mmpp_mean(&x.source.arrival), 1400, 1e-12);
    static const uint64_t windows[] = {5 * NS_PER_MS, 50 * NS_PER_MS, 500 * NS_PER_MS};
    for (size_t i = 0; i < 3; i++) {
        double mean, t = (double)windows[i] / 1e9;
        assert_near(dispersion(&x.source, 600 * NS_PER_S, windows[i], &mean), mmpp_dispersion(t), 0.1);
        assert_near(mean, 1400 * t, 0.05);
    }
}

// All senders see the same states: apart they would be less dispersed than the one process.
static void mmpp_senders_share_the_states(void **state)
{
    (void)state;
    struct fixture x;
    mmpp_init(&x);
    x.source.senders = 4;
    double mean;
    assert_near(dispersion(&x.source, 600 * NS_PER_S, 100 * NS_PER_MS, &mean), mmpp_dispersion(0.1), 0.1);
    assert_near(mean, 140, 0.05);
}

static void mmpp_starts_in_the_long_run(void **state)
{
    (void)state;
    struct fixture x;
    mmpp_init(&x);
    double sum = 0;
    for (uint64_t seed = 0; seed < 2000; seed++)
        sum += (double)due_times(&x.source, 0, seed, 20 * NS_PER_MS, due, ROOM);
    double each = 28, v = each * mmpp_dispersion(0.02);
    assert_true(fabs(sum / 2000 - each) < 4 * sqrt(v / 2000));
}

// Three states come in the order in which they are written.
static void mmpp_states_go_round(void **state)
{
    (void)state;
    struct fixture x;
    static double rates[] = {0, 1000, 30000}, dwells[] = {1e9, 1e9, 1e9};
    fixture_init(&x, ARRIVE_MMPP, 31000.0 / 3, 0, "block", 1);
    x.source.arrival.rates = (struct quantities){rates, 3};
    x.source.arrival.dwell = (struct quantities){dwells, 3};
    size_t n;
    unsigned *in = counts(&x.source, 60 * NS_PER_S, 10 * NS_PER_MS, &n);
    unsigned seen = 0, before = 3;
    for (size_t i = 0; i + 1 < n; i++) {
        // Two windows alike: a state, and not the window in which it changes. Dwells of less are not seen.
        unsigned now = in[i] == 0   ? 0
                       : in[i] < 30 ? 1
                                    : 2,
                 next = in[i + 1] == 0   ? 0
                        : in[i + 1] < 30 ? 1
                                         : 2;
        if (now != next || now == before)
            continue;
        if (before < 3 && now != (before + 1) % 3)
            fail_msg("state %u after state %u at %zu0 ms", now, before, i);
        before = now;
        seen++;
    }
    free(in);
    assert_true(seen > 20);
}

// ---- diurnal ----

static void diurnal_swings_as_written(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_DIURNAL, 1000, 0, "block", 1);
    x.source.arrival.period_ns = 8 * NS_PER_S;
    x.source.arrival.swing = 0.8;
    x.source.senders = 2;
    size_t n;
    unsigned *in = counts(&x.source, 800 * NS_PER_S, NS_PER_S, &n);
    double pi = acos(-1);
    for (size_t eighth = 0; eighth < 8; eighth++) {
        double sum = 0, a = (double)eighth / 8 * 2 * pi, b = a + pi / 4;
        for (size_t i = eighth; i < n; i += 8)
            sum += in[i];
        double want = 100 * 1000 * (1 + 0.8 * (cos(a) - cos(b)) / (pi / 4));
        assert_true(fabs(sum - want) < 4.5 * sqrt(want)); // poisson, whatever the rate
    }
    free(in);
    // Inside a window that is short against the day it is poisson.
    double mean;
    x.source.arrival.swing = 0;
    assert_near(dispersion(&x.source, 400 * NS_PER_S, 100 * NS_PER_MS, &mean), 1, 0.08);
}

static void diurnal_may_come_to_rest(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_DIURNAL, 10000, 0, "block", 1);
    x.source.arrival.period_ns = 10 * NS_PER_S;
    x.source.arrival.swing = 1;
    size_t n = due_times(&x.source, 0, 7, 10 * NS_PER_S, due, ROOM), night = 0;
    for (size_t i = 0; i < n; i++)
        night += due[i] >= 7400 * NS_PER_MS && due[i] < 7600 * NS_PER_MS;
    assert_true(night < 20); // 1.3 on average; 2000 at the mean rate
}

// ---- all of them ----

static void a_factor_applies_to_every_process(void **state)
{
    (void)state;
    static const enum arrival_process all[] = {ARRIVE_CONSTANT, ARRIVE_POISSON, ARRIVE_ON_OFF,
                                               ARRIVE_PARETO,   ARRIVE_MMPP,    ARRIVE_DIURNAL};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct fixture x;
        fixture_init(&x, all[i], 1000, 0, "block", 1);
        struct arrival *a = &x.source.arrival;
        a->on_ns = a->off_ns = 10 * NS_PER_MS;
        a->alpha = 3;
        static double rates[] = {1500, 500}, dwells[] = {2e6, 2e6};
        a->rates = (struct quantities){rates, 2};
        a->dwell = (struct quantities){dwells, 2};
        a->period_ns = 100 * NS_PER_MS;
        a->swing = 0.5;
        struct timed_piece pieces[] = {
            {.start_ns = 0, .law = law_constant(1000), .scale_from = 1, .scale_to = 1},
            {.start_ns = 20 * NS_PER_S, .law = law_constant(1000), .scale_from = 3, .scale_to = 3},
            {.start_ns = 40 * NS_PER_S, .law = law_constant(1000), .scale_from = 3, .scale_to = 0},
            {.start_ns = 60 * NS_PER_S, .law = law_constant(1000), .scale_from = 0, .scale_to = 0},
        };
        a->rate = (struct timed){pieces, 4};
        size_t n;
        unsigned *in = counts(&x.source, 80 * NS_PER_S, 20 * NS_PER_S, &n);
        double whole = all[i] == ARRIVE_ON_OFF ? 10000 : 20000;
        assert_near(in[0], whole, 0.05);
        assert_near(in[1], 3 * whole, 0.04);
        assert_near(in[2], 1.5 * whole, 0.05); // a ramp to nothing: half of it
        assert_int_equal(in[3], 0);
        free(in);
    }
}

static void a_seed_gives_the_same_schedule(void **state)
{
    (void)state;
    static const enum arrival_process all[] = {ARRIVE_POISSON, ARRIVE_PARETO, ARRIVE_MMPP, ARRIVE_DIURNAL};
    static uint64_t again[ROOM];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct fixture x;
        mmpp_init(&x);
        x.source.arrival.process = all[i];
        x.source.arrival.alpha = 1.5;
        x.source.arrival.period_ns = NS_PER_S;
        x.source.arrival.swing = 0.5;
        size_t n = due_times(&x.source, 0, 11, 4 * NS_PER_S, due, ROOM);
        assert_int_equal(due_times(&x.source, 0, 11, 4 * NS_PER_S, again, ROOM), n);
        assert_memory_equal(due, again, n * sizeof *due);
        // A longer run begins alike; another seed or sender does not.
        assert_true(due_times(&x.source, 0, 11, 6 * NS_PER_S, again, ROOM) >= n);
        assert_memory_equal(due, again, n * sizeof *due);
        due_times(&x.source, 0, 12, 4 * NS_PER_S, again, ROOM);
        assert_memory_not_equal(due, again, 10 * sizeof *due);
        due_times(&x.source, 1, 11, 4 * NS_PER_S, again, ROOM);
        assert_memory_not_equal(due, again, 10 * sizeof *due);
    }
}

// ---- trace ----

static void trace_rows_go_round_the_senders(void **state)
{
    (void)state;
    struct trace_row rows[10];
    for (unsigned i = 0; i < 10; i++)
        rows[i] = (struct trace_row){.at_ns = i * i * NS_PER_MS, .size = 100 + i, .record_class = i % 2};
    struct trace trace = {.rows = rows, .count = 10, .has_sizes = true, .has_classes = true};
    uint8_t classes[] = {4, 2};
    struct fixture x;
    fixture_init(&x, ARRIVE_TRACE, 0, 0, "block", 1);
    x.source.arrival.trace = &trace;
    x.source.arrival.trace_classes = classes;
    x.source.senders = 3;
    unsigned all = 0;
    for (unsigned k = 0; k < 3; k++) {
        struct schedule s;
        uint64_t at;
        schedule_init(&s, &x.source, k, 7, 70 * NS_PER_MS);
        for (unsigned row = k; schedule_peek(&s, &at); row += 3, all++) {
            assert_int_equal(at, rows[row].at_ns);
            schedule_pop(&s);
            assert_int_equal(schedule_size(&s), 100 + row);
            assert_int_equal(schedule_class(&s), classes[row % 2]);
        }
    }
    assert_int_equal(all, 9); // the last one is due at 81 ms
}

static void trace_without_columns_draws_them(void **state)
{
    (void)state;
    struct trace_row rows[] = {{.at_ns = 0}, {.at_ns = 5}};
    struct trace trace = {.rows = rows, .count = 2};
    struct fixture x;
    fixture_init(&x, ARRIVE_TRACE, 0, 0, "block", 1);
    x.source.arrival.trace = &trace;
    struct schedule s;
    uint64_t at;
    schedule_init(&s, &x.source, 0, 7, NS_PER_S);
    assert_true(schedule_peek(&s, &at));
    assert_int_equal(schedule_size(&s), 64);
    assert_int_equal(schedule_class(&s), 0);
}

static void trace_is_offered_and_balances(void **state)
{
    (void)state;
    struct trace_row rows[500];
    for (unsigned i = 0; i < 500; i++)
        rows[i] = (struct trace_row){.at_ns = i / 5 * NS_PER_MS, .size = 50 + i};
    struct trace trace = {.rows = rows, .count = 500, .has_sizes = true};
    struct fixture x;
    fixture_init(&x, ARRIVE_TRACE, 0, 1e6, "drop_newest", 3);
    x.source.arrival.trace = &trace;
    x.source.senders = 2;
    x.stage.edge.producers = 2;
    struct report r = run_fixture(&x, sim_run, 1);
    assert_balanced(&r);
    assert_int_equal(r.ledger.generated, 500);
    assert_true(r.ledger.lost[WEIR_LOSS_DROP_NEWEST] > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pareto_has_its_mean_and_tail),
        cmocka_unit_test(pareto_is_as_dispersed_as_its_index),
        cmocka_unit_test(mmpp_is_as_dispersed_as_the_cookbook_says),
        cmocka_unit_test(mmpp_senders_share_the_states),
        cmocka_unit_test(mmpp_starts_in_the_long_run),
        cmocka_unit_test(mmpp_states_go_round),
        cmocka_unit_test(diurnal_swings_as_written),
        cmocka_unit_test(diurnal_may_come_to_rest),
        cmocka_unit_test(a_factor_applies_to_every_process),
        cmocka_unit_test(a_seed_gives_the_same_schedule),
        cmocka_unit_test(trace_rows_go_round_the_senders),
        cmocka_unit_test(trace_without_columns_draws_them),
        cmocka_unit_test(trace_is_offered_and_balances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
