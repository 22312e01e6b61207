// SPDX-License-Identifier: Apache-2.0
// Which strategy is best where: a sweep of two numbers, such as load and burstiness, as a map (regime.h says
// what best means). Hatched where several are as good.
#include "figure/regime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "figure/font.h"
#include "figure/overtime.h"
#include "figure/pictures.h"
#include "result/jsonx.h"
#include "result/metric.h"

enum { SIDE_MAX = 16, ROW_PT = 30, HATCH_PT = 6 };

struct side {
    const char *key; // of the parameter
    double values[SIDE_MAX];
    char names[SIDE_MAX][24];
    const char *list[SIDE_MAX];
    size_t count;
};

struct map {
    const struct figure_view *v;
    struct side x, y;
    char queue[64];
    char strategies[REGIME_CANDIDATES_MAX][96];
    size_t strategy_count, reps;
};

// ---- what is swept ----
static bool varies(const struct figure_view *v, const char *key, bool *numeric)
{
    const json_t *first = json_object_get(json_object_get(v->points[0]->cells[0], "params"), key);
    bool differs = false;
    *numeric = true;
    for (size_t i = 0; i < v->count; i++) {
        const json_t *own = json_object_get(json_object_get(v->points[i]->cells[0], "params"), key);
        *numeric = *numeric && json_is_number(own);
        differs = differs || own == NULL || !json_equal(own, first);
    }
    return differs;
}

