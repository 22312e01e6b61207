// SPDX-License-Identifier: Apache-2.0
// Whole pipelines in the simulator: ledgers, strategies, determinism, theory.
#include "fixture.h"

#include <math.h>

static struct report sim(const struct fixture *x, uint64_t seed)
{
    return run_fixture(x, sim_run, seed);
}

static void block_loses_nothing(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 50000, 40000, "block", 1024);
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger), 0);
    assert_int_equal(r.ledger.in_flight, 0);
    // Twice the capacity offered: about half was never sent, and that is not loss.
    assert_true(fabs((double)r.ledger.unsent / (double)r.ledger.generated - 0.5) < 0.02);
    assert_int_equal(r.edges[0].high_water, 1024);
    assert_in_range(r.series[10].depth_min, 1000, 1024); // full all the time
}

static void drop_loses_what_theory_says(void **state)
{
    (void)state;
    struct fixture x;
    static const char *const strategies[] = {"drop_newest", "drop_oldest", "reject"};
    uint64_t lost[3], age[3];
    for (int i = 0; i < 3; i++) {
        fixture_init(&x, ARRIVE_POISSON, 50000, 40000, strategies[i], 64);
        x.scenario.duration_ns = 10 * NS_PER_S;
        struct report r = sim(&x, 7);
        assert_balanced(&r);
        lost[i] = ledger_lost(&r.ledger) + r.ledger.refused_final;
        age[i] = hist_percentile(r.age, 0.5);
        assert_true(fabs((double)lost[i] / (double)r.ledger.generated - 0.5) < 0.01);
        assert_int_equal(r.ledger.unsent, 0);
    }
    assert_int_equal(lost[0], lost[1]); // common arrivals and services: the same count, other records
    assert_int_equal(lost[0], lost[2]);
    assert_true(age[1] < age[0]); // head drop keeps the fresh ones
}

static void same_seed_same_digest(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 50000, 40000, "drop_oldest", 64);
    struct report a = sim(&x, 7), b = sim(&x, 7), c = sim(&x, 8);
    assert_true(a.has_digest);
    assert_int_equal(a.digest, b.digest);
    assert_int_not_equal(a.digest, c.digest);
}

static void block_timeout_loses_by_timeout(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 10e6, "block_timeout", 4);
    x.stage.edge.admission_state.params[0] = 5e6;
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_true(r.ledger.lost[WEIR_LOSS_TIMEOUT] > 0);
    assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_TIMEOUT]);
}

static void cut_counts_what_is_in_flight(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 10e6, "drop_newest", 50);
    x.scenario.drain_ns = 0;
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.in_flight, 51); // a full queue and one in the worker's hands
    assert_int_equal(r.edges[0].held, 50);
}

// Deterministic arrivals every 10 ms, service 4 ms, one place: response is the service, the worker idles in
// between.
static void deterministic_pipeline_is_exact(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 100, 4e6, "block", 1);
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.generated, 199); // at 10 ms, 20 ms ... 1990 ms
    assert_int_equal(r.response->min, 4000000);
    assert_int_equal(r.response->max, 4000000);
    assert_int_equal(r.service->max, 4000000);
}

// A source that the timeline holds up is late on purpose: that is no fault of the generator's.
static void a_stalled_source_is_not_too_slow(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 100, 0, "block", 64);
    struct span stall = {500 * NS_PER_MS, 600 * NS_PER_MS};
    x.source.stalls = (struct spans){&stall, 1};
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.late_records, 0);
    assert_int_equal(r.status, CELL_OK);
    assert_int_equal(r.response->max, 100 * NS_PER_MS); // it still counts from the intended time
}

static void capacity_is_exact(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity < 10; capacity++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 10000, 50e6, "drop_newest", capacity);
        struct report r = sim(&x, 7);
        assert_balanced(&r);
        assert_int_equal(r.edges[0].high_water, capacity);
    }
}

// M/M/1/K blocking probability (K places: a queue of K-1 and one worker), a quick look; the full table is
// elsewhere.
static void blocking_probability_of_mm1k(void **state)
{
    (void)state;
    struct fixture x;
    double rho = 0.8, want = 0.0888195; // K = 5
    fixture_init(&x, ARRIVE_POISSON, rho * 10000, 100000, "drop_newest", 4);
    x.sink_service.law = (struct law){.kind = LAW_EXPONENTIAL, .mean = 100000};
    x.scenario.duration_ns = 100 * NS_PER_S;
    struct report r = sim(&x, 3);
    assert_balanced(&r);
    double got = (double)ledger_lost(&r.ledger) / (double)r.ledger.generated;
    assert_true(fabs(got - want) < 0.004);
}

static void several_workers_and_batches(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 20000, 0, "block", 256);
    x.stage.workers = x.stage.edge.consumers = 4;
    x.stage.batch_size = 10;
    x.stage.batch_timeout_ns = 5 * NS_PER_MS;
    x.stage.service = fixed(&x.stage_service, 1e6);
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, r.ledger.generated);
    assert_true(r.response->max > 1000000); // the whole batch's service
}

