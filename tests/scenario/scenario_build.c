// SPDX-License-Identifier: Apache-2.0
// Defaults, every kind of source and sink, the topology and its threads.
#include "with_file.h"

static void defaults(void **state)
{
    (void)state;
    struct plan *plan = load("# Why?\n" HEAD SOURCES "pipeline: [{stage: parse}]\n" SINK, NULL);
    const struct scenario *s = plan->base;
    assert_string_equal(s->question, "Why?");
    assert_string_equal(s->path, "f.yaml");
    assert_int_equal(s->warmup_ns, 0);
    assert_int_equal(s->drain_ns, 10 * NS_PER_S);
    assert_int_equal(s->seed, 1);
    assert_int_equal(s->reps, 1);
    assert_int_equal(s->engine, ENGINE_LIVE);
    const struct source *source = &s->sources[0];
    assert_int_equal(source->senders, 1);
    assert_false(source->external);
    assert_true(source->size.mean == 128);
    assert_int_equal(source->class_count, 1);
    assert_string_equal(source->classes[0].name, "info");
    const struct stage *stage = &s->stages[0];
    assert_string_equal(stage->edge.queue, "mpmc");
    assert_ptr_equal(stage->edge.queue_ops, weir_queue_find("mpmc"));
    assert_int_equal(stage->edge.capacity, 1024);
    assert_int_equal(stage->edge.wait, WEIR_WAIT_PARK);
    assert_string_equal(stage->edge.admission->name, "block");
    assert_int_equal(stage->workers, 1);
    assert_int_equal(stage->batch_size, 1);
    assert_true(timed_is_zero(&stage->service));
    assert_string_equal(s->sinks[0].name, "sink");
    assert_int_equal(s->sinks[0].concurrency, 1);
    assert_false(s->sinks[0].has_edge);
    plan_free(plan);
}

static void name_defaults_to_the_files(void **state)
{
    (void)state;
    struct plan *plan = load("duration: 1s\n" SOURCES SINK, NULL);
    assert_string_equal(plan->base->name, "f");
    assert_string_equal(plan->base->question, "");
    plan_free(plan);
}

static void every_source(void **state)
{
    (void)state;
    struct plan *plan = load(
        HEAD "sources:\n"
             "  - {name: f, type: file, path: /x/y.log, checkpoint: /x/y.pos, checkpoint_every: 2s, senders: "
             "external}\n"
             "  - {name: u, type: udp, listen: '[::1]:5514', rcvbuf: 64KiB, format: rfc5424, senders: 3,\n"
             "     arrival: {process: on_off, rate: 5k/s, on: 20ms, off: 80ms}, classes: {debug: 60%, info: "
             "40%}}\n"
             "  - {name: o, type: otlp, encoding: json, compression: gzip, batch: 100, max_body: 1MiB, "
             "timeout: 3s,\n"
             "     retry: {profile: otel_js, base: 5ms, max_retries: 3}, retry_after: none, arrival: {rate: "
             "1k/s}}\n"
             "  - {name: c, type: synthetic, count: 5k, arrival: {process: closed, think: 1ms}}\n" SINK,
        NULL);
    const struct source *f = &plan->base->sources[0], *u = f + 1, *o = f + 2, *c = f + 3;
    assert_true(f->external && f->senders == 0);
    assert_string_equal(f->file.path, "/x/y.log");
    assert_string_equal(f->file.checkpoint, "/x/y.pos");
    assert_int_equal(f->file.checkpoint_every_ns, 2 * NS_PER_S);
    assert_string_equal(u->net.host, "::1");
    assert_int_equal(u->net.port, 5514);
    assert_int_equal(u->net.rcvbuf, 65536);
    assert_int_equal(u->net.format, FORMAT_RFC5424);
    assert_int_equal(u->arrival.on_ns, 20 * NS_PER_MS);
    assert_int_equal(u->arrival.off_ns, 80 * NS_PER_MS);
    assert_true(u->classes[1].share == 0.4);
    assert_int_equal(o->otlp.encoding, OTLP_JSON);
    assert_true(o->otlp.gzip && !o->otlp.has_retry_after);
    assert_int_equal(o->otlp.batch, 100);
    assert_int_equal(o->otlp.max_body, 1 << 20);
    assert_int_equal(o->otlp.timeout_ns, 3 * NS_PER_S);
    assert_string_equal(o->otlp.retry.name, "otel_js");
    assert_int_equal(o->otlp.retry.base_ns, 5 * NS_PER_MS);
    assert_int_equal(o->otlp.retry.max_retries, 3);
    assert_int_equal(o->otlp.retry.cap_ns, weir_retry_find("otel_js")->cap_ns);
    assert_int_equal(o->arrival.process, ARRIVE_CONSTANT);
    assert_string_equal(o->net.host, "127.0.0.1");
    assert_int_equal(c->count, 5000);
    assert_true(c->arrival.think.mean == 1e6);
    // file, udp and otlp have one receiver each, whatever the senders
    assert_int_equal(plan->base->sinks[0].edge.producers, 4);
    plan_free(plan);
}

static void without_retry_a_client_gives_up(void **state)
{
    (void)state;
    struct plan *plan = load(HEAD "sources:\n  - {name: o, type: otlp, arrival: {rate: 1k/s}}\n" SINK, NULL);
    const struct source *o = &plan->base->sources[0];
    assert_int_equal(o->otlp.retry.max_retries, 0);
    assert_true(o->otlp.has_retry_after);
    assert_int_equal(o->otlp.retry_after.kind, LAW_UNIFORM);
    assert_true(o->otlp.retry_after.min == 1e9 && o->otlp.retry_after.max == 3e9);
    assert_int_equal(o->otlp.batch, 512);
    plan_free(plan);
}

