// SPDX-License-Identifier: Apache-2.0
// What a bench found, as bars: the time an item takes in each queue, with the range of the repetitions, and
// what no queue can go below: the floor of the loop itself and the limit of the machine.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "figure/overtime.h"
#include "figure/pictures.h"
#include "figure/reps.h"
#include "result/jsonx.h"

enum { BARS_MAX = 40, PANELS = 4, BAR_PT = 12 };

#define OWN_COLOUR   "#8fb3d1"
#define PEER_COLOUR  "#cfcfcf"
#define FLOOR_COLOUR STYLE_GREY

struct bar {
    const struct report_point *point;
    const json_t *cell;
    double median, lo, hi, floor, limit; // seconds; 0: not known
    size_t n;
};

struct panel {
    struct bar bars[BARS_MAX];
    size_t count;
    char names[BARS_MAX][64];
    const char *name_list[BARS_MAX]; // from the bottom up
    double least, most;
};

struct page {
    struct figure_facets facets;
    struct panel panels[PANELS];
    size_t first, count;
};

static int by_median(const void *a, const void *b)
{
    const struct bar *p = a, *q = b;
    return (p->median > q->median) - (p->median < q->median);
}

static bool bar_of(struct bar *bar, const struct report_point *p)
{
    struct reps_bench r = {0};
    *bar = (struct bar){.point = p, .cell = reps_bench_cell(p)};
    if (bar->cell == NULL || !reps_bench_open(&r, p))
        return false;
    bar->n = r.count;
    bar->median = jsonx_number(bar->cell, "bench.ns_per_item.median", 0) / 1e9;
    bar->lo = r.count ? stats_quantile(r.ns, r.count, 0) / 1e9 : bar->median;
    bar->hi = r.count ? stats_quantile(r.ns, r.count, 1) / 1e9 : bar->median;
    bar->floor = jsonx_number(bar->cell, "bench.floor_ns_per_item", 0) / 1e9;
    bar->limit = jsonx_number(bar->cell, "bench.limit_ns_per_item", 0) / 1e9;
    reps_bench_close(&r);
    return bar->median > 0;
}

static void panel_fill(struct panel *panel, const struct figure_facet *f)
{
    for (size_t i = 0; i < f->count && panel->count < BARS_MAX; i++)
        panel->count += bar_of(&panel->bars[panel->count], f->points[i]);
    qsort(panel->bars, panel->count, sizeof *panel->bars, by_median);
    for (size_t i = 0; i < panel->count; i++) {
        const struct bar *b = &panel->bars[i];
        double least = fmin(b->lo, fmin(b->floor > 0 ? b->floor : b->lo, b->limit > 0 ? b->limit : b->lo));
        panel->least = i ? fmin(panel->least, least) : least;
        panel->most = fmax(panel->most, fmax(b->hi, fmax(b->floor, b->limit)));
        report_param_text(b->cell, "queue", panel->names[i], sizeof panel->names[i]);
        panel->name_list[panel->count - 1 - i] = panel->names[i];
    }
}

// The facets that have bars, one a panel.
static size_t walk(const struct figure_view *v, struct page *page, size_t number)
{
    size_t n = 0;
    if (!figure_facets_open(&page->facets, v, NULL))
        return 0;
    for (size_t i = 0; i < page->facets.count; i++) {
        const struct figure_facet *f = &page->facets.list[i];
        bool any = false;
        for (size_t k = 0; k < f->count; k++)
            any = any || reps_bench_cell(f->points[k]) != NULL;
        if (!any)
            continue;
        if (n / PANELS == number) {
            if (page->count == 0)
                page->first = i;
            panel_fill(&page->panels[page->count++], f);
        }
        n++;
    }
    return n;
}

// ---- drawing ----
static void put_mark(struct sheet *s, int panel, int series, double x, double y, const char *colour,
                     const char *dash)
{
    struct sheet_row row = sheet_row(SHEET_LINE, panel, series);
    snprintf(row.colour, sizeof row.colour, "%s", colour);
    row.style = dash;
    row.size = 1.4;
    row.x = x;
    for (int end = -1; end < 2; end += 2) {
        row.y = y + 0.5 * end;
        sheet_add(s, &row);
    }
}

