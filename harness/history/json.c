// SPDX-License-Identifier: Apache-2.0
// A history as a document, which the figure is drawn from, too.
#include <math.h>
#include <string.h>

#include "history/report.h"
#include "result/document.h"
#include "result/env.h"
#include "result/jsonx.h"

static json_t *optional_text(const char *text)
{
    return *text ? jsonx_text(text) : json_null();
}

static json_t *factor_json(double middle, double lo, double hi)
{
    json_t *o = json_object();
    if (!(lo > 0)) {
        json_decref(o);
        return json_null();
    }
    jsonx_set(o, "ratio", jsonx_real(middle));
    jsonx_set(o, "lo", jsonx_real(lo));
    jsonx_set(o, "hi", jsonx_real(hi));
    return o;
}

static json_t *counts_json(const struct history_point *p)
{
    json_t *o = json_object();
    if (!(p->counts[0] > 0)) {
        json_decref(o);
        return json_null();
    }
    jsonx_set(o, "reference", jsonx_real(p->counts[0]));
    jsonx_set(o, "candidate", jsonx_real(p->counts[1]));
    return o;
}

static json_t *point_json(const struct history_point *p)
{
    json_t *o = factor_json(p->ratio, p->lo, p->hi);
    jsonx_set(o, "at", jsonx_text(p->at));
    jsonx_set(o, "suite", jsonx_text(p->suite));
    jsonx_set(o, "candidate", jsonx_text(p->candidate));
    jsonx_set(o, "commit", optional_text(p->revision));
    jsonx_set(o, "dirty", p->dirty < 0 ? json_null() : json_boolean(p->dirty));
    jsonx_set(o, "coverage", jsonx_real(p->coverage));
    jsonx_set(o, "margin", jsonx_real(p->margin));
    jsonx_set(o, "launches", jsonx_u64(p->launches));
    jsonx_set(o, "verdict", jsonx_text(p->verdict));
    jsonx_set(o, "control", factor_json(p->control[0], p->control[1], p->control[2]));
    jsonx_set(o, "counts", counts_json(p));
    return o;
}

static json_t *change_json(const struct history_series *s, const struct history_change *c)
{
    json_t *o = factor_json(c->factor.median, c->factor.lo, c->factor.hi);
    jsonx_set(o, "index", jsonx_u64(c->at));
    jsonx_set(o, "after", optional_text(s->points[c->at - 1].revision));
    jsonx_set(o, "from", optional_text(s->points[c->at].revision));
    jsonx_set(o, "at", jsonx_text(s->points[c->at].at));
    jsonx_set(o, "coverage", jsonx_real(c->coverage));
    jsonx_set(o, "p", jsonx_real(c->p));
    return o;
}

static json_t *series_json(const struct history_report *r, const struct history_series *s)
{
    json_t *o = json_object(), *reference = json_object(), *points = json_array(), *changes = json_array();
    size_t first = s->count > r->limit ? s->count - r->limit : 0;
    for (size_t i = first; i < s->count; i++)
        json_array_append_new(points, point_json(&s->points[i]));
    for (size_t i = 0; i < s->change_count; i++)
        json_array_append_new(changes, change_json(s, &s->changes[i]));
    jsonx_set(reference, "id", jsonx_text(s->reference));
    jsonx_set(reference, "name", jsonx_text(s->reference_name));
    jsonx_set(o, "cell", jsonx_text(s->cell));
    jsonx_set(o, "quantity", jsonx_text(s->quantity));
    jsonx_set(o, "definition", jsonx_text(s->definition));
    jsonx_set(o, "machine", jsonx_text(s->machine));
    jsonx_set(o, "cpu", jsonx_text(s->cpu));
    jsonx_set(o, "reference", reference);
    jsonx_set(o, "count", jsonx_u64(s->count));
    jsonx_set(o, "first", jsonx_u64(first)); // index of the first point that is listed
    jsonx_set(o, "enough", json_boolean(s->count >= E_DIVISIVE_FEWEST));
    jsonx_set(o, "points", points);
    jsonx_set(o, "changes", changes);
    return o;
}

json_t *history_json(const struct history_report *r)
{
    json_t *o = json_object(), *list = json_array();
    for (size_t i = 0; i < r->history->count; i++)
        json_array_append_new(list, series_json(r, &r->history->series[i]));
    jsonx_set(o, "schema", json_string(HISTORY_SCHEMA));
    jsonx_set(o, "tool", env_tool_json());
    jsonx_set(o, "file", jsonx_text(r->path));
    jsonx_set(o, "measurements", jsonx_u64(r->history->measurements));
    jsonx_set(o, "unfit", jsonx_u64(r->history->unfit));
    jsonx_set(o, "error", jsonx_real(E_DIVISIVE_ERROR));
    jsonx_set(o, "series", list);
    return o;
}
