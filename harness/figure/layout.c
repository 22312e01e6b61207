// SPDX-License-Identifier: Apache-2.0
// How a picture is divided: panels, their axes and ticks, the notes at its foot.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "figure/font.h"
#include "figure/sheet.h"

enum {
    TICK_GAP = 3,    // between the frame and a tick's label
    TITLE_ROOM = 15, // above a panel
    NOTE_LINE = 8,
    EDGE = 4, // the picture's own margin
};

// ---- notes ----
static void append(struct sheet *s, char **to, const char *format, va_list args)
{
    char *more = NULL, *all = NULL;
    if (vasprintf(&more, format, args) < 0) {
        s->short_of_memory = true;
        return;
    }
    if (asprintf(&all, "%s%s\n", *to ? *to : "", more) < 0) {
        s->short_of_memory = true;
    } else {
        free(*to);
        *to = all;
    }
    free(more);
}

void sheet_note(struct sheet *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(s, &s->notes, format, args);
    va_end(args);
}

void sheet_foot(struct sheet *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(s, &s->foot, format, args);
    va_end(args);
}

// How much of the line goes into the width: up to the last gap that fits, at least one character.
static size_t fits(const char *line, double width)
{
    size_t last = 0, n = strcspn(line, "\n");
    char part[512];
    for (size_t i = 1; i <= n && i < sizeof part; i++) {
        if (i < n && line[i] != ' ')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, line);
        if (font_width(part, SHEET_NOTE_PT) > width && last)
            break;
        last = i;
    }
    return last ? last : n;
}

// Answers how many lines the text has, wrapped, and writes them unless `below`, how many lines there are from
// its first to the picture's foot, is 0.
static int each_line(struct sheet *s, const char *p, int below)
{
    int lines = 0;
    for (; p && *p; p += *p == '\n') {
        size_t n = fits(p, s->width - 2 * EDGE);
        char text[512];
        snprintf(text, sizeof text, "%.*s", (int)n, p);
        lines++;
        if (below)
            sheet_text(s, EDGE, EDGE + (below - lines + 0.5) * NOTE_LINE, "left", text, STYLE_GREY,
                       SHEET_NOTE_PT, false);
        p += n;
        p += strspn(p, " ");
    }
    return lines;
}

double sheet_key(struct sheet *s, double x_pt, double y_pt, const char *colour, const char *name)
{
    char ink[STYLE_COLOUR_SIZE];
    style_text_colour(colour, ink);
    sheet_text(s, x_pt, y_pt, "left", "■", colour, SHEET_TEXT_PT, false);
    sheet_text(s, x_pt + SHEET_TEXT_PT + 1, y_pt, "left", name, ink, SHEET_TEXT_PT, false);
    return x_pt + SHEET_TEXT_PT + 1 + font_width(name, SHEET_TEXT_PT);
}

// ---- axes ----
static size_t ticks_wanted(bool of_x, double length)
{
    return (size_t)fmax(2, length / (of_x ? 42 : 22));
}

static size_t ticks_of(const struct sheet_axis *axis, bool of_x, double length,
                       struct axis_tick ticks[AXIS_TICKS_MAX])
{
    bool lanes = axis->ticks_lo < axis->ticks_hi;
    return axis_ticks(axis->unit, axis->log, lanes ? axis->ticks_lo : axis->lo,
                      lanes ? axis->ticks_hi : axis->hi, ticks_wanted(of_x, length), ticks);
}

static double widest(const struct sheet_axis *axis, double height)
{
    struct axis_tick ticks[AXIS_TICKS_MAX];
    double most = 0;
    size_t n = axis->names ? 0 : ticks_of(axis, false, height, ticks);
    for (size_t i = 0; i < n && !axis->bare; i++)
        most = fmax(most, font_width(ticks[i].label, SHEET_TEXT_PT));
    for (size_t i = 0; i < axis->name_count && !axis->bare; i++)
        most = fmax(most, font_width(axis->names[i], SHEET_TEXT_PT));
    return most;
}

