// SPDX-License-Identifier: Apache-2.0
// What a gate found, as ratios with intervals: the candidate's cost over the base's, cell by cell, sorted by
// effect, each on the margin that it was judged by. On top its control, a copy of the base against the base,
// of all cells: what lies outside a margin there would be a false alarm.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/pictures.h"
#include "figure/reps.h"
#include "result/jsonx.h"

enum { ROW_PT = 12 };

struct ratio {
    const char *name, *verdict;
    double mid, lo, hi, margin, control_mid, control_lo, control_hi;
    size_t launches;
};

struct gate {
    struct ratio *list;
    size_t count, controls;
    double coverage; // the least
};

static bool take(struct ratio *r, const json_t *cell)
{
    if (strcmp(jsonx_string(cell, "status"), "measured") != 0 ||
        !(jsonx_number(cell, "first.candidate.lo", 0) > 0))
        return false;
    *r = (struct ratio){.name = jsonx_string(cell, "name"),
                        .verdict = jsonx_string(cell, "verdict"),
                        .mid = jsonx_number(cell, "first.candidate.ratio", 1),
                        .lo = jsonx_number(cell, "first.candidate.lo", 1),
                        .hi = jsonx_number(cell, "first.candidate.hi", 1),
                        .margin = jsonx_number(cell, "margin", 0),
                        .control_mid = jsonx_number(cell, "first.control.ratio", 0),
                        .control_lo = jsonx_number(cell, "first.control.lo", 0),
                        .control_hi = jsonx_number(cell, "first.control.hi", 0),
                        .launches = (size_t)jsonx_number(cell, "first.launches", 0)};
    return true;
}

static int by_effect(const void *a, const void *b)
{
    const struct ratio *p = a, *q = b;
    return (p->mid > q->mid) - (p->mid < q->mid);
}

static bool gate_open(struct gate *g, const json_t *document)
{
    const json_t *cells = json_object_get(document, "cells");
    size_t i;
    json_t *cell;
    *g = (struct gate){.list = calloc(json_array_size(cells) + 1, sizeof *g->list), .coverage = 1};
    if (g->list == NULL)
        return false;
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (!take(&g->list[g->count], cell))
            continue;
        g->controls += g->list[g->count++].control_lo > 0;
        g->coverage = fmin(g->coverage, jsonx_number(cell, "first.candidate.coverage", 1));
    }
    qsort(g->list, g->count, sizeof *g->list, by_effect);
    return true;
}

// ---- drawing ----
static void put_cross(struct sheet *s, const char *text, const double at[3], double y, const char *colour,
                      double n)
{
    struct sheet_row row = sheet_row(SHEET_CROSS, 1, 1);
    snprintf(row.colour, sizeof row.colour, "%s", colour);
    row.text = text;
    row.x = at[0];
    row.x_lo = at[1];
    row.x_hi = at[2];
    row.y = row.y_lo = row.y_hi = y;
    row.n = n;
    sheet_add(s, &row);
    row.mark = SHEET_POINT;
    row.marker = "circle";
    row.size = 3.5;
    sheet_add(s, &row);
}

static void put_margin(struct sheet *s, double margin, double y)
{
    struct sheet_row row = sheet_row(SHEET_RECT, 1, 1);
    snprintf(row.colour, sizeof row.colour, "#e4e4e4");
    row.text = "margin";
    row.x_lo = 1 / (1 + margin);
    row.x_hi = 1 + margin;
    row.y_lo = y - 0.5;
    row.y_hi = y + 0.5;
    sheet_add(s, &row);
}

static void put_one(struct sheet *s)
{
    struct sheet_row row = sheet_row(SHEET_LINE, 1, 1);
    snprintf(row.colour, sizeof row.colour, STYLE_INK);
    row.style = "solid";
    row.size = 0.6;
    row.x = 1;
    row.y = s->panels[0].y.lo;
    sheet_add(s, &row);
    row.y = s->panels[0].y.hi;
    sheet_add(s, &row);
}

static void put_words(struct sheet *s, const char *text, double y, const char *colour)
{
    sheet_text(s, s->width * s->panels[0].frame[1] + 8, sheet_y_pt(s, 1, y), "left", text, colour,
               SHEET_TEXT_PT - 1, false);
}

