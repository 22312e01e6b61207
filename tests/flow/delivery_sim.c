// SPDX-License-Identifier: Apache-2.0
// Deliveries to sinks that fail, in virtual time: outages, error rates, retry, breaker, timeout.
#include "fixture.h"

#include <limits.h>

// A constant source of 1000 a second (1999 records in 2 s, at 1 ms, 2 ms ...), a sink that takes 100 us.
static void start(struct fixture *x, const char *strategy, size_t capacity)
{
    fixture_init(x, ARRIVE_CONSTANT, 1000, 100e3, strategy, capacity);
    x->sink.breaker.failures = 5;
    x->sink.breaker.open_ns = 100e6;
    x->sink.breaker.probes = 1;
}

// Every 10 ms, for as long as asked.
static struct weir_retry_policy every_10ms(unsigned max_retries)
{
    return (struct weir_retry_policy){.name = "test",
                                      .base_ns = 10 * NS_PER_MS,
                                      .cap_ns = 10 * NS_PER_MS,
                                      .factor = 1,
                                      .max_retries = max_retries,
                                      .budget_ns = UINT64_MAX};
}

static void outage(struct fixture *x, struct span *span, uint64_t from_ms, uint64_t to_ms)
{
    *span = (struct span){from_ms * NS_PER_MS, to_ms * NS_PER_MS};
    x->sink.outages = (struct spans){.list = span, .count = 1};
}

static void assert_reason(const struct report *r, enum weir_loss reason, uint64_t lost)
{
    assert_balanced(r);
    assert_int_equal(r->ledger.lost[reason], lost);
    assert_int_equal(ledger_lost(&r->ledger), lost);
}

static void outage_loses_what_is_tried_in_it(void **state)
{
    (void)state;
    struct fixture x;
    struct span span;
    start(&x, "block", 16);
    outage(&x, &span, 500, 700);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_reason(&r, WEIR_LOSS_SINK_ERROR, 200); // at 500 ms, 501 ms ... 699 ms
    assert_int_equal(r.sink.attempts, 1999);
    assert_int_equal(r.sink.failures, 200);
    assert_int_equal(r.sink.retries, 0);
}

// An attempt that is under way when the outage begins fails at that moment.
static void outage_fails_what_is_under_way(void **state)
{
    (void)state;
    struct fixture x;
    struct span span = {500 * NS_PER_MS + 50000, 501 * NS_PER_MS};
    start(&x, "block", 16);
    x.sink.outages = (struct spans){.list = &span, .count = 1};
    struct report r = run_fixture(&x, sim_run, 7);
    assert_reason(&r, WEIR_LOSS_SINK_ERROR, 1);
    assert_int_equal(r.sink.failures, 1);
}

static void retry_gets_through_an_outage(void **state)
{
    (void)state;
    struct fixture x;
    struct span span;
    start(&x, "block", 1024);
    outage(&x, &span, 500, 700);
    x.sink.retry = every_10ms(UINT_MAX);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_reason(&r, WEIR_LOSS_SINK_ERROR, 0);
    assert_int_equal(r.ledger.delivered, 1999);
    assert_int_equal(r.sink.failures, 20); // 500, 510 ... 690; at 700 it is up
    assert_int_equal(r.sink.retries, 20);
    assert_int_equal(r.response->max, 200 * NS_PER_MS + 100000);
}

static void retries_are_exhausted(void **state)
{
    (void)state;
    struct fixture x;
    struct timed_piece always;
    start(&x, "block", 1024);
    x.source.count = 20;
    x.sink.error_rate = fixed(&always, 1);
    x.sink.retry = every_10ms(3);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_reason(&r, WEIR_LOSS_RETRY_EXHAUSTED, 20);
    assert_int_equal(r.sink.attempts, 80);
    assert_int_equal(r.sink.retries, 60);
}

static void error_rate_is_a_share_of_the_attempts(void **state)
{
    (void)state;
    struct fixture x;
    struct timed_piece share;
    start(&x, "block", 1024);
    x.scenario.duration_ns = 20 * NS_PER_S;
    x.sink.error_rate = fixed(&share, 0.1);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
    assert_in_range(r.ledger.lost[WEIR_LOSS_SINK_ERROR], 1850, 2150); // of 19,999
}

static void breaker_spares_the_sink(void **state)
{
    (void)state;
    struct fixture x;
    struct span span;
    start(&x, "block", 16);
    outage(&x, &span, 500, 800);
    x.sink.has_breaker = true;
    struct report r = run_fixture(&x, sim_run, 7);
    // 500 .. 504 ms open it until 604; probes at 604, 704 and 804 ms, the last of which finds it up.
    assert_int_equal(r.sink.failures, 7);
    assert_int_equal(r.sink.short_circuited, 297); // one each ms from 505 to 803, but for two probes
    assert_reason(&r, WEIR_LOSS_SINK_ERROR, 304);
}

