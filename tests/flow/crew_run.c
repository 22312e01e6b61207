// SPDX-License-Identifier: Apache-2.0
// Stages whose workers come and go, and stages whose workers are handed their records: on both engines
// nothing is lost, nobody works who should not, and the records are spread as the dispatcher promises.
#include "fixture.h"

static const engine_fn engines[] = {sim_run, live_run};

static void scaled(struct fixture *x, unsigned min, unsigned max, uint64_t interval_ns)
{
    x->stage.scaled = true;
    x->stage.workers_min = min;
    x->stage.workers = max;
    x->stage.edge.consumers = max;
    double params[] = {
        [WEIR_SCALE_UP] = 0.8,  [WEIR_SCALE_DOWN] = 0.2, [WEIR_SCALE_INTERVAL] = (double)interval_ns,
        [WEIR_SCALE_MIN] = min, [WEIR_SCALE_MAX] = max,  [WEIR_SCALE_COOLDOWN] = 0};
    memcpy(x->stage.scale.params, params, sizeof params);
}

static void dispatched(struct fixture *x, enum dispatch how, unsigned workers, size_t capacity)
{
    x->stage.dispatch = how;
    x->stage.workers = workers;
    x->stage.worker_capacity = capacity;
}

static void nothing_is_lost_while_workers_come_and_go(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (size_t batch = 1; batch <= 8; batch += 7) {
            struct fixture x;
            fixture_init(&x, ARRIVE_ON_OFF, 4000, 300000, "block", 40);
            x.source.arrival.on_ns = 100 * NS_PER_MS;
            x.source.arrival.off_ns = 100 * NS_PER_MS;
            x.scenario.duration_ns = 600 * NS_PER_MS;
            scaled(&x, 1, 4, 10 * NS_PER_MS);
            x.stage.batch_size = batch;
            x.stage.batch_timeout_ns = 20 * NS_PER_MS;
            struct report r = run_fixture(&x, engines[k], 11);
            assert_balanced(&r);
            assert_int_equal(r.ledger.in_flight, 0);
            assert_int_equal(r.ledger.admitted, r.ledger.delivered);
            assert_in_range(r.stages[0].workers_max, 1, 4);
            if (k == 0 && batch == 1) { // a batch is one unit of work for the sink: nothing piles up
                assert_int_equal(r.stages[0].workers_max, 4);
                assert_true(r.stages[0].workers_mean < 4);
            }
        }
}

// Twice what one worker can do: it climbs one an interval until the queue is no longer full, and no further.
static void the_scaler_climbs_as_far_as_it_must(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 250, 0, "block", 50);
    x.stage.service = fixed(&x.stage_service, 10e6); // 100 a second each
    x.scenario.duration_ns = 30 * NS_PER_S;
    scaled(&x, 1, 10, NS_PER_S);
    struct report r = run_fixture(&x, sim_run, 11);
    assert_balanced(&r);
    assert_in_range(r.stages[0].workers_max, 3, 4);
    assert_in_range(r.stages[0].workers_end, 1, 4);
    assert_true(r.stages[0].peaked_ns >= 2 * NS_PER_S);
}

// At its maximum and still not enough: that is where it stays.
static void the_scaler_stops_at_its_maximum(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 2000, 0, "drop_newest", 50);
    x.stage.service = fixed(&x.stage_service, 10e6);
    x.scenario.duration_ns = 20 * NS_PER_S;
    scaled(&x, 2, 6, NS_PER_S);
    struct report r = run_fixture(&x, sim_run, 11);
    assert_balanced(&r);
    assert_int_equal(r.stages[0].workers_max, 6);
    assert_int_equal(r.stages[0].workers_end, 6);
    assert_in_range(r.stages[0].peaked_ns, 4 * NS_PER_S, 4 * NS_PER_S + NS_PER_MS);
}

// A worker that is taken out while it fills a batch works that batch off: with a timeout of an hour nothing
// else would ever flush it before the end.
static void a_worker_that_is_taken_out_flushes_its_batch(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 40);
    scaled(&x, 1, 2, 100 * NS_PER_MS);
    x.stage.workers_min = 2; // begins with two; the scaler goes down to one
    x.stage.batch_size = 300;
    x.stage.batch_timeout_ns = 3600 * NS_PER_S;
    x.scenario.duration_ns = 250 * NS_PER_MS;
    x.scenario.drain_ns = 0; // the other's batch is cut
    struct report r = run_fixture(&x, sim_run, 11);
    assert_balanced(&r);
    assert_int_equal(r.stages[0].workers_end, 1);
    assert_true(r.ledger.delivered > 20);
    assert_true(r.ledger.in_flight > 20);
}

