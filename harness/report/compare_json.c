// SPDX-License-Identifier: Apache-2.0
// A comparison as JSON. An infinite value is null, one that was not measured is not there.
#include <math.h>
#include <string.h>

#include "report/compare.h"
#include "result/jsonx.h"

static json_t *side_json(const struct report_input *in)
{
    static const struct {
        const char *name, *key;
    } facts[] = {{"run", "run.id"},   {"started", "run.started"},       {"version", "tool.version"},
                 {"git", "tool.git"}, {"machine_id", "env.machine_id"}, {"cpu", "env.cpu"}};
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        jsonx_set(o, facts[i].name, jsonx_text(jsonx_string(in->document, facts[i].key)));
    jsonx_set(o, "points", jsonx_u64(in->point_count));
    return o;
}

static json_t *values_json(const struct compare_values *v)
{
    json_t *o = json_object(), *list = json_array();
    for (size_t i = 0; i < v->count; i++)
        json_array_append_new(list, jsonx_real(v->list[i]));
    if (v->count) {
        jsonx_set(o, "median", jsonx_real(v->median));
        jsonx_set(o, "lo", jsonx_real(v->lo));
        jsonx_set(o, "hi", jsonx_real(v->hi));
    }
    jsonx_set(o, "values", list);
    return o;
}

const char *compare_unit_name(enum compare_unit unit)
{
    return unit == COMPARE_TIME ? "ns" : unit == COMPARE_RATE ? "1/s" : "1";
}

static json_t *effect_json(const struct compare_figure *f, const struct compare_effect *effect)
{
    json_t *o = json_object();
    bool share = f->unit == COMPARE_SHARE;
    jsonx_set(o, "method", json_string(effect->method == COMPARE_PAIRS ? "signed-rank" : "rank-sum"));
    jsonx_set(o, share ? "difference" : "ratio",
              jsonx_real(share ? effect->change.median : exp(effect->change.median)));
    jsonx_set(o, "lo", jsonx_real(share ? effect->change.lo : exp(effect->change.lo)));
    jsonx_set(o, "hi", jsonx_real(share ? effect->change.hi : exp(effect->change.hi)));
    jsonx_set(o, "coverage", jsonx_real(effect->coverage));
    jsonx_set(o, "margin", jsonx_real(effect->margin));
    jsonx_set(o, "verdict", json_string(compare_effect_name(effect->verdict)));
    return o;
}

static json_t *pair_json(const struct compare_figure *f, const struct compare_pair *pair)
{
    static const char *const better[] = {"lower", "higher", "neither"};
    json_t *o = json_object();
    jsonx_set(o, "unit", json_string(compare_unit_name(f->unit)));
    jsonx_set(o, "better", json_string(better[f->better]));
    jsonx_set(o, "a", values_json(&pair->side[0]));
    jsonx_set(o, "b", values_json(&pair->side[1]));
    if (!pair->both)
        return o;
    jsonx_set(o, "difference", jsonx_real(pair->difference));
    jsonx_set(o, "ratio", jsonx_positive(pair->ratio));
    jsonx_set(o, "apart", json_boolean(pair->apart));
    if (pair->effect.method != COMPARE_NO_TEST)
        jsonx_set(o, "test", effect_json(f, &pair->effect));
    jsonx_set(o, "verdict", json_string(pair->verdict > 0 ? "better" : pair->verdict < 0 ? "worse" : ""));
    return o;
}

static json_t *entry_json(const struct comparison *c, const struct compare_entry *entry)
{
    json_t *o = json_object(), *status = json_object(), *figures = json_object();
    const char *why;
    jsonx_set(o, "name", jsonx_text(entry->point[0]->name));
    if (entry->other_engine)
        jsonx_set(o, "name_b", jsonx_text(entry->point[1]->name));
    json_object_set(o, "params", json_object_get(entry->point[0]->cells[0], "params"));
    jsonx_set(status, "a", jsonx_text(compare_status(entry->point[0], &why)));
    jsonx_set(status, "b", jsonx_text(compare_status(entry->point[1], &why)));
    jsonx_set(o, "status", status);
    for (size_t f = 0; f < c->figure_count; f++)
        if (entry->pairs[f].side[0].count + entry->pairs[f].side[1].count)
            jsonx_set(figures, c->figures[f].name, pair_json(&c->figures[f], &entry->pairs[f]));
    jsonx_set(o, "figures", figures);
    return o;
}

static json_t *only_json(const struct comparison *c, size_t side)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->only_count[side]; i++)
        json_array_append_new(list, jsonx_text(c->only[side][i]->name));
    return list;
}

json_t *compare_json(const struct comparison *c)
{
    json_t *o = json_object(), *points = json_array();
    jsonx_set(o, "schema", json_string(COMPARE_SCHEMA));
    jsonx_set(o, "a", side_json(c->in[0]));
    jsonx_set(o, "b", side_json(c->in[1]));
    jsonx_set(o, "notes", compare_notes(c));
    for (size_t i = 0; i < c->entry_count; i++)
        json_array_append_new(points, entry_json(c, &c->entries[i]));
    jsonx_set(o, "points", points);
    jsonx_set(o, "turned", compare_turned(c));
    jsonx_set(o, "only_a", only_json(c, 0));
    jsonx_set(o, "only_b", only_json(c, 1));
    return o;
}