static void put_bar(struct sheet *s, int panel, const struct bar *b, double y, const char *name)
{
    const struct sheet_axis *x = &s->panels[panel - 1].x;
    char text[32];
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 1);
    snprintf(row.colour, sizeof row.colour, "%s",
             json_is_true(jsonx_find(b->cell, "bench.peer")) ? PEER_COLOUR : OWN_COLOUR);
    row.text = name;
    row.n = (double)b->n;
    row.x_lo = x->lo;
    row.x_hi = b->median;
    row.y_lo = y - 0.36;
    row.y_hi = y + 0.36;
    sheet_add(s, &row);
    if (b->n > 1) {
        row.mark = SHEET_CROSS;
        snprintf(row.colour, sizeof row.colour, STYLE_INK);
        row.x = b->median;
        row.y = row.y_lo = row.y_hi = y;
        row.x_lo = b->lo;
        row.x_hi = b->hi;
        sheet_add(s, &row);
    }
    int series = 2 * (int)y;
    if (b->floor > 0)
        put_mark(s, panel, series, b->floor, y, FLOOR_COLOUR, "solid");
    if (b->limit > 0)
        put_mark(s, panel, series + 1, b->limit, y, STYLE_HIGHLIGHT, "solid");
    axis_write(AXIS_SECONDS, b->median, text, sizeof text);
    double end = fmax(b->hi, fmax(b->floor, b->limit));
    sheet_text(s, sheet_x_pt(s, panel, end) + 3, sheet_y_pt(s, panel, y), "left", text, STYLE_INK,
               SHEET_TEXT_PT - 1, false);
}

// One for all panels, so that they can be compared. The texts of the values stand right of the bars, inside
// the frame.
static struct sheet_axis axis_of(const struct page *page, int columns)
{
    double least = INFINITY, most = 0, floor = INFINITY;
    for (size_t i = 0; i < page->count; i++) {
        least = fmin(least, page->panels[i].bars[0].median); // they are sorted
        floor = fmin(floor, page->panels[i].least);
        most = fmax(most, page->panels[i].most);
    }
    struct sheet_axis x = {.label = "time an item", .unit = AXIS_SECONDS, .log = axis_wants_log(least, most)};
    double room = columns > 1 ? 0.2 : 0.22, unused = most;
    x.lo = x.log ? floor / 1.2 : 0;
    axis_round(x.log, &x.lo, &unused);
    x.hi = x.log ? most * pow(most / x.lo, room / (1 - room)) : most / (1 - room);
    return x;
}

bool bars_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct page *page = calloc(1, sizeof *page);
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS] = {0};
    size_t most = 0;
    if (page == NULL)
        return false;
    walk(v, page, number);
    int columns = page->count > 1 ? 2 : 1;
    for (size_t i = 0; i < page->count; i++)
        most = page->panels[i].count > most ? page->panels[i].count : most;
    for (size_t i = 0; i < page->count; i++) {
        const struct panel *p = &page->panels[i];
        x[i] = axis_of(page, columns);
        y[i] = (struct sheet_axis){.lo = (double)p->count + 0.5 - (double)most,
                                   .hi = (double)p->count + 0.5,
                                   .names = p->name_list,
                                   .name_count = p->count};
        titles[i] = page->facets.list[page->first + i].title;
    }
    s->width = columns > 1 ? SHEET_DOUBLE : SHEET_SINGLE;
    sheet_note(s, "Bars: medians of the repetitions, with their whole range%s.",
               x[0].log ? "; a logarithmic axis has no 0, so lengths are no measure" : "");
    sheet_grid(s, &(struct sheet_grid){.columns = columns,
                                       .count = (int)page->count,
                                       .height_pt = BAR_PT * (double)most + 2,
                                       .right_pt = OVERTIME_RIGHT_PT,
                                       .top_pt = overtime_top(s, "", columns == 1 ? 2 : 1),
                                       .titles = titles,
                                       .x = x,
                                       .y = y});
    struct overtime_key key = overtime_key(s, "");
    overtime_key_line(&key, OWN_COLOUR, 7, "weir's queues");
    overtime_key_line(&key, PEER_COLOUR, 7, "peers");
    if (columns == 1)
        overtime_key_next(&key);
    overtime_key_line(&key, STYLE_HIGHLIGHT, 1.4, "limit: the lines alone");
    overtime_key_line(&key, FLOOR_COLOUR, 1.4, "floor: no queue");
    for (size_t i = 0; i < page->count; i++)
        for (size_t k = 0; k < page->panels[i].count; k++)
            put_bar(s, (int)i + 1, &page->panels[i].bars[k], (double)(page->panels[i].count - k),
                    page->panels[i].names[k]);
    figure_facets_close(&page->facets);
    free(page);
    return true;
}

size_t bars_pages(const struct figure_view *v, const char **why)
{
    struct page *page = calloc(1, sizeof *page);
    size_t panels = page ? walk(v, page, SIZE_MAX) : 0;
    *why = "a bench at a scheduled load has no times to compare";
    if (page)
        figure_facets_close(&page->facets);
    free(page);
    return (panels + PANELS - 1) / PANELS;
}
