// SPDX-License-Identifier: Apache-2.0
// Rates, queue depth and tail latency over time, one below the other; the strategies stand side by side on
// the same axes, with the phases of the timeline behind them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/overtime.h"
#include "figure/pictures.h"
#include "figure/series.h"
#include "result/jsonx.h"

enum {
    SPANS_MAX = 400, // as many as can be told apart in a picture
    FEW = 10,        // deliveries: of fewer there is no p99
    ROWS = 3,
    PANELS = ROWS * OVERTIME_COLUMNS,
};

enum { RATES, DEPTH, TAIL };

#define OFFERED_COLOUR "#767676"
#define LOST_COLOUR    "#c6c6c6"
#define REFUSED_COLOUR "#222222"

struct columns {
    struct overtime_page page;
    struct series series[OVERTIME_COLUMNS];
    const json_t *cells[OVERTIME_COLUMNS];
    struct figure_look looks[OVERTIME_COLUMNS];
    double most[ROWS], least_tail; // of all columns
    double capacity;               // of all queues together, the same in all columns; 0: none, or they differ
    double end_s, step_s;
    bool any_lost, any_refused, any_p99, phases;
};

// ---- what is shown ----
static double capacity_of(const json_t *cell)
{
    size_t i;
    json_t *edge;
    double sum = 0;
    json_array_foreach(json_object_get(cell, "queue"), i, edge)
    {
        double own = jsonx_number(edge, "capacity", 0);
        if (own == 0)
            return 0; // one without bounds
        sum += own;
    }
    return sum;
}

static bool has_p99(const struct series_span *p)
{
    return p->received >= FEW && p->p99_s > 0;
}

static void note_ranges(struct columns *c, const struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct series_span *p = &s->spans[i];
        c->most[RATES] = fmax(c->most[RATES], fmax(p->offered, fmax(p->delivered, p->admitted)));
        c->most[RATES] = fmax(c->most[RATES], fmax(p->lost, p->refused));
        c->most[DEPTH] = fmax(c->most[DEPTH], isnan(p->depth_max) ? 0 : p->depth_max);
        c->any_lost = c->any_lost || p->lost > 0;
        c->any_refused = c->any_refused || p->refused > 0;
        if (!has_p99(p))
            continue;
        c->least_tail = c->any_p99 ? fmin(c->least_tail, p->p99_s) : p->p99_s;
        c->most[TAIL] = fmax(c->most[TAIL], p->p99_s);
        c->any_p99 = true;
    }
}

static bool columns_open(struct columns *c, const struct figure_view *v, size_t number)
{
    *c = (struct columns){0};
    if (!overtime_page(v, number, &c->page))
        return false;
    for (size_t i = 0; i < c->page.count; i++) {
        c->cells[i] = overtime_cell(c->page.points[i]);
        figure_look_of(c->page.points[i], &c->looks[i]);
        if (!series_read(&c->series[i], v->in, c->cells[i], SPANS_MAX))
            return false;
        note_ranges(c, &c->series[i]);
        c->end_s = fmax(c->end_s, overtime_end(c->cells[i]));
        c->phases = c->phases || json_array_size(json_object_get(c->cells[i], "events")) > 0;
        if (c->series[i].count)
            c->end_s = fmax(c->end_s, c->series[i].spans[c->series[i].count - 1].to_s);
        if (c->series[i].count)
            c->step_s = c->series[i].spans[0].to_s - c->series[i].spans[0].from_s;
        double own = capacity_of(c->cells[i]);
        c->capacity = i == 0 || own == c->capacity ? own : 0;
    }
    return true;
}

static void columns_close(struct columns *c)
{
    for (size_t i = 0; i < OVERTIME_COLUMNS; i++)
        series_free(&c->series[i]);
}

// ---- lines ----
static struct sheet_row start_row(enum sheet_mark mark, int panel, int series, const char *colour)
{
    struct sheet_row row = sheet_row(mark, panel, series);
    snprintf(row.colour, sizeof row.colour, "%s", colour);
    row.style = "solid";
    return row;
}

