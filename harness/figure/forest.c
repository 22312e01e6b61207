// SPDX-License-Identifier: Apache-2.0
// Who is faster than whom, and how sure that is: for each queue the ratio of its time to that of a base, from
// repetitions that stood side by side, sorted by effect. On top the base against itself, in the same way: how
// wide that lies around 1 is how well this bench can tell anything.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "figure/pictures.h"
#include "figure/reps.h"
#include "result/jsonx.h"

enum { ROW_PT = 12 };

#define COVERAGE 0.95
#define MARGIN   0.05 // what is taken for no difference

struct effect {
    char name[REPS_NAME_MAX];
    struct figure_look look;
    struct interval ratio;
    double coverage;
    size_t pairs;
    bool is_self;
};

struct forest {
    struct figure_facets facets;
    const struct figure_facet *facet;
    const struct report_point *base;
    struct effect *effects;
    size_t count;
};

// The interval of the ratios' median: of their logarithms, so that a and b may change places.
bool forest_effect(const double *ratios, size_t pairs, struct interval *ratio, double *coverage)
{
    double *logs = calloc(pairs + 1, sizeof *logs);
    for (size_t i = 0; logs && i < pairs; i++)
        logs[i] = log(ratios[i]);
    if (logs) {
        struct interval i = stats_median_interval(logs, pairs, COVERAGE);
        *ratio = (struct interval){exp(i.median), exp(i.lo), exp(i.hi)};
        *coverage = stats_median_coverage(pairs, COVERAGE);
    }
    free(logs);
    return logs != NULL;
}

// What the bench itself compared with, else the first.
static const struct report_point *base_of(const struct figure_facet *f)
{
    const struct report_point *first = NULL;
    const char *against = "";
    for (size_t i = 0; i < f->count; i++) {
        const json_t *cell = reps_bench_cell(f->points[i]);
        if (cell && *against == 0)
            against = jsonx_string(cell, "bench.ratio.against");
        if (cell && first == NULL)
            first = f->points[i];
    }
    for (size_t i = 0; i < f->count; i++) {
        const json_t *cell = reps_bench_cell(f->points[i]);
        if (cell && *against && strcmp(jsonx_string(cell, "params.queue"), against) == 0)
            return f->points[i];
    }
    return first;
}

static int by_effect(const void *a, const void *b)
{
    const struct effect *p = a, *q = b;
    if (p->is_self != q->is_self)
        return p->is_self ? -1 : 1;
    return (p->ratio.median > q->ratio.median) - (p->ratio.median < q->ratio.median);
}

// A document of before repetitions had their rounds in it: the ratio that the bench found, if it is to this
// base.
static void take_known(struct effect *e, const json_t *cell, const struct report_point *base)
{
    const json_t *known = jsonx_find(cell, "bench.ratio");
    const char *against = jsonx_string(reps_bench_cell(base), "params.queue");
    if (!json_is_object(known) || strcmp(jsonx_string(known, "against"), against) != 0)
        return;
    e->ratio = (struct interval){jsonx_number(known, "median", 0), jsonx_number(known, "lo", 0),
                                 jsonx_number(known, "hi", 0)};
    e->coverage = jsonx_number(known, "coverage", 0);
    e->pairs = e->ratio.lo > 0 ? (size_t)jsonx_number(known, "pairs", 0) : 0;
}

static bool add_effect(struct forest *f, const struct report_point *p)
{
    const json_t *cell = reps_bench_cell(p);
    size_t most = json_array_size(jsonx_find(cell, "bench.ns_per_item.reps"));
    double *ratios = calloc(most + 1, sizeof *ratios);
    struct effect *e = &f->effects[f->count];
    if (ratios == NULL)
        return false;
    *e = (struct effect){.is_self = p == f->base};
    e->pairs = e->is_self ? reps_ratios_to_self(p, ratios) : reps_ratios(p, f->base, ratios);
    bool ok = e->pairs == 0 || forest_effect(ratios, e->pairs, &e->ratio, &e->coverage);
    free(ratios);
    if (e->pairs == 0 && !e->is_self)
        take_known(e, cell, f->base);
    figure_look_of(p, &e->look);
    snprintf(e->name, sizeof e->name, "%s%s", e->look.queue, e->is_self ? " to itself" : "");
    f->count += ok && e->pairs > 0;
    return ok;
}

static bool forest_of(struct forest *f, const struct figure_facet *facet)
{
    bool ok = true;
    f->facet = facet;
    f->base = base_of(facet);
    f->count = 0;
    free(f->effects);
    f->effects = calloc(facet->count + 1, sizeof *f->effects);
    for (size_t i = 0; ok && f->effects && f->base && i < facet->count; i++)
        if (reps_bench_cell(facet->points[i]))
            ok = add_effect(f, facet->points[i]);
    return ok && f->effects != NULL;
}

// Something beside the base itself.
static bool has_effect(const struct forest *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (!f->effects[i].is_self)
            return true;
    return false;
}

// The number-th facet that has effects; the number of all in *all. False: there are not so many, or memory is
// short.
static bool forest_open(struct forest *f, const struct figure_view *v, size_t number, size_t *all)
{
    *f = (struct forest){0};
    *all = 0;
    if (!figure_facets_open(&f->facets, v, NULL))
        return false;
    for (size_t i = 0; i < f->facets.count; i++) {
        if (!forest_of(f, &f->facets.list[i]))
            return false;
        if (has_effect(f) && (*all)++ == number) {
            qsort(f->effects, f->count, sizeof *f->effects, by_effect);
            return true;
        }
    }
    return false;
}