static void laws(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct law law;
    } cases[] = {
        {"40us", {.kind = LAW_CONSTANT, .mean = 40e3}},
        {"{law: constant, mean: 1ms}", {.kind = LAW_CONSTANT, .mean = 1e6}},
        {"{law: exponential, mean: 1ms}", {.kind = LAW_EXPONENTIAL, .mean = 1e6}},
        {"{law: uniform, min: 1us, max: 3us}", {.kind = LAW_UNIFORM, .min = 1e3, .max = 3e3}},
        {"{law: lognormal, median: 1us, sigma: 0.5}", {.kind = LAW_LOGNORMAL, .median = 1e3, .sigma = 0.5}},
        {"{law: pareto, min: 1us, alpha: 1.5, max: 1s}",
         {.kind = LAW_PARETO, .min = 1e3, .alpha = 1.5, .max = 1e9}},
        {"{law: bimodal, low: 1us, high: 1ms, p: 5%}",
         {.kind = LAW_BIMODAL, .low = 1e3, .high = 1e6, .p = 0.05}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, HEAD SOURCES "sink: {type: model, service: %s}\n", cases[i].text);
        struct plan *plan = load(yaml, NULL);
        const struct law *got = &plan->base->sinks[0].service.pieces[0].law, *want = &cases[i].law;
        assert_int_equal(got->kind, want->kind);
        assert_true(got->mean == want->mean && got->min == want->min && got->max == want->max);
        assert_true(got->median == want->median && got->sigma == want->sigma && got->alpha == want->alpha);
        assert_true(got->low == want->low && got->high == want->high && got->p == want->p);
        plan_free(plan);
    }
    struct plan *plan =
        load(HEAD SOURCES "sink: {type: model, service: {law: lognormal, mean: 1ms, sigma: 1}}\n", NULL);
    double mean = law_mean(&plan->base->sinks[0].service.pieces[0].law);
    assert_true(mean > 0.999e6 && mean < 1.001e6);
    plan_free(plan);
}

static void sinks(void **state)
{
    (void)state;
    struct plan *plan =
        load(HEAD SOURCES STAGES "sink: {type: file, path: /x/out, buffer: 4KiB, sync_every: 1s}\n", NULL);
    assert_int_equal(plan->base->sinks[0].type, SINK_FILE);
    assert_int_equal(plan->base->sinks[0].buffer, 4096);
    assert_int_equal(plan->base->sinks[0].sync_every_ns, NS_PER_S);
    plan_free(plan);
    plan = load(HEAD SOURCES STAGES "sink: {type: null, strategy: drop_newest, concurrency: 3}\n", NULL);
    assert_true(plan->base->sinks[0].has_edge);
    assert_int_equal(plan->base->sinks[0].edge.consumers, 3);
    assert_int_equal(plan->base->sinks[0].edge.producers, 1);
    plan_free(plan);
}

// a -> b -> c -> d, written backwards.
static void stages_are_sorted(void **state)
{
    (void)state;
    struct plan *plan = load(HEAD SOURCES "pipeline:\n"
                                          "  - {stage: d, after: [c], workers: 5}\n"
                                          "  - {stage: b, after: a, workers: 2}\n"
                                          "  - {stage: c, after: [b], workers: 3}\n"
                                          "  - {stage: a, after: []}\n" SINK,
                             NULL);
    const struct scenario *s = plan->base;
    static const char *const order[] = {"a", "b", "c", "d"};
    static const unsigned producers[] = {1, 1, 2, 3};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(s->stages[i].name, order[i]);
        assert_int_equal(s->stages[i].edge.producers, producers[i]);
        assert_int_equal(s->stages[i].edge.consumers, s->stages[i].workers);
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            assert_true((size_t)s->stages[i].after[k] < i);
    }
    assert_int_equal(s->sinks[0].edge.producers, 5);
    plan_free(plan);
}

static void the_null_queue_wants_single_threads(void **state)
{
    (void)state;
    struct plan *plan = load(BASE, &(struct overrides){.queues = "null"});
    assert_true(plan->base->stages[0].edge.queue_ops != NULL);
    plan_free(plan);
    struct error e;
    assert_null(load_over(HEAD SOURCES "pipeline: [{stage: p, workers: 2}]\n" SINK,
                          &(struct overrides){.queues = "null"}, &e));
}

// Capacity means nothing to `unbounded`: neither an error, nor a limit for a client's batch.
static void unbounded_takes_any_batch(void **state)
{
    (void)state;
    struct plan *plan = load(HEAD "sources:\n  - {name: o, type: otlp, batch: 2000, arrival: {rate: 1k/s}}\n"
                                  "pipeline: [{stage: p, queue: {type: unbounded, capacity: 8}}]\n" SINK,
                             NULL);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(name_defaults_to_the_files),
        cmocka_unit_test(every_source),
        cmocka_unit_test(without_retry_a_client_gives_up),
        cmocka_unit_test(laws),
        cmocka_unit_test(sinks),
        cmocka_unit_test(stages_are_sorted),
        cmocka_unit_test(the_null_queue_wants_single_threads),
        cmocka_unit_test(unbounded_takes_any_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
