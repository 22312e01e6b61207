// SPDX-License-Identifier: Apache-2.0
// The plots: the same pictures that `weir plot` draws (harness/figure), as data that the browser draws from.
// A picture's rows that differ only in their numbers go together, so that a curve is two lists of numbers.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"
#include "page/assets.h"
#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"

enum { PICTURES_MOST = 3 }; // of one figure beside each other; of more one is chosen

struct page_plots {
    struct figure_gallery gallery;
    json_t *sheets; // one a picture, in the order in which they were written
};

struct page_plots *page_plots_open(const struct report_input *in)
{
    struct page_plots *p = page_library && in->kind != REPORT_CONFORM ? calloc(1, sizeof *p) : NULL;
    if (p == NULL)
        return NULL;
    p->sheets = json_array();
    if (figure_gallery_open(&p->gallery, in, NULL, NULL, NULL) && p->sheets)
        return p;
    page_plots_close(p);
    return NULL;
}

void page_plots_close(struct page_plots *p)
{
    if (p == NULL)
        return;
    figure_gallery_close(&p->gallery);
    json_decref(p->sheets);
    free(p);
}

// ---- a sheet as JSON ----
static const char *unit_name(enum axis_unit unit)
{
    switch (unit) { // without a default, so that a new one is not forgotten
    case AXIS_NUMBER:
        return "number";
    case AXIS_SECONDS:
        return "seconds";
    case AXIS_SHARE:
        return "share";
    case AXIS_QUANTILE:
        return "quantile";
    case AXIS_RATE:
        return "rate";
    case AXIS_FACTOR:
        return "factor";
    case AXIS_NONE:
        return "none";
    }
    return "number";
}

static json_t *axis_json(const struct sheet_axis *a)
{
    json_t *o = json_object();
    jsonx_set(o, "label", jsonx_text(a->label ? a->label : ""));
    jsonx_set(o, "unit", json_string(unit_name(a->unit)));
    jsonx_set(o, "lo", jsonx_real(a->lo));
    jsonx_set(o, "hi", jsonx_real(a->hi));
    jsonx_set(o, "log", json_boolean(a->log));
    return o;
}

static json_t *panel_json(const struct sheet_panel *p)
{
    json_t *o = json_object(), *frame = json_array();
    for (size_t i = 0; i < 4; i++)
        json_array_append_new(frame, jsonx_real(p->frame[i]));
    jsonx_set(o, "frame", frame);
    jsonx_set(o, "x", axis_json(&p->x));
    jsonx_set(o, "y", axis_json(&p->y));
    return o;
}

static bool is_tick(enum sheet_mark mark)
{
    return mark == SHEET_TICK_X || mark == SHEET_TICK_Y;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

// Rows of one mark that share a look. Ticks may differ in their text, areas in their colour.
static bool goes_with(const struct sheet_row *a, const struct sheet_row *b)
{
    return a->mark == b->mark && a->panel == b->panel && a->series == b->series &&
           (is_tick(a->mark) || same_text(a->text, b->text)) &&
           (a->mark == SHEET_RECT || strcmp(a->colour, b->colour) == 0) && same_text(a->style, b->style) &&
           same_text(a->marker, b->marker) && same_text(a->anchor, b->anchor) &&
           (a->size == b->size || (isnan(a->size) && isnan(b->size)));
}

// Commas were taken out of texts for gnuplot's sake.
static json_t *text_json(const char *text)
{
    static const char comma[] = "\xe2\x80\x9a";
    char copy[512];
    size_t n = 0;
    for (text = text ? text : ""; *text && n + 1 < sizeof copy; text++)
        if (strncmp(text, comma, 3) == 0) {
            copy[n++] = ',';
            text += 2;
        } else {
            copy[n++] = *text;
        }
    copy[n] = 0;
    return jsonx_text(copy);
}

static void set_text(json_t *o, const char *key, const char *text)
{
    if (text && *text)
        jsonx_set(o, key, text_json(text));
}

static double number_at(const struct sheet_row *r, size_t column)
{
    const double values[] = {r->x, r->y, r->x_lo, r->x_hi, r->y_lo, r->y_hi, r->n};
    return values[column];
}

static void set_numbers(json_t *o, const struct sheet_row *rows, size_t count)
{
    static const char *const keys[] = {"x", "y", "xl", "xh", "yl", "yh", "n"};
    for (size_t c = 0; c < sizeof keys / sizeof *keys; c++) {
        bool any = false;
        for (size_t i = 0; i < count; i++)
            any |= !isnan(number_at(&rows[i], c)) && (c < 6 || rows[i].n != 0);
        if (!any)
            continue;
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(list, jsonx_real(number_at(&rows[i], c)));
        jsonx_set(o, keys[c], list);
    }
}

static void set_each(json_t *o, const char *key, const struct sheet_row *rows, size_t count, bool text)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, text ? text_json(rows[i].text) : jsonx_text(rows[i].colour));
    jsonx_set(o, key, list);
}

static json_t *rows_json(const struct sheet_row *rows, size_t count)
{
    json_t *o = json_object();
    jsonx_set(o, "mark", json_string(sheet_mark_name(rows->mark)));
    jsonx_set(o, "panel", json_integer(rows->panel));
    jsonx_set(o, "series", json_integer(rows->series));
    if (is_tick(rows->mark))
        set_each(o, "texts", rows, count, true);
    else
        set_text(o, "text", rows->text);
    if (rows->mark == SHEET_RECT)
        set_each(o, "colours", rows, count, false);
    else
        set_text(o, "colour", rows->colour);
    set_text(o, "style", rows->style);
    set_text(o, "marker", rows->marker);
    set_text(o, "anchor", rows->anchor);
    if (!isnan(rows->size))
        jsonx_set(o, "size", jsonx_real(rows->size));
    set_numbers(o, rows, count);
    return o;
}

