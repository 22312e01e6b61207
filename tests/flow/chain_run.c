// SPDX-License-Identifier: Apache-2.0
// Chains inside of pipelines, on both executors: what they filter, rewrite, swap and leave out is accounted
// for, and the proof at the sink goes on behind them. Nothing here depends on how fast the machine is.
#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "live/live.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// What a run's memory holds is gone with the next run: the stage's figures are kept beside its report.
static struct stage_report kept[4];
static unsigned kept_count;

static struct report run_and_keep(const struct fixture *x, engine_fn engine)
{
    static uint64_t batches[4][8];
    struct report r = run_fixture(x, engine, 7);
    unsigned slot = kept_count++ % 4;
    kept[slot] = r.stages[0];
    if (kept[slot].versions)
        memcpy(batches[slot], kept[slot].batches, kept[slot].versions * sizeof(uint64_t));
    kept[slot].batches = batches[slot];
    r.stages = &kept[slot];
    return r;
}

static struct report sim(const struct fixture *x)
{
    return run_and_keep(x, sim_run);
}

static struct report live(const struct fixture *x)
{
    return run_and_keep(x, live_run);
}

// Lines of a format, a count of them so that both executors see the same ones, and one chain for ever.
static void fixture_lines(struct fixture *x, enum wire_format format, struct chain *chain)
{
    static struct chain_piece whole[1];
    fixture_init(x, ARRIVE_POISSON, 20000, 0, "block", 256);
    x->source.count = 2000;
    x->scenario.duration_ns = 60 * NS_PER_S; // ends by count
    x->source.size = law_constant(128);
    x->source.net.format = format;
    x->stage.chain =
        (struct chain_plan){.versions = chain, .version_count = 1, .pieces = whole, .piece_count = 1};
}

static struct processor attribute(const char *key, const char *value)
{
    return (struct processor){
        .kind = PROCESS_ATTRIBUTE, .field = (char *)(uintptr_t)key, .value = (char *)(uintptr_t)value};
}

// ---- filter ----

static void filtered_is_no_loss_and_the_same_in_both(void **state)
{
    (void)state;
    struct processor list[] = {{.kind = PROCESS_PARSE}, {.kind = PROCESS_FILTER, .share = 0.3}};
    struct chain chain = {list, COUNT(list)};
    for (size_t batch = 1; batch <= 7; batch += 6)
        for (unsigned workers = 1; workers <= 3; workers += 2) {
            struct fixture x;
            fixture_lines(&x, FORMAT_JSON, &chain);
            x.stage.batch_size = batch;
            x.stage.batch_timeout_ns = NS_PER_MS;
            x.stage.workers = x.stage.edge.consumers = workers;
            struct report a = sim(&x), b = live(&x);
            assert_balanced(&a);
            assert_balanced(&b);
            assert_int_equal(a.ledger.generated, 2000);
            assert_in_range(a.ledger.filtered, 500, 700); // 5 sigma around 600
            assert_int_equal(a.ledger.delivered, 2000 - a.ledger.filtered);
            assert_int_equal(a.ledger.malformed, 0);
            assert_int_equal(ledger_lost(&a.ledger), 0);
            assert_int_equal(b.ledger.filtered, a.ledger.filtered);
            assert_int_equal(b.ledger.delivered, a.ledger.delivered);
            assert_int_equal(a.stages[0].filtered, a.ledger.filtered);
            assert_int_equal(a.window_offered, a.window_delivered); // filtered ones are no offers
        }
}

static void a_class_is_taken_out_whole(void **state)
{
    (void)state;
    struct record_class classes[] = {{"debug", 0.5}, {"info", 0.5}};
    struct processor list[] = {{.kind = PROCESS_FILTER, .share = 1, .class_name = "debug"}};
    struct chain chain = {list, COUNT(list)};
    struct fixture x;
    fixture_lines(&x, FORMAT_RAW, &chain);
    x.source.classes = classes;
    x.source.class_count = 2;
    struct report r = sim(&x);
    assert_balanced(&r);
    assert_in_range(r.ledger.filtered, 880, 1120);
    list[0].class_name = "info";
    struct report other = sim(&x);
    assert_int_equal(r.ledger.filtered + other.ledger.filtered, 2000);
}

static void a_cut_leaves_nothing_unknown(void **state)
{
    (void)state;
    struct processor list[] = {{.kind = PROCESS_FILTER, .share = 0.5, .cost_ns = 300000}};
    struct chain chain = {list, COUNT(list)};
    for (uint64_t at = 1; at < 40; at++) {
        struct fixture x;
        fixture_lines(&x, FORMAT_RAW, &chain);
        x.source.count = 0;
        x.stage.batch_size = 5;
        x.scenario.duration_ns = at * 777777;
        x.scenario.drain_ns = 0;
        struct report r = sim(&x);
        assert_balanced(&r);
    }
}

// ---- rewriting ----