static double rate_of(const struct series_span *p, const char *what)
{
    return strcmp(what, "offered") == 0      ? p->offered
           : strcmp(what, "admitted") == 0   ? p->admitted
           : strcmp(what, "refused") == 0    ? p->refused
           : strcmp(what, "lost") == 0       ? p->lost
           : strcmp(what, "p99") == 0        ? (has_p99(p) ? p->p99_s : NAN)
           : strcmp(what, "depth mean") == 0 ? p->depth_mean
                                             : p->delivered;
}

// A line in steps, solid whatever the queue: a gap says that there is nothing. What is counted in an interval
// holds for all of it. Where there is no value it breaks off.
static void put_steps(struct sheet *s, int panel, int series, const struct series *data, const char *what,
                      const char *colour, const char *dash, double width)
{
    struct sheet_row row = start_row(SHEET_STEP, panel, series, colour);
    row.text = what;
    row.style = dash;
    row.size = width;
    for (size_t i = 0; i < data->count; i++) {
        const struct series_span *p = &data->spans[i];
        row.y = rate_of(p, what);
        if (isnan(row.y)) {
            row.series += 100; // what comes after the gap is a line of its own
            continue;
        }
        row.n = p->received;
        row.x = p->from_s;
        sheet_add(s, &row);
        bool ends = i + 1 == data->count || isnan(rate_of(&data->spans[i + 1], what));
        row.x = p->to_s;
        if (ends)
            sheet_add(s, &row);
    }
}

// From the least to the greatest, or from nothing to what is lost.
static void put_area(struct sheet *s, int panel, int series, const struct series *data, bool depth,
                     const char *colour)
{
    struct sheet_row row = start_row(SHEET_BAND, panel, series, colour);
    row.text = depth ? "depth min to max" : "lost";
    for (size_t i = 0; i < data->count; i++) {
        const struct series_span *p = &data->spans[i];
        row.y_lo = depth ? p->depth_min : 0;
        row.y_hi = depth ? p->depth_max : p->lost;
        if (isnan(row.y_lo) || isnan(row.y_hi))
            continue;
        for (int end = 0; end < 2; end++) {
            row.x = end ? p->to_s : p->from_s;
            sheet_add(s, &row);
        }
    }
}

static void put_column(struct sheet *s, const struct columns *c, size_t i)
{
    int columns = (int)c->page.count, panel = (int)i + 1;
    const struct series *data = &c->series[i];
    const struct figure_look *look = &c->looks[i];
    char tint[STYLE_COLOUR_SIZE];
    for (int r = 0; r < ROWS; r++)
        overtime_put_phases(s, panel + r * columns, c->cells[i],
                            r == RATES ? OVERTIME_LETTERED : OVERTIME_SHADED);
    if (c->any_lost)
        put_area(s, panel, 1, data, false, LOST_COLOUR);
    put_steps(s, panel, 2, data, "offered", OFFERED_COLOUR, "solid", 0.8);
    if (c->any_refused)
        put_steps(s, panel, 3, data, "refused", REFUSED_COLOUR, "dot", 0.8);
    put_steps(s, panel, 4, data, "delivered", look->colour, "solid", 1.4);
    put_steps(s, panel, 5, data, "admitted", STYLE_INK, "solid", 0.5);
    panel += columns;
    style_tint(look->colour, 0.35, tint);
    put_area(s, panel, 1, data, true, tint);
    put_steps(s, panel, 2, data, "depth mean", look->colour, "solid", 1.2);
    if (c->capacity > 0) {
        const struct sheet_axis *x = &s->panels[panel - 1].x;
        sheet_rule(s, panel, (double[2]){x->lo, c->capacity}, (double[2]){x->hi, c->capacity}, STYLE_INK,
                   "dash", 0.6);
    }
    put_steps(s, panel + columns, 1, data, "p99", look->colour, "solid", 1.2);
}

