// SPDX-License-Identifier: Apache-2.0
// Tree -> struct scenario.
#include <stdlib.h>
#include <string.h>

#include "scenario/chain.h"
#include "scenario/document.h"
#include "scenario/mem.h"
#include "scenario/reader.h"

// ---- parts ----

static void refuse_no_retry(struct weir_retry_policy *policy)
{
    policy->name = "none"; // a source or sink without `retry` gives up at once
    policy->max_retries = 0;
}

static void build_source(struct document *d, const struct node *node, struct source *source)
{
    if (node->kind != NODE_MAP)
        report_error(d->report, node->at, "a source must be a map of keys, this is %s", node_kind_name(node));
    read_map(d->report, &schema_source, node->kind == NODE_MAP ? node : NULL, node->at, source);
    if (source->name == NULL)
        source->name = must_copy("?");
    if (node_get(node, "retry") == NULL)
        refuse_no_retry(&source->otlp.retry);
    if (node->kind == NODE_MAP && !source->external && node_get(node, "arrival") == NULL)
        report_error(d->report, node->at, "source %s needs arrival, such as {process: poisson, rate: 50k/s}",
                     source->name);
    arrival_build(d, node, source);
}

static void build_sources(struct document *d)
{
    enum { SOURCES_MAX = 256 };
    struct scenario *s = &d->scenario;
    size_t count = d->sources ? d->sources->count : 0;
    if (d->sources && count == 0)
        report_error(d->report, d->sources->at, "a scenario needs at least one source");
    if (count > SOURCES_MAX) {
        report_error(d->report, d->sources->at,
                     "%zu sources; the most is %d (a source can have many senders)", count, SOURCES_MAX);
        count = SOURCES_MAX;
    }
    s->sources = must_alloc(count, sizeof *s->sources);
    d->source_nodes = must_alloc(count, sizeof *d->source_nodes);
    for (size_t i = 0; i < count; i++) {
        d->source_nodes[i] = d->sources->items[i].value;
        build_source(d, d->source_nodes[i], &s->sources[i]);
    }
    s->source_count = count;
}

// A number of workers stands still; with `min` it is a scaler's business.
static void build_workers(struct document *d, const struct node *node, struct stage *stage)
{
    const struct node *workers = node_get(node, "workers");
    bool map = workers && workers->kind == NODE_MAP;
    stage->scaled = map && node_get(workers, "min");
    if (!stage->scaled)
        stage->workers_min = stage->workers;
    else if (node_get(workers, "max") == NULL)
        stage->workers = 10;
    if (map && !stage->scaled && workers->count > (node_get(workers, "max") != NULL))
        report_error(d->report, workers->at,
                     "workers: a scaler needs min, such as {min: 1, max: 10, up: 80%%, down: 20%%}");
    if (stage->workers_min > stage->workers)
        report_error(d->report, workers->at, "workers: min is %u and max is %u", stage->workers_min,
                     stage->workers);
    if (stage->scale.params[WEIR_SCALE_DOWN] >= stage->scale.params[WEIR_SCALE_UP])
        report_error(d->report, workers->at, "workers: down must be below up, or it would never rest");
    stage->scale.params[WEIR_SCALE_MIN] = stage->workers_min;
    stage->scale.params[WEIR_SCALE_MAX] = stage->workers;
    const struct node *capacity = node_get(node, "worker_capacity");
    if (capacity && stage->dispatch == DISPATCH_SHARED)
        report_impossible(d->report, capacity->at,
                          "worker_capacity: workers have queues of their own only with dispatch mru, "
                          "round_robin or least_loaded");
}