static void batch_times_out(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 100, 0, "block", 256); // one every 10 ms
    x.stage.batch_size = 100;
    x.stage.batch_timeout_ns = 25 * NS_PER_MS;
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, r.ledger.generated);
    assert_int_equal(r.response->max, 25000000); // the first of a batch waits for the whole timeout
}

static void inline_edge_runs_consumer(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 400000, "drop_newest", 16);
    x.stage.edge.queue = "null";
    x.stage.edge.queue_ops = weir_queue_find("null");
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, r.ledger.generated);
    assert_int_equal(ledger_lost(&r.ledger), 0);
}

static void inline_edge_slower_than_source(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 2e6, "drop_newest", 16);
    x.stage.edge.queue = "null";
    x.stage.edge.queue_ops = weir_queue_find("null");
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger), 0); // nobody is there to drop: the producer itself is late
    assert_true(r.ledger.unsent > 900);
}

static void closed_loop_follows_the_sink(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CLOSED, 0, 1e6, "block", 8);
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_in_range(r.ledger.generated, 2005, 2012); // 1000 a second for 2 s, plus what the queue holds
}

static void stall_is_recovered_from(void **state)
{
    (void)state;
    struct fixture x;
    static struct span stall = {NS_PER_S, NS_PER_S + 200 * NS_PER_MS};
    static struct timeline_event event = {NS_PER_S, NS_PER_S + 200 * NS_PER_MS, "stall sink"};
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 400000, "block", 1024);
    x.sink.stalls = (struct spans){&stall, 1};
    x.scenario.events = &event;
    x.scenario.event_count = 1;
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger), 0);
    assert_true(r.events[0].recovered);
    // 200 records behind, gaining 600 records a millisecond-thousand: 1/(2.5-1) of 200 ms, to 5 % of the
    // capacity.
    assert_in_range(r.events[0].recovered_ns, 80 * NS_PER_MS, 140 * NS_PER_MS);
    assert_in_range(r.longest_gap_ns, 199 * NS_PER_MS, 202 * NS_PER_MS);
}

static void udp_twin_drops_in_the_buffer(void **state)
{
    (void)state;
    struct fixture x;
    static struct span stall = {500 * NS_PER_MS, NS_PER_S};
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 64);
    x.source.type = SOURCE_UDP;
    x.source.size = law_constant(200);
    x.source.net.rcvbuf = 8192; // holds 12 datagrams of 200 bytes
    x.source.stalls = (struct spans){&stall, 1};
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_in_range(r.ledger.lost[WEIR_LOSS_KERNEL], 486, 489);
    assert_int_equal(r.ledger.generated, r.ledger.delivered + r.ledger.lost[WEIR_LOSS_KERNEL]);
    assert_int_equal(r.sources[0].rcvbuf_bytes, 16384);
}

static void file_twin_loses_nothing(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 2e6, "block", 16);
    x.source.type = SOURCE_FILE;
    x.source.size = law_constant(200);
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger), 0);
    assert_true(r.ledger.unsent > 900); // lines that nobody has read yet
    assert_int_equal(r.ledger.in_flight, 0);
}

static void file_sink_takes_lines_longer_than_its_buffer(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 16);
    x.sink.type = SINK_FILE;
    x.sink.buffer = 256;
    x.source.size = law_constant(5000);
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, r.ledger.generated);
}

static void token_bucket_limits_the_rate(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 10000, 0, "token_bucket", 1024);
    x.stage.edge.admission_state.params[0] = 1000; // a second
    x.stage.edge.admission_state.params[1] = 10;   // burst
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_in_range(r.ledger.delivered, 1950, 2020); // in two seconds
    assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_RATE_LIMITED]);
}

static void sample_keeps_one_in_n(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 10000, 0, "sample", 1024);
    x.stage.edge.admission_state.params[0] = 10; // every
    x.stage.edge.admission_state.params[1] = 0;  // at any fill
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_in_range(r.ledger.delivered, r.ledger.generated / 10, r.ledger.generated / 10 + 1);
    assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_SAMPLED]);
}

static void priority_spares_the_last_class(void **state)
{
    (void)state;
    struct fixture x;
    static struct record_class classes[] = {{"debug", 0.9}, {"error", 0.1}};
    fixture_init(&x, ARRIVE_POISSON, 20000, 100000, "priority", 1000);
    x.source.classes = classes;
    x.source.class_count = 2;
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    // Twice the capacity, a tenth of it errors: they all fit, and what is lost is lost by priority.
    assert_true(r.ledger.lost[WEIR_LOSS_PRIORITY] > 0);
    assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_PRIORITY]);
}