static void the_proof_goes_on_behind_a_rewrite(void **state)
{
    (void)state;
    static const enum wire_format formats[] = {FORMAT_JSON, FORMAT_RFC5424};
    char value[200];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    struct processor list[] = {{.kind = PROCESS_REDACT, .field = "id"},
                               {.kind = PROCESS_REDACT, .field = "msg"},
                               attribute("long", value)};
    struct chain chain = {list, COUNT(list)};
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct fixture x;
        fixture_lines(&x, formats[i], &chain);
        struct report a = sim(&x), b = live(&x);
        assert_balanced(&a);
        assert_balanced(&b);
        assert_int_equal(a.ledger.delivered, 2000);
        assert_int_equal(b.ledger.delivered, 2000);
        assert_int_equal(a.ledger.malformed + b.ledger.malformed, 0);
    }
}

static size_t (*good_pop)(struct weir_queue *, uint64_t *, size_t);

static size_t pop_corrupting(struct weir_queue *q, uint64_t *items, size_t n)
{
    size_t got = good_pop(q, items, n);
    for (size_t i = 0; i < got; i++) {
        if (items[i] >> 48) // no address: the trial that a strange queue has to pass before the cell begins
            continue;
        struct record *r = (struct record *)(uintptr_t)items[i];
        if (r->seq == 5)
            r->payload[r->size - 3] ^= 1;
    }
    return got;
}

// A payload that was broken before it was redacted is still broken after.
static void a_rewrite_heals_nothing(void **state)
{
    (void)state;
    struct processor list[] = {{.kind = PROCESS_REDACT, .field = "msg"}};
    struct chain chain = {list, COUNT(list)};
    struct fixture x;
    fixture_lines(&x, FORMAT_JSON, &chain);
    struct weir_queue_ops broken = *x.stage.edge.queue_ops;
    good_pop = broken.try_pop_n;
    broken.try_pop_n = pop_corrupting;
    x.stage.edge.queue_ops = &broken;
    struct report r = live(&x);
    assert_int_equal(r.check.corrupted, 1);
    assert_int_equal(r.status, CELL_INVALID);
    assert_int_equal(r.ledger.delivered, 2000);
}

static void what_has_no_form_goes_on_and_is_counted(void **state)
{
    (void)state;
    struct processor list[] = {{.kind = PROCESS_PARSE}, {.kind = PROCESS_REDACT, .field = "msg"}};
    struct chain chain = {list, COUNT(list)};
    struct fixture x;
    fixture_lines(&x, FORMAT_RFC3164, &chain);
    struct report r = sim(&x);
    assert_balanced(&r);
    assert_int_equal(r.ledger.malformed, 2000);
    assert_int_equal(r.ledger.delivered, 2000);
}

static void what_would_grow_too_long_is_lost(void **state)
{
    (void)state;
    struct processor list[] = {attribute("k", "v")};
    struct chain chain = {list, COUNT(list)};
    struct fixture x;
    fixture_lines(&x, FORMAT_JSON, &chain);
    x.source.count = 3;
    x.source.size = law_constant(PROCESS_SIZE_MAX);
    struct report r = sim(&x);
    assert_balanced(&r);
    assert_int_equal(r.ledger.lost[WEIR_LOSS_OVERSIZE], 3);
}

// ---- cost ----

static void virtual_time_pays_what_a_processor_says(void **state)
{
    (void)state;
    struct processor list[] = {{.kind = PROCESS_PARSE, .cost_ns = 70000}};
    struct chain chain = {list, COUNT(list)};
    struct fixture x;
    fixture_lines(&x, FORMAT_JSON, &chain);
    x.source.arrival.process = ARRIVE_CONSTANT;
    x.rate.law = law_constant(1000);
    struct report r = sim(&x);
    assert_balanced(&r);
    assert_int_equal(r.response->min, 70000);
    assert_int_equal(r.response->max, 70000);
}

// ---- hot swap ----

enum { SWAP_NS = 2000000, SWAPS = 6000 };

// Two chains in turns, each of which writes its own name twice.
static void fixture_swaps(struct fixture *x, struct chain versions[2])
{
    static struct processor list[2][3];
    static struct chain_piece pieces[SWAPS];
    static const char *const names[] = {"old", "new"};
    for (int v = 0; v < 2; v++) {
        list[v][0] = attribute("first", names[v]);
        list[v][1] = (struct processor){.kind = PROCESS_REDACT, .field = "msg"};
        list[v][2] = attribute("second", names[v]);
        versions[v] = (struct chain){list[v], 3};
    }
    for (unsigned i = 0; i < SWAPS; i++)
        pieces[i] = (struct chain_piece){i * (uint64_t)SWAP_NS, i % 2};
    fixture_lines(x, FORMAT_JSON, &versions[0]);
    x->rate.law = law_constant(4000);
    x->stage.chain = (struct chain_plan){versions, 2, pieces, SWAPS};
    x->stage.batch_size = 4;
    x->stage.batch_timeout_ns = NS_PER_MS;
}

