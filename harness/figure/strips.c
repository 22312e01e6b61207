// SPDX-License-Identifier: Apache-2.0
// Every repetition of every implementation as a point, with a bar at the median: how far the repetitions of
// one lie apart is the measure for what two of them differ by.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "figure/overtime.h"
#include "figure/pictures.h"
#include "figure/reps.h"
#include "result/jsonx.h"

enum { ROWS = 36, ROW_PT = 11, PANELS_MAX = 2 };

struct strip {
    const char *label, *key;
    enum axis_unit unit;
    double scale;
};

static const struct strip run_strips[] = {
    {"p99 of what was delivered", "response_ns.p99", AXIS_SECONDS, 1e-9},
    {"goodput", "rate.delivered_per_s", AXIS_RATE, 1}};
static const struct strip bench_strip = {"time an item", "", AXIS_SECONDS, 1e-9};

struct page {
    const struct figure_view *v;
    const struct report_point *points[ROWS];
    char names[ROWS][REPS_NAME_MAX];
    const char *name_list[ROWS]; // from the bottom up
    size_t count;
    const struct strip *strips;
    int panels;
};

static bool is_shown(const struct figure_view *v, const struct report_point *p)
{
    return v->in->kind == REPORT_BENCH ? reps_bench_cell(p) != NULL : p->ok > 0;
}

static size_t shown(const struct figure_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->count; i++)
        n += is_shown(v, v->points[i]);
    return n;
}

static double *values_of(const struct page *page, size_t row, const struct strip *strip, size_t *count)
{
    struct reps_bench r = {0};
    if (page->v->in->kind != REPORT_BENCH)
        return reps_values(page->points[row], strip->key, count);
    *count = 0;
    if (!reps_bench_open(&r, page->points[row]))
        return NULL;
    free(r.rounds);
    *count = r.count;
    return r.ns;
}

// Pages of about the same length.
static void page_fill(struct page *page, const struct figure_view *v, size_t number)
{
    size_t all = shown(v), pages = (all + ROWS - 1) / ROWS, at = 0;
    size_t first = number * all / pages, last = (number + 1) * all / pages;
    bool bench = v->in->kind == REPORT_BENCH;
    *page = (struct page){.v = v, .strips = bench ? &bench_strip : run_strips, .panels = bench ? 1 : 2};
    for (size_t i = 0; i < v->count; i++) {
        if (!is_shown(v, v->points[i]) || at++ < first || at > last)
            continue;
        page->points[page->count] = v->points[i];
        reps_name(v, v->points[i], page->names[page->count++]);
    }
    for (size_t i = 0; i < page->count; i++)
        page->name_list[page->count - 1 - i] = page->names[i];
}

static bool range_of(const struct page *page, const struct strip *strip, double *lo, double *hi, size_t *most)
{
    bool any = false;
    for (size_t i = 0; i < page->count; i++) {
        size_t n;
        double *values = values_of(page, i, strip, &n);
        for (size_t k = 0; k < n; k++, any = true) {
            *lo = any ? fmin(*lo, values[k]) : values[k];
            *hi = any ? fmax(*hi, values[k]) : values[k];
        }
        *most = n > *most ? n : *most;
        free(values);
    }
    *lo *= strip->scale;
    *hi *= strip->scale;
    return any;
}

static bool put_strip(struct sheet *s, int panel, const struct page *page, size_t i,
                      const struct strip *strip)
{
    struct figure_look look;
    size_t n;
    double *values = values_of(page, i, strip, &n);
    figure_look_of(page->points[i], &look);
    struct sheet_row row = sheet_row(SHEET_POINT, panel, (int)i + 1);
    snprintf(row.colour, sizeof row.colour, "%s", *look.strategy ? look.colour : STYLE_INK);
    row.text = page->names[i];
    row.marker = look.style.marker;
    row.y = (double)(page->count - i);
    row.size = 3;
    row.n = 1;
    for (size_t k = 0; k < n; k++) {
        row.x = values[k] * strip->scale;
        sheet_add(s, &row);
    }
    row.mark = SHEET_LINE;
    row.style = "solid";
    row.size = 1.6;
    row.n = (double)n;
    row.x = n ? stats_median(values, n) * strip->scale : NAN;
    for (int end = -1; n > 1 && end < 2; end += 2) {
        row.y = (double)(page->count - i) + 0.4 * end;
        sheet_add(s, &row);
    }
    free(values);
    return values != NULL;
}

size_t strips_pages(const struct figure_view *v, const char **why)
{
    *why = "a bench at a scheduled load has no times to compare";
    return (shown(v) + ROWS - 1) / ROWS;
}

bool strips_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct page *page = calloc(1, sizeof *page);
    struct sheet_axis x[PANELS_MAX], y[PANELS_MAX];
    size_t most = 0;
    bool ok = page != NULL;
    if (!ok)
        return false;
    page_fill(page, v, number);
    for (int k = 0; k < page->panels; k++) {
        const struct strip *strip = &page->strips[k];
        double lo = 0, hi = 1;
        range_of(page, strip, &lo, &hi, &most);
        x[k] = (struct sheet_axis){
            .label = strip->label, .unit = strip->unit, .log = axis_wants_log(lo, hi), .hi = hi};
        x[k].lo = x[k].log ? lo : 0;
        axis_round(x[k].log, &x[k].lo, &x[k].hi);
        y[k] = (struct sheet_axis){.lo = 0.4,
                                   .hi = (double)page->count + 0.6,
                                   .names = page->name_list,
                                   .name_count = page->count,
                                   .bare = k > 0};
    }
    s->width = page->panels > 1 ? SHEET_DOUBLE : SHEET_SINGLE;
    sheet_note(s, "Every point is a repetition%s.",
               most > 1 ? ", a bar their median" : "; there is one of each");
    sheet_grid(s, &(struct sheet_grid){.columns = page->panels,
                                       .count = page->panels,
                                       .height_pt = ROW_PT * (double)page->count + 4,
                                       .right_pt = OVERTIME_RIGHT_PT,
                                       .x = x,
                                       .y = y});
    for (int k = 0; k < page->panels; k++)
        for (size_t i = 0; ok && i < page->count; i++)
            ok = put_strip(s, k + 1, page, i, &page->strips[k]);
    free(page);
    return ok;
}
