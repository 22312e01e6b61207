// SPDX-License-Identifier: Apache-2.0
// What each discipline does to a queue, in virtual time, held against what its source promises.
#include "discipline_fixture.h"

static struct report sim(const struct fixture *x)
{
    return run_fixture(x, sim_run, 7);
}

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

// 1 % more than the sink takes, for a minute. Ten records a second too many is what one drop in 100 ms takes
// away, so the queue stands at the target; without CoDel it would have grown to 0.6 s.
static void codel_holds_its_target(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1010, 1e6, "block", 4096);
    give_discipline(&x, "codel");
    x.scenario.duration_ns = 60 * NS_PER_S;
    x.scenario.warmup_ns = 20 * NS_PER_S;
    struct report r = sim(&x);
    assert_balanced(&r);
    double p50 = ms(hist_percentile(r.response, 0.5)), p99 = ms(hist_percentile(r.response, 0.99));
    assert_true(p50 > 5 && p50 < 7.5 && p99 < 9); // 5 ms in the queue and 1 ms of service
    assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_AQM]);
    give_discipline(&x, "fifo");
    r = sim(&x);
    assert_true(ms(hist_percentile(r.response, 0.99)) > 500);
}

// 30 records at once, worked off in 60 ms, pass; 400 at once stand longer than an interval and do not.
static void codel_lets_bursts_pass(void **state)
{
    (void)state;
    static const double bursts_ms[] = {10, 130};
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 500, 1e6, "block", 4096);
        give_discipline(&x, "codel");
        struct timed_piece pieces[3] = {x.rate, x.rate, x.rate};
        pieces[1].start_ns = NS_PER_S;
        pieces[1].law = law_constant(4000);
        pieces[2].start_ns = NS_PER_S + (uint64_t)(bursts_ms[i] * 1e6);
        x.source.arrival.rate = (struct timed){.pieces = pieces, .count = 3};
        struct report r = sim(&x);
        assert_balanced(&r);
        assert_true(r.edges[0].high_water >= (i ? 350 : 25));
        assert_true(i ? ledger_lost(&r.ledger) > 0 : ledger_lost(&r.ledger) == 0);
    }
}

// A third too much: PIE finds the share to drop and the delay comes to 15 ms, whatever the service time.
static void pie_tends_to_its_target(void **state)
{
    (void)state;
    static const double services[] = {50e3, 100e3, 400e3};
    for (int i = 0; i < 3; i++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 1.3e9 / services[i], services[i], "drop_newest", 1024);
        give_discipline(&x, "pie");
        x.scenario.duration_ns = 30 * NS_PER_S;
        x.scenario.warmup_ns = 10 * NS_PER_S;
        struct report r = sim(&x);
        assert_balanced(&r);
        double p50 = ms(hist_percentile(r.response, 0.5));
        if (p50 < 13 || p50 > 18)
            fail_msg("service %g ns: p50 is %g ms", services[i], p50);
    }
}

// A queue too short for what PIE acts on: it stays off while less than a third is in use, and on where the
// scenario says so.
static void pie_sleeps_while_the_queue_is_short(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 990, 1e6, "block", 4096);
        give_discipline(&x, "pie");
        set_param(&x, "burst", 0);
        if (on)
            set_param(&x, "active_at", 0);
        x.scenario.duration_ns = 30 * NS_PER_S;
        struct report r = sim(&x);
        assert_balanced(&r);
        assert_true(r.edges[0].high_water < 4096 / 3);
        assert_true(on ? ledger_lost(&r.ledger) > 0 : ledger_lost(&r.ledger) == 0);
    }
}

// Twice too much and a limit of 20 ms: what is delivered was young enough when its turn came, and a queue in
// which nothing grows that old loses nothing.
static void ttl_loses_only_what_is_too_old(void **state)
{
    (void)state;
    for (size_t capacity = 10; capacity <= 100; capacity += 90) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 2000, 1e6, "drop_newest", capacity);
        give_discipline(&x, "ttl");
        set_param(&x, "ttl", 20e6);
        struct report r = sim(&x);
        assert_balanced(&r);
        assert_true(r.response->max <= 21000000);
        assert_true(capacity == 10 ? r.ledger.lost[WEIR_LOSS_EXPIRED] == 0
                                   : r.ledger.lost[WEIR_LOSS_EXPIRED] > 100);
        assert_int_equal(r.edges[0].dropped, r.ledger.lost[WEIR_LOSS_EXPIRED]);
    }
}

// Everything that waits is too old: the consumer goes on waiting and those who wait for space come in. In the
// end every record is accounted for, and what comes after the stall is delivered.
static void a_queue_full_of_the_dead_does_not_stop(void **state)
{
    (void)state;
    for (unsigned senders = 1; senders <= 5; senders += 4) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 1000, 1e5, "block", 4);
        x.source.senders = x.stage.edge.producers = senders;
        give_discipline(&x, "ttl");
        set_param(&x, "ttl", 1e6);
        struct span stall = {500 * NS_PER_MS, 600 * NS_PER_MS};
        x.stage.stalls = (struct spans){&stall, 1};
        struct report r = sim(&x);
        assert_balanced(&r);
        assert_true(r.ledger.lost[WEIR_LOSS_EXPIRED] > 90);
        assert_true(r.ledger.delivered > 1850);
        assert_int_equal(r.ledger.in_flight + r.ledger.unsent, 0);
    }
}

// A request enters whole; what the discipline does not take of it is lost by itself, and the answer is 200.
static void pie_takes_groups_apart(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 10000, 150e3, "block", 256);
    x.source.type = SOURCE_OTLP;
    x.source.otlp.batch = 20;
    x.source.otlp.retry = *weir_retry_find("otel_collector");
    x.source.otlp.timeout_ns = 10 * NS_PER_S;
    x.source.otlp.max_body = 1 << 20;
    give_discipline(&x, "pie");
    x.scenario.duration_ns = 10 * NS_PER_S;
    struct report r = sim(&x);
    assert_balanced(&r);
    assert_true(r.ledger.lost[WEIR_LOSS_AQM] > 1000);
    assert_true(r.ledger.lost[WEIR_LOSS_AQM] % 20 != 0);
    assert_int_equal(r.edges[0].dropped, r.ledger.lost[WEIR_LOSS_AQM]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codel_holds_its_target),
        cmocka_unit_test(codel_lets_bursts_pass),
        cmocka_unit_test(pie_tends_to_its_target),
        cmocka_unit_test(pie_sleeps_while_the_queue_is_short),
        cmocka_unit_test(ttl_loses_only_what_is_too_old),
        cmocka_unit_test(a_queue_full_of_the_dead_does_not_stop),
        cmocka_unit_test(pie_takes_groups_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
