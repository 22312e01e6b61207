// SPDX-License-Identifier: Apache-2.0
#include "figure/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_rate(const char *key)
{
    const char *dot = strrchr(key, '.');
    return strcmp(dot ? dot + 1 : key, "rate") == 0;
}

static double load_of(const struct report_point *p, const char *key)
{
    const json_t *v = json_object_get(json_object_get(p->cells[0], "params"), key);
    return json_is_number(v) ? json_number_value(v) : NAN;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The values of the parameter, each once. The caller frees *values.
static size_t values_of(const struct figure_view *v, const char *key, double **values)
{
    size_t n = 0, once = 0;
    *values = calloc(v->count + 1, sizeof **values);
    for (size_t i = 0; *values && i < v->count; i++)
        if (!isnan(load_of(v->points[i], key)))
            (*values)[n++] = load_of(v->points[i], key);
    if (n > 0)
        qsort(*values, n, sizeof **values, ascending);
    for (size_t i = 0; i < n; i++)
        if (once == 0 || (*values)[i] > (*values)[once - 1])
            (*values)[once++] = (*values)[i];
    return once;
}

const char *sweep_key(const struct figure_view *v)
{
    const char *key;
    json_t *value;
    if (v->count == 0)
        return NULL;
    json_object_foreach(json_object_get(v->points[0]->cells[0], "params"), key, value)
    {
        double *values = NULL;
        size_t n = is_rate(key) ? values_of(v, key, &values) : 0;
        free(values);
        if (n >= SWEEP_LEAST)
            return key;
    }
    return NULL;
}

bool sweep_open(struct sweep *w, const struct figure_view *v)
{
    *w = (struct sweep){.key = sweep_key(v)};
    if (w->key == NULL)
        return false;
    w->load_count = values_of(v, w->key, &w->loads);
    w->series = calloc(v->count + 1, sizeof *w->series);
    return w->loads && w->series && figure_facets_open(&w->facets, v, w->key);
}

static void clear_series(struct sweep *w)
{
    for (size_t i = 0; i < w->series_count; i++)
        free(w->series[i].at);
    w->series_count = 0;
}

void sweep_close(struct sweep *w)
{
    clear_series(w);
    free(w->series);
    free(w->loads);
    figure_facets_close(&w->facets);
    *w = (struct sweep){0};
}

static struct sweep_series *series_of(struct sweep *w, const struct figure_look *look)
{
    for (size_t i = 0; i < w->series_count; i++)
        if (strcmp(w->series[i].look.strategy, look->strategy) == 0 &&
            strcmp(w->series[i].look.queue, look->queue) == 0)
            return &w->series[i];
    struct sweep_series *own = &w->series[w->series_count];
    *own = (struct sweep_series){*look, calloc(w->load_count, sizeof *own->at)};
    if (own->at == NULL)
        return NULL;
    w->series_count++;
    return own;
}

bool sweep_facet(struct sweep *w, size_t facet)
{
    const struct figure_facet *f = &w->facets.list[facet];
    clear_series(w);
    for (size_t i = 0; i < f->count; i++) {
        struct figure_look look;
        figure_look_of(f->points[i], &look);
        struct sweep_series *own = series_of(w, &look);
        if (own == NULL)
            return false;
        for (size_t k = 0; k < w->load_count; k++)
            if (w->loads[k] == load_of(f->points[i], w->key) && f->points[i]->ok > 0)
                own->at[k] = f->points[i];
    }
    return true;
}
