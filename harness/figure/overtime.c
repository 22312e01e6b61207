// SPDX-License-Identifier: Apache-2.0
#include "figure/overtime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/font.h"
#include "result/jsonx.h"

enum { EDGE = 4 };

// ---- pages ----
const json_t *overtime_cell(const struct report_point *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (report_is_ok(p->cells[i]))
            return p->cells[i];
    return NULL;
}

static bool same_queue(const struct report_point *a, const struct report_point *b)
{
    return strcmp(jsonx_string(a->cells[0], "params.queue"), jsonx_string(b->cells[0], "params.queue")) == 0;
}

// The facet's points of the queue that point `first` is the first of; 0 when it is not.
static size_t of_queue(const struct figure_facet *f, size_t first, const struct report_point **list)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (!same_queue(f->points[i], f->points[first]))
            continue;
        if (i < first)
            return 0;
        if (f->points[i]->ok)
            list[n++] = f->points[i];
    }
    return n;
}

static void put_heading(struct overtime_page *page, const struct figure_facet *f)
{
    const char *queue = jsonx_string(page->points[0]->cells[0], "params.queue");
    snprintf(page->heading, sizeof page->heading, "%s%s%s%s", *queue ? "queue " : "", queue,
             *queue && *f->title ? ", " : "", f->title);
}

// Counts the pages; fills the one of that number.
static size_t walk(const struct figure_view *v, size_t number, struct overtime_page *page, size_t *left_out)
{
    struct figure_facets facets;
    const struct report_point **list = calloc(v->count + 1, sizeof *list);
    size_t pages = 0, shown = 0;
    bool ok = list && figure_facets_open(&facets, v, NULL);
    *left_out = 0;
    for (size_t i = 0; ok && i < facets.count; i++)
        for (size_t first = 0; first < facets.list[i].count; first++) {
            size_t n = of_queue(&facets.list[i], first, list);
            for (size_t k = 0; k < n; k += OVERTIME_COLUMNS, pages++) {
                size_t count = n - k < OVERTIME_COLUMNS ? n - k : OVERTIME_COLUMNS;
                *left_out += pages >= OVERTIME_PAGES ? count : 0;
                if (pages != number || page == NULL)
                    continue;
                memcpy(page->points, list + k, count * sizeof *list);
                page->count = count;
                put_heading(page, &facets.list[i]);
                shown++;
            }
        }
    if (ok)
        figure_facets_close(&facets);
    free(list);
    return page ? shown : pages;
}

size_t overtime_pages(const struct figure_view *v)
{
    size_t left_out, pages = walk(v, 0, NULL, &left_out);
    return pages < OVERTIME_PAGES ? pages : OVERTIME_PAGES;
}

bool overtime_page(const struct figure_view *v, size_t number, struct overtime_page *page)
{
    size_t left_out;
    *page = (struct overtime_page){0};
    if (walk(v, number, page, &left_out) == 0)
        return false;
    page->left_out = number + 1 == OVERTIME_PAGES ? left_out : 0;
    return true;
}

void overtime_note_left_out(struct sheet *s, const struct overtime_page *page)
{
    const struct report_point *p = page->points[0];
    if (p->ok > 1)
        sheet_note(s, "Repetition %.0f of %zu.", jsonx_number(overtime_cell(p), "rep", 0), p->count);
    if (page->left_out)
        sheet_note(
            s,
            "The last of %d pictures: %zu more combinations of queue, strategy and parameters have none "
            "(weir report --format series has them).",
            OVERTIME_PAGES, page->left_out);
}

// ---- phases ----
static double warmup_of(const json_t *cell)
{
    return jsonx_number(cell, "time.warmup_ns", 0) / 1e9;
}

// Where the sources ended: as planned, or when the run was told to stop.
static double stop_of(const json_t *cell)
{
    double measured = jsonx_number(cell, "seconds", 0),
           planned = jsonx_number(cell, "time.duration_ns", 0) / 1e9;
    return measured > 0 && warmup_of(cell) + measured < planned ? warmup_of(cell) + measured : planned;
}

void overtime_note_edges(struct sheet *s, const json_t *cell)
{
    double warm = warmup_of(cell), stop = stop_of(cell);
    if (warm > 0 && stop > 0)
        sheet_note(s, "Dotted lines: the warm-up ends at %.6g s, the sources at %.6g s.", warm, stop);
    else if (stop > 0)
        sheet_note(s, "Dotted line: the sources end at %.6g s.", stop);
}

