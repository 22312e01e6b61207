// SPDX-License-Identifier: Apache-2.0
// Whole pipelines behind TCP connections, on both engines: a full queue closes windows, and every message is
// accounted for wherever the run is cut.
#include "fixture.h"

#include "base/clock.h"
#include "flow/framing.h"
#include "live/live.h"

static const engine_fn engines[] = {sim_run, live_run};

// 50 connections, windows of a few messages, a sink at a third of the offered rate.
static void overload(struct fixture *x, const char *strategy)
{
    fixture_init(x, ARRIVE_POISSON, 6000, 500000, strategy, 32);
    x->source.type = SOURCE_TCP;
    x->source.senders = 50;
    x->source.size = law_constant(2000);
    x->source.net.rcvbuf = 4096;
    x->source.net.max_connections = 64;
    x->source.net.frame_timeout_ns = NS_PER_S;
    x->scenario.duration_ns = NS_PER_S;
}

static void everything_sent_is_delivered(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        for (int framing = FRAMING_AUTO; framing <= FRAMING_OCTET; framing++) {
            struct fixture x;
            overload(&x, "block");
            x.source.net.framing = (enum wire_framing)framing;
            struct report r = run_fixture(&x, engines[i], 7);
            assert_balanced(&r);
            assert_int_equal(ledger_lost(&r.ledger), 0);
            assert_int_equal(r.ledger.in_flight, 0);
            assert_int_equal(r.ledger.delivered + r.ledger.unsent, r.ledger.generated);
            assert_true(r.ledger.delivered > 32 + 50);
            assert_int_equal(r.check.reordered, 0);
        }
}

// Cut at once: what the senders handed over and nobody read is in flight, what they held is unsent.
static void a_cut_leaves_windows_full(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        overload(&x, "block");
        x.scenario.drain_ns = 0;
        x.sink_service.law = law_constant(5e6);
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger), 0);
        assert_true(r.ledger.in_flight > 32 + 50); // more than the queue holds
        assert_true(r.ledger.delivered > 0);
    }
}

static void a_strategy_that_drops_closes_no_window(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        overload(&x, "drop_newest");
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        assert_true(r.ledger.lost[WEIR_LOSS_DROP_NEWEST] > 0);
        assert_int_equal(r.ledger.lost[WEIR_LOSS_KERNEL] + r.ledger.in_flight, 0);
    }
}

static void the_reader_stands_still_to_the_end(void **state)
{
    (void)state;
    static struct span stall = {100 * NS_PER_MS, 20 * NS_PER_S};
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        overload(&x, "block");
        x.source.stalls = (struct spans){&stall, 1};
        x.source.senders = 10;
        x.scenario.drain_ns = 100 * NS_PER_MS;
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        assert_true(r.ledger.in_flight > 50);
        assert_true(r.ledger.unsent > 0);
        assert_true(r.producer_stall_ns > 0);
    }
}

// A closed loop without think is held back by its window alone; messages larger than the window get through.
static void a_closed_loop_is_paced_by_its_window(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        overload(&x, "block");
        x.source.arrival.process = ARRIVE_CLOSED;
        x.source.arrival.think = law_constant(0);
        x.source.senders = 3;
        x.source.size = law_constant(50000);
        x.source.count = 300;
        x.scenario.duration_ns = 60 * NS_PER_S; // ends by count
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        assert_int_equal(r.ledger.delivered, 300);
        assert_true(r.producer_stall_ns > 0);
    }
}

static enum wire_status put(struct wire *w, unsigned sender, uint64_t seq, uint32_t size)
{
    struct wire_message m = {.sender = (uint16_t)sender, .seq = seq, .size = size};
    return w->ops->send(w, sender, &m, 0);
}

// The twin by itself: a window of bytes, turns of a few messages, a sender woken when a third is free.
static int woken[4]; // by side, from -1 on

static void note_wake(void *context, struct wire *w, int side)
{
    (void)context, (void)w;
    woken[side + 1]++;
}

static void the_twin_takes_turns_and_wakes_in_time(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "block");
    x.source.senders = 3;
    struct wire_setup setup = {.scenario = &x.scenario, .pool = record_pool_create(), .seed = 7};
    struct wire *w = sim_tcp_create(&setup);
    w->waker = (struct wire_waker){.wake = note_wake};
    uint64_t window = 4096 * 15 / 4 + TCP_READ_BYTES, each = framing_size(FRAMING_AUTO, 1000),
             fit = window / each;
    for (unsigned sender = 0; sender < 3; sender++)
        for (uint64_t seq = 0; seq <= fit; seq++)
            assert_int_equal(put(w, sender, seq, 1000), seq < fit ? WIRE_OK : WIRE_AGAIN);
    struct record *r;
    size_t n;
    for (uint64_t i = 0; i < 3 * TCP_TURN * (fit / TCP_TURN); i++) {
        uint64_t used = (fit - (i / (3 * TCP_TURN) * TCP_TURN + i % TCP_TURN)) * each;
        unsigned sender = (unsigned)(i / TCP_TURN % 3);
        assert_int_equal(woken[sender + 1], used * 3 <= window * 2); // before this one is taken
        assert_int_equal(w->ops->receive(w, &r, 1, &n, 0), WIRE_OK);
        assert_int_equal(r->sender, sender);
        record_give(setup.pool, r);
    }
    assert_int_equal(w->ops->stop(w, 0), 3 * (fit % TCP_TURN));
    w->ops->destroy(w);
    record_pool_destroy(setup.pool);
}

static void the_twin_is_deterministic(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "block");
    uint64_t digest = run_fixture(&x, sim_run, 7).digest;
    assert_int_equal(run_fixture(&x, sim_run, 7).digest, digest);
    x.source.net.rcvbuf = 2048;
    assert_int_not_equal(run_fixture(&x, sim_run, 7).digest, digest); // it is the window that decides
}

// In front of one edge with watermark the connection waits, and the datagrams have room.
static void watermark_lets_connections_wait(void **state)
{
    (void)state;
    uint64_t lost[2];
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 3000, 200000, i ? "watermark" : "drop_newest", 100);
        struct source sources[2] = {x.source, x.source};
        struct timed_piece fast;
        sources[0].name = "stream";
        sources[0].type = SOURCE_TCP;
        sources[0].arrival.rate = fixed(&fast, 20000);
        sources[1].name = "socket";
        sources[1].type = SOURCE_UDP;
        sources[0].size = sources[1].size = law_constant(200);
        sources[0].net.rcvbuf = 4096;
        x.scenario.sources = sources;
        x.scenario.source_count = 2;
        x.stage.edge.producers = 2;
        struct report r = run_fixture(&x, sim_run, 7);
        assert_balanced(&r);
        lost[i] = ledger_lost(&r.ledger);
        assert_true(r.ledger.unsent > 0 || !i);
    }
    assert_true(lost[0] > 10000);
    assert_true(lost[1] < 300);
}

int main(void)
{
    clock_calibrate();
    burn_calibrate();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_sent_is_delivered),
        cmocka_unit_test(a_cut_leaves_windows_full),
        cmocka_unit_test(a_strategy_that_drops_closes_no_window),
        cmocka_unit_test(the_reader_stands_still_to_the_end),
        cmocka_unit_test(a_closed_loop_is_paced_by_its_window),
        cmocka_unit_test(the_twin_takes_turns_and_wakes_in_time),
        cmocka_unit_test(the_twin_is_deterministic),
        cmocka_unit_test(watermark_lets_connections_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