static void build_stages(struct document *d)
{
    struct scenario *s = &d->scenario;
    size_t count = d->pipeline ? d->pipeline->count : 0;
    s->stages = must_alloc(count, sizeof *s->stages);
    d->stage_nodes = must_alloc(count, sizeof *d->stage_nodes);
    for (size_t i = 0; i < count; i++) {
        const struct node *node = d->pipeline->items[i].value;
        if (node->kind != NODE_MAP)
            report_error(d->report, node->at, "a stage must be a map of keys, this is %s",
                         node_kind_name(node));
        d->stage_nodes[i] = node;
        read_map(d->report, &schema_stage, node->kind == NODE_MAP ? node : NULL, node->at, &s->stages[i]);
        s->stages[i].has_fail_open = node_get(node, "fail_open") != NULL;
        if (s->stages[i].name == NULL)
            s->stages[i].name = must_copy("?");
        build_workers(d, node, &s->stages[i]);
    }
    s->stage_count = count;
}

static void build_sink(struct document *d, size_t i, const struct node *node)
{
    struct scenario *s = &d->scenario;
    struct sink *sink = &s->sinks[i];
    d->sink_nodes[i] = node ? node : d->root;
    bool is_map = node && node->kind == NODE_MAP;
    read_map(d->report, &schema_sink, is_map ? node : NULL, d->sink_nodes[i]->at, sink);
    if (!is_map || node_get(node, "retry") == NULL)
        refuse_no_retry(&sink->retry);
    if (sink->type == SINK_OTLP && sink->timeout_ns == 0)
        sink->timeout_ns = 10 * NS_PER_S;
    sink->has_breaker = is_map && node_get(node, "breaker") != NULL;
    sink->has_load = is_map && node_get(node, "load");
    bool own_edge =
        is_map && (node_get(node, "queue") || node_get(node, "strategy") || node_get(node, "batch"));
    sink->has_edge = own_edge || s->stage_count == 0;
}

// One of several: it has a name, and its queue goes by the mode.
static void build_one_of(struct document *d, size_t i, const struct node *node)
{
    struct sink *sink = &d->scenario.sinks[i];
    if (node->kind != NODE_MAP)
        report_error(d->report, node->at, "a sink must be a map of keys, this is %s", node_kind_name(node));
    else if (!node_get(node, "name"))
        report_error(d->report, node->at, "one of several sinks needs a name, such as name: archive");
    build_sink(d, i, node);
    bool isolated = d->scenario.sinks_mode == SINKS_ISOLATED;
    static const char *const keys[] = {"queue", "strategy", "batch"};
    for (unsigned k = 0; !isolated && node->kind == NODE_MAP && k < 3; k++) {
        const char *key = keys[k];
        const struct node *own = node_get(node, key);
        if (own && !own->laid)
            report_error(d->report, own->at,
                         "sink %s: with mode barrier a worker waits for every sink, they have no %s of their "
                         "own: leave it out, or use mode isolated",
                         sink->name,
                         k == 0   ? "queues"
                         : k == 1 ? "strategies"
                                  : "batches");
    }
    sink->has_edge = isolated;
}

static void build_sinks(struct document *d)
{
    enum { SINKS_MAX = 64 };
    struct scenario *s = &d->scenario;
    const struct node *one = node_get(d->root, "sink"), *several = node_get(d->root, "sinks");
    const struct node *each = several ? d->sinks.each : NULL;
    size_t count = each && each->count ? each->count : 1;
    if (one && several)
        report_error(d->report, several->at, "a scenario has sink or sinks, not both");
    else if (!one && !several)
        report_error(d->report, d->root->at, "a scenario needs sink: where they end");
    else if (each && each->count == 0)
        report_error(d->report, each->at, "each names no sink");
    if (count > SINKS_MAX) {
        report_error(d->report, each->at, "%zu sinks; the most is %d", count, SINKS_MAX);
        count = SINKS_MAX;
    }
    const char *mode = several ? node_text(several, "mode") : NULL;
    if (mode && strcmp(mode, "barrier") == 0 && s->stage_count == 0)
        report_error(d->report, several->at,
                     "with mode barrier a stage's worker hands records over, and there is no stage: add "
                     "pipeline: [{stage: hand}], or use mode isolated");
    s->sinks_mode = (enum sinks_mode)d->sinks.mode;
    s->sinks = must_alloc(count, sizeof *s->sinks);
    d->sink_nodes = must_alloc(count, sizeof *d->sink_nodes);
    s->sink_count = count;
    for (size_t i = 0; i < count; i++)
        if (each && each->count)
            build_one_of(d, i, each->items[i].value);
        else
            build_sink(d, i, one);
}

