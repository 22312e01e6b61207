// SPDX-License-Identifier: Apache-2.0
// Latency by percentile: the response time below which a share p of the records stays, over 1 / (1 - p), so
// that each further nine is as far as the last (the axis of HdrHistogram's plots). Left over what was
// delivered, right over what was offered: there a record that never arrived took for ever, so a strategy does
// not look fast by losing its slowest.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/curves.h"
#include "figure/pictures.h"
#include "result/jsonx.h"

enum {
    PER_DECADE = 32,
    DECADES = 7,
    GRID = PER_DECADE * DECADES + 1,
    BEYOND = 10, // so many samples must lie beyond a point, or it says nothing
    FACETS = 3,  // a page
};

static void fill_grid(double x[GRID])
{
    for (int k = 0; k < GRID; k++)
        x[k] = k % PER_DECADE == 0 ? pow(10, k / PER_DECADE) : pow(10, (double)k / PER_DECADE);
}

// How many records were offered in the window of the point's cells that are ok: those that its percentiles
// over offered records are over.
static uint64_t offered_of(const struct report_point *p)
{
    double sum = 0;
    for (size_t i = 0; i < p->count; i++)
        if (report_is_ok(p->cells[i]))
            sum += jsonx_number(p->cells[i], "response_offered_ns.count", 0);
    return (uint64_t)sum;
}

void latency_curve(const struct hist *h, uint64_t population, const double *x, size_t grid, struct curve *c)
{
    uint64_t ns;
    c->n = (double)h->total;
    c->count = 0;
    c->endless = false;
    if (h->total == 0)
        return;
    for (size_t k = 0; k < grid && (double)population / x[k] >= BEYOND; k++) {
        if (!hist_percentile_of(h, 1 - 1 / x[k], population, &ns)) {
            c->endless = true;
            return;
        }
        c->y[c->count++] = (double)(ns ? ns : 1) / 1e9; // a clock that ticks in ns: 0 is below 1
    }
}

// The curves of a facet, over delivered and over offered records.
struct pair {
    struct curve_set over[2];
    bool differ; // something was lost
};

static bool fill_pair(struct pair *pair, const struct figure_view *v, const struct figure_facet *f,
                      const double *x, struct hist *pooled, struct hist *scratch)
{
    const struct report_hist_kind *kind = report_hist_kind_at(v->in->kind, 0);
    *pair = (struct pair){0};
    if (!curves_open(&pair->over[0], x, GRID, f->count) || !curves_open(&pair->over[1], x, GRID, f->count))
        return false;
    for (size_t i = 0; i < f->count; i++) {
        struct report_distribution d = {f->points[i], kind};
        if (!report_hist_pooled(v->in, &d, pooled, scratch))
            continue;
        uint64_t offered = offered_of(f->points[i]);
        if (offered < pooled->total) // a bench times what it moves
            offered = pooled->total;
        pair->differ = pair->differ || offered > pooled->total;
        for (int k = 0; k < 2; k++) {
            struct curve *c = &pair->over[k].list[pair->over[k].count++];
            figure_look_of(f->points[i], &c->look);
            latency_curve(pooled, k ? offered : pooled->total, x, GRID, c);
        }
    }
    return true;
}

// ---- the picture ----
struct page {
    double x[GRID];
    struct figure_facets facets;
    struct pair pairs[FACETS];
    size_t first, count; // facets of this page
    int columns;         // 1: delivered alone, as nothing was lost
};

static bool page_open(struct page *page, const struct figure_view *v, size_t number)
{
    struct hist *h = calloc(2, sizeof *h);
    fill_grid(page->x);
    bool ok = h && figure_facets_open(&page->facets, v, NULL);
    page->first = number * FACETS;
    for (size_t i = page->first; ok && i < page->facets.count && page->count < FACETS; i++) {
        struct pair *pair = &page->pairs[page->count++];
        ok = fill_pair(pair, v, &page->facets.list[i], page->x, &h[0], &h[1]);
        page->columns = pair->differ || page->columns == 2 ? 2 : 1;
    }
    free(h);
    return ok;
}

static void page_close(struct page *page)
{
    for (size_t i = 0; i < FACETS; i++)
        for (int k = 0; k < 2; k++)
            curves_close(&page->pairs[i].over[k]);
    figure_facets_close(&page->facets);
}