// ---- the picture ----
static void axes(const struct columns *c, struct sheet_axis x[PANELS], struct sheet_axis y[PANELS])
{
    static const char *const labels[ROWS] = {"records a second", "records queued", "p99"};
    static const enum axis_unit units[ROWS] = {AXIS_RATE, AXIS_NUMBER, AXIS_SECONDS};
    size_t columns = c->page.count;
    for (size_t r = 0; r < ROWS; r++) {
        struct sheet_axis axis = {.label = labels[r], .unit = units[r], .hi = c->most[r]};
        if (r == DEPTH)
            axis.hi = fmax(axis.hi, c->capacity);
        if (r == TAIL && c->any_p99 && axis_wants_log(c->least_tail, axis.hi)) {
            axis.log = true;
            axis.lo = c->least_tail;
        }
        axis.hi *= r == RATES && c->phases ? 1.25 : 1; // room for the letters of the phases
        axis_round(axis.log, &axis.lo, &axis.hi);
        for (size_t i = 0; i < columns; i++) {
            y[r * columns + i] = axis;
            y[r * columns + i].bare = i > 0;
            x[r * columns + i] = (struct sheet_axis){
                .label = "time", .unit = AXIS_SECONDS, .hi = c->end_s, .bare = r + 1 < ROWS};
        }
    }
}

static void put_key(struct sheet *s, const struct columns *c)
{
    struct overtime_key key = overtime_key(s, c->page.heading);
    overtime_key_line(&key, OFFERED_COLOUR, 0.8, "offered");
    overtime_key_line(&key, STYLE_INK, 0.5, "admitted");
    overtime_key_line(&key, c->looks[0].colour, 1.4,
                      c->page.count > 1 ? "delivered (colour: strategy)" : "delivered");
    if (c->any_lost)
        overtime_key_line(&key, LOST_COLOUR, 6, "lost");
    if (c->any_refused)
        overtime_key_line(&key, REFUSED_COLOUR, 0.8, "refused (dotted)");
    if (c->capacity > 0)
        overtime_key_line(&key, STYLE_INK, 0.6, "capacity (dashed)");
}

static void notes(struct sheet *s, const struct columns *c)
{
    if (c->phases)
        overtime_note_phases(s, c->cells[0]);
    overtime_note_edges(s, c->cells[0]);
    sheet_note(
        s,
        "Each step is an interval of %.6g s. Queued: mean, and from the least to the greatest of all queues "
        "together. p99 only where at least %d records arrived in the interval%s.",
        c->step_s, FEW, c->series[0].joined > 1 ? "; the greatest of the rows of series.csv in it" : "");
    overtime_note_left_out(s, &c->page);
}

bool timeline_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct columns c;
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS] = {0};
    bool ok = columns_open(&c, v, number);
    if (ok) {
        axes(&c, x, y);
        for (size_t i = 0; i < c.page.count; i++)
            titles[i] = c.looks[i].strategy;
        s->width = SHEET_DOUBLE;
        notes(s, &c);
        sheet_grid(s, &(struct sheet_grid){.columns = (int)c.page.count,
                                           .count = ROWS * (int)c.page.count,
                                           .height_pt = 72,
                                           .right_pt = OVERTIME_RIGHT_PT,
                                           .top_pt = overtime_top(s, c.page.heading, 1),
                                           .titles = titles,
                                           .x = x,
                                           .y = y});
        put_key(s, &c);
        for (size_t i = 0; i < c.page.count; i++)
            put_column(s, &c, i);
    }
    columns_close(&c);
    return ok;
}

size_t timeline_pages(const struct figure_view *v, const char **why)
{
    struct overtime_page page;
    struct series s = {0};
    size_t pages = overtime_pages(v);
    *why = "series.csv has no rows of this run";
    for (size_t k = 0; k < pages; k++) {
        if (!overtime_page(v, k, &page))
            return 0;
        for (size_t i = 0; i < page.count; i++) {
            bool ok = series_read(&s, v->in, overtime_cell(page.points[i]), SPANS_MAX);
            bool any = ok && s.count > 0;
            series_free(&s);
            if (any)
                return pages;
        }
    }
    return 0;
}
