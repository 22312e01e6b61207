// SPDX-License-Identifier: Apache-2.0
// Which cells are repetitions of one point, and what a point is called.
#include <stdlib.h>
#include <string.h>

#include "report/input.h"
#include "result/jsonx.h"

bool report_is_ok(const json_t *cell)
{
    return strcmp(jsonx_string(cell, "status"), "ok") == 0;
}

// A parameter's key may hold dots itself ("sink.service"): it is looked up whole.
static const json_t *param_of(const json_t *cell, const char *key)
{
    bool head = strcmp(key, "scenario") == 0 || strcmp(key, "engine") == 0;
    return json_object_get(head ? cell : json_object_get(cell, "params"), key);
}

void report_param_text(const json_t *cell, const char *key, char *text, size_t size)
{
    const json_t *v = param_of(cell, key);
    if (json_is_string(v))
        snprintf(text, size, "%s", json_string_value(v));
    else if (json_is_number(v))
        snprintf(text, size, "%.15g", json_number_value(v));
    else
        *text = 0;
}

static char *name_of(const json_t *cell)
{
    char *name = NULL, value[256];
    size_t size = 0;
    FILE *out = open_memstream(&name, &size);
    if (out == NULL)
        return NULL;
    fputs(jsonx_string(cell, "scenario"), out);
    if (strcmp(jsonx_string(cell, "engine"), jsonx_string(cell, "scenario")) != 0) // a bench is a bench
        fprintf(out, "/engine=%s", jsonx_string(cell, "engine"));
    const char *key;
    json_t *param;
    json_object_foreach(json_object_get(cell, "params"), key, param)
    {
        report_param_text(cell, key, value, sizeof value);
        if (*value)
            fprintf(out, "/%s=%s", key, value);
    }
    fclose(out);
    return name;
}

// ---- gathering ----
static bool has_rep(const struct report_point *p, const json_t *cell)
{
    for (size_t i = 0; i < p->count; i++)
        if (json_equal(json_object_get(p->cells[i], "rep"), json_object_get(cell, "rep")))
            return true;
    return false;
}

static bool add_cell(struct report_point *p, const json_t *cell)
{
    const json_t **more = realloc(p->cells, (p->count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    p->cells = more;
    p->cells[p->count++] = cell;
    p->ok += report_is_ok(cell);
    return true;
}

// The same name and the same repetition once more: a suite ran the scenario twice, with settings that its
// parameters do not show. That is a point of its own.
static bool take(struct report_input *in, const json_t *cell)
{
    char *name = name_of(cell);
    size_t length = name ? strlen(name) : 0, same = 1;
    for (size_t i = 0; name && i < in->point_count; i++) {
        struct report_point *p = &in->points[i];
        if (strncmp(p->name, name, length) != 0 ||
            (p->name[length] && strncmp(p->name + length, "/run=", 5) != 0))
            continue;
        if (!has_rep(p, cell)) {
            free(name);
            return add_cell(p, cell);
        }
        same++;
    }
    if (name && same > 1) {
        char *numbered = malloc(length + 32);
        if (numbered)
            snprintf(numbered, length + 32, "%s/run=%zu", name, same);
        free(name);
        name = numbered;
    }
    struct report_point *p = &in->points[in->point_count];
    *p = (struct report_point){.name = name};
    if (name == NULL)
        return false;
    in->point_count++;
    return add_cell(p, cell);
}

// ---- labels ----
static bool differs(const struct report_input *in, const char *key, const json_t *value)
{
    for (size_t i = 0; i < in->point_count; i++) {
        const json_t *other = param_of(in->points[i].cells[0], key);
        if (other == NULL || !json_equal(other, value))
            return true;
    }
    return false;
}

static void put_label(FILE *out, const struct report_input *in, const json_t *cell, const char *key)
{
    char value[256];
    const json_t *own = param_of(cell, key);
    if (own == NULL || !differs(in, key, own))
        return;
    report_param_text(cell, key, value, sizeof value);
    fprintf(out, "%s%s=%s", ftell(out) > 0 ? ";" : "", key, value);
}

static char *label_of(const struct report_input *in, const struct report_point *p)
{
    char *label = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&label, &size);
    if (out == NULL)
        return NULL;
    put_label(out, in, p->cells[0], "scenario");
    put_label(out, in, p->cells[0], "engine");
    const char *key;
    json_t *param;
    json_object_foreach(json_object_get(p->cells[0], "params"), key, param)
        put_label(out, in, p->cells[0], key);
    const char *run = strstr(p->name, "/run=");
    if (run)
        fprintf(out, "%s%s", ftell(out) > 0 ? ";" : "", run + 1);
    fclose(out);
    return label;
}

bool report_points_fill(struct report_input *in)
{
    const json_t *cells = json_object_get(in->document, "cells");
    size_t i;
    json_t *cell;
    bool ok = (in->points = calloc(json_array_size(cells) + 1, sizeof *in->points)) != NULL;
    json_array_foreach((json_t *)cells, i, cell)
    {
        ok = ok && take(in, cell);
        in->ok += report_is_ok(cell);
    }
    for (size_t p = 0; ok && p < in->point_count; p++)
        ok = (in->points[p].label = label_of(in, &in->points[p])) != NULL;
    return ok;
}

void report_points_free(struct report_input *in)
{
    for (size_t i = 0; i < in->point_count; i++) {
        free(in->points[i].name);
        free(in->points[i].label);
        free(in->points[i].cells);
    }
    free(in->points);
    in->points = NULL;
    in->point_count = 0;
}

void report_put_line(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
}

void report_put_left_out(FILE *out, const struct report_input *in, const char *prefix)
{
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++) {
            const json_t *cell = in->points[p].cells[i];
            if (report_is_ok(cell))
                continue;
            fputs(prefix, out);
            report_put_line(out, in->points[p].name);
            fprintf(out, " rep %.0f: %s: ", jsonx_number(cell, "rep", 0), jsonx_string(cell, "status"));
            report_put_line(out, jsonx_string(cell, "reason"));
            fputc('\n', out);
        }
}