static void build_expects(struct document *d)
{
    struct scenario *s = &d->scenario;
    size_t count = d->expect ? d->expect->count : 0;
    s->expects = must_alloc(count, sizeof *s->expects);
    for (size_t i = 0; i < count; i++) {
        const struct node *node = d->expect->items[i].value;
        struct expectation *expect = &s->expects[s->expect_count];
        char why[160];
        size_t column = 1;
        if (node->kind != NODE_SCALAR) {
            report_error(d->report, node->at, "an expectation is a text such as \"lost == 0\", this is %s",
                         node_kind_name(node));
        } else if (!expect_parse(node->text, &expect->tree, &column, why, sizeof why)) {
            struct place at = node->at;
            at.column += column - 1 + node->quoted;
            report_error(d->report, at, "%s", why);
        } else {
            expect->text = must_copy(node->text);
            expect->line = node->at.line;
            expect->column = node->at.column;
            s->expect_count++;
        }
    }
}

static char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
    const char *dot = strrchr(start, '.');
    return must_copy_n(start, dot > start ? (size_t)(dot - start) : strlen(start));
}

struct scenario *scenario_build(const struct node *root, const char *path, struct report *report)
{
    struct document d = {.root = root, .report = report};
    read_map(report, &schema_top, root, root->at, &d);
    d.scenario.path = must_copy(path);
    if (d.scenario.name == NULL)
        d.scenario.name = base_name(path);
    build_sources(&d);
    build_stages(&d);
    build_sinks(&d);
    topology_build(&d);
    timeline_build(&d);
    build_expects(&d);
    scenario_check(&d);
    chain_check(&d);
    free(d.source_nodes);
    free(d.stage_nodes);
    free(d.sink_nodes);
    struct scenario *scenario = must_alloc(1, sizeof *scenario);
    *scenario = d.scenario;
    return scenario;
}

// ---- free ----

static void free_source(struct source *source)
{
    for (size_t i = 0; i < source->class_count; i++)
        free(source->classes[i].name);
    free(source->classes);
    free(source->name);
    arrival_free(&source->arrival);
    free(source->stalls.list);
    free(source->file.path);
    free(source->file.checkpoint);
    free(source->net.host);
}

static void free_stage(struct stage *stage)
{
    free(stage->name);
    free(stage->after);
    chain_plan_free(&stage->chain);
    free(stage->service.pieces);
    free(stage->stalls.list);
    free(stage->edge.queue);
    free(stage->edge.ring);
    free(stage->edge.spill_path);
}

static void free_sink(struct sink *sink)
{
    free(sink->name);
    free(sink->service.pieces);
    free(sink->stalls.list);
    free(sink->outages.list);
    free(sink->error_rate.pieces);
    free(sink->edge.queue);
    free(sink->edge.ring);
    free(sink->edge.spill_path);
    free(sink->path);
    free(sink->net.host);
}

void scenario_free(struct scenario *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->source_count; i++)
        free_source(&s->sources[i]);
    for (size_t i = 0; i < s->stage_count; i++)
        free_stage(&s->stages[i]);
    for (size_t i = 0; i < s->sink_count; i++)
        free_sink(&s->sinks[i]);
    for (size_t i = 0; i < s->event_count; i++)
        free(s->events[i].what);
    for (size_t i = 0; i < s->expect_count; i++) {
        free(s->expects[i].text);
        expect_free(s->expects[i].tree);
    }
    free(s->sources);
    free(s->stages);
    free(s->sinks);
    free(s->events);
    free(s->expects);
    free(s->name);
    free(s->question);
    free(s->path);
    free(s);
}
