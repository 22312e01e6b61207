// SPDX-License-Identifier: Apache-2.0
// A sheet as JSON. Rows that differ only in their numbers go together, so that a curve is two lists of
// numbers.
#include "page/sheet_json.h"

#include <math.h>
#include <string.h>

#include "result/jsonx.h"

static const char *unit_name(enum axis_unit unit)
{
    switch (unit) { // without a default, so that a new one is not forgotten
    case AXIS_NUMBER: return "number";
    case AXIS_SECONDS: return "seconds";
    case AXIS_SHARE: return "share";
    case AXIS_QUANTILE: return "quantile";
    case AXIS_RATE: return "rate";
    case AXIS_FACTOR: return "factor";
    case AXIS_NONE: return "none";
    }
    return "number";
}

static json_t *axis_json(const struct sheet_axis *a)
{
    json_t *o = json_object();
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

// A column: one value where all are the same; where few are different, those once and the place of each among
// them: {"v": [...], "i": [...]}; else all. The browser unpacks it (plots.js). Steals the list.
static json_t *packed(json_t *list)
{
    enum { DIFFERENT_MOST = 200 };
    size_t count = json_array_size(list), i, k;
    json_t *value, *values = json_array(), *places = json_array(), *o = NULL;
    json_array_foreach(list, i, value)
    {
        size_t known = json_array_size(values);
        for (k = 0; k < known && !json_equal(json_array_get(values, k), value);)
            k++;
        if (k == known)
            json_array_append(values, value);
        if (known > DIFFERENT_MOST || known * 3 > count + 2)
            break;
        json_array_append_new(places, json_integer((json_int_t)k));
    }
    if (i == count && json_array_size(values) == 1)
        o = json_incref(json_array_get(values, 0));
    else if (i == count && json_array_size(values) * 3 < count)
        o = json_pack("{s:O,s:O}", "v", values, "i", places);
    json_decref(values);
    json_decref(places);
    if (o == NULL)
        return list;
    json_decref(list);
    return o;
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
        jsonx_set(o, keys[c], packed(list));
    }
}

static void set_each(json_t *o, const char *key, const struct sheet_row *rows, size_t count, bool text)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, text ? text_json(rows[i].text) : jsonx_text(rows[i].colour));
    jsonx_set(o, key, packed(list));
}

static json_t *rows_json(const struct sheet_row *rows, size_t count)
{
    json_t *o = json_object();
    jsonx_set(o, "mark", json_string(sheet_mark_name(rows->mark)));
    jsonx_set(o, "panel", json_integer(rows->panel));
    jsonx_set(o, "series", json_integer(rows->series));
    jsonx_set(o, "count", json_integer((json_int_t)count));
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

json_t *page_sheet_json(const struct sheet *s)
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