static bool has_label(const struct sheet_axis *axis)
{
    return !axis->bare && axis->label && *axis->label;
}

static double left_room(const struct sheet_axis *y, double height)
{
    double own = widest(y, height);
    return own + (own > 0 ? TICK_GAP : 0) + (has_label(y) ? SHEET_TEXT_PT + 3 : 0) + EDGE;
}

static double bottom_room(const struct sheet_axis *x)
{
    return x->bare ? EDGE : TICK_GAP + SHEET_TEXT_PT + 2 + (has_label(x) ? SHEET_TEXT_PT + 4 : 0);
}

static void put_axis(struct sheet *s, int panel, bool of_x)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    const struct sheet_axis *axis = of_x ? &p->x : &p->y;
    struct sheet_row row = sheet_row(of_x ? SHEET_AXIS_X : SHEET_AXIS_Y, panel, 0);
    double width = s->width * (p->frame[1] - p->frame[0]), height = s->height * (p->frame[3] - p->frame[2]);
    row.style = axis->log ? "log" : "linear";
    row.size = SHEET_TEXT_PT;
    row.text = has_label(axis) ? axis->label : "";
    if (of_x) {
        row.x_lo = axis->lo;
        row.x_hi = axis->hi;
        row.x = (p->frame[0] + p->frame[1]) / 2;
        row.y = p->frame[2] - (TICK_GAP + 1.5 * SHEET_TEXT_PT + 4) / s->height;
    } else {
        row.y_lo = axis->lo;
        row.y_hi = axis->hi;
        row.y = (p->frame[2] + p->frame[3]) / 2;
        row.x = p->frame[0] - (TICK_GAP + widest(axis, height) + 3 + SHEET_TEXT_PT / 2) / s->width;
    }
    row.anchor = of_x ? "center" : "up";
    sheet_add(s, &row);
    for (size_t i = 0; i < axis->name_count; i++)
        sheet_tick(s, panel, of_x, (double)i + 1, axis->bare ? "" : axis->names[i], true);
    if (axis->names)
        return;
    struct axis_tick ticks[AXIS_TICKS_MAX];
    size_t n = ticks_of(axis, of_x, of_x ? width : height, ticks);
    for (size_t i = 0; i < n; i++)
        sheet_tick(s, panel, of_x, ticks[i].at, axis->bare ? "" : ticks[i].label, *ticks[i].label != 0);
}

// What the caller's axis points to may be gone when the sheet is read.
static void keep_axis(struct sheet *s, struct sheet_axis *axis)
{
    axis->label = strdup(axis->label ? axis->label : "");
    axis->names = NULL;
    axis->name_count = 0;
    s->short_of_memory = s->short_of_memory || axis->label == NULL;
}

// Cuts a title that is too long, on a character's boundary; bold is about a tenth wider.
static void cut(char *title, double width)
{
    size_t n = strlen(title);
    while (n > 4 && 1.12 * font_width(title, SHEET_TEXT_PT) > width) {
        n -= strcmp(title + n - 3, "…") == 0 ? 3 : 0;
        do
            n--;
        while (n > 0 && ((unsigned char)title[n] & 0xC0) == 0x80);
        memcpy(title + n, "…", 4);
        n += 3;
    }
}