static void breaker_with_retry_waits(void **state)
{
    (void)state;
    struct fixture x;
    struct span span;
    start(&x, "block", 1024);
    outage(&x, &span, 500, 800);
    x.sink.has_breaker = true;
    x.sink.retry = every_10ms(UINT_MAX);
    x.stage.workers = x.stage.edge.consumers = 4;
    x.sink.concurrency = 4;
    struct report r = run_fixture(&x, sim_run, 7);
    assert_reason(&r, WEIR_LOSS_SINK_ERROR, 0);
    assert_int_equal(r.ledger.delivered, 1999);
    assert_true(r.sink.failures >= 5 && r.sink.failures <= 12);
    assert_true(r.sink.short_circuited > 0);
    // Those who wait go on as soon as the probe has closed it, not a whole `open` later.
    assert_true(r.response->max < 320 * NS_PER_MS);
}

// What the sink works on for a client that has hung up is time lost for the others.
static void timeout_fails_and_the_sink_works_on(void **state)
{
    (void)state;
    struct fixture x;
    start(&x, "drop_newest", 1);
    x.sink_service.law = law_constant(30e6);
    x.sink.timeout_ns = 10 * NS_PER_MS;
    x.source.count = 10;
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, 0);
    assert_int_equal(r.ledger.lost[WEIR_LOSS_SINK_ERROR], r.sink.attempts);
    assert_true(r.sink.attempts >= 2);
}

static void budget_bounds_the_retries(void **state)
{
    (void)state;
    struct fixture x;
    struct timed_piece share;
    start(&x, "block", 1024);
    x.sink.error_rate = fixed(&share, 0.5);
    x.sink.retry = every_10ms(UINT_MAX);
    x.sink.retry.base_ns = x.sink.retry.cap_ns = 1000;
    x.sink.retry.budget_share = 0.1;
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
    assert_true(r.ledger.lost[WEIR_LOSS_RETRY_EXHAUSTED] > 600);
    assert_in_range(r.sink.retries, 180, 200); // a tenth of 1999
}

// Whenever the run is cut, and whatever is under way then, every record has one end.
static void any_cut_balances(void **state)
{
    (void)state;
    static const char *const queues[] = {"mutex", "null"};
    for (unsigned i = 0; i < 160; i++) {
        struct fixture x;
        struct span span;
        struct timed_piece share;
        start(&x, i % 3 ? "drop_oldest" : "block", 8);
        outage(&x, &span, 100, 180);
        bool is_inline = i % 2;
        x.stage.edge.queue = (char *)queues[is_inline];
        x.stage.edge.queue_ops = weir_queue_find(queues[is_inline]);
        if (is_inline)
            x.stage.edge.admission = weir_strategy_find("block");
        x.stage.workers = x.stage.edge.consumers = is_inline ? 1 : 1 + i % 4;
        x.stage.batch_size = 1 + i % 5;
        x.stage.batch_timeout_ns = NS_PER_MS;
        static const enum sink_type types[] = {SINK_FILE,  SINK_MODEL, SINK_UDP,
                                               SINK_MODEL, SINK_TCP,   SINK_OTLP};
        x.sink.type = types[i % 6];
        x.sink.error_rate = fixed(&share, 0.3);
        x.sink.has_breaker = i % 4 == 0;
        x.sink.timeout_ns = i % 8 == 0 ? 150000 : 0;
        if (i % 5)
            x.sink.retry = every_10ms(i % 5);
        x.scenario.duration_ns = (i * 1237 % 250 + 1) * NS_PER_MS;
        x.scenario.drain_ns = i % 3 ? 0 : 7 * NS_PER_MS;
        struct report r = run_fixture(&x, sim_run, i);
        assert_balanced(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outage_loses_what_is_tried_in_it),
        cmocka_unit_test(outage_fails_what_is_under_way),
        cmocka_unit_test(retry_gets_through_an_outage),
        cmocka_unit_test(retries_are_exhausted),
        cmocka_unit_test(error_rate_is_a_share_of_the_attempts),
        cmocka_unit_test(breaker_spares_the_sink),
        cmocka_unit_test(breaker_with_retry_waits),
        cmocka_unit_test(timeout_fails_and_the_sink_works_on),
        cmocka_unit_test(budget_bounds_the_retries),
        cmocka_unit_test(any_cut_balances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
