// SPDX-License-Identifier: Apache-2.0
// Ending a run before its time: by the timeline and from outside, on both engines. Nothing that was admitted
// is lost by a stop; a close counts what it leaves behind.
#include "fixture.h"

#include <pthread.h>

static bool asked_for(void)
{
    return true;
}

// What asks to stop from outside: true from the n-th look on.
static _Atomic unsigned looks;
static unsigned looks_before;

static bool asked_later(void)
{
    return atomic_fetch_add(&looks, 1) >= looks_before;
}

static struct report run_until(const struct fixture *x, engine_fn engine, bool (*stop_asked)(void))
{
    static struct arena *arena;
    if (arena)
        arena_destroy(arena);
    arena = arena_create(1ull << 32);
    atomic_store(&looks, 0);
    struct run_setup setup = {.scenario = &x->scenario,
                              .seed = 3,
                              .verify = true,
                              .scratch = "/tmp",
                              .arena = arena,
                              .stop_asked = stop_asked};
    struct error e = {0};
    if (!engine(&setup, &e))
        fail_msg("%s", e.text);
    struct report *r = flow_report(arena);
    assert_non_null(r);
    assert_true(r->finished);
    return *r;
}

static const engine_fn engines[] = {sim_run, live_run};

static void a_stop_on_the_timeline_delivers_what_was_admitted(void **state)
{
    (void)state;
    static const char *const strategies[] = {"block", "drop_newest", "drop_oldest"};
    uint64_t due[3] = {0};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 3; i++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_POISSON, 4000, 500000, strategies[i], 100);
            x.scenario.duration_ns = 100 * NS_PER_S;
            x.scenario.stop_ns = 300 * NS_PER_MS;
            struct report r = run_fixture(&x, engines[k], 5);
            assert_balanced(&r);
            assert_int_equal(r.ledger.in_flight, 0);
            assert_int_equal(r.ledger.admitted, r.ledger.delivered + r.ledger.lost[WEIR_LOSS_DROP_OLDEST]);
            // What was due in 300 ms, not in 100 s; live exactly that, however late a thread sees the stop.
            if (k == 0)
                assert_in_range(due[i] = r.ledger.generated, 1000, 1400);
            assert_int_equal(r.ledger.generated, due[i]);
            assert_true(r.run_ns < 50 * NS_PER_S);
            assert_float_equal(r.seconds, 0.3, 1e-9);
            assert_false(r.interrupted);
        }
}

static void a_close_on_the_timeline_counts_what_it_leaves(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 4000, 500000, "block", 100);
        x.scenario.stop_ns = NS_PER_S;
        x.scenario.stop_at_once = true;
        struct report r = run_fixture(&x, engines[k], 5);
        assert_balanced(&r);
        // A full queue and what is in hands; live a thread that was away may have left some room.
        assert_in_range(r.ledger.in_flight, k == 0 ? 90 : 1, 103);
        assert_true(r.ledger.unsent > 0);
        assert_int_equal(r.ledger.admitted, r.ledger.delivered + r.ledger.in_flight);
    }
}

static void asked_from_outside_it_ends_long_before_its_time(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 4000, 500000, "block", 100);
        x.scenario.duration_ns = 150 * NS_PER_S;
        looks_before = 200;
        struct report r = run_until(&x, engines[k], asked_later);
        assert_balanced(&r);
        assert_true(r.interrupted);
        assert_true(r.run_ns < 100 * NS_PER_S);
        assert_int_equal(r.ledger.in_flight, 0);
        assert_int_equal(r.ledger.admitted, r.ledger.delivered);
        assert_true(strstr(r.reason, "interrupted") != NULL);
    }
}

// A producer that sleeps far into the future, one that is blocked for ever, one that waits on a socket: all
// have to look up.
static void whatever_a_source_waits_for_it_looks_up(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (int what = 0; what < 4; what++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_CONSTANT, what == 0 ? 0.001 : 2000, 500000, "block", 8);
            x.scenario.duration_ns = 180 * NS_PER_S;
            x.scenario.drain_ns = 50 * NS_PER_MS;
            struct span span = {0, 150 * NS_PER_S};
            if (what == 1)
                x.sink.stalls = (struct spans){&span, 1};
            if (what == 2)
                x.source.stalls = (struct spans){&span, 1};
            if (what == 3) {
                x.source.type = SOURCE_UDP;
                x.source.net.host = "127.0.0.1";
                x.source.size = law_constant(100);
            }
            looks_before = 30;
            struct report r = run_until(&x, engines[k], asked_later);
            assert_balanced(&r);
            if (k == 0) // virtual time may leap over the moment
                continue;
            assert_true(r.run_ns < 100 * NS_PER_S);
            if (what == 1)
                assert_true(r.ledger.in_flight >= 8);
        }
}