static void put_ratio(struct sheet *s, const struct ratio *r, double y)
{
    const char *colour = strcmp(r->verdict, "REGRESSED") == 0 ? STYLE_HIGHLIGHT : STYLE_INK;
    char text[160], ink[STYLE_COLOUR_SIZE];
    put_margin(s, r->margin, y);
    put_cross(s, r->name, (const double[]){r->mid, r->lo, r->hi}, y, colour, (double)r->launches);
    snprintf(text, sizeof text, "%+.2f %% (%+.2f to %+.2f)  %s", 100 * (r->mid - 1), 100 * (r->lo - 1),
             100 * (r->hi - 1), r->verdict);
    style_text_colour(colour, ink);
    put_words(s, text, y, ink);
}

static void put_all(struct sheet *s, const struct gate *g, double top)
{
    char text[96];
    for (size_t i = 0; i < g->count; i++) {
        const struct ratio *r = &g->list[i];
        put_ratio(s, r, (double)(g->count - i));
        if (r->control_lo > 0)
            put_cross(s, "A/A", (const double[]){r->control_mid, r->control_lo, r->control_hi}, top,
                      STYLE_GREY, (double)r->launches);
    }
    put_one(s);
    snprintf(text, sizeof text, "a copy of the base, %zu cell%s", g->controls, g->controls == 1 ? "" : "s");
    put_words(s, text, top, STYLE_GREY);
}

static struct sheet_axis axis_of(const struct gate *g)
{
    double far = 1.02;
    for (size_t i = 0; i < g->count; i++) {
        const struct ratio *r = &g->list[i];
        far = fmax(far, fmax(1 + 1.5 * r->margin, fmax(r->hi, 1 / r->lo)));
        if (r->control_lo > 0)
            far = fmax(far, fmax(r->control_hi, 1 / r->control_lo));
    }
    far = 1 + 1.1 * (far - 1);
    return (struct sheet_axis){.label = "faster  ←  candidate over base  →  slower",
                               .unit = AXIS_FACTOR,
                               .log = true,
                               .lo = 1 / far,
                               .hi = far};
}

static void notes(struct sheet *s, const struct figure_view *v, const struct gate *g)
{
    const json_t *d = v->in->document;
    sheet_note(s, "Base %s, candidate %s.", jsonx_string(d, "base.text"), jsonx_string(d, "candidate.text"));
    sheet_note(s,
               "Cost of the candidate over that of the base, by turns in one process: estimate and exact "
               "signed-rank interval over "
               "launches (level %.3g %% and more). Grey: the margin. Top: the control, the same of a copy of "
               "the base.",
               100 * g->coverage);
    sheet_note(s, "%zu of %zu cells were measured to the end and are shown.", g->count,
               json_array_size(json_object_get(d, "cells")));
}

bool gate_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct gate g;
    (void)number;
    bool ok = gate_open(&g, v->in->document);
    const char **names = calloc(g.count + 2, sizeof *names);
    if (ok && names) {
        struct sheet_axis x = axis_of(&g);
        size_t rows = g.count + (g.controls > 0);
        for (size_t i = 0; i < g.count; i++)
            names[g.count - 1 - i] = g.list[i].name;
        names[g.count] = "A/A";
        struct sheet_axis y = {.lo = 0.4, .hi = (double)rows + 0.6, .names = names, .name_count = rows};
        s->width = SHEET_DOUBLE;
        notes(s, v, &g);
        sheet_grid(s, &(struct sheet_grid){.columns = 1,
                                           .count = 1,
                                           .height_pt = ROW_PT * (double)rows + 4,
                                           .right_pt = 165,
                                           .x = &x,
                                           .y = &y});
        reps_ratio_ticks(s, 1);
        put_all(s, &g, (double)(g.count + 1));
    }
    ok = ok && names != NULL;
    free(names);
    free(g.list);
    return ok;
}

size_t gate_pages(const struct figure_view *v, const char **why)
{
    struct gate g;
    *why = "no cell of the gate was measured";
    bool any = gate_open(&g, v->in->document) && g.count > 0;
    free(g.list);
    return any;
}
