// SPDX-License-Identifier: Apache-2.0
#include "figure/reps.h"

#include <stdlib.h>
#include <string.h>

#include "result/jsonx.h"

// ---- names ----
static void add(char name[REPS_NAME_MAX], const char *key, const char *value)
{
    size_t n = strlen(name);
    bool bare = strcmp(key, "strategy") == 0 || strcmp(key, "queue") == 0;
    snprintf(name + n, REPS_NAME_MAX - n, "%s%s%s%s", n ? " · " : "", bare ? "" : key, bare ? "" : " ",
             value);
}

void reps_name(const struct figure_view *v, const struct report_point *p, char name[REPS_NAME_MAX])
{
    static const char *const first[] = {"strategy", "queue"};
    const json_t *params = json_object_get(p->cells[0], "params");
    const char *key;
    json_t *value;
    char text[96], short_name[96];
    *name = 0;
    for (size_t i = 0; i < 2; i++) {
        report_param_text(p->cells[0], first[i], text, sizeof text);
        if (*text && figure_varies(v, first[i]))
            add(name, first[i], text);
    }
    json_object_foreach((json_t *)params, key, value)
    {
        if (strcmp(key, "strategy") == 0 || strcmp(key, "queue") == 0 || !figure_varies(v, key))
            continue;
        figure_param_text(p->cells[0], key, text, sizeof text);
        if (*text == 0)
            continue;
        figure_key_name(v, key, NULL, short_name, sizeof short_name);
        add(name, short_name, text);
    }
    const char *again = strstr(p->name, "/run=");
    if (again)
        add(name, "run", again + 5);
    if (*name == 0) {
        report_param_text(p->cells[0], v->in->kind == REPORT_BENCH ? "queue" : "strategy", text, sizeof text);
        add(name, "strategy", text);
    }
}

// ---- values ----
double *reps_values(const struct report_point *p, const char *key, size_t *count)
{
    double *values = calloc(p->count + 1, sizeof *values);
    *count = 0;
    for (size_t i = 0; values && i < p->count; i++) {
        const json_t *v = jsonx_find(p->cells[i], key);
        if (report_is_ok(p->cells[i]) && json_is_number(v))
            values[(*count)++] = json_number_value(v);
    }
    return values;
}

// ---- a bench ----
const json_t *reps_bench_cell(const struct report_point *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (report_is_ok(p->cells[i]) && jsonx_number(p->cells[i], "params.load", 0) == 0)
            return p->cells[i];
    return NULL;
}

bool reps_bench_open(struct reps_bench *r, const struct report_point *p)
{
    const json_t *cell = reps_bench_cell(p), *reps = jsonx_find(cell, "bench.ns_per_item.reps");
    const json_t *rounds = jsonx_find(cell, "bench.ns_per_item.rounds");
    size_t n = json_array_size(reps);
    *r = (struct reps_bench){.ns = calloc(n + 1, sizeof *r->ns)};
    if (r->ns && n > 0 && json_array_size(rounds) == n)
        r->rounds = calloc(n, sizeof *r->rounds);
    for (size_t i = 0; r->ns && i < n; i++) {
        r->ns[r->count] = json_number_value(json_array_get(reps, i));
        if (r->rounds)
            r->rounds[r->count] = (unsigned)json_integer_value(json_array_get(rounds, i));
        r->count += r->ns[r->count] > 0;
    }
    return r->ns != NULL;
}

void reps_bench_close(struct reps_bench *r)
{
    free(r->ns);
    free(r->rounds);
    *r = (struct reps_bench){0};
}

static bool dropped(const struct report_point *p)
{
    return jsonx_number(reps_bench_cell(p), "bench.reps_dropped", 0) > 0;
}

size_t reps_ratios(const struct report_point *a, const struct report_point *b, double *ratios)
{
    struct reps_bench x = {0}, y = {0};
    size_t n = 0;
    if (reps_bench_open(&x, a) && reps_bench_open(&y, b)) {
        bool by_place = (!x.rounds || !y.rounds) && x.count == y.count && !dropped(a) && !dropped(b);
        for (size_t i = 0; i < x.count; i++)
            for (size_t k = 0; k < y.count; k++)
                if (by_place ? i == k : x.rounds && y.rounds && x.rounds[i] == y.rounds[k]) {
                    ratios[n++] = x.ns[i] / y.ns[k];
                    break;
                }
    }
    reps_bench_close(&x);
    reps_bench_close(&y);
    return n;
}

// By round; they come in that order as a rule.
static void sort_rounds(struct reps_bench *r)
{
    for (size_t i = 1; r->rounds && i < r->count; i++)
        for (size_t k = i; k > 0 && r->rounds[k] < r->rounds[k - 1]; k--) {
            unsigned round = r->rounds[k];
            double ns = r->ns[k];
            r->rounds[k] = r->rounds[k - 1];
            r->ns[k] = r->ns[k - 1];
            r->rounds[k - 1] = round;
            r->ns[k - 1] = ns;
        }
}

size_t reps_ratios_to_self(const struct report_point *p, double *ratios)
{
    struct reps_bench r = {0};
    size_t n = 0;
    if (reps_bench_open(&r, p)) {
        sort_rounds(&r);
        for (size_t i = 0; i + 1 < r.count; i += 2)
            ratios[n++] = r.ns[i + 1] / r.ns[i];
    }
    reps_bench_close(&r);
    return n;
}

// ---- an axis of ratios ----
void reps_ratio_ticks(struct sheet *s, int panel)
{
    static const double steps[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
    double far = s->panels[panel - 1].x.hi, step = 0.25;
    for (size_t i = sizeof steps / sizeof *steps; i-- > 0;)
        if ((far - 1) / steps[i] < 4)
            step = steps[i];
    for (double k = 1; far < 1.95 && 1 + k * step < far; k++)
        for (int side = -1; side <= 1; side += 2) {
            char label[24];
            double at = 1 + side * k * step;
            axis_write(AXIS_FACTOR, at, label, sizeof label);
            if (at > s->panels[panel - 1].x.lo)
                sheet_tick(s, panel, true, at, label, true);
        }
}
