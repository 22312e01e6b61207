// SPDX-License-Identifier: Apache-2.0
// One conformance suite over every shape of a pipeline: what must hold of each of them, whatever the engine,
// the strategy and the moment at which the run is cut. A shape is a scenario as a user writes it.
#ifndef TEST_FLOW_SHAPES_H
#define TEST_FLOW_SHAPES_H

#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

struct shape {
    const char *name;
    const char *text; // sources, pipeline, sinks; edges write no strategy
    bool evicts;      // drop_oldest is possible
};

#define APP(rate)                                                                                            \
    "sources:\n"                                                                                             \
    "  - {name: app, type: synthetic, size: 64, arrival: {process: poisson, rate: " rate "}}\n"
#define SLOW_SINK "sink: {type: model, service: 100us}\n"

static const struct shape shapes[] = {
    {"chain",
     APP("15k/s") "pipeline:\n"
                  "  - {stage: a, queue: {capacity: 20}}\n"
                  "  - {stage: b, queue: {capacity: 20}, service: 20us}\n" SLOW_SINK,
     true},
    {"pool-batch",
     APP("15k/s") "pipeline:\n"
                  "  - {stage: a, workers: 3, batch: {size: 7, timeout: 5ms}, queue: {capacity: 40}}\n"
                  "sink: {type: model, service: 1ms}\n",
     true},
    {"many-sources",
     "sources:\n"
     "  - {name: one, type: synthetic, size: 64, arrival: {process: poisson, rate: 6k/s}, senders: 2}\n"
     "  - {name: two, type: synthetic, size: 64, arrival: {process: constant, rate: 5k/s}}\n"
     "  - {name: three, type: synthetic, size: 64, arrival: {process: on_off, rate: 9k/s, on: 10ms, off: "
     "10ms}}\n"
     "pipeline:\n"
     "  - {stage: a, queue: {capacity: 30}}\n" SLOW_SINK,
     true},
    {"fanout-barrier",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, queue: {capacity: 30}, workers: 2}\n"
                  "sinks:\n"
                  "  mode: barrier\n"
                  "  each:\n"
                  "    - {name: x, type: model, service: 120us}\n"
                  "    - {name: y, type: model, service: {law: exponential, mean: 60us}, concurrency: 2}\n"
                  "    - {name: z, type: file}\n",
     true},
    {"fanout-isolated",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, queue: {capacity: 30}}\n"
                  "sinks:\n"
                  "  mode: isolated\n"
                  "  each:\n"
                  "    - {name: x, type: model, service: 110us, queue: {capacity: 25}}\n"
                  "    - {name: y, type: model, service: 90us, concurrency: 2, queue: {capacity: 25}}\n"
                  "    - {name: z, type: file}\n",
     true},
    {"fanout-isolated-at-source",
     APP("12k/s") "sinks:\n"
                  "  mode: isolated\n"
                  "  each:\n"
                  "    - {name: x, type: model, service: 110us, queue: {capacity: 25}}\n"
                  "    - {name: y, type: \"null\", queue: {capacity: 25}}\n",
     true},
    {"diamond-queues",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, queue: {capacity: 30}}\n"
                  "  - {stage: b, after: a, workers: 2, queue: {capacity: 20}}\n"
                  "  - {stage: c, after: a, service: 30us, queue: {capacity: 20}}\n"
                  "  - {stage: d, after: [b, c], queue: {capacity: 20}}\n" SLOW_SINK,
     true},
    {"fanout-stages",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, after: [], queue: {capacity: 20}}\n"
                  "  - {stage: b, after: [], batch: {size: 5, timeout: 2ms}, queue: {capacity: 20}}\n"
                  "  - {stage: c, after: [], workers: 2, queue: {capacity: 20}}\n"
                  "sink: {type: model, service: 1ms}\n",
     true},
    // A way around a stage, two stages that wait for the same two, and leaves of different depth.
    {"tangle",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, queue: {capacity: 20}}\n"
                  "  - {stage: b, after: a, queue: {capacity: 20}}\n"
                  "  - {stage: c, after: [a, b], queue: {capacity: 20}}\n"
                  "  - {stage: d, after: [a, b], queue: {capacity: 20}}\n"
                  "  - {stage: e, after: c, queue: {capacity: 20}}\n"
                  "  - {stage: f, after: [], queue: {capacity: 20}}\n"
                  "sinks:\n"
                  "  mode: isolated\n"
                  "  each:\n"
                  "    - {name: x, type: model, service: 100us, queue: {capacity: 25}}\n"
                  "    - {name: y, type: model, service: 50us, queue: {capacity: 25}}\n",
     true},
    {"diamond-barrier",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, after: [], queue: {capacity: 20}}\n"
                  "  - {stage: b, after: [], batch: {size: 4, timeout: 1ms}, queue: {capacity: 20}}\n"
                  "sinks:\n"
                  "  mode: barrier\n"
                  "  each:\n"
                  "    - {name: x, type: model, service: 500us}\n"
                  "    - {name: y, type: \"null\"}\n",
     true},
    {"otlp-fanout",
     "sources:\n"
     "  - {name: api, type: otlp, size: 64, batch: 8, senders: 2, retry: otel_collector, retry_after: "
     "100ms,\n"
     "     arrival: {process: poisson, rate: 8k/s}}\n"
     "pipeline:\n"
     "  - {stage: a, after: [], queue: {capacity: 30}}\n"
     "  - {stage: b, after: [], queue: {capacity: 30}}\n"
     "sink: {type: model, service: 200us}\n",
     true},
    {"ring-pipeline",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, queue: {type: disruptor, ring: r, capacity: 30}, service: 10us}\n"
                  "  - {stage: b, queue: {type: disruptor, ring: r}}\n"
                  "  - {stage: c, queue: {type: disruptor, ring: r}, batch: {size: 3, timeout: 1ms}}\n"
                  "sink: {type: model, service: 500us}\n",
     false},
    {"ring-diamond",
     "sources:\n"
     "  - {name: one, type: synthetic, size: 64, arrival: {process: poisson, rate: 6k/s}, senders: 2}\n"
     "  - {name: two, type: synthetic, size: 64, arrival: {process: constant, rate: 6k/s}}\n"
     "pipeline:\n"
     "  - {stage: a, queue: {ring: r, capacity: 20}}\n"
     "  - {stage: b, after: a, queue: {ring: r}, service: 20us}\n"
     "  - {stage: c, after: a, queue: {ring: r}, batch: {size: 4, timeout: 1ms}}\n"
     "  - {stage: d, after: [b, c], queue: {ring: r}}\n" SLOW_SINK,
     false},
    {"ring-fanout",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: first, queue: {capacity: 20, type: mpmc}}\n"
                  "  - {stage: a, after: first, queue: {ring: r, capacity: 20}}\n"
                  "  - {stage: b, after: first, queue: {ring: r}, service: 20us}\n"
                  "  - {stage: c, after: first, queue: {ring: r}, batch: {size: 4, timeout: 1ms}}\n"
                  "  - {stage: next, after: [a, b, c], queue: {capacity: 20, type: mpmc}}\n" SLOW_SINK,
     false},
    // A ring beside a queue, joined at several sinks.
    {"ring-and-queue",
     APP("12k/s") "pipeline:\n"
                  "  - {stage: a, after: [], queue: {ring: r, capacity: 20}}\n"
                  "  - {stage: b, after: [], queue: {ring: r}}\n"
                  "  - {stage: q, after: [], queue: {capacity: 20, type: mpmc}}\n"
                  "sinks:\n"
                  "  mode: barrier\n"
                  "  each:\n"
                  "    - {name: x, type: model, service: 100us}\n"
                  "    - {name: y, type: \"null\"}\n",
     false},
};