static void put_panel(struct sheet *s, const struct sheet_grid *g, int i, const double frame_pt[4])
{
    struct sheet_panel *p = &s->panels[i];
    p->x = g->x[i];
    p->y = g->y[i];
    for (int k = 0; k < 4; k++)
        p->frame[k] = frame_pt[k] / (k < 2 ? s->width : s->height);
    struct sheet_row row = sheet_row(SHEET_PANEL, i + 1, 0);
    char title[256];
    snprintf(title, sizeof title, "%s", g->titles && g->titles[i] ? g->titles[i] : "");
    cut(title, frame_pt[1] - frame_pt[0] + fmax(g->right_pt, EDGE));
    row.text = title;
    row.x = p->frame[0];
    row.y = p->frame[3] + (4 + SHEET_TEXT_PT / 2) / s->height;
    row.x_lo = p->frame[0];
    row.x_hi = p->frame[1];
    row.y_lo = p->frame[2];
    row.y_hi = p->frame[3];
    row.size = SHEET_TEXT_PT;
    row.anchor = "left";
    row.style = "bold";
    sheet_add(s, &row);
    put_axis(s, i + 1, true);
    put_axis(s, i + 1, false);
    keep_axis(s, &p->x);
    keep_axis(s, &p->y);
}

// ---- the grid ----
static double row_title_room(const struct sheet_grid *g, int row)
{
    for (int i = row * g->columns; i < (row + 1) * g->columns && i < g->count; i++)
        if (g->titles && g->titles[i] && *g->titles[i])
            return TITLE_ROOM;
    return EDGE + SHEET_TEXT_PT / 2;
}

static double row_bottom_room(const struct sheet_grid *g, int row)
{
    double most = 0;
    for (int i = row * g->columns; i < (row + 1) * g->columns && i < g->count; i++)
        most = fmax(most, bottom_room(&g->x[i]));
    return most;
}

static double column_left_room(const struct sheet_grid *g, int column)
{
    double most = 0;
    for (int i = column; i < g->count; i += g->columns)
        most = fmax(most, left_room(&g->y[i], g->height_pt));
    return most;
}

// Right of a panel there is at least room for half of what the last tick of x says.
static double right_room(const struct sheet_grid *g)
{
    double most = fmax(g->right_pt, 2.0 * EDGE);
    for (int i = 0; i < g->count; i++) {
        struct axis_tick ticks[AXIS_TICKS_MAX];
        size_t n = ticks_of(&g->x[i], true, 150, ticks);
        if (n > 0 && !g->x[i].bare && ticks[n - 1].at > g->x[i].lo + 0.9 * (g->x[i].hi - g->x[i].lo))
            most = fmax(most, font_width(ticks[n - 1].label, SHEET_TEXT_PT) / 2 + 2);
    }
    return most;
}

static void put_head(struct sheet *s)
{
    struct sheet_row row = sheet_row(SHEET_FIGURE, 0, 0);
    row.text = s->title;
    row.x = s->width / 72;
    row.y = s->height / 72;
    row.n = s->panel_count;
    sheet_add(s, &row);
}

void sheet_grid(struct sheet *s, const struct sheet_grid *g)
{
    int rows = (g->count + g->columns - 1) / g->columns;
    double left = 0;
    for (int c = 0; c < g->columns; c++)
        left += column_left_room(g, c);
    double right = right_room(g), width = (s->width - left - g->columns * right) / g->columns;
    int foot_lines = each_line(s, s->foot, 0), note_lines = each_line(s, s->notes, 0) + foot_lines;
    s->panel_count = g->count;
    s->height = note_lines * NOTE_LINE + 2 * EDGE + g->top_pt;
    for (int r = 0; r < rows; r++)
        s->height += row_title_room(g, r) + g->height_pt + row_bottom_room(g, r);
    put_head(s);
    double top = s->height - g->top_pt;
    for (int r = 0; r < rows; r++) {
        double x = 0;
        top -= row_title_room(g, r) + g->height_pt;
        for (int c = 0; c < g->columns && r * g->columns + c < g->count; c++) {
            x += column_left_room(g, c);
            put_panel(s, g, r * g->columns + c, (double[4]){x, x + width, top, top + g->height_pt});
            x += width + right;
        }
        top -= row_bottom_room(g, r);
    }
    each_line(s, s->notes, note_lines);
    each_line(s, s->foot, foot_lines);
}
