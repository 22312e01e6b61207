// SPDX-License-Identifier: Apache-2.0
#include "result/metric.h"

#include <stdlib.h>
#include <string.h>

#include "result/cell.h"
#include "result/jsonx.h"

static const struct {
    const char *name, *key;
} short_names[] = {
    {"lost", "ledger.lost.total"}, {"p50", "response_ns.p50"},
    {"p99", "response_ns.p99"},    {"p99_offered", "response_offered_ns.p99"},
    {"age", "age_ns.p50"},         {"goodput", "rate.delivered_per_s"},
};

static struct metric number(double value)
{
    return (struct metric){.kind = METRIC_NUMBER, .number = value};
}

static struct metric of_json(const json_t *v)
{
    if (v == NULL || json_is_object(v) || json_is_array(v))
        return (struct metric){.kind = METRIC_UNKNOWN};
    if (json_is_string(v))
        return (struct metric){.kind = METRIC_TEXT, .text = json_string_value(v)};
    if (json_is_boolean(v))
        return (struct metric){.kind = METRIC_TEXT, .text = json_is_true(v) ? "true" : "false"};
    if (json_is_null(v))
        return (struct metric){.kind = METRIC_NULL};
    return number(json_number_value(v));
}

static struct metric loss_share(const json_t *cell)
{
    double generated = jsonx_number(cell, "ledger.generated", 0);
    double lost = jsonx_number(cell, "ledger.lost.total", 0) + jsonx_number(cell, "ledger.refused_final", 0);
    return number(generated > 0 ? lost / generated : 0);
}

static struct metric highest_water(const json_t *cell)
{
    double highest = 0;
    size_t i;
    json_t *edge;
    json_array_foreach(json_object_get(cell, "queue"), i, edge)
    {
        double own = jsonx_number(edge, "high_water", 0);
        highest = own > highest ? own : highest;
    }
    return number(highest);
}

// The longest time that any event of the timeline took to be over; null when one never was.
static struct metric longest_recovery(const json_t *cell)
{
    double longest = 0;
    size_t i;
    json_t *event;
    const json_t *events = json_object_get(cell, "events");
    if (json_array_size(events) == 0)
        return (struct metric){.kind = METRIC_UNKNOWN};
    json_array_foreach((json_t *)events, i, event)
    {
        const json_t *own = json_object_get(event, "recovered_ns");
        if (!json_is_number(own))
            return (struct metric){.kind = METRIC_NULL};
        longest = json_number_value(own) > longest ? json_number_value(own) : longest;
    }
    return number(longest);
}

struct metric metric_of(const json_t *cell, const char *key)
{
    if (strcmp(key, "recovery") == 0)
        return longest_recovery(cell);
    if (strcmp(key, "loss") == 0)
        return loss_share(cell);
    if (strcmp(key, "high_water") == 0)
        return highest_water(cell);
    for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++)
        if (strcmp(key, short_names[i].name) == 0)
            return of_json(jsonx_find(cell, short_names[i].key));
    // A parameter's key may hold dots itself ("sink.service"): it is looked up whole.
    const json_t *param = json_object_get(json_object_get(cell, "params"), key);
    return of_json(param ? param : jsonx_find(cell, key));
}

static struct metric lookup(void *cell, const char *key)
{
    return metric_of(cell, key);
}

// ---- the check before the run ----

static void add_pacing(json_t *cell, const struct edge_spec *edge, const char *name)
{
    if (edge->pacing_count)
        json_array_append_new(json_object_get(cell, "pacing"), cell_pacing_json(name, "", NULL));
}

static void add_edge(json_t *queue, const char *name)
{
    struct edge_report none = {.capacity = 1};
    snprintf(none.name, sizeof none.name, "%s", name);
    json_array_append_new(queue, cell_edge_json(&none));
}