static void swaps_are_counted_and_lose_nothing(void **state)
{
    (void)state;
    struct chain versions[2];
    struct fixture x;
    fixture_swaps(&x, versions);
    struct report a = sim(&x), again = sim(&x), b = live(&x);
    assert_balanced(&a);
    assert_balanced(&b);
    assert_int_equal(a.digest, again.digest);
    assert_in_range(a.stages[0].swaps, 230, 270); // 2000 records at 4k/s are 500 ms
    assert_int_equal(a.ledger.delivered, 2000);
    assert_int_equal(b.ledger.delivered, 2000);
    assert_int_equal(b.stages[0].versions, 2);
    assert_true(b.stages[0].batches[0] > 0 && b.stages[0].batches[1] > 0 && b.stages[0].swaps > 0);
    x.stage.chain.piece_count = 1;
    struct report fixed_chain = sim(&x);
    assert_int_not_equal(a.digest, fixed_chain.digest); // the version is part of the trace
    assert_int_equal(fixed_chain.stages[0].swaps, 0);
}

// Every line that comes out was made by one chain from its beginning to its end.
static void no_record_sees_two_versions(void **state)
{
    (void)state;
    struct chain versions[2];
    struct fixture x;
    fixture_swaps(&x, versions);
    char path[] = "/tmp/weir-chain-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    x.sink.type = SINK_FILE;
    x.sink.path = path;
    struct report r = live(&x);
    assert_balanced(&r);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char line[1024];
    unsigned lines[2] = {0};
    while (fgets(line, sizeof line, f)) {
        assert_null(strstr(line, "\"first\":\"old\",\"second\":\"new\""));
        assert_null(strstr(line, "\"first\":\"new\",\"second\":\"old\""));
        lines[0] += strstr(line, "\"first\":\"old\",\"second\":\"old\"}") != NULL;
        lines[1] += strstr(line, "\"first\":\"new\",\"second\":\"new\"}") != NULL;
    }
    fclose(f);
    unlink(path);
    assert_int_equal(lines[0] + lines[1], 2000);
    assert_true(lines[0] > 0 && lines[1] > 0);
}

// ---- fail open ----

static void fixture_too_slow(struct fixture *x, struct chain *chain)
{
    fixture_lines(x, FORMAT_RAW, chain);
    x->source.count = 0;
    x->scenario.duration_ns = NS_PER_S;
    x->stage_service.law = law_constant(100000); // half of what is offered
    x->stage.edge.admission = weir_strategy_find("drop_newest");
    x->stage.edge.capacity = 100;
    x->stage.has_fail_open = true;
    x->stage.fail_open.mark = 0.8;
    x->stage.fail_open.resume = 1;
}

static void what_skips_the_work_is_counted_degraded(void **state)
{
    (void)state;
    struct processor list[] = {{.kind = PROCESS_FILTER, .share = 0.5}};
    struct chain chain = {list, COUNT(list)};
    struct fixture x;
    fixture_too_slow(&x, &chain);
    struct report open = sim(&x);
    assert_balanced(&open);
    assert_int_equal(ledger_lost(&open.ledger), 0);
    assert_true(open.ledger.degraded > 5000);
    assert_int_equal(open.ledger.degraded, open.stages[0].bypassed);
    // Those that were worked on: half of them filtered.
    double worked = (double)(open.ledger.delivered - open.ledger.degraded + open.ledger.filtered);
    assert_true((double)open.ledger.filtered > 0.45 * worked && (double)open.ledger.filtered < 0.55 * worked);
    x.stage.fail_open.resume = 0.2;
    struct report calm = sim(&x);
    assert_balanced(&calm);
    assert_true(calm.stages[0].toggles * 10 < open.stages[0].toggles);
    x.stage.has_fail_open = false;
    struct report shut = sim(&x);
    assert_balanced(&shut);
    assert_int_equal(shut.ledger.degraded, 0);
    assert_true(ledger_lost(&shut.ledger) > 5000);
}

static void batches_skip_record_by_record(void **state)
{
    (void)state;
    struct chain none = {0};
    struct fixture x;
    fixture_too_slow(&x, &none);
    x.stage.batch_size = 30;
    x.stage_service.law = law_constant(3e6);
    for (int i = 0; i < 2; i++) {
        struct report r = i ? live(&x) : sim(&x);
        assert_balanced(&r);
        assert_true(i || (r.ledger.degraded > 0 && r.ledger.degraded < r.ledger.delivered));
        assert_int_equal(r.ledger.degraded, r.stages[0].bypassed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filtered_is_no_loss_and_the_same_in_both),
        cmocka_unit_test(a_class_is_taken_out_whole),
        cmocka_unit_test(a_cut_leaves_nothing_unknown),
        cmocka_unit_test(the_proof_goes_on_behind_a_rewrite),
        cmocka_unit_test(a_rewrite_heals_nothing),
        cmocka_unit_test(what_has_no_form_goes_on_and_is_counted),
        cmocka_unit_test(what_would_grow_too_long_is_lost),
        cmocka_unit_test(virtual_time_pays_what_a_processor_says),
        cmocka_unit_test(swaps_are_counted_and_lose_nothing),
        cmocka_unit_test(no_record_sees_two_versions),
        cmocka_unit_test(what_skips_the_work_is_counted_degraded),
        cmocka_unit_test(batches_skip_record_by_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