static void axes(const struct page *page, struct sheet_axis *x, struct sheet_axis *y)
{
    double lo = 0, hi = 0, own_lo, own_hi, end = 10;
    bool any = false;
    for (size_t i = 0; i < page->count; i++)
        for (int k = 0; k < page->columns; k++) {
            const struct curve_set *set = &page->pairs[i].over[k];
            if (!curves_range(set, &own_lo, &own_hi))
                continue;
            lo = any ? fmin(lo, own_lo) : own_lo;
            hi = any ? fmax(hi, own_hi) : own_hi;
            any = true;
            for (size_t c = 0; c < set->count; c++)
                if (set->list[c].count)
                    end = fmax(end, set->x[set->list[c].count - 1]);
        }
    if (!any)
        lo = 1e-3, hi = 1;
    *y = (struct sheet_axis){.label = "response time", .unit = AXIS_SECONDS, .log = axis_wants_log(lo, hi)};
    y->lo = y->log ? lo : 0;
    y->hi = hi;
    axis_round(y->log, &y->lo, &y->hi);
    *x = (struct sheet_axis){
        .label = "share of records below", .unit = AXIS_QUANTILE, .log = true, .lo = 1, .hi = end};
}

static bool put_page(struct sheet *s, struct page *page, const struct figure_view *v)
{
    enum { MOST = 2 * FACETS };
    struct sheet_axis x[MOST], y[MOST], x_axis, y_axis;
    const char *titles[MOST];
    char texts[MOST][200];
    struct label *labels[MOST] = {0};
    bool ok = true;
    int panels = (int)page->count * page->columns;
    struct sheet_grid g = {
        .columns = page->columns, .count = panels, .height_pt = 130, .titles = titles, .x = x, .y = y};
    s->width = page->columns == 2 ? SHEET_DOUBLE : SHEET_SINGLE;
    axes(page, &x_axis, &y_axis);
    for (int i = 0; i < panels; i++) {
        struct curve_set *set = &page->pairs[i / page->columns].over[i % page->columns];
        const char *facet = page->facets.list[page->first + (size_t)(i / page->columns)].title;
        x[i] = x_axis;
        y[i] = y_axis;
        x[i].bare = i + page->columns < panels;
        y[i].bare = i % page->columns > 0;
        curves_group(set, &x[i], &y[i], 0.02, (size_t)(g.height_pt / LABEL_LINE) + 1);
        snprintf(texts[i], sizeof texts[i], "%s%s%s", facet, *facet && page->columns == 2 ? ": " : "",
                 page->columns == 1 ? ""
                 : i % 2            ? *facet ? "over offered" : "over offered records"
                 : *facet           ? "over delivered"
                                    : "over delivered records");
        titles[i] = texts[i];
        ok = ok && (labels[i] = calloc(set->groups + 1, sizeof **labels)) != NULL;
    }
    g.right_pt = 14;
    if (v->in->kind == REPORT_RUN)
        sheet_note(s,
                   "From the intended time of a record to its delivery. A curve ends where fewer than %d "
                   "records lie beyond; it goes straight up where what comes next never arrived.",
                   BEYOND);
    for (int i = 0; i < panels; i++)
        curves_note(s, &page->pairs[i / page->columns].over[i % page->columns]);
    if (ok)
        sheet_grid(s, &g);
    for (int i = 0; ok && i < panels; i++) {
        struct curve_set *set = &page->pairs[i / page->columns].over[i % page->columns];
        size_t count = curves_put(s, i + 1, set, SHEET_LINE, labels[i]);
        labels_place(s, i + 1, labels[i], count, g.right_pt);
    }
    for (int i = 0; i < panels; i++)
        free(labels[i]);
    return ok;
}

size_t latency_pages(const struct figure_view *v, const char **why)
{
    struct figure_facets f;
    const struct report_hist_kind *kind = report_hist_kind_at(v->in->kind, 0);
    bool any = false;
    for (size_t i = 0; i < v->in->distribution_count; i++)
        for (size_t k = 0; k < v->count; k++)
            any = any || (v->in->distributions[i].point == v->points[k] &&
                          strcmp(v->in->distributions[i].kind->key, kind->key) == 0);
    *why = "histograms.jsonl has no histograms of this run";
    if (!any || !figure_facets_open(&f, v, NULL))
        return 0;
    size_t pages = (f.count + FACETS - 1) / FACETS;
    figure_facets_close(&f);
    return pages;
}

bool latency_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct page *page = calloc(1, sizeof *page);
    figure_note_histograms(s, v);
    bool ok = page && page_open(page, v, number) && put_page(s, page, v);
    if (page)
        page_close(page);
    free(page);
    return ok;
}
