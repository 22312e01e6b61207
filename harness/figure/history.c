// SPDX-License-Identifier: Apache-2.0
// What gates have recorded, one panel a series: each measurement's ratio to the reference with its interval,
// the levels between changes as lines, and each change with its size.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "figure/font.h"
#include "figure/pictures.h"
#include "result/jsonx.h"
#include "result/text.h"

enum {
    COLUMNS = 2,
    PANELS = 12,       // a picture
    CROSSES_MOST = 60, // points with an interval each; of more it is a band
    HEIGHT_PT = 90,
    TITLE_COLUMNS = 46
};

struct change {
    double at, factor; // place among all points of the series
    const char *from;  // commit; "": not known
};

struct series {
    const json_t *json;
    char title[128];
    double *x, *ratio, *lo, *hi;
    const char **at, **verdict;
    size_t count;
    double margin, y_lo, y_hi;
    struct change *changes; // that lie among the points
    size_t change_count;
};

struct page {
    struct series list[PANELS];
    size_t count;
    bool crosses, bands;
};

// ---- what is shown ----

static size_t point_count(const json_t *series)
{
    return json_array_size(json_object_get(series, "points"));
}

static bool give_points(struct series *s, size_t n)
{
    s->x = calloc(n, sizeof *s->x);
    s->ratio = calloc(n, sizeof *s->ratio);
    s->lo = calloc(n, sizeof *s->lo);
    s->hi = calloc(n, sizeof *s->hi);
    s->at = calloc(n, sizeof *s->at);
    s->verdict = calloc(n, sizeof *s->verdict);
    return s->x && s->ratio && s->lo && s->hi && s->at && s->verdict;
}

static void take_points(struct series *s)
{
    double first = jsonx_number(s->json, "first", 0);
    size_t i;
    json_t *point;
    json_array_foreach(json_object_get(s->json, "points"), i, point)
    {
        double ratio = jsonx_number(point, "ratio", 0), lo = jsonx_number(point, "lo", 0),
               hi = jsonx_number(point, "hi", 0);
        if (!(lo > 0 && lo <= ratio && ratio <= hi))
            continue;
        s->x[s->count] = first + (double)i + 1;
        s->ratio[s->count] = ratio;
        s->lo[s->count] = lo;
        s->hi[s->count] = hi;
        s->at[s->count] = jsonx_string(point, "at");
        s->verdict[s->count++] = jsonx_string(point, "verdict");
        s->margin = jsonx_number(point, "margin", 0);
    }
}

static bool take_changes(struct series *s)
{
    const json_t *changes = json_object_get(s->json, "changes");
    size_t i;
    json_t *change;
    s->changes = calloc(json_array_size(changes) + 1, sizeof *s->changes);
    if (s->changes == NULL)
        return false;
    json_array_foreach((json_t *)changes, i, change)
    {
        struct change c = {jsonx_number(change, "index", -1) + 1, jsonx_number(change, "ratio", 0),
                           jsonx_string(change, "from")};
        if (c.at > s->x[0] && c.at <= s->x[s->count - 1] && c.factor > 0)
            s->changes[s->change_count++] = c;
    }
    return true;
}

static size_t labelled_ticks(double lo, double hi)
{
    struct axis_tick ticks[AXIS_TICKS_MAX];
    size_t labelled = 0, n = axis_ticks(AXIS_FACTOR, false, lo, hi, 4, ticks);
    for (size_t i = 0; i < n; i++)
        labelled += *ticks[i].label != 0;
    return labelled;
}

