// SPDX-License-Identifier: Apache-2.0
// Producers that deliver by themselves when the queue is full: nothing is lost, order is, and the ledger
// balances wherever the run ends.
#include "fixture.h"

#include "live/live.h"

static void falling_back(struct fixture *x, double rate, double service_ns, size_t capacity)
{
    fixture_init(x, ARRIVE_POISSON, rate, service_ns, "sync_fallback", capacity);
    x->source.senders = x->stage.edge.producers = 2;
}

static void nothing_is_lost_but_the_order(void **state)
{
    (void)state;
    struct fixture x;
    falling_back(&x, 20000, 100000, 64); // twice what one sink takes
    struct report a = run_fixture(&x, sim_run, 7), b = run_fixture(&x, sim_run, 7);
    assert_balanced(&a);
    assert_int_equal(a.digest, b.digest);
    assert_int_equal(ledger_lost(&a.ledger) + a.ledger.in_flight, 0);
    assert_int_equal(a.ledger.delivered, a.ledger.admitted);
    assert_true(a.check.reordered > 1000);
    assert_true(a.producer_stall_ns > NS_PER_S);
    assert_int_equal(a.edges[0].high_water, 64);
    assert_true(a.edges[0].in < a.ledger.delivered); // the others went past it
}

// A filter that takes everything out: whoever works on a record, the stage's worker or its producer.
static void no_record_misses_the_chain(void **state)
{
    (void)state;
    static const engine_fn engines[] = {sim_run, live_run};
    struct processor all = {.kind = PROCESS_FILTER, .share = 1};
    struct chain chain = {.list = &all, .count = 1};
    struct chain_piece whole[1] = {{0}};
    for (size_t k = 0; k < 2; k++) {
        struct fixture x;
        falling_back(&x, 4000, 0, 4);
        x.stage.service = fixed(&x.stage_service, 1e6); // a quarter of what comes
        x.source.count = 400;
        x.stage.chain =
            (struct chain_plan){.versions = &chain, .version_count = 1, .pieces = whole, .piece_count = 1};
        struct report r = run_fixture(&x, engines[k], 7);
        assert_balanced(&r);
        assert_int_equal(r.ledger.delivered, 0);
        assert_int_equal(r.ledger.filtered, r.ledger.admitted);
        assert_true(r.edges[0].in < r.ledger.admitted); // producers have worked, too
    }
}

static void below_its_capacity_it_is_a_queue(void **state)
{
    (void)state;
    struct fixture x;
    falling_back(&x, 5000, 100000, 64);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
    assert_int_equal(r.edges[0].in, r.ledger.delivered);
    assert_int_equal(r.check.reordered, 0);
}

// The stage's own work is the producer's, too: with a queue of one and workers that are never faster, both
// work.
static void the_producer_does_the_stages_work(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CLOSED, 0, 1000, "sync_fallback", 1);
    x.stage.service = fixed(&x.stage_service, 1e6);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
    assert_in_range(r.ledger.delivered, 3900, 4010); // two at a time, a millisecond each, for two seconds
}

static void cuts_at_any_moment_balance(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 24; i++) {
        struct fixture x;
        falling_back(&x, 20000, 700000, 1 + i % 5);
        x.stage.service = fixed(&x.stage_service, i % 2 ? 300000 : 0);
        x.scenario.duration_ns = 20 * NS_PER_MS + i * 137000;
        x.scenario.drain_ns = i % 3 ? i * 50000 : 0;
        struct report r = run_fixture(&x, sim_run, i);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger), 0);
        assert_true(r.ledger.in_flight > 0);
    }
}

static void live_producers_deliver(void **state)
{
    (void)state;
    struct fixture x;
    for (unsigned cut = 0; cut < 2; cut++) {
        falling_back(&x, 20000, 200000, 16);
        x.scenario.duration_ns = NS_PER_S;
        x.scenario.drain_ns = cut ? 0 : 10 * NS_PER_S;
        struct report r = run_fixture(&x, live_run, 7);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger), 0);
        assert_true(r.check.reordered > 0);
        assert_true(r.edges[0].in < r.ledger.admitted);
        if (!cut)
            assert_int_equal(r.ledger.delivered, r.ledger.admitted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_but_the_order),
        cmocka_unit_test(no_record_misses_the_chain),
        cmocka_unit_test(below_its_capacity_it_is_a_queue),
        cmocka_unit_test(the_producer_does_the_stages_work),
        cmocka_unit_test(cuts_at_any_moment_balance),
        cmocka_unit_test(live_producers_deliver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