static void dispatching_loses_nothing(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (enum dispatch how = DISPATCH_MRU; how <= DISPATCH_LEAST_LOADED; how++)
            for (size_t capacity = 1; capacity <= 3; capacity += 2) {
                struct fixture x;
                fixture_init(&x, ARRIVE_POISSON, 4000, 300000, "drop_newest", 20);
                x.scenario.duration_ns = 300 * NS_PER_MS;
                dispatched(&x, how, 3, capacity);
                struct report r = run_fixture(&x, engines[k], 11);
                assert_balanced(&r);
                assert_int_equal(r.ledger.in_flight, 0);
                assert_int_equal(r.ledger.admitted, r.ledger.delivered);
                assert_int_equal(r.edge_count, 4);
                for (size_t i = 1; i < 4; i++)
                    assert_in_range(r.edges[i].high_water, 0, capacity);
            }
}

static void a_cut_in_the_middle_of_dispatching_balances(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (enum dispatch how = DISPATCH_MRU; how <= DISPATCH_LEAST_LOADED; how++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_POISSON, 4000, 2000000, "block", 20);
            x.scenario.duration_ns = NS_PER_S;
            x.scenario.drain_ns = 0;
            dispatched(&x, how, 3, 2);
            struct report r = run_fixture(&x, engines[k], 11);
            assert_balanced(&r);
            // Full: 20 in the queue, one in the dispatcher's hand, and 2 + 1 at each worker. Live a thread
            // that was away may have left some room.
            assert_in_range(r.ledger.in_flight, k == 0 ? 25 : 1, 31);
        }
}

static uint64_t passed(const struct report *r, unsigned worker)
{
    return r->edges[1 + worker].out;
}

// With little to do, mru uses one worker, round robin all alike, and least loaded the first.
static void each_way_of_dispatching_spreads_as_it_says(void **state)
{
    (void)state;
    for (enum dispatch how = DISPATCH_MRU; how <= DISPATCH_LEAST_LOADED; how++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 300, 0, "block", 20);
        x.stage.service = fixed(&x.stage_service, 1e6);
        dispatched(&x, how, 3, 1);
        struct report r = run_fixture(&x, sim_run, 11);
        assert_balanced(&r);
        assert_int_equal(r.ledger.delivered, 600);
        bool alike = passed(&r, 0) == 200 && passed(&r, 1) == 200 && passed(&r, 2) == 200;
        assert_int_equal(alike, how == DISPATCH_ROUND_ROBIN);
        if (how != DISPATCH_ROUND_ROBIN)
            assert_int_equal(passed(&r, 0), 600);
    }
}

// One of three stands still with a record in its queue: the others go on with everything else.
static void a_full_worker_holds_nobody_up(void **state)
{
    (void)state;
    for (enum dispatch how = DISPATCH_MRU; how <= DISPATCH_LEAST_LOADED; how++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 20);
        x.stage_service.law = (struct law){.kind = LAW_BIMODAL, .low = 1e6, .high = 400e6, .p = 0.005};
        x.stage.service = (struct timed){.pieces = &x.stage_service, .count = 1};
        dispatched(&x, how, 8, 1);
        struct report r = run_fixture(&x, sim_run, 11);
        assert_balanced(&r);
        assert_int_equal(r.ledger.unsent, 0);
        assert_true(r.producer_stall_ns < 400 * NS_PER_MS);
    }
}

// Scaled and dispatched: those that do not take part get nothing, and what they were given before is theirs.
static void a_dispatched_stage_can_be_scaled(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (enum dispatch how = DISPATCH_MRU; how <= DISPATCH_LEAST_LOADED; how++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_ON_OFF, 4000, 300000, "block", 20);
            x.source.arrival.on_ns = 100 * NS_PER_MS;
            x.source.arrival.off_ns = 100 * NS_PER_MS;
            x.scenario.duration_ns = 500 * NS_PER_MS;
            scaled(&x, 1, 4, 10 * NS_PER_MS);
            dispatched(&x, how, 4, 2);
            struct report r = run_fixture(&x, engines[k], 11);
            assert_balanced(&r);
            assert_int_equal(r.ledger.in_flight, 0);
            assert_int_equal(r.ledger.admitted, r.ledger.delivered);
        }
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    (void)state;
    for (enum dispatch how = DISPATCH_SHARED; how <= DISPATCH_LEAST_LOADED; how++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 4000, 300000, "drop_oldest", 20);
        scaled(&x, 1, 4, 50 * NS_PER_MS);
        dispatched(&x, how, 4, 2);
        uint64_t first = run_fixture(&x, sim_run, 4).digest, second = run_fixture(&x, sim_run, 4).digest;
        assert_int_equal(first, second);
        assert_int_not_equal(first, run_fixture(&x, sim_run, 5).digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_while_workers_come_and_go),
        cmocka_unit_test(the_scaler_climbs_as_far_as_it_must),
        cmocka_unit_test(the_scaler_stops_at_its_maximum),
        cmocka_unit_test(a_worker_that_is_taken_out_flushes_its_batch),
        cmocka_unit_test(dispatching_loses_nothing),
        cmocka_unit_test(a_cut_in_the_middle_of_dispatching_balances),
        cmocka_unit_test(each_way_of_dispatching_spreads_as_it_says),
        cmocka_unit_test(a_full_worker_holds_nobody_up),
        cmocka_unit_test(a_dispatched_stage_can_be_scaled),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
