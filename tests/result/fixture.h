// SPDX-License-Identifier: Apache-2.0
// A plan of two axes and reports with made-up figures.
#ifndef TESTS_RESULT_FIXTURE_H
#define TESTS_RESULT_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "result/cell.h"
#include "result/document.h"
#include "result/env.h"
#include "result/jsonx.h"
#include "result/metric.h"

// Last: cmocka makes a macro of `fail`.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
    struct weir_strategy_ops block, drop;
    struct stage stages[2];
    struct scenario scenario[2];
    struct cell_param params[2][2];
    struct cell_plan cells[2];
    struct report report;
    struct hist response, age;
    struct edge_report edge;
    struct source_report source;
    struct event_report event;
    struct series_row series[2];
};

static void hist_fill(struct hist *h, uint64_t value, uint64_t n)
{
    memset(h, 0, sizeof *h);
    hist_record_n(h, value, n);
}

static void world_figures(struct world *w, uint64_t delivered, uint64_t lost, uint64_t response, uint64_t age)
{
    struct report *r = &w->report;
    memset(r, 0, sizeof *r);
    hist_fill(&w->response, response, delivered);
    hist_fill(&w->age, age, 100);
    r->finished = true;
    r->ledger.generated = r->ledger.attempts = delivered + lost;
    r->ledger.delivered = r->ledger.admitted = delivered;
    r->ledger.lost[WEIR_LOSS_DROP_NEWEST] = lost;
    r->check.missing = lost;
    r->check.longest_gap_records = 5;
    r->seconds = 2;
    r->window_offered = delivered + lost;
    r->window_delivered = delivered;
    r->response = &w->response;
    r->age = &w->age;
    r->longest_gap_ns = 7;
    r->producer_stall_ns = 8;
    r->late_records = 1;
    r->threads = 4;
    r->pingpong_before_ns = 90;
    r->pingpong_after_ns = 100;
    r->cpu_user_s = 0.1;
    r->cpu_system_s = 0.3;
    r->peak_bytes = 4096;
    r->edges = &w->edge;
    r->edge_count = 1;
    r->sources = &w->source;
    r->source_count = 1;
    r->events = &w->event;
    r->event_count = 1;
    r->series = w->series;
    r->series_count = 2;
    r->series_step_ns = SERIES_STEP_NS;
}

static void world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->block.name = "block";
    w->drop.name = "drop_newest";
    for (int i = 0; i < 2; i++) {
        w->stages[i].name = (char *)"parse";
        w->stages[i].edge.queue = (char *)"mpmc";
        w->stages[i].edge.admission = i ? &w->drop : &w->block;
        w->scenario[i] = (struct scenario){.name = (char *)"slow-sink",
                                           .question = (char *)"Which one, then?",
                                           .path = (char *)"slow-sink.yaml",
                                           .file_hash = 0xabc,
                                           .seed = 7,
                                           .reps = 1,
                                           .stages = &w->stages[i],
                                           .stage_count = 1};
        w->params[i][0] =
            (struct cell_param){(char *)"strategy", i ? (char *)"drop_newest" : (char *)"block", false, 0};
        w->params[i][1] = (struct cell_param){(char *)"sink.service", (char *)"200us", true, 0.0002};
        w->cells[i] = (struct cell_plan){
            .scenario = &w->scenario[i], .params = w->params[i], .param_count = 2, .shape = &w->scenario[i]};
    }
    strcpy(w->edge.name, "parse");
    w->edge.capacity = 1024;
    w->edge.high_water = 1000;
    w->edge.mean = 3.5;
    strcpy(w->source.name, "app");
    w->source.generated = 10;
    strcpy(w->event.what, "sink.service = 200us, \"slow\"");
    w->series[1] = (struct series_row){.offered = 5,
                                       .delivered = 4,
                                       .response_count = 4,
                                       .response_p50 = 10,
                                       .response_p99 = 20,
                                       .response_max = 30,
                                       .depth_samples = 2,
                                       .depth_sum = 3,
                                       .depth_min = 1,
                                       .depth_max = 2,
                                       .workers = 3};
    world_figures(w, 500, 500, 20000000, 800000000);
}

static json_t *world_cell(struct world *w, int which, size_t index, unsigned rep)
{
    struct cell_facts f = {.plan = &w->cells[which], .index = index, .rep = rep, .seed = 7 + rep};
    return cell_json(&f, &w->report, CELL_OK, NULL);
}

static json_t *world_document(void)
{
    static const char *const argv[] = {"weir", "run", "odd\xff.yaml"};
    static const struct document_scenario scenarios[] = {
        {"slow-sink", "Which one, then?", "slow-sink.yaml", 0xabc}};
    struct document_run run = {.id = "20300101T000000Z-slow-sink-beef",
                               .started = "2030-01-01T00:00:00Z",
                               .argv = argv,
                               .argc = 3,
                               .seed = 7,
                               .scenarios = scenarios,
                               .scenario_count = 1};
    struct env_facts facts;
    struct env_noise noise;
    env_read(&facts);
    env_noise_none(&noise);
    return document_new(&run, env_json(&facts, &noise));
}

static void folder_make(char path[64])
{
    strcpy(path, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static void folder_remove(const char *path)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

// Whatever a test file does not use.
static inline void world_unused(void)
{
    (void)world_init;
    (void)world_cell;
    (void)world_document;
    (void)folder_make;
    (void)folder_remove;
}

#endif
