// SPDX-License-Identifier: Apache-2.0
// Scenarios made in C, and a run of them in the simulator, for the tests of flow and sim.
#ifndef TEST_FLOW_FIXTURE_H
#define TEST_FLOW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Before cmocka, whose macro `fail` would hide the function of that name.
#include "base/coarse.h"
#include "flow/flow.h"
#include "queue/queue.h"
#include "sim/sim.h"

#include <cmocka.h>

struct fixture {
    struct scenario scenario;
    struct source source;
    struct record_class record_class;
    struct stage stage;
    struct sink sink;
    struct timed_piece rate, stage_service, sink_service;
    bool queue_stats;
};

static inline struct timed fixed(struct timed_piece *piece, double value)
{
    *piece = (struct timed_piece){.law = law_constant(value), .scale_from = 1, .scale_to = 1};
    return (struct timed){.pieces = piece, .count = 1};
}

// One synthetic source at `rate` a second, one stage without cost, a model sink of `service_ns`.
static inline void fixture_init(struct fixture *x, enum arrival_process process, double rate,
                                double service_ns, const char *strategy, size_t capacity)
{
    *x = (struct fixture){0};
    x->record_class = (struct record_class){.name = "info", .share = 1};
    x->source = (struct source){.name = "app",
                                .type = SOURCE_SYNTHETIC,
                                .arrival = {.process = process, .rate = fixed(&x->rate, rate)},
                                .size = law_constant(64),
                                .classes = &x->record_class,
                                .class_count = 1,
                                .senders = 1};
    x->stage = (struct stage){.name = "parse",
                              .workers = 1,
                              .service = fixed(&x->stage_service, 0),
                              .batch_size = 1,
                              .edge = {.queue = "mutex",
                                       .queue_ops = weir_queue_find("mutex"),
                                       .capacity = capacity,
                                       .wait = WEIR_WAIT_PARK,
                                       .admission = weir_strategy_find(strategy),
                                       .producers = 1,
                                       .consumers = 1}};
    weir_strategy_defaults(x->stage.edge.admission, &x->stage.edge.admission_state);
    x->sink = (struct sink){.name = "sink",
                            .type = service_ns > 0 ? SINK_MODEL : SINK_NULL,
                            .service = fixed(&x->sink_service, service_ns),
                            .concurrency = 1,
                            .buffer = 65536};
    x->scenario = (struct scenario){.name = "fixture",
                                    .question = "",
                                    .path = "fixture.yaml",
                                    .duration_ns = 2 * NS_PER_S,
                                    .drain_ns = 10 * NS_PER_S,
                                    .seed = 7,
                                    .reps = 1,
                                    .sources = &x->source,
                                    .source_count = 1,
                                    .stages = &x->stage,
                                    .stage_count = 1,
                                    .sinks = &x->sink,
                                    .sink_count = 1};
}

typedef bool (*engine_fn)(const struct run_setup *setup, struct error *e);

// Sees everything that happens to a record, in the simulator.
typedef void (*watch_fn)(void *context, uint64_t now_ns, unsigned node, unsigned what,
                         const struct record *r);

// Runs it and copies the report out (histograms stay valid until the next run). Fails the test on an error.
static inline struct report run_watched(const struct fixture *x, engine_fn engine, uint64_t seed, bool verify,
                                        watch_fn watch, void *context)
{
    static struct arena *arena;
    if (arena)
        arena_destroy(arena);
    arena = arena_create(1ull << 32);
    assert_non_null(arena);
    struct run_setup setup = {.scenario = &x->scenario,
                              .seed = seed,
                              .verify = verify,
                              .queue_stats = x->queue_stats,
                              .scratch = "/tmp",
                              .arena = arena,
                              .watch = watch,
                              .watch_context = context};
    struct error e = {0};
    if (!engine(&setup, &e))
        fail_msg("%s", e.text);
    struct report *r = flow_report(arena);
    assert_non_null(r);
    assert_true(r->finished);
    return *r;
}

static inline struct report run_fixture(const struct fixture *x, engine_fn engine, uint64_t seed)
{
    return run_watched(x, engine, seed, true, NULL, NULL);
}

// What every run must satisfy whatever its strategy.
// The histogram of each row holds exactly what was delivered in it, and nothing else was delivered.
static inline void assert_rows(const struct report *r)
{
    for (size_t k = 0; k < r->series_count; k++) {
        const struct series_row *row = &r->series[k];
        uint64_t counted = 0;
        for (size_t i = 0; r->row_hist && i < COARSE_COUNTS; i++)
            counted += r->row_hist[k * COARSE_COUNTS + i];
        assert_int_equal(counted, row->delivered);
        assert_int_equal(counted, row->response_count);
        assert_true(row->depth_min <= row->depth_max);
        assert_true(row->depth_sum >= row->depth_min * row->depth_samples);
    }
}

static inline void assert_balanced(const struct report *r)
{
    assert_rows(r);
    // A loaded machine may wake the generator late; that makes a measurement invalid, not a ledger wrong.
    bool late = r->late_records * 100 > r->ledger.generated;
    if (r->status != CELL_OK && !late)
        fail_msg("%s: %s", cell_status_name(r->status), r->reason);
    assert_int_equal(ledger_unknown(&r->ledger), 0);
    assert_int_equal(r->check.corrupted + r->check.invented + r->check.duplicated, 0);
    assert_int_equal(r->check.missing, r->ledger.generated - r->ledger.delivered);
    for (size_t i = 0; i < r->edge_count; i++)
        assert_int_equal(r->edges[i].in, r->edges[i].out + r->edges[i].dropped + r->edges[i].held);
}

#endif