// All points, nearly all intervals (one wide one would flatten the rest), the reference and its margin.
static void choose_range(struct series *s)
{
    double lo = fmin(stats_quantile(s->ratio, s->count, 0), stats_quantile(s->lo, s->count, 0.1));
    double hi = fmax(stats_quantile(s->ratio, s->count, 1), stats_quantile(s->hi, s->count, 0.9));
    lo = fmin(lo, 1 - fmax(1.2 * s->margin, 0.002));
    hi = fmax(hi, 1 + fmax(1.2 * s->margin, 0.002));
    double room = 0.06 * (hi - lo);
    s->y_lo = lo - room;
    s->y_hi = hi + 3 * room; // the changes are named there
    if (labelled_ticks(s->y_lo, s->y_hi) < 2)
        axis_round(false, &s->y_lo, &s->y_hi);
}

static const char *path_of(size_t which)
{
    static const char *const paths[] = {"cell", "quantity", "reference.id", "machine"};
    return which < sizeof paths / sizeof *paths ? paths[which] : NULL;
}

static bool varies(const json_t *all, const char *path)
{
    const char *first = jsonx_string(json_array_get(all, 0), path);
    for (size_t i = 1; i < json_array_size(all); i++)
        if (strcmp(jsonx_string(json_array_get(all, i), path), first) != 0)
            return true;
    return false;
}

// The cell, and what else tells the series from the others.
static void name_series(struct series *s, const json_t *all)
{
    snprintf(s->title, sizeof s->title, "%.80s", jsonx_string(s->json, "cell"));
    for (size_t i = 1; path_of(i); i++) {
        const char *path = path_of(i), *value = jsonx_string(s->json, path);
        const char *hash = strchr(value, ':');
        char part[80];
        if (!varies(all, path))
            continue;
        snprintf(part, sizeof part, " · %.12s", i == 2 && hash ? hash + 1 : value);
        text_append(s->title, sizeof s->title, part);
    }
    text_cut(s->title, TITLE_COLUMNS);
}

static void page_free(struct page *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct series *s = &p->list[i];
        free(s->x);
        free(s->ratio);
        free(s->lo);
        free(s->hi);
        free(s->at);
        free(s->verdict);
        free(s->changes);
    }
}

static bool page_open(struct page *p, const json_t *document, size_t number)
{
    const json_t *all = json_object_get(document, "series");
    size_t i, seen = 0;
    json_t *json;
    *p = (struct page){0};
    json_array_foreach((json_t *)all, i, json)
    {
        if (point_count(json) == 0 || seen++ / PANELS != number)
            continue;
        struct series *s = &p->list[p->count++];
        *s = (struct series){.json = json};
        if (!give_points(s, point_count(json)))
            return false;
        take_points(s);
        if (s->count == 0) { // none of them is a ratio
            s->x[0] = s->ratio[0] = s->lo[0] = s->hi[0] = 1;
            s->at[0] = s->verdict[0] = "";
        }
        s->count += s->count == 0;
        if (!take_changes(s))
            return false;
        name_series(s, all);
        choose_range(s);
        p->crosses = p->crosses || s->count <= CROSSES_MOST;
        p->bands = p->bands || s->count > CROSSES_MOST;
    }
    return true;
}

// ---- drawing ----

static void put_margin(struct sheet *s, int panel, double margin)
{
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 1);
    const struct sheet_panel *p = &s->panels[panel - 1];
    snprintf(row.colour, sizeof row.colour, STYLE_GRID);
    row.text = "margin";
    row.x_lo = p->x.lo;
    row.x_hi = p->x.hi;
    row.y_lo = 1 / (1 + margin);
    row.y_hi = 1 + margin;
    sheet_add(s, &row);
    const double from[2] = {p->x.lo, 1}, to[2] = {p->x.hi, 1};
    sheet_rule(s, panel, from, to, STYLE_GREY, "solid", 0.5);
}

static void put_band(struct sheet *s, int panel, const struct series *q)
{
    struct sheet_row row = sheet_row(SHEET_BAND, panel, 2);
    style_tint(STYLE_GREY, 0.35, row.colour);
    row.text = "interval";
    for (size_t i = 0; i < q->count; i++) {
        row.x = q->x[i];
        row.y_lo = q->lo[i];
        row.y_hi = q->hi[i];
        sheet_add(s, &row);
    }
}