static json_t *sheet_json(const struct sheet *s)
{
    json_t *o = json_object(), *panels = json_array(), *marks = json_array();
    jsonx_set(o, "width", jsonx_real(s->width));
    jsonx_set(o, "height", jsonx_real(s->height));
    for (int i = 0; i < s->panel_count; i++)
        json_array_append_new(panels, panel_json(&s->panels[i]));
    jsonx_set(o, "panels", panels);
    for (size_t i = 0; i < s->count;) {
        size_t n = 1;
        while (i + n < s->count && goes_with(&s->rows[i], &s->rows[i + n]))
            n++;
        json_array_append_new(marks, rows_json(&s->rows[i], n));
        i += n;
    }
    jsonx_set(o, "marks", marks);
    return o;
}

// ---- in the page ----
// What stands below the picture on paper is text here. Where it comes from the page says once.
static void put_notes(FILE *out, const struct sheet *s)
{
    if (s->notes && *s->notes)
        html_element(out, "p", "note", s->notes);
    for (const char *line = s->foot; line && *line;) {
        size_t n = strcspn(line, "\n");
        char text[512];
        snprintf(text, sizeof text, "%.*s", (int)n, line);
        if (strncmp(text, "Not shown", 9) == 0)
            html_element(out, "p", "note", text);
        line += n + (line[n] == '\n');
    }
}

// Its data go to the end of the page; false when memory is short.
static bool add_sheet(struct page_plots *p, const struct figure_picture *picture, struct sheet *s)
{
    return figure_fill(s, &p->gallery, picture) && !s->short_of_memory &&
           json_array_append_new(p->sheets, sheet_json(s)) == 0;
}

static void put_figure(FILE *out, const struct figure *f, const struct sheet *s, size_t first, size_t count,
                       bool head)
{
    fprintf(out, "<figure class=\"plot%s\" data-plot=\"%zu\" data-count=\"%zu\">\n<figcaption>",
            s->width > SHEET_SINGLE ? " wide" : "", first, count);
    if (head) {
        html_element(out, "h4", NULL, f->title);
        html_element(out, "p", NULL, f->question);
    }
    put_notes(out, s);
    fputs("</figcaption>\n<div class=\"scroll sheet\"></div>\n</figure>\n", out);
}

// A figure's pictures, each by itself, or in one place to choose from.
static void put_pictures(FILE *out, struct page_plots *p, const struct figure_picture *pictures, size_t count)
{
    bool choose = count > PICTURES_MOST;
    size_t first = json_array_size(p->sheets);
    struct sheet shown = {0};
    for (size_t i = 0; i < count; i++) {
        struct sheet s = {0};
        if (add_sheet(p, &pictures[i], &s) && !choose)
            put_figure(out, pictures[i].figure, &s, json_array_size(p->sheets) - 1, 1, i == 0);
        if (choose && shown.rows == NULL)
            shown = s;
        else
            sheet_free(&s);
    }
    if (json_array_size(p->sheets) > first && choose)
        put_figure(out, pictures->figure, &shown, first, json_array_size(p->sheets) - first, true);
    sheet_free(&shown);
}

static bool is_of(const struct page_plots *p, const struct figure_picture *picture, const char *scenario,
                  const char *engine)
{
    const struct figure_view *v = &p->gallery.views[picture->view];
    return strcmp(v->scenario, scenario) == 0 && strcmp(v->engine, engine) == 0;
}

bool page_plots_any(const struct page_plots *p, const char *scenario, const char *engine)
{
    for (size_t i = 0; p && i < p->gallery.picture_count; i++)
        if (is_of(p, &p->gallery.pictures[i], scenario, engine))
            return true;
    return false;
}

void page_plots_put(FILE *out, struct page_plots *p, const char *scenario, const char *engine)
{
    if (!page_library) {
        html_element(out, "h3", NULL, "Plots");
        html_element(
            out, "p", "note",
            "None: this weir was built without npm, which brings the plotting library. 'weir plot' draws "
            "them into files.");
    }
    if (!page_plots_any(p, scenario, engine))
        return;
    html_element(out, "h3", NULL, "Plots");
    fputs("<p class=\"note hint\">Point at a plot for its values, or reach it with Tab and walk along it "
          "with the "
          "arrow "
          "keys.</p>\n<div class=\"plots\">\n",
          out);
    for (size_t i = 0, n; i < p->gallery.picture_count; i += n) {
        const struct figure_picture *pictures = &p->gallery.pictures[i];
        for (n = 1; i + n < p->gallery.picture_count && pictures[n].figure == pictures->figure &&
                    pictures[n].view == pictures->view;)
            n++;
        if (is_of(p, pictures, scenario, engine))
            put_pictures(out, p, pictures, n);
    }
    fputs("</div>\n", out);
}

// JSON between tags: a text that holds "</script>" must not end it.
void page_plots_data(FILE *out, const struct page_plots *p)
{
    if (p == NULL)
        return;
    char *text = json_dumps(p->sheets, JSON_COMPACT | JSON_REAL_PRECISION(6));
    fputs("<script type=\"application/json\" id=\"sheets\">", out);
    for (const char *at = text ? text : "[]"; *at; at++)
        if (*at == '<')
            fputs("\\u003c", out);
        else
            fputc(*at, out);
    fputs("</script>\n", out);
    free(text);
}