// A cell in which nothing
// happened has the shape of those to come, down to the names of edges and sources.
static json_t *specimen(const struct cell_plan *plan)
{
    const struct scenario *s = plan->scenario ? plan->scenario : plan->shape;
    struct cell_facts facts = {.plan = plan};
    json_t *cell = cell_json(&facts, NULL, CELL_OK, "");
    json_t *queue = json_object_get(cell, "queue"), *sources = json_object_get(cell, "sources");
    json_t *stages = json_object_get(cell, "stages");
    for (size_t i = 0; i < s->stage_count; i++)
        json_array_append_new(stages,
                              json_pack("{s:o,s:i,s:f,s:i,s:i,s:i,s:i,s:i,s:i,s:[]}", "stage",
                                        jsonx_text(s->stages[i].name), "workers_max", 0, "workers_mean", 0.0,
                                        "workers_end", 0, "peaked_ns", 0, "filtered", 0, "bypassed", 0,
                                        "toggles", 0, "swaps", 0, "batches"));
    for (size_t i = 0; i < s->stage_count; i++)
        add_edge(queue, s->stages[i].name);
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].has_edge)
            add_edge(queue, s->sinks[i].name);
    for (size_t i = 0; i < s->stage_count; i++)
        add_pacing(cell, &s->stages[i].edge, s->stages[i].name);
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].has_edge)
            add_pacing(cell, &s->sinks[i].edge, s->sinks[i].name);
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].has_load)
            json_array_append_new(json_object_get(cell, "load"), cell_load_json(s->sinks[i].name, NULL));
    for (size_t i = 0; i < s->stage_count; i++)
        if (s->stages[i].ring == i + 1) // a ring's door goes by the ring's name
            add_edge(queue, s->stages[i].edge.ring);
    for (size_t i = 0; i < s->source_count; i++)
        json_array_append_new(sources, json_pack("{s:o,s:i,s:i,s:i,s:s}", "name",
                                                 jsonx_text(s->sources[i].name), "generated", 0,
                                                 "sequence_gaps", 0, "rcvbuf_bytes", 0, "address", ""));
    for (size_t i = 0; i < s->event_count; i++)
        json_array_append_new(
            json_object_get(cell, "events"),
            json_pack("{s:i,s:i,s:s,s:i}", "at_ns", 0, "applied_ns", 0, "what", "", "recovered_ns", 0));
    json_t *branches = json_array();
    for (size_t i = 0; s->sink_count > 1 && i < s->sink_count; i++)
        json_array_append_new(branches, cell_branch_empty(s->sinks[i].name));
    jsonx_set(cell, "branches", branches);
    jsonx_set(cell, "digest", json_string(""));
    return cell;
}

struct check {
    const json_t *cell;
    const char *path;
    const struct expectation *expectation;
    struct error *e;
    bool ok;
};

static void check_key(void *context, const char *key)
{
    struct check *c = context;
    if (metric_of(c->cell, key).kind != METRIC_UNKNOWN)
        return;
    c->ok = false;
    fail(c->e, EXIT_USAGE,
         "%s:%zu:%zu: unknown metric '%s' in the expectation \"%s\"; a metric is a key of a cell such as "
         "ledger.lost.total or response_ns.p99, a parameter of the matrix, or one of lost, loss, p50, p99, "
         "p99_offered, age, goodput, high_water, recovery",
         c->path, c->expectation->line, c->expectation->column, key, c->expectation->text);
}

bool metric_check(const struct plan *plan, struct error *e)
{
    bool ok = true;
    for (size_t i = 0; i < plan->cell_count && ok; i++) {
        const struct cell_plan *p = &plan->cells[i];
        const struct scenario *s = p->scenario ? p->scenario : p->shape;
        json_t *cell = specimen(p);
        for (size_t k = 0; k < s->expect_count; k++) {
            struct check c = {
                .cell = cell, .path = s->path, .expectation = &s->expects[k], .e = e, .ok = true};
            expect_keys(s->expects[k].tree, check_key, &c);
            ok = ok && c.ok;
        }
        json_decref(cell);
    }
    return ok;
}

// ---- after the run ----
unsigned metric_judge(json_t *cell, const struct scenario *scenario)
{
    json_t *list = json_array();
    unsigned failed = 0;
    // A cell that ended at its memory limit has shown what it does; any other that failed has shown nothing.
    bool measured = strcmp(jsonx_string(cell, "status"), "ok") == 0 ||
                    json_is_true(jsonx_find(cell, "memory.limit_reached"));
    for (size_t i = 0; scenario && i < scenario->expect_count; i++) {
        const char *unknown = NULL;
        int holds = measured ? expect_eval(scenario->expects[i].tree, lookup, cell, &unknown) : 0;
        json_t *o = json_object();
        jsonx_set(o, "text", jsonx_text(scenario->expects[i].text));
        jsonx_set(o, "ok", measured ? json_boolean(holds == 1) : json_null());
        json_array_append_new(list, o);
        failed += measured && holds != 1;
    }
    jsonx_set(cell, "expect", list);
    return failed;
}