static void put_points(struct sheet *s, int panel, const struct series *q)
{
    bool crosses = q->count <= CROSSES_MOST;
    for (size_t i = 0; i < q->count; i++) {
        bool regressed = strcmp(q->verdict[i], "REGRESSED") == 0;
        struct sheet_row row = sheet_row(SHEET_CROSS, panel, regressed ? 4 : 3);
        snprintf(row.colour, sizeof row.colour, "%s", regressed ? STYLE_HIGHLIGHT : STYLE_GREY);
        row.text = q->at[i];
        row.x = row.x_lo = row.x_hi = q->x[i];
        row.y = q->ratio[i];
        row.y_lo = q->lo[i];
        row.y_hi = q->hi[i];
        row.n = 1;
        if (crosses)
            sheet_add(s, &row);
        row.mark = SHEET_POINT;
        row.marker = "circle";
        row.size = crosses ? 2.6 : 1.6;
        sheet_add(s, &row);
    }
}

// The median of the points of each level. Of few points nobody knows whether there is one.
static void put_levels(struct sheet *s, int panel, const struct series *q)
{
    size_t begin = 0;
    if (!json_is_true(json_object_get(q->json, "enough")))
        return;
    for (size_t k = 0; k <= q->change_count; k++) {
        size_t end = begin;
        while (end < q->count && (k == q->change_count || q->x[end] < q->changes[k].at))
            end++;
        if (end == begin)
            continue;
        struct sheet_row row = sheet_row(SHEET_LINE, panel, 10 + (int)k);
        snprintf(row.colour, sizeof row.colour, STYLE_INK);
        row.text = "level";
        row.style = "solid";
        row.size = 1.2;
        row.y = stats_median(q->ratio + begin, end - begin);
        row.x = q->x[begin] - 0.5;
        sheet_add(s, &row);
        row.x = q->x[end - 1] + 0.5;
        sheet_add(s, &row);
        begin = end;
    }
}

// The newest are named first; one that would stand on another's name is a line alone.
static void put_changes(struct sheet *s, int panel, const struct series *q)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    double left_pt = INFINITY, size = SHEET_TEXT_PT - 1.5;
    char text[64], ink[STYLE_COLOUR_SIZE];
    style_text_colour(STYLE_HIGHLIGHT, ink);
    for (size_t k = q->change_count; k-- > 0;) {
        const struct change *c = &q->changes[k];
        const double from[2] = {c->at - 0.5, p->y.lo}, to[2] = {c->at - 0.5, p->y.hi};
        sheet_rule(s, panel, from, to, STYLE_HIGHLIGHT, "dash", 0.8);
        snprintf(text, sizeof text, "%+.1f %%%s%.7s", 100 * (c->factor - 1), *c->from ? " " : "", c->from);
        double at_pt = sheet_x_pt(s, panel, c->at - 0.5), width = font_width(text, size) + 4;
        bool before = at_pt + width > fmin(s->width * p->frame[1], left_pt); // of the line, else behind it
        double begin_pt = before ? at_pt - width : at_pt;
        if (begin_pt < s->width * p->frame[0] || begin_pt + width > left_pt)
            continue;
        sheet_text(s, at_pt + (before ? -2 : 2), s->height * p->frame[3] - 6, before ? "right" : "left", text,
                   ink, size, false);
        left_pt = begin_pt;
    }
}

// When the first, the last and one between them were measured: the day, within one day the time.
static void put_times(struct sheet *s, int panel, const struct series *q)
{
    size_t last = q->count - 1;
    bool one_day = strlen(q->at[0]) < 16 || strncmp(q->at[0], q->at[last], 10) == 0;
    for (size_t k = 0; k <= 2; k++) {
        char label[16];
        size_t i = k * last / 2;
        if ((k > 0 && i == 0) || (k == 1 && i == last))
            continue;
        bool known = strlen(q->at[i]) >= 16;
        snprintf(label, sizeof label, "%.*s", one_day ? 5 : 10,
                 !known    ? ""
                 : one_day ? q->at[i] + 11
                           : q->at[i]);
        sheet_tick(s, panel, true, q->x[i], label, true);
    }
}