double overtime_end(const json_t *cell)
{
    return fmax(jsonx_number(cell, "time.run_ns", 0) / 1e9, stop_of(cell));
}

size_t overtime_phases(const json_t *cell, struct overtime_phase list[OVERTIME_PHASES])
{
    size_t i, n = 0;
    json_t *event;
    char letter = 'A';
    double end = overtime_end(cell);
    json_array_foreach(json_object_get(cell, "events"), i, event)
    {
        double at = jsonx_number(event, "at_ns", 0) / 1e9;
        if (n == OVERTIME_PHASES || at >= end)
            continue;
        struct overtime_phase *p = &list[n++];
        *p = (struct overtime_phase){.from_s = at, .what = jsonx_string(event, "what")};
        p->to_s = fmin(jsonx_number(event, "end_ns", at * 1e9) / 1e9, end);
        for (size_t k = 0; k + 1 < n && p->letter == 0; k++)
            if (strcmp(list[k].what, p->what) == 0)
                p->letter = list[k].letter;
        if (p->letter == 0)
            p->letter = letter <= 'Z' ? letter++ : '+';
    }
    return n;
}

// How many phases of that letter there are, and whether the i-th is the first of them.
static size_t of_letter(const struct overtime_phase *list, size_t n, size_t i, bool *first)
{
    size_t same = 0;
    *first = true;
    for (size_t k = 0; k < n; k++) {
        same += list[k].letter == list[i].letter;
        *first = *first && (k >= i || list[k].letter != list[i].letter);
    }
    return same;
}

static void put_phase(FILE *out, const struct overtime_phase *p, size_t times)
{
    fprintf(out, "%s%c: %s, ", ftell(out) > 0 ? "; " : "", p->letter, p->what);
    if (p->to_s > p->from_s)
        fprintf(out, "%.6g to %.6g s", p->from_s, p->to_s);
    else
        fprintf(out, "from %.6g s", p->from_s);
    if (times > 1)
        fprintf(out, ", %zu times", times);
}

void overtime_note_phases(struct sheet *s, const json_t *cell)
{
    struct overtime_phase list[OVERTIME_PHASES];
    size_t n = overtime_phases(cell, list), size = 0;
    char *text = NULL;
    bool first;
    FILE *out = n ? open_memstream(&text, &size) : NULL;
    for (size_t i = 0; out && i < n; i++) {
        size_t times = of_letter(list, n, i, &first);
        if (first && list[i].letter != '+')
            put_phase(out, &list[i], times);
    }
    if (out)
        fclose(out);
    if (text && *text)
        sheet_note(s, "Phases: %s.", text);
    free(text);
}

// Letters that would stand in each other go one line down.
// Where a phase is too narrow for it, between its edges, it stands after it.
static void put_letter(struct sheet *s, int panel, const struct overtime_phase *p, bool outlined,
                       double taken[3])
{
    const struct sheet_panel *frame = &s->panels[panel - 1];
    char text[2] = {p->letter, 0};
    double from = sheet_x_pt(s, panel, p->from_s), to = sheet_x_pt(s, panel, p->to_s);
    double x = to > from && !(outlined && to - from < 12) ? (from + to) / 2 : to + 5;
    int line = 0;
    while (line < 2 && x - taken[line] < 9)
        line++;
    taken[line] = x;
    sheet_text(s, x, frame->frame[3] * s->height - 6 - 9 * line, "center", text, STYLE_INK, SHEET_TEXT_PT,
               false);
}

// As a line, which lies over whatever is filled.
static void put_edge(struct sheet *s, int panel, int series, double at, const char *dash)
{
    const struct sheet_axis *y = &s->panels[panel - 1].y;
    struct sheet_row row = sheet_row(SHEET_LINE, panel, series);
    snprintf(row.colour, sizeof row.colour, STYLE_GREY);
    row.style = dash;
    row.size = 0.6;
    row.x = at;
    row.y = y->lo;
    sheet_add(s, &row);
    row.y = y->hi;
    sheet_add(s, &row);
}

