// SPDX-License-Identifier: Apache-2.0
// A scenario's points, how each looks, and which of them share a panel.
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"
#include "result/jsonx.h"
#include "result/text.h"

size_t figure_ok(const struct figure_view *v)
{
    size_t ok = 0;
    for (size_t i = 0; i < v->count; i++)
        ok += v->points[i]->ok > 0;
    return ok;
}

void figure_look_of(const struct report_point *p, struct figure_look *look)
{
    *look = (struct figure_look){0};
    report_param_text(p->cells[0], "queue", look->queue, sizeof look->queue);
    report_param_text(p->cells[0], "strategy", look->strategy, sizeof look->strategy);
    style_strategy_colour(look->strategy, look->colour);
    look->style = style_queue(look->queue);
}

bool figure_has_queues(const struct figure_view *v)
{
    char first[64], own[64];
    for (size_t i = 0; i < v->count; i++) {
        report_param_text(v->points[i]->cells[0], "queue", own, sizeof own);
        if (i == 0)
            memcpy(first, own, sizeof first);
        if (strcmp(first, own) != 0)
            return true;
    }
    return false;
}

// ---- parameters ----
enum axis_unit figure_param_unit(const char *key)
{
    static const char *const times[] = {"on",    "off",     "period",   "service",
                                        "think", "timeout", "interval", "dwell"};
    const char *dot = strrchr(key, '.'), *last = dot ? dot + 1 : key;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (strcmp(last, times[i]) == 0)
            return AXIS_SECONDS;
    return strcmp(last, "rate") == 0 ? AXIS_RATE : strcmp(last, "swing") == 0 ? AXIS_SHARE : AXIS_NUMBER;
}

void figure_param_text(const json_t *cell, const char *key, char *text, size_t size)
{
    const json_t *value = json_object_get(json_object_get(cell, "params"), key);
    enum axis_unit unit = figure_param_unit(key);
    if (json_is_number(value) && unit != AXIS_NUMBER)
        axis_write(unit, json_number_value(value), text, size);
    else
        report_param_text(cell, key, text, size);
}

void figure_note_histograms(struct sheet *s, const struct figure_view *v)
{
    size_t lacking = report_without_histogram(v->in, v->points, v->count);
    if (lacking)
        sheet_note(s, "Of %zu %s there is no histogram: histograms.jsonl is not whole.", lacking,
                   lacking == 1 ? "cell" : "cells");
}

// ---- facets ----
bool figure_varies(const struct figure_view *v, const char *key)
{
    const json_t *first = json_object_get(json_object_get(v->points[0]->cells[0], "params"), key);
    for (size_t i = 1; i < v->count; i++) {
        const json_t *own = json_object_get(json_object_get(v->points[i]->cells[0], "params"), key);
        if (own == NULL || first == NULL ? own != first : !json_equal(own, first))
            return true;
    }
    return false;
}

static bool is_facet_key(const struct figure_view *v, const char *key, const char *axis)
{
    return strcmp(key, "queue") != 0 && strcmp(key, "strategy") != 0 &&
           (axis == NULL || strcmp(key, axis) != 0) && figure_varies(v, key);
}

void figure_key_name(const struct figure_view *v, const char *key, const char *axis, char *name, size_t size)
{
    const char *dot = strrchr(key, '.'), *own = dot ? dot + 1 : key, *other;
    json_t *value;
    size_t alike = 0, others = 0;
    json_object_foreach(json_object_get(v->points[0]->cells[0], "params"), other, value)
    {
        const char *end = strrchr(other, '.');
        if (strcmp(other, key) == 0 || !is_facet_key(v, other, axis))
            continue;
        alike += strcmp(end ? end + 1 : other, own) == 0;
        others++;
    }
    snprintf(name, size, "%.*s%s%s", alike ? (int)strcspn(key, ".") : 0, key,
             alike && alike < others ? " " : "", alike && alike == others ? "" : own);
}

static void facet_title(const struct figure_view *v, const struct report_point *p, const char *axis,
                        char *title, size_t size)
{
    const json_t *params = json_object_get(p->cells[0], "params");
    const char *key;
    json_t *value;
    char text[96], name[96];
    *title = 0;
    json_object_foreach((json_t *)params, key, value)
    {
        if (!is_facet_key(v, key, axis))
            continue;
        figure_key_name(v, key, axis, name, sizeof name);
        figure_param_text(p->cells[0], key, text, sizeof text);
        text_append(title, size, *title ? ", " : "");
        text_append(title, size, name);
        text_append(title, size, " ");
        text_append(title, size, text);
    }
    const char *again = strstr(p->name, "/run="); // the same parameters once more
    if (again) {
        size_t n = strlen(title);
        snprintf(title + n, size - n, "%srun %s", n ? ", " : "", again + 5);
    }
}

static bool add(struct figure_facets *f, const char *title, const struct report_point *p, size_t most)
{
    size_t i = 0;
    while (i < f->count && strcmp(f->list[i].title, title) != 0)
        i++;
    struct figure_facet *facet = &f->list[i];
    if (i == f->count) {
        facet->points = calloc(most, sizeof *facet->points);
        if (facet->points == NULL)
            return false;
        snprintf(facet->title, sizeof facet->title, "%s", title);
        f->count++;
    }
    facet->points[facet->count++] = p;
    return true;
}

bool figure_facets_open(struct figure_facets *f, const struct figure_view *v, const char *axis)
{
    char title[sizeof f->list->title];
    *f = (struct figure_facets){.list = calloc(v->count + 1, sizeof *f->list)};
    bool ok = f->list != NULL;
    for (size_t i = 0; ok && i < v->count; i++) {
        facet_title(v, v->points[i], axis, title, sizeof title);
        ok = add(f, title, v->points[i], v->count);
    }
    return ok;
}

void figure_facets_close(struct figure_facets *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->list[i].points);
    free(f->list);
    *f = (struct figure_facets){0};
}
