// SPDX-License-Identifier: Apache-2.0
#include "figure/sheet.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "figure/font.h"
#include "result/csv.h"

static const char *const mark_names[SHEET_MARKS] = {
    [SHEET_FIGURE] = "figure", [SHEET_PANEL] = "panel",   [SHEET_AXIS_X] = "axis_x",
    [SHEET_AXIS_Y] = "axis_y", [SHEET_TICK_X] = "tick_x", [SHEET_TICK_Y] = "tick_y",
    [SHEET_RECT] = "rect",     [SHEET_BAND] = "band",     [SHEET_RULE] = "rule",
    [SHEET_LINE] = "line",     [SHEET_STEP] = "step",     [SHEET_CROSS] = "cross",
    [SHEET_POINT] = "point",   [SHEET_LEADER] = "leader", [SHEET_TEXT] = "text",
};

const char *sheet_mark_name(enum sheet_mark mark)
{
    return mark_names[mark];
}

struct sheet_row sheet_row(enum sheet_mark mark, int panel, int series)
{
    return (struct sheet_row){.mark = mark,
                              .panel = panel,
                              .series = series,
                              .x = NAN,
                              .y = NAN,
                              .x_lo = NAN,
                              .x_hi = NAN,
                              .y_lo = NAN,
                              .y_hi = NAN,
                              .size = NAN};
}

// ---- rows ----
// Texts as the CSV promises them: without what gnuplot's reader stumbles over.
static char *clean(const char *text)
{
    size_t n = strlen(text ? text : "");
    char *copy = malloc(3 * n + 1), *to = copy;
    for (size_t i = 0; copy && i < n; i++) {
        if (text[i] == ',') {
            memcpy(to, "\u201a", 3);
            to += 3;
        } else {
            *to++ = text[i] == '"' ? '\'' : (unsigned char)text[i] < ' ' ? ' ' : text[i];
        }
    }
    if (copy)
        *to = 0;
    return copy;
}

void sheet_add(struct sheet *s, const struct sheet_row *row)
{
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 256;
        struct sheet_row *more = realloc(s->rows, room * sizeof *more);
        if (more == NULL) {
            s->short_of_memory = true;
            return;
        }
        s->rows = more;
        s->room = room;
    }
    struct sheet_row *own = &s->rows[s->count];
    *own = *row;
    own->text = clean(row->text);
    if (own->text == NULL) {
        s->short_of_memory = true;
        return;
    }
    s->count++;
}

void sheet_free(struct sheet *s)
{
    for (size_t i = 0; i < s->count; i++)
        free((char *)s->rows[i].text);
    for (int i = 0; i < s->panel_count; i++) {
        free((char *)s->panels[i].x.label);
        free((char *)s->panels[i].y.label);
    }
    free(s->rows);
    free(s->notes);
    free(s->foot);
    *s = (struct sheet){0};
}

static void set_colour(struct sheet_row *row, const char *colour)
{
    snprintf(row->colour, sizeof row->colour, "%s", colour);
}

void sheet_text(struct sheet *s, double x_pt, double y_pt, const char *anchor, const char *text,
                const char *colour, double size, bool bold)
{
    struct sheet_row row = sheet_row(SHEET_TEXT, 0, 0);
    row.text = text;
    row.anchor = anchor;
    row.style = bold ? "bold" : "normal";
    set_colour(&row, colour);
    row.x = x_pt / s->width;
    row.y = y_pt / s->height;
    row.size = size;
    sheet_add(s, &row);
}

void sheet_leader(struct sheet *s, double x0_pt, double y0_pt, double x1_pt, double y1_pt)
{
    struct sheet_row row = sheet_row(SHEET_LEADER, 0, 0);
    set_colour(&row, STYLE_GREY);
    row.x_lo = x0_pt / s->width;
    row.x_hi = x1_pt / s->width;
    row.y_lo = y0_pt / s->height;
    row.y_hi = y1_pt / s->height;
    row.size = 0.4;
    sheet_add(s, &row);
}

void sheet_rule(struct sheet *s, int panel, const double from[2], const double to[2], const char *colour,
                const char *dash, double width)
{
    struct sheet_row row = sheet_row(SHEET_RULE, panel, 0);
    set_colour(&row, colour);
    row.style = dash;
    row.size = width;
    row.x_lo = from[0];
    row.y_lo = from[1];
    row.x_hi = to[0];
    row.y_hi = to[1];
    sheet_add(s, &row);
}

void sheet_tick(struct sheet *s, int panel, bool of_x, double at, const char *label, bool major)
{
    struct sheet_row row = sheet_row(of_x ? SHEET_TICK_X : SHEET_TICK_Y, panel, 0);
    row.text = label;
    row.style = major ? "major" : "minor";
    *(of_x ? &row.x : &row.y) = at;
    row.size = SHEET_TEXT_PT;
    sheet_add(s, &row);
}

// ---- where things are ----
static double share(const struct sheet_axis *axis, double value)
{
    return axis->log ? log(value / axis->lo) / log(axis->hi / axis->lo)
                     : (value - axis->lo) / (axis->hi - axis->lo);
}

double sheet_x_pt(const struct sheet *s, int panel, double x)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    return s->width * (p->frame[0] + (p->frame[1] - p->frame[0]) * share(&p->x, x));
}

double sheet_y_pt(const struct sheet *s, int panel, double y)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    return s->height * (p->frame[2] + (p->frame[3] - p->frame[2]) * share(&p->y, y));
}

// ---- the CSV ----
static void put_number(FILE *out, double v)
{
    if (isfinite(v))
        fprintf(out, ",%.9g", v == 0 ? 0.0 : v); // never "-0"
    else
        fputc(',', out);
}

static void put_text(FILE *out, const char *text)
{
    fputc(',', out);
    csv_field(out, text ? text : "");
}

void sheet_csv(const struct sheet *s, FILE *out)
{
    fputs("mark,panel,series,text,colour,style,marker,x,y,x_lo,x_hi,y_lo,y_hi,size,anchor,n\r\n", out);
    for (size_t i = 0; i < s->count; i++) {
        const struct sheet_row *r = &s->rows[i];
        fprintf(out, "%s,%d,%d", mark_names[r->mark], r->panel, r->series);
        put_text(out, r->text);
        put_text(out, r->colour);
        put_text(out, r->style);
        put_text(out, r->marker);
        put_number(out, r->x);
        put_number(out, r->y);
        put_number(out, r->x_lo);
        put_number(out, r->x_hi);
        put_number(out, r->y_lo);
        put_number(out, r->y_hi);
        put_number(out, r->size);
        put_text(out, r->anchor);
        fprintf(out, ",%.15g\r\n", r->n);
    }
}