enum { SHAPES = sizeof shapes / sizeof *shapes };

// The scenario of a shape with a strategy on every edge; NULL when the two do not go together. The caller
// frees the plan.
static struct plan *load_shape(const struct shape *s, const char *strategy, const char *queue,
                               const char *duration, const char *drain)
{
    char path[] = "/tmp/weir-shape-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fprintf(f, "duration: 1s\n%s", s->text);
    fclose(f);
    struct overrides over = {.strategies = strategy, .queues = queue, .duration = duration, .drain = drain};
    struct plan *plan = NULL;
    struct error e = {0};
    bool ok = plan_load(path, &over, &plan, &e);
    unlink(path);
    if (!ok)
        fail_msg("%s with %s: %s", s->name, strategy, e.text);
    return plan;
}

static struct report run_plan(const struct plan *plan, engine_fn engine, uint64_t seed)
{
    struct fixture x = {0};
    x.scenario = *plan->cells[0].scenario;
    return run_fixture(&x, engine, seed);
}

// What every run of every shape must satisfy.
static void assert_shape(const char *name, const struct report *r, bool drained)
{
    assert_balanced(r);
    if (drained)
        assert_int_equal(r->ledger.in_flight, 0);
    for (size_t i = 0; i < r->edge_count; i++)
        assert_true(!r->edges[i].capacity || r->edges[i].high_water <= r->edges[i].capacity);
    uint64_t most = 0;
    for (size_t i = 0; i < r->branch_count; i++) {
        const struct branch_report *b = &r->branches[i];
        assert_int_equal(ledger_unknown(&b->ledger), 0);
        assert_int_equal(b->check.duplicated + b->check.corrupted + b->check.invented, 0);
        assert_int_equal(b->check.missing, b->ledger.generated - b->ledger.delivered);
        assert_int_equal(b->ledger.generated, r->ledger.generated);
        assert_true(b->ledger.delivered <= r->ledger.delivered);
        assert_int_equal(b->response->total, b->window_delivered);
        if (drained)
            assert_int_equal(b->ledger.in_flight, 0);
        most = b->ledger.delivered > most ? b->ledger.delivered : most;
    }
    // The whole is the union of the branches: at least the largest of them.
    assert_true(r->ledger.delivered >= most);
    if (drained && !r->ledger.delivered)
        fail_msg("%s delivered nothing", name);
}

#endif