// A file and a socket in front of one edge: with watermark the file waits early, and the socket has room.
static void watermark_leaves_room_to_who_cannot_wait(void **state)
{
    (void)state;
    uint64_t lost[2];
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 3000, 200000, i ? "watermark" : "drop_newest", 100);
        struct source sources[2] = {x.source, x.source};
        struct timed_piece fast;
        sources[0].name = "file";
        sources[0].type = SOURCE_FILE;
        sources[0].arrival.rate = fixed(&fast, 20000);
        sources[1].name = "socket";
        sources[1].type = SOURCE_UDP;
        sources[0].size = sources[1].size = law_constant(200);
        x.scenario.sources = sources;
        x.scenario.source_count = 2;
        x.stage.edge.producers = 2;
        struct report r = sim(&x, 7);
        assert_balanced(&r);
        lost[i] = ledger_lost(&r.ledger);
        assert_true(r.ledger.unsent > 0 || !i); // the file's lines are still on disk
    }
    assert_true(lost[0] > 10000);
    assert_true(lost[1] < 300); // 3000 a second fit easily into 5000
}

static void otlp_setup(struct fixture *x, const char *strategy, const char *profile)
{
    fixture_init(x, ARRIVE_CONSTANT, 1000, 2e6, strategy, 100);
    x->source.type = SOURCE_OTLP;
    x->source.otlp.batch = 20;
    x->source.otlp.retry = *weir_retry_find(profile);
    x->source.otlp.has_retry_after = true;
    x->source.otlp.retry_after = law_constant(1e9);
    x->source.otlp.timeout_ns = 10 * NS_PER_S;
    x->source.otlp.max_body = 1 << 20;
}

static void otlp_twin_refuses_and_retries(void **state)
{
    (void)state;
    struct fixture x;
    otlp_setup(&x, "reject", "otel_collector");
    x.scenario.duration_ns = 30 * NS_PER_S;
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger), 0);
    assert_true(r.ledger.refused > 0);
    assert_true(r.ledger.retries > 0);
    assert_int_equal(r.ledger.attempts, r.ledger.admitted + r.ledger.refused);
}

static void otlp_twin_blocks(void **state)
{
    (void)state;
    struct fixture x;
    otlp_setup(&x, "block", "otel_collector");
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger) + r.ledger.refused_final, 0);
}

static void otlp_client_gives_up(void **state)
{
    (void)state;
    struct fixture x;
    otlp_setup(&x, "reject", "otel_js");
    x.source.otlp.retry_after = law_constant(30e9); // longer than its patience
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_true(r.ledger.refused_final > 0);
    assert_int_equal(r.ledger.retries, 0);
}

static void otlp_request_too_large_is_refused(void **state)
{
    (void)state;
    struct fixture x;
    otlp_setup(&x, "block", "otel_collector");
    x.source.otlp.max_body = 1000; // a batch of 20 with 64 bytes each needs more
    struct report r = sim(&x, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, 0);
    assert_true(r.ledger.refused_final > 0);
    assert_int_equal(r.ledger.retries, 0); // 413 is not retried
}

static void otlp_timeout_makes_copies(void **state)
{
    (void)state;
    struct fixture x;
    otlp_setup(&x, "block", "otel_collector");
    x.source.otlp.timeout_ns = 10 * NS_PER_MS;
    x.scenario.duration_ns = 20 * NS_PER_S;
    struct report r = sim(&x, 7);
    if (r.status != CELL_OK)
        fail_msg("%s", r.reason);
    assert_int_equal(ledger_unknown(&r.ledger), 0);
    assert_true(r.check.duplicated > 0); // admitted, but the answer came too late
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_loses_nothing),
        cmocka_unit_test(drop_loses_what_theory_says),
        cmocka_unit_test(same_seed_same_digest),
        cmocka_unit_test(block_timeout_loses_by_timeout),
        cmocka_unit_test(cut_counts_what_is_in_flight),
        cmocka_unit_test(deterministic_pipeline_is_exact),
        cmocka_unit_test(a_stalled_source_is_not_too_slow),
        cmocka_unit_test(capacity_is_exact),
        cmocka_unit_test(blocking_probability_of_mm1k),
        cmocka_unit_test(several_workers_and_batches),
        cmocka_unit_test(batch_times_out),
        cmocka_unit_test(inline_edge_runs_consumer),
        cmocka_unit_test(inline_edge_slower_than_source),
        cmocka_unit_test(closed_loop_follows_the_sink),
        cmocka_unit_test(stall_is_recovered_from),
        cmocka_unit_test(udp_twin_drops_in_the_buffer),
        cmocka_unit_test(file_twin_loses_nothing),
        cmocka_unit_test(file_sink_takes_lines_longer_than_its_buffer),
        cmocka_unit_test(token_bucket_limits_the_rate),
        cmocka_unit_test(sample_keeps_one_in_n),
        cmocka_unit_test(priority_spares_the_last_class),
        cmocka_unit_test(watermark_leaves_room_to_who_cannot_wait),
        cmocka_unit_test(otlp_twin_refuses_and_retries),
        cmocka_unit_test(otlp_twin_blocks),
        cmocka_unit_test(otlp_client_gives_up),
        cmocka_unit_test(otlp_request_too_large_is_refused),
        cmocka_unit_test(otlp_timeout_makes_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