static void put_shade(struct sheet *s, int panel, const struct overtime_phase *p)
{
    const struct sheet_axis *y = &s->panels[panel - 1].y;
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 1);
    snprintf(row.colour, sizeof row.colour, "#e9e9e9");
    row.text = p->what;
    row.x_lo = p->from_s;
    row.x_hi = p->to_s;
    row.y_lo = y->lo;
    row.y_hi = y->hi;
    sheet_add(s, &row);
}

enum { EDGE_SERIES = 1000 }; // above those of the figures themselves

void overtime_put_phases(struct sheet *s, int panel, const json_t *cell, enum overtime_look look)
{
    struct overtime_phase list[OVERTIME_PHASES];
    size_t n = overtime_phases(cell, list);
    double taken[3] = {-1e9, -1e9, -1e9};
    int series = EDGE_SERIES;
    for (size_t i = 0; i < n; i++) {
        bool lasts = list[i].to_s > list[i].from_s, outlined = look == OVERTIME_OUTLINED;
        if (lasts && !outlined)
            put_shade(s, panel, &list[i]);
        if (!lasts || outlined)
            put_edge(s, panel, series++, list[i].from_s, "solid");
        if (lasts && outlined)
            put_edge(s, panel, series++, list[i].to_s, "solid");
        if (look != OVERTIME_SHADED)
            put_letter(s, panel, &list[i], outlined, taken);
    }
    double warm = warmup_of(cell), stop = stop_of(cell);
    if (warm > 0)
        put_edge(s, panel, series++, warm, "dot");
    if (stop > 0 && stop < s->panels[panel - 1].x.hi)
        put_edge(s, panel, series++, stop, "dot");
}

// ---- the key ----
enum { HEADING_LINES = 4 };

// Where the heading's line that begins at `text` ends: after a comma, as late as the width lets it.
static size_t heading_part(const struct sheet *s, const char *text)
{
    char part[256];
    size_t last = 0;
    for (size_t i = 0; text[i]; i++) {
        if (text[i] != ',' && text[i + 1] != 0)
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i + 1, text);
        if (last && 1.15 * font_width(part, SHEET_TEXT_PT) > s->width - 2 * EDGE) // bold is wider
            break;
        last = i + 1;
    }
    return last;
}

static int heading_lines(const struct sheet *s, const char *heading)
{
    int lines = 0;
    for (; *heading && lines < HEADING_LINES; lines++)
        heading += heading_part(s, heading);
    return lines;
}

double overtime_top(const struct sheet *s, const char *heading, int lines)
{
    return OVERTIME_KEY_PT * (double)(heading_lines(s, heading) + lines);
}

struct overtime_key overtime_key(struct sheet *s, const char *heading)
{
    struct overtime_key key = {s, EDGE, s->height - EDGE - SHEET_TEXT_PT / 2};
    for (int line = 0; *heading && line < HEADING_LINES; line++) {
        char part[256];
        size_t n = heading_part(s, heading);
        snprintf(part, sizeof part, "%.*s", (int)n, heading);
        sheet_text(s, key.x, key.y, "left", part, STYLE_INK, SHEET_TEXT_PT, true);
        heading += n;
        heading += strspn(heading, " ");
        key.y -= OVERTIME_KEY_PT;
    }
    return key;
}

void overtime_key_next(struct overtime_key *key)
{
    key->x = EDGE;
    key->y -= OVERTIME_KEY_PT;
}

void overtime_key_text(struct overtime_key *key, const char *text)
{
    sheet_text(key->s, key->x, key->y, "left", text, STYLE_INK, SHEET_TEXT_PT, false);
    key->x += font_width(text, SHEET_TEXT_PT) + 12;
}

static void put_sample(struct overtime_key *key, const char *colour, double length, double width)
{
    struct sheet_row row = sheet_row(SHEET_LEADER, 0, 0);
    snprintf(row.colour, sizeof row.colour, "%s", colour);
    row.x_lo = key->x / key->s->width;
    row.x_hi = (key->x + length) / key->s->width;
    row.y_lo = row.y_hi = key->y / key->s->height;
    row.size = width;
    sheet_add(key->s, &row);
    key->x += length;
}

void overtime_key_line(struct overtime_key *key, const char *colour, double width, const char *text)
{
    put_sample(key, colour, 14, width);
    key->x += 4;
    overtime_key_text(key, text);
}

void overtime_key_patch(struct overtime_key *key, const char *colour)
{
    put_sample(key, colour, 6, 7);
}