static void a_run_that_is_told_at_once_ends_at_once(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CLOSED, 1000, 500000, "block", 8);
        x.scenario.duration_ns = 180 * NS_PER_S;
        struct report r = run_until(&x, engines[k], asked_for);
        assert_balanced(&r);
        assert_true(r.run_ns < 60 * NS_PER_S);
    }
}

// The two ways to end early exclude each other, and each works once.
static void the_second_call_is_told_that_it_is_closed(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 1000, 500000, "block", 8);
        struct flow_root root = {0};
        struct flow f = {.scenario = &x.scenario, .root = &root};
        flow_plan_end(&f);
        assert_int_equal(flow_stop_ns(&f), 2 * NS_PER_S);
        assert_true(first ? flow_close(&f, NS_PER_S) : flow_drain(&f, NS_PER_S));
        assert_int_equal(flow_stop_ns(&f), NS_PER_S);
        assert_int_equal(f.cut_ns, first ? NS_PER_S : 11 * NS_PER_S);
        assert_false(flow_close(&f, NS_PER_MS));
        assert_false(flow_drain(&f, NS_PER_MS));
        assert_int_equal(flow_stop_ns(&f), NS_PER_S);
    }
}

// Whatever the strategy: what is pushed after the close is told so, and so is who was blocked when it came.
static void a_push_into_a_closed_edge_is_told_so(void **state)
{
    (void)state;
    static const char *const strategies[] = {"block", "drop_newest", "drop_oldest", "reject"};
    for (int i = 0; i < 4; i++)
        for (int blocked = 0; blocked < 2; blocked++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_CONSTANT, 1000, 500000, strategies[i], 1);
            struct run_setup setup = {.scenario = &x.scenario};
            struct flow f = {.setup = &setup, .scenario = &x.scenario};
            _Atomic uint64_t high_water = 0;
            struct edge e = {.spec = &x.stage.edge,
                             .ops = sim_queue_ops(false),
                             .queue = sim_queue_create(1, false),
                             .high_water = &high_water};
            struct edge_counts counts = {0};
            struct node n = {.flow = &f};
            struct port port = {.edge = &e, .counts = &counts, .join = -1, .branch = -1};
            struct record one = {.size = 0}, two = {.size = 0}, *first = &one, *second = &two;
            struct offer o = {0}, p = {0};
            if (blocked) {
                assert_int_equal(edge_offer(&n, &port, &o, &first, 1, 1).result, OFFER_ADMITTED);
                if (i == 0)
                    assert_int_equal(edge_offer(&n, &port, &p, &second, 1, 1).result, OFFER_BLOCKED);
            }
            e.ops->close(e.queue);
            struct offer_answer a = edge_offer(&n, &port, &p, &second, 1, 2);
            assert_int_equal(a.result, OFFER_LOST);
            assert_int_equal(a.reason, WEIR_LOSS_SHUTDOWN);
            assert_false(p.open);
            assert_int_equal(counts.in, blocked);
            e.ops->destroy(e.queue);
        }
}

// During the drain the sources have stopped by themselves: a close only shortens it.
static void a_close_during_the_drain_cuts_it_short(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 500000, "block", 8);
    struct flow_root root = {0};
    struct flow f = {.scenario = &x.scenario, .root = &root};
    flow_plan_end(&f);
    assert_true(flow_close(&f, 3 * NS_PER_S));
    assert_int_equal(flow_stop_ns(&f), 2 * NS_PER_S);
    assert_int_equal(f.cut_ns, 3 * NS_PER_S);
    assert_true(root.report.interrupted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_on_the_timeline_delivers_what_was_admitted),
        cmocka_unit_test(a_close_on_the_timeline_counts_what_it_leaves),
        cmocka_unit_test(asked_from_outside_it_ends_long_before_its_time),
        cmocka_unit_test(whatever_a_source_waits_for_it_looks_up),
        cmocka_unit_test(a_run_that_is_told_at_once_ends_at_once),
        cmocka_unit_test(the_second_call_is_told_that_it_is_closed),
        cmocka_unit_test(a_push_into_a_closed_edge_is_told_so),
        cmocka_unit_test(a_close_during_the_drain_cuts_it_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
