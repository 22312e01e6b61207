// SPDX-License-Identifier: Apache-2.0
// The complementary distribution: the share of records slower than each time, both axes logarithmic, so that
// a tail that follows a power law is a straight line and one that ends, ends. Left response time (from when
// the record was meant to be sent), right service time (from when it was): what lies between them is waiting
// before the door.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/curves.h"
#include "figure/pictures.h"

enum {
    PER_DECADE = 64,
    GRID = PER_DECADE * 10 + 1, // from 1 ns up
    BEYOND = 10,                // so many samples must lie beyond a point, or it says nothing
    FACETS = 3,
    KINDS = 2,
};

// grid[0]: just below the first value of any curve.
static void fill_grid(double x[GRID])
{
    for (int k = 0; k < GRID; k++)
        x[k] = pow(10, (double)k / PER_DECADE - 9);
}

void ccdf_curve(const struct hist *h, const double *x, size_t grid, struct curve *c)
{
    uint64_t slower = h->total;
    size_t bucket = 0;
    c->n = (double)h->total;
    c->count = 0;
    for (size_t k = 0; k < grid; k++) {
        for (; bucket < HIST_COUNTS && (double)hist_highest(bucket) / 1e9 <= x[k] * (1 + 1e-12); bucket++)
            slower -= h->counts[bucket];
        if (slower < BEYOND)
            return;
        c->y[c->count++] = (double)slower / (double)h->total;
    }
}

struct page {
    double x[GRID];
    struct figure_facets facets;
    struct curve_set sets[FACETS][KINDS];
    size_t first, count;
    size_t from, to; // of the grid: where something happens
};

static bool fill_set(struct page *page, struct curve_set *set, const struct figure_view *v,
                     const struct figure_facet *f, size_t kind, struct hist *h)
{
    if (!curves_open(set, page->x, GRID, f->count))
        return false;
    for (size_t i = 0; i < f->count; i++) {
        struct report_distribution d = {f->points[i], report_hist_kind_at(v->in->kind, kind)};
        if (!report_hist_pooled(v->in, &d, &h[0], &h[1]))
            continue;
        struct curve *c = &set->list[set->count++];
        figure_look_of(f->points[i], &c->look);
        ccdf_curve(&h[0], page->x, GRID, c);
        size_t start = 0;
        while (start + 1 < c->count && c->y[start + 1] >= 1)
            start++;
        page->from = start < page->from ? start : page->from;
        page->to = c->count > page->to ? c->count : page->to;
    }
    return true;
}

static bool page_open(struct page *page, const struct figure_view *v, size_t number)
{
    struct hist *h = calloc(2, sizeof *h);
    fill_grid(page->x);
    page->from = GRID - 1;
    bool ok = h && figure_facets_open(&page->facets, v, NULL);
    page->first = number * FACETS;
    for (size_t i = page->first; ok && i < page->facets.count && page->count < FACETS; i++, page->count++)
        for (size_t kind = 0; ok && kind < KINDS; kind++)
            ok = fill_set(page, &page->sets[page->count][kind], v, &page->facets.list[i], kind, h);
    free(h);
    return ok;
}

static void page_close(struct page *page)
{
    for (size_t i = 0; i < FACETS; i++)
        for (size_t kind = 0; kind < KINDS; kind++)
            curves_close(&page->sets[i][kind]);
    figure_facets_close(&page->facets);
}

// Cuts the grid to where something happens: what is left of it is 1 for all.
static void trim(struct curve_set *set, const struct page *page)
{
    for (size_t i = 0; i < set->count; i++) {
        struct curve *c = &set->list[i];
        size_t cut = c->count < page->from ? c->count : page->from;
        memmove(c->y, c->y + cut, (c->count - cut) * sizeof *c->y);
        c->count -= cut;
    }
    set->x = page->x + page->from;
    set->grid = GRID - page->from;
}

static void axes(struct page *page, struct sheet_axis *x, struct sheet_axis *y)
{
    double lo = 1, least = 1, most = 1;
    for (size_t i = 0; i < page->count; i++)
        for (size_t kind = 0; kind < KINDS; kind++) {
            trim(&page->sets[i][kind], page);
            if (curves_range(&page->sets[i][kind], &least, &most))
                lo = fmin(lo, least);
        }
    *y = (struct sheet_axis){
        .label = "share of records slower", .unit = AXIS_SHARE, .log = true, .lo = fmin(lo, 0.1), .hi = 1};
    *x = (struct sheet_axis){.label = "time",
                             .unit = AXIS_SECONDS,
                             .log = true,
                             .lo = page->x[page->from],
                             .hi = page->x[page->to > page->from + 1 ? page->to - 1 : page->from + 1]};
    axis_round(true, &x->lo, &x->hi);
}

static void put_page(struct sheet *s, struct page *page, const struct figure_view *v)
{
    struct sheet_axis x[FACETS * KINDS], y[FACETS * KINDS], x_axis, y_axis;
    const char *titles[FACETS * KINDS];
    char texts[FACETS * KINDS][220];
    int panels = (int)page->count * KINDS;
    struct sheet_grid g = {.columns = KINDS,
                           .count = panels,
                           .height_pt = 130,
                           .right_pt = 14,
                           .titles = titles,
                           .x = x,
                           .y = y};
    axes(page, &x_axis, &y_axis);
    for (int i = 0; i < panels; i++) {
        const char *facet = page->facets.list[page->first + (size_t)(i / KINDS)].title;
        x[i] = x_axis;
        y[i] = y_axis;
        x[i].bare = i + KINDS < panels;
        y[i].bare = i % KINDS > 0;
        curves_group(&page->sets[i / KINDS][i % KINDS], &x[i], &y[i], 0.02,
                     (size_t)(g.height_pt / LABEL_LINE) + 1);
        snprintf(texts[i], sizeof texts[i], "%s%s%s time", facet, *facet ? ": " : "",
                 report_hist_kind_at(v->in->kind, (size_t)(i % KINDS))->tag);
        titles[i] = texts[i];
    }
    for (int i = 0; i < panels; i++)
        curves_note(s, &page->sets[i / KINDS][i % KINDS]);
    s->width = SHEET_DOUBLE;
    sheet_grid(s, &g);
    for (int i = 0; i < panels; i++) {
        const struct curve_set *set = &page->sets[i / KINDS][i % KINDS];
        struct label *labels = calloc(set->groups + 1, sizeof *labels);
        if (labels == NULL) {
            s->short_of_memory = true;
            return;
        }
        labels_place(s, i + 1, labels, curves_put(s, i + 1, set, SHEET_STEP, labels), g.right_pt);
        free(labels);
    }
}

size_t ccdf_pages(const struct figure_view *v, const char **why)
{
    size_t latency = latency_pages(v, why);
    return latency; // the same panels a page
}

bool ccdf_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct page *page = calloc(1, sizeof *page);
    bool ok = page && page_open(page, v, number);
    figure_note_histograms(s, v);
    if (v->in->kind == REPORT_RUN)
        sheet_note(s,
                   "Of delivered records; response time from when a record was meant to be sent, service "
                   "time from when it was. A curve "
                   "ends where fewer than %d lie beyond.",
                   BEYOND);
    if (ok)
        put_page(s, page, v);
    if (page)
        page_close(page);
    free(page);
    return ok;
}
