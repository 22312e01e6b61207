// SPDX-License-Identifier: Apache-2.0
#include "cli/lists.h"

#include <string.h>

#include "cli/combinations.h"
#include "queue/queue.h"
#include "result/jsonx.h"
#include "scenario/schema.h"
#include "scenario/strategies.h"

// One line for each kind that the tables name.
static const struct {
    const char *name, *summary;
} lines[] = {
    // sources
    {"synthetic", "records made by threads, open or closed loop"},
    {"file", "lines of a real file: as a source tailed and resumed, as a sink buffered"},
    {"udp", "datagrams on a real socket; as a source kernel loss is counted"},
    {"tcp", "a byte stream with RFC 6587 frames; as a source a full pipeline closes the window"},
    {"otlp", "OTLP/HTTP requests, protobuf or JSON"},
    // sinks
    {"null", "takes everything at once"},
    {"model", "waits a service time for each record"},
    // arrivals
    {"constant", "evenly spaced"},
    {"poisson", "independent, exponential gaps"},
    {"on_off", "bursts at a rate, then silence"},
    {"pareto", "heavy-tailed gaps"},
    {"mmpp", "poisson whose rate changes at random between states"},
    {"diurnal", "poisson whose rate swings like day and night"},
    {"trace", "times, sizes and classes of a recorded CSV file"},
    {"closed", "as fast as accepted, with think time between"},
};

static const char *line_of(const char *name)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strcmp(lines[i].name, name) == 0)
            return lines[i].summary;
    return "";
}

static json_t *entry(const char *name, const char *summary)
{
    json_t *o = json_object();
    jsonx_set(o, "name", jsonx_text(name));
    jsonx_set(o, "summary", jsonx_text(summary));
    return o;
}

static json_t *keys_json(const struct key_table *table, int variant)
{
    json_t *list = json_array();
    for (const struct key_spec *spec = table->keys; spec->key; spec++) {
        if (!schema_applies(spec, variant) || strcmp(spec->key, table->variant) == 0)
            continue;
        json_t *o = json_object();
        jsonx_set(o, "key", jsonx_text(spec->key));
        if (spec->fallback)
            jsonx_set(o, "default", jsonx_text(spec->fallback));
        jsonx_set(o, "required", json_boolean(schema_requires(spec, variant)));
        jsonx_set(o, "help", jsonx_text(spec->help));
        json_array_append_new(list, o);
    }
    return list;
}

static bool list_variants(json_t *list, const struct key_table *table)
{
    const struct key_spec *chooser = schema_key(table, table->variant);
    const char *name;
    for (size_t i = 0; (name = chooser->choice(i)) != NULL; i++) {
        json_t *o = entry(name, line_of(name));
        jsonx_set(o, "params", keys_json(table, (int)i));
        json_array_append_new(list, o);
    }
    return true;
}

bool list_sources(json_t *list, struct error *e)
{
    (void)e;
    return list_variants(list, &schema_source);
}

bool list_sinks(json_t *list, struct error *e)
{
    (void)e;
    return list_variants(list, &schema_sink);
}

bool list_arrivals(json_t *list, struct error *e)
{
    (void)e;
    return list_variants(list, schema_key(&schema_source, "arrival")->table);
}

// ---- queues ----

static json_t *caps_json(uint32_t caps)
{
    static const struct {
        uint32_t cap;
        const char *name;
    } names[] = {{WEIR_Q_MULTI_PRODUCER, "multi_producer"},
                 {WEIR_Q_MULTI_CONSUMER, "multi_consumer"},
                 {WEIR_Q_BATCH, "batch"},
                 {WEIR_Q_NATIVE_BLOCKING, "native_blocking"},
                 {WEIR_Q_EVICT, "evict"},
                 {WEIR_Q_UNBOUNDED, "unbounded"},
                 {WEIR_Q_INLINE, "inline"},
                 {WEIR_Q_STRICT, "strict"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (caps & names[i].cap)
            json_array_append_new(list, json_string(names[i].name));
    return list;
}

static json_t *refused_json(const struct plan *combinations, const char *queue)
{
    json_t *list = json_array();
    const char *name;
    for (size_t i = 0; (name = edge_strategy_name_at(i)) != NULL; i++)
        if (combination_refused(combinations, queue, name))
            json_array_append_new(list, json_string(name));
    return list;
}

bool list_queues(json_t *list, struct error *e)
{
    struct plan *combinations = combinations_load(e);
    const struct weir_queue_ops *q;
    if (combinations == NULL)
        return false;
    for (size_t i = 0; (q = weir_queue_at(i)) != NULL; i++) {
        json_t *o = entry(q->name, q->summary), *params = json_array();
        for (const struct key_spec *spec = schema_key(&schema_stage, "queue")->table->keys; spec->key; spec++)
            if (strcmp(spec->key, "type") != 0)
                json_array_append_new(params,
                                      json_pack("{s:s,s:s,s:s}", "key", spec->key, "default",
                                                spec->fallback ? spec->fallback : "", "help", spec->help));
        jsonx_set(o, "flags", caps_json(q->caps));
        jsonx_set(o, "params", params);
        jsonx_set(o, "not_with", refused_json(combinations, q->name));
        json_array_append_new(list, o);
    }
    plan_free(combinations);
    return true;
}

bool list_waits(json_t *list, struct error *e)
{
    (void)e;
    for (int k = 0; k < WEIR_WAIT_KINDS; k++)
        json_array_append_new(
            list, entry(weir_wait_name((enum weir_wait_kind)k), weir_wait_summary((enum weir_wait_kind)k)));
    return true;
}