static bool find_sides(struct map *m)
{
    const char *key;
    json_t *value;
    size_t found = 0;
    json_object_foreach(json_object_get(m->v->points[0]->cells[0], "params"), key, value)
    {
        bool numeric;
        if (strcmp(key, "queue") == 0 || strcmp(key, "strategy") == 0 || !varies(m->v, key, &numeric))
            continue;
        if (!numeric || found == 2)
            return false;
        (found++ ? &m->y : &m->x)->key = key;
    }
    return found == 2;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double value_of(const struct report_point *p, const char *key)
{
    return json_number_value(json_object_get(json_object_get(p->cells[0], "params"), key));
}

static bool fill_side(struct side *side, const struct figure_view *v)
{
    for (size_t i = 0; i < v->count; i++) {
        double own = value_of(v->points[i], side->key);
        bool known = false;
        for (size_t k = 0; k < side->count; k++)
            known = known || side->values[k] == own;
        if (!known && side->count == SIDE_MAX)
            return false;
        if (!known)
            side->values[side->count++] = own;
    }
    qsort(side->values, side->count, sizeof *side->values, by_value);
    for (size_t k = 0; k < side->count; k++) {
        axis_write(figure_param_unit(side->key), side->values[k], side->names[k], sizeof side->names[k]);
        side->list[k] = side->names[k];
    }
    return true;
}

static bool fill_strategies(struct map *m)
{
    for (size_t i = 0; i < m->v->count; i++) {
        const char *own = jsonx_string(m->v->points[i]->cells[0], "params.strategy");
        size_t k = 0;
        while (k < m->strategy_count && strcmp(m->strategies[k], own) != 0)
            k++;
        if (k == REGIME_CANDIDATES_MAX)
            return false;
        if (k == m->strategy_count)
            snprintf(m->strategies[m->strategy_count++], sizeof *m->strategies, "%s", own);
    }
    return m->strategy_count > 1;
}

// The queue of that number; false when there are not so many.
static bool take_queue(struct map *m, size_t number)
{
    size_t found = 0;
    for (size_t i = 0; i < m->v->count; i++) {
        const char *own = jsonx_string(m->v->points[i]->cells[0], "params.queue");
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || strcmp(jsonx_string(m->v->points[k]->cells[0], "params.queue"), own) == 0;
        if (!seen && found++ == number) {
            snprintf(m->queue, sizeof m->queue, "%s", own);
            return true;
        }
    }
    return false;
}

static bool map_open(struct map *m, const struct figure_view *v, size_t number)
{
    *m = (struct map){.v = v};
    return find_sides(m) && fill_side(&m->x, v) && fill_side(&m->y, v) && fill_strategies(m) &&
           take_queue(m, number);
}

// ---- one field ----
static const char *const questions[REGIME_QUESTIONS] = {"loss", "p99_offered", "age"};

static bool fill_candidate(struct regime_candidate *c, const struct report_point *p)
{
    double *values = calloc(p->count + 1, sizeof *values);
    for (int q = 0; values && q < REGIME_QUESTIONS; q++) {
        size_t n = 0;
        for (size_t i = 0; i < p->count; i++) {
            struct metric own = metric_of(p->cells[i], questions[q]);
            if (report_is_ok(p->cells[i]))
                values[n++] = own.kind == METRIC_NUMBER ? own.number : INFINITY;
        }
        c->of[q] = (struct regime_range){INFINITY, n ? stats_quantile(values, n, 0.5) : INFINITY, 0};
        for (size_t i = 0; i < n; i++) {
            c->of[q].lo = fmin(c->of[q].lo, values[i]);
            c->of[q].hi = fmax(c->of[q].hi, values[i]);
        }
    }
    free(values);
    return values != NULL;
}

struct field {
    const struct report_point *points[REGIME_CANDIDATES_MAX];
    struct regime_candidate candidates[REGIME_CANDIDATES_MAX];
    size_t count;
};

static bool fill_field(struct field *f, struct map *m, size_t x, size_t y)
{
    f->count = 0;
    for (size_t i = 0; i < m->v->count; i++) {
        const struct report_point *p = m->v->points[i];
        if (p->ok == 0 || value_of(p, m->x.key) != m->x.values[x] ||
            value_of(p, m->y.key) != m->y.values[y] ||
            strcmp(jsonx_string(p->cells[0], "params.queue"), m->queue) != 0 ||
            f->count == REGIME_CANDIDATES_MAX)
            continue;
        f->points[f->count] = p;
        m->reps = p->ok > m->reps ? p->ok : m->reps;
        if (!fill_candidate(&f->candidates[f->count++], p))
            return false;
    }
    return true;
}

// ---- drawing ----
// "{codel: {target: 5ms}}" is codel, "[drop_newest, codel]" is drop_newest + codel.
static void short_name(const char *strategy, char *name, size_t size)
{
    int depth = 0;
    size_t n = 0;
    for (const char *p = strategy; *p && n + 4 < size; p++) {
        depth += (*p == '{') - (*p == '}');
        bool word = strchr("abcdefghijklmnopqrstuvwxyz_0123456789", *p) != NULL;
        if (word && depth < 2)
            name[n++] = *p;
        else if (*p == ',' && depth == 0)
            n += (size_t)snprintf(name + n, size - n, " + ");
    }
    name[n] = 0;
}

static void put_cell(struct sheet *s, double x, double y, const char *colour, const char *text, double n)
{
    struct sheet_row row = sheet_row(SHEET_RECT, 1, 1);
    style_tint(colour, 0.5, row.colour);
    row.text = text;
    row.x_lo = x - 0.48;
    row.x_hi = x + 0.48;
    row.y_lo = y - 0.46;
    row.y_hi = y + 0.46;
    row.n = n;
    sheet_add(s, &row);
}

// Slanting lines over the cell, as one line that turns at its edges.
static void put_hatch(struct sheet *s, int series, double x, double y)
{
    const struct sheet_panel *p = &s->panels[0];
    double per_x = s->width * (p->frame[1] - p->frame[0]) / (p->x.hi - p->x.lo);
    double per_y = s->height * (p->frame[3] - p->frame[2]) / (p->y.hi - p->y.lo);
    double w = 0.96 * per_x, h = 0.92 * per_y;
    struct sheet_row row = sheet_row(SHEET_LINE, 1, series);
    snprintf(row.colour, sizeof row.colour, "#ffffff");
    row.text = "inconclusive";
    row.style = "solid";
    row.size = 0.8;
    bool up = true;
    for (double d = HATCH_PT; d < w + h; d += HATCH_PT, up = !up)
        for (int end = 0; end < 2; end++) {
            bool low = (end == 0) == up;
            if (end == 0 && d - HATCH_PT < (low ? w : h) && d > (low ? w : h)) { // round the corner
                row.x = x + (low ? 0.48 : -0.48);
                row.y = y + (low ? -0.46 : 0.46);
                sheet_add(s, &row);
            }
            double dx = low ? fmin(d, w) : fmax(0, d - h), dy = low ? fmax(0, d - w) : fmin(d, h);
            row.x = x - 0.48 + dx / per_x;
            row.y = y - 0.46 + dy / per_y;
            sheet_add(s, &row);
        }
}

// Of the picture's width.
static double field_share(const struct sheet *s)
{
    const struct sheet_panel *p = &s->panels[0];
    return (p->frame[1] - p->frame[0]) / (p->x.hi - p->x.lo);
}

static void put_words(struct sheet *s, double x, double y, const char *name, const char *why)
{
    double room = 0.94 * s->width * field_share(s);
    double size = SHEET_TEXT_PT, at_x = sheet_x_pt(s, 1, x), at_y = sheet_y_pt(s, 1, y);
    while (size > 5 && 1.03 * font_width(name, size) > room)
        size -= 0.25;
    sheet_text(s, at_x, at_y + 4.5, "center", name, STYLE_INK, size, false);
    sheet_text(s, at_x, at_y - 5, "center", why, STYLE_INK, SHEET_NOTE_PT, false);
}

static void tell(const struct regime_candidate *c, const struct regime_verdict *v, char *text, size_t size)
{
    static const enum axis_unit units[] = {AXIS_SHARE, AXIS_SECONDS, AXIS_SECONDS};
    static const char *const names[] = {"loss", "p99", "age"};
    double value = c->of[v->question].mid * (v->question == REGIME_LOSS ? 1 : 1e-9);
    char number[32] = "∞";
    if (isfinite(value))
        axis_write(units[v->question], value, number, sizeof number);
    snprintf(text, size, "%s %s", names[v->question], number);
}

// Who else is left: by name where there is room.
static void tell_others(const struct field *f, const struct regime_verdict *v, double room_pt, char *text,
                        size_t size)
{
    size_t n = (size_t)snprintf(text, size, "or ");
    for (size_t i = 0; i < f->count && n < size; i++) {
        char name[96];
        if (i == v->best || !v->stays[i])
            continue;
        short_name(jsonx_string(f->points[i]->cells[0], "params.strategy"), name, sizeof name);
        n += (size_t)snprintf(text + n, size - n, "%s%s", n > 3 ? ", " : "", name);
    }
    if (n >= size || font_width(text, SHEET_NOTE_PT) > room_pt)
        snprintf(text, size, "or %zu other%s", v->left - 1, v->left == 2 ? "" : "s");
}

static void put_field(struct sheet *s, const struct field *f, size_t x, size_t y)
{
    char name[96], why[160], colour[STYLE_COLOUR_SIZE];
    double at_x = (double)x + 1, at_y = (double)y + 1;
    if (f->count == 0) {
        put_words(s, at_x, at_y, "no result", "");
        return;
    }
    struct regime_verdict v = regime_judge(f->candidates, f->count);
    const char *strategy = jsonx_string(f->points[v.best]->cells[0], "params.strategy");
    style_strategy_colour(strategy, colour);
    short_name(strategy, name, sizeof name);
    bool alike = v.left > 1 && v.left == f->count;
    if (alike) {
        snprintf(name, sizeof name, "all alike");
        snprintf(colour, sizeof colour, STYLE_GREY);
    }
    put_cell(s, at_x, at_y, colour, alike ? "" : strategy, (double)f->points[v.best]->ok);
    if (v.left == 1)
        tell(&f->candidates[v.best], &v, why, sizeof why);
    else {
        tell_others(f, &v, 0.94 * s->width * field_share(s), why, sizeof why);
        put_hatch(s, 10 + (int)(y * SIDE_MAX + x), at_x, at_y);
    }
    put_words(s, at_x, at_y, name, alike ? "" : why);
}

static void notes(struct sheet *s, const struct map *m)
{
    size_t size = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    for (size_t k = 0; out && k < m->strategy_count; k++)
        fprintf(out, "%s%s", k ? ", " : "", m->strategies[k]);
    if (out)
        fclose(out);
    sheet_note(s, "Compared: %s%s%s.", text ? text : "", *m->queue ? "; queue " : "", m->queue);
    free(text);
    sheet_note(
        s,
        "Best: the least loss; among those whose ranges over repetitions overlap with it the lowest p99 over "
        "offered records; then the lowest age (median). The number is what decided.");
    if (m->reps > 1)
        sheet_note(s,
                   "Hatched: several are left, so which one is best is not known. %zu repetitions of each.",
                   m->reps);
    else
        sheet_note(s, "Hatched: several are equal. One repetition of each: chance is not ruled out.");
}

bool regimes_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct map *m = calloc(1, sizeof *m);
    struct field *f = calloc(1, sizeof *f);
    bool ok = m && f && map_open(m, v, number);
    for (size_t y = 0; ok && y < m->y.count; y++) // for the notes, which come first
        for (size_t x = 0; ok && x < m->x.count; x++)
            ok = fill_field(f, m, x, y);
    if (ok) {
        struct sheet_axis x = {.label = m->x.key,
                               .lo = 0.5,
                               .hi = (double)m->x.count + 0.5,
                               .names = m->x.list,
                               .name_count = m->x.count};
        struct sheet_axis y = {.label = m->y.key,
                               .lo = 0.5,
                               .hi = (double)m->y.count + 0.5,
                               .names = m->y.list,
                               .name_count = m->y.count};
        s->width = SHEET_DOUBLE;
        notes(s, m);
        sheet_grid(s,
                   &(struct sheet_grid){
                       .columns = 1, .count = 1, .height_pt = ROW_PT * (double)m->y.count, .x = &x, .y = &y});
    }
    for (size_t y = 0; ok && y < m->y.count; y++)
        for (size_t x = 0; ok && x < m->x.count; x++) {
            ok = fill_field(f, m, x, y);
            put_field(s, f, x, y);
        }
    free(m);
    free(f);
    return ok;
}

size_t regimes_pages(const struct figure_view *v, const char **why)
{
    struct map *m = calloc(1, sizeof *m);
    size_t pages = 0;
    *why = "it takes a sweep of two numbers (and nothing else but queues) over several strategies";
    while (m && pages < 12 && map_open(m, v, pages))
        pages++;
    free(m);
    return pages;
}