static void forest_close(struct forest *f)
{
    figure_facets_close(&f->facets);
    free(f->effects);
}

// ---- drawing ----
static struct sheet_axis axis_of(const struct forest *f)
{
    double far = 1 + 2 * MARGIN;
    for (size_t i = 0; i < f->count; i++)
        far = fmax(far, fmax(f->effects[i].ratio.hi, 1 / f->effects[i].ratio.lo));
    far *= 1.05;
    return (struct sheet_axis){.label = "", .unit = AXIS_FACTOR, .log = true, .lo = 1 / far, .hi = far};
}

static void put_effect(struct sheet *s, const struct effect *e, double y, double text_pt)
{
    struct sheet_row row = sheet_row(SHEET_CROSS, 1, 1);
    char text[96], mid[24], lo[24], hi[24];
    snprintf(row.colour, sizeof row.colour, "%s", e->is_self ? STYLE_GREY : STYLE_INK);
    row.text = e->name;
    row.x = e->ratio.median;
    row.x_lo = e->ratio.lo;
    row.x_hi = e->ratio.hi;
    row.y = row.y_lo = row.y_hi = y;
    row.n = (double)e->pairs;
    sheet_add(s, &row);
    row.mark = SHEET_POINT;
    row.marker = e->look.style.marker;
    row.size = 5;
    sheet_add(s, &row);
    axis_write(AXIS_FACTOR, e->ratio.median, mid, sizeof mid);
    axis_write(AXIS_NUMBER, e->ratio.lo, lo, sizeof lo);
    axis_write(AXIS_NUMBER, e->ratio.hi, hi, sizeof hi);
    snprintf(text, sizeof text, "%s  (%s to %s)", mid, lo, hi);
    sheet_text(s, text_pt, sheet_y_pt(s, 1, y), "left", text, STYLE_INK, SHEET_TEXT_PT - 1, false);
}

static void put_margin(struct sheet *s, const struct sheet_axis *y)
{
    struct sheet_row row = sheet_row(SHEET_RECT, 1, 1);
    snprintf(row.colour, sizeof row.colour, "#e9e9e9");
    row.x_lo = 1 / (1 + MARGIN);
    row.x_hi = 1 + MARGIN;
    row.y_lo = y->lo;
    row.y_hi = y->hi;
    sheet_add(s, &row);
    row = sheet_row(SHEET_LINE, 1, 1);
    snprintf(row.colour, sizeof row.colour, STYLE_INK);
    row.style = "solid";
    row.size = 0.6;
    row.x = 1;
    row.y = y->lo;
    sheet_add(s, &row);
    row.y = y->hi;
    sheet_add(s, &row);
}

static void notes(struct sheet *s, const struct forest *f, const char *base)
{
    double least = 1;
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < f->count; i++) {
        least = fmin(least, f->effects[i].coverage);
        fewest = f->effects[i].pairs < fewest ? f->effects[i].pairs : fewest;
    }
    sheet_note(s,
               "Time an item takes over that of %s: median of the ratios of repetitions of one round, with "
               "the exact "
               "order-statistic interval of that median (level %.3g %% and more, %zu pairs and more). Grey: "
               "less than "
               "%.0f %% apart.",
               base, 100 * least, fewest, 100 * MARGIN);
    if (f->count && f->effects[0].is_self)
        sheet_note(s, "%s to itself, in the same way: each second repetition over the one before it.", base);
}

bool forest_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct forest f;
    size_t all;
    bool ok = forest_open(&f, v, number, &all);
    const char **names = ok ? calloc(f.count + 1, sizeof *names) : NULL;
    ok = ok && names != NULL;
    if (ok) {
        char base[64], label[160];
        report_param_text(f.base->cells[0], "queue", base, sizeof base);
        for (size_t i = 0; i < f.count; i++)
            names[f.count - 1 - i] = f.effects[i].name;
        struct sheet_axis x = axis_of(&f);
        struct sheet_axis y = {.lo = 0.4, .hi = (double)f.count + 0.6, .names = names, .name_count = f.count};
        snprintf(label, sizeof label, "faster  ←  time over that of %s  →  slower", base);
        x.label = label;
        notes(s, &f, base);
        s->width = SHEET_DOUBLE;
        sheet_grid(s, &(struct sheet_grid){.columns = 1,
                                           .count = 1,
                                           .height_pt = ROW_PT * (double)f.count + 4,
                                           .right_pt = 110,
                                           .titles = (const char *const[]){f.facet->title},
                                           .x = &x,
                                           .y = &y});
        reps_ratio_ticks(s, 1);
        put_margin(s, &y);
        for (size_t i = 0; i < f.count; i++)
            put_effect(s, &f.effects[i], (double)(f.count - i), s->width * s->panels[0].frame[1] + 8);
    }
    free(names);
    forest_close(&f);
    return ok;
}

size_t forest_pages(const struct figure_view *v, const char **why)
{
    struct forest f;
    size_t pages;
    *why = "it takes two queues with repetitions of the same rounds";
    forest_open(&f, v, SIZE_MAX, &pages);
    forest_close(&f);
    return pages;
}