// ---- the picture ----

// Beside the first and the last point, for half of their dates.
static double side_room(const struct series *q)
{
    return fmax(0.7, 0.05 * (q->x[q->count - 1] - q->x[0]));
}

static void notes(struct sheet *s, const struct page *p, const json_t *document, size_t all)
{
    const json_t *list = json_object_get(document, "series"), *one = p->list[0].json;
    const char *bars = p->bands && p->crosses ? "Bars, of many points a band" : p->bands ? "Band" : "Bars";
    char with[200] = "";
    if (!varies(list, "reference.id"))
        snprintf(with, sizeof with, " Reference %.60s (%.19s).", jsonx_string(one, "reference.name"),
                 jsonx_string(one, "reference.id"));
    if (!varies(list, "machine")) {
        char part[120];
        snprintf(part, sizeof part, " Machine %.20s, %.60s.", jsonx_string(one, "machine"),
                 jsonx_string(one, "cpu"));
        text_append(with, sizeof with, part);
    }
    sheet_note(
        s,
        "Cost of the candidate over that of a frozen reference, by turns in one process; one point a gate.%s",
        with);
    sheet_note(
        s,
        "%s: exact signed-rank interval over launches. Grey: the margin. Lines: medians between changes "
        "(E-divisive, p at most %g), where points are enough to look for them.",
        bars, jsonx_number(document, "error", 0));
    if (all > p->count)
        sheet_note(s, "%zu of %zu series.", p->count, all);
}

static size_t count_series(const struct figure_view *v)
{
    size_t i, n = 0;
    json_t *json;
    json_array_foreach(json_object_get(v->in->document, "series"), i, json) n += point_count(json) > 0;
    return n;
}

bool history_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct page p;
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS];
    bool ok = page_open(&p, v->in->document, number);
    int columns = p.count > 1 ? COLUMNS : 1;
    for (size_t i = 0; ok && i < p.count; i++) {
        const struct series *q = &p.list[i];
        titles[i] = q->title;
        x[i] = (struct sheet_axis){.label = i + (size_t)columns >= p.count ? "measured, equal steps" : "",
                                   .unit = AXIS_NONE,
                                   .lo = q->x[0] - side_room(q),
                                   .hi = q->x[q->count - 1] + side_room(q)};
        y[i] = (struct sheet_axis){.label = i % (size_t)columns == 0 ? "over the reference" : "",
                                   .unit = AXIS_FACTOR,
                                   .lo = q->y_lo,
                                   .hi = q->y_hi};
    }
    if (ok) {
        s->width = SHEET_DOUBLE;
        notes(s, &p, v->in->document, count_series(v));
        sheet_grid(s, &(struct sheet_grid){.columns = columns,
                                           .count = (int)p.count,
                                           .height_pt = HEIGHT_PT,
                                           .right_pt = 16,
                                           .titles = titles,
                                           .x = x,
                                           .y = y});
    }
    for (size_t i = 0; ok && i < p.count; i++) {
        int panel = (int)i + 1;
        put_margin(s, panel, p.list[i].margin);
        if (p.list[i].count > CROSSES_MOST)
            put_band(s, panel, &p.list[i]);
        put_points(s, panel, &p.list[i]);
        put_levels(s, panel, &p.list[i]);
        put_changes(s, panel, &p.list[i]);
        put_times(s, panel, &p.list[i]);
    }
    page_free(&p);
    return ok;
}

size_t history_pages(const struct figure_view *v, const char **why)
{
    *why = "the history has no points";
    return (count_series(v) + PANELS - 1) / PANELS;
}
