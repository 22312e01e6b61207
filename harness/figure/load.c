// SPDX-License-Identifier: Apache-2.0
// The hockey stick: latency and goodput over offered load. Left p99; a hollow marker says that more than 1 %
// of the offered records never arrived, so that their p99 is infinite and the one shown is that of the
// delivered ones alone: the two are not joined. Right what was delivered of what was offered, beside the line
// on which nothing is missing.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "figure/labels.h"
#include "figure/pictures.h"
#include "figure/sweep.h"
#include "figure/values.h"

enum { LOADS_MAX = 64, SERIES_MAX = 32, PANELS = 2, FACETS = 3 };

struct dot {
    double x, y, lo, hi;
    size_t n; // repetitions; 0: there is none
    bool hollow;
};

struct dots {
    struct figure_look look;
    struct dot at[PANELS][LOADS_MAX];
    size_t members;        // queues that it stands for
    size_t bundle[PANELS]; // the number of the first series that it runs on top of there, or its own
};

struct chart {
    struct dots *list;
    size_t count, loads;
    bool queues; // they differ
};

// ---- what is shown ----
static struct dot dot_of(const struct report_point *p, int panel)
{
    static const char *const keys[PANELS] = {"response_ns.p99", "rate.delivered_per_s"};
    struct figure_value x, y, offered;
    struct dot d = {0};
    if (p == NULL || !figure_value(p, figure_number, "rate.offered_per_s", &x) ||
        !figure_value(p, figure_number, keys[panel], &y))
        return d;
    double unit = panel == 0 ? 1e-9 : 1;
    d = (struct dot){x.median, y.median * unit, y.lo * unit, y.hi * unit, y.n, false};
    d.hollow = panel == 0 && figure_value(p, figure_offered, "response_offered_ns.p99", &offered) &&
               isinf(offered.median);
    if (panel == 0 && d.y <= 0)
        d.n = 0; // no logarithm of it
    return d;
}

static bool chart_open(struct chart *c, const struct figure_view *v, struct sweep *w, size_t facet)
{
    *c = (struct chart){.list = calloc(SERIES_MAX, sizeof *c->list)};
    if (c->list == NULL || !sweep_facet(w, facet))
        return false;
    c->queues = figure_has_queues(v);
    c->loads = w->load_count < LOADS_MAX ? w->load_count : LOADS_MAX;
    for (size_t i = 0; i < w->series_count && c->count < SERIES_MAX; i++) {
        struct dots *d = &c->list[c->count++];
        d->look = w->series[i].look;
        d->members = 1;
        for (int panel = 0; panel < PANELS; panel++)
            for (size_t k = 0; k < c->loads; k++)
                d->at[panel][k] = dot_of(w->series[i].at[k], panel);
    }
    return true;
}

// ---- queues that make no difference ----
static bool alike(const struct dots *a, const struct dots *b, int panel, const struct sheet_axis *y,
                  double most)
{
    for (size_t k = 0; k < LOADS_MAX; k++) {
        const struct dot *p = &a->at[panel][k], *q = &b->at[panel][k];
        if ((p->n > 0) != (q->n > 0) || p->hollow != q->hollow)
            return false;
        double way = p->n == 0 ? 0
                     : y->log  ? log(q->y / p->y) / log(y->hi / y->lo)
                               : (q->y - p->y) / (y->hi - y->lo);
        if (fabs(way) > most)
            return false;
    }
    return true;
}

// Queues of one strategy are one when they are alike in both panels.
static bool same(const struct dots *a, const struct dots *b, const struct sheet_axis y[PANELS])
{
    bool all = strcmp(a->look.strategy, b->look.strategy) == 0;
    for (int panel = 0; panel < PANELS; panel++)
        all = all && alike(a, b, panel, &y[panel], 0.03);
    return all;
}

// Joins b to a: bars reach over both.
static void join(struct dots *a, const struct dots *b)
{
    for (int panel = 0; panel < PANELS; panel++)
        for (size_t k = 0; k < LOADS_MAX; k++) {
            struct dot *p = &a->at[panel][k];
            p->lo = fmin(p->lo, b->at[panel][k].lo);
            p->hi = fmax(p->hi, b->at[panel][k].hi);
            p->n += b->at[panel][k].n;
        }
    a->members++;
}

static void group(struct chart *c, const struct sheet_axis y[PANELS])
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t k = 0;
        while (k < kept && !same(&c->list[k], &c->list[i], y))
            k++;
        if (k < kept)
            join(&c->list[k], &c->list[i]);
        else
            c->list[kept++] = c->list[i];
    }
    c->count = kept;
    for (int panel = 0; panel < PANELS; panel++)
        for (size_t i = 0; i < kept; i++) {
            size_t k = 0;
            while (k < i && !alike(&c->list[k], &c->list[i], panel, &y[panel], 0.015))
                k++;
            c->list[i].bundle[panel] = k < i ? c->list[k].bundle[panel] : i;
        }
}

// ---- axes ----
static void widen(double *lo, double *hi, double value)
{
    *lo = isnan(*lo) ? value : fmin(*lo, value);
    *hi = isnan(*hi) ? value : fmax(*hi, value);
}

static void axes(const struct chart *charts, size_t count, struct sheet_axis *x, struct sheet_axis y[PANELS])
{
    double x_lo = NAN, x_hi = NAN, lo[PANELS] = {NAN, NAN}, hi[PANELS] = {NAN, NAN};
    for (size_t f = 0; f < count; f++)
        for (size_t i = 0; i < charts[f].count; i++)
            for (int panel = 0; panel < PANELS; panel++)
                for (size_t k = 0; k < charts[f].loads; k++) {
                    const struct dot *d = &charts[f].list[i].at[panel][k];
                    if (d->n == 0)
                        continue;
                    widen(&x_lo, &x_hi, d->x);
                    widen(&lo[panel], &hi[panel], d->lo);
                    widen(&lo[panel], &hi[panel], d->hi);
                }
    bool any = !isnan(x_lo);
    *x = (struct sheet_axis){
        .label = "offered load", .unit = AXIS_RATE, .log = any && x_lo > 0 && x_hi / x_lo > 20};
    x->lo = x->log ? x_lo / 1.15 : 0;
    x->hi = any ? x_hi * (x->log ? 1.15 : 1.05) : 1;
    for (int panel = 0; panel < PANELS; panel++) {
        y[panel] = (struct sheet_axis){.label = panel ? "delivered" : "p99 response time",
                                       .unit = panel ? AXIS_RATE : AXIS_SECONDS,
                                       .log = panel ? x->log : axis_wants_log(lo[panel], hi[panel]),
                                       .lo = lo[panel],
                                       .hi = isnan(hi[panel]) ? 1 : hi[panel]};
        if (!y[panel].log)
            y[panel].lo = 0;
        axis_round(y[panel].log, &y[panel].lo, &y[panel].hi);
    }
    if (x->log) { // a line on which nothing is missing wants one scale
        y[1].lo = fmin(y[1].lo, x->lo);
        y[1].hi = fmax(y[1].hi, x->hi);
    }
}

// ---- marks ----
static void name_one(const struct chart *c, const struct dots *d, char *name, size_t size)
{
    bool queues = false;
    for (size_t i = 0; i < c->count; i++)
        queues = queues || strcmp(c->list[i].look.queue, d->look.queue) != 0 || c->list[i].members > 1;
    if (d->members > 1)
        snprintf(name, size, "%s · %zu queues", d->look.strategy, d->members);
    else
        snprintf(name, size, "%s%s%s", d->look.strategy, queues && *d->look.strategy ? " · " : "",
                 queues || *d->look.strategy == 0 ? d->look.queue : "");
}

// The names of all that run on top of each other; how many they are.
static size_t name_of(const struct chart *c, int panel, size_t bundle, char *name, size_t size)
{
    size_t members = 0;
    *name = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t n = strlen(name);
        if (c->list[i].bundle[panel] != bundle || size - n < 3)
            continue;
        snprintf(name + n, size - n, "%s", members++ ? ", " : "");
        n = strlen(name);
        name_one(c, &c->list[i], name + n, size - n);
    }
    if (members > 3)
        snprintf(name, size, "%s%zu strategies", members == c->count ? "all " : "", members);
    return members;
}

static void put_series(struct sheet *s, int panel, const struct chart *c, size_t index, struct label *label)
{
    const struct dots *d = &c->list[index];
    int kind = (panel - 1) % PANELS, series = (int)index * 2 * LOADS_MAX + 1;
    const struct dot *before = NULL;
    static const char *const stripes[] = {"solid", "dash", "dot"};
    struct sheet_row row = sheet_row(SHEET_LINE, panel, series);
    size_t place = 0, together = name_of(c, kind, d->bundle[kind], label->text, sizeof label->text);
    for (size_t i = 0; i < index; i++)
        place += c->list[i].bundle[kind] == d->bundle[kind];
    snprintf(label->colour, sizeof label->colour, "%s", together > 1 ? STYLE_INK : d->look.colour);
    memcpy(row.colour, d->look.colour, sizeof row.colour);
    label->mark = SHEET_POINT;
    label->series = series;
    label->at_end = true;
    row.text = label->text;
    row.style = place > 0                      ? stripes[place < 3 ? place : 2]
                : d->members > 1 || !c->queues ? "solid"
                                               : d->look.style.dash;
    for (size_t k = 0; k < c->loads; k++) {
        const struct dot *p = &d->at[kind][k];
        if (p->n == 0 || (before && before->hollow != p->hollow))
            row.series++; // what is not joined is a line of its own
        before = p->n ? p : NULL;
        row.x = p->x;
        row.y = p->y;
        row.n = (double)p->n;
        row.size = together > 1 ? 1.8 : 1.1;
        if (p->n)
            sheet_add(s, &row);
    }
    row.series = series;
    for (size_t k = 0; k < c->loads; k++) {
        const struct dot *p = &d->at[kind][k];
        const char *marker = d->members > 1 || !c->queues ? "circle" : d->look.style.marker;
        char hollow[32];
        snprintf(hollow, sizeof hollow, "open_%s", marker);
        if (p->n == 0)
            continue;
        row.mark = SHEET_CROSS;
        row.x = row.x_lo = row.x_hi = p->x;
        row.y = p->y;
        row.y_lo = p->lo;
        row.y_hi = p->hi;
        row.n = (double)p->n;
        if (p->hi > p->lo)
            sheet_add(s, &row);
        row.mark = SHEET_POINT;
        row.marker = p->hollow ? style_marker_named(hollow) : marker;
        row.size = 3.6;
        row.x_lo = row.x_hi = row.y_lo = row.y_hi = NAN;
        sheet_add(s, &row);
    }
}

static void put_guide(struct sheet *s, int panel)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    double lo = fmax(p->x.lo, p->y.lo), hi = fmin(p->x.hi, p->y.hi);
    sheet_rule(s, panel, (double[2]){lo, lo}, (double[2]){hi, hi}, STYLE_GREY, "dot", 0.8);
}

static bool put_charts(struct sheet *s, const struct sweep *w, size_t first, struct chart *charts,
                       size_t count)
{
    struct sheet_axis x, y[PANELS], all_x[PANELS * FACETS], all_y[PANELS * FACETS];
    const char *titles[PANELS * FACETS];
    char texts[PANELS * FACETS][220];
    struct label labels[SERIES_MAX + 1] = {0};
    axes(charts, count, &x, y);
    for (size_t f = 0; f < count; f++) {
        group(&charts[f], y);
        for (int panel = 0; panel < PANELS; panel++) {
            size_t i = f * PANELS + (size_t)panel;
            all_x[i] = x;
            all_y[i] = y[panel];
            all_x[i].bare = f + 1 < count;
            snprintf(texts[i], sizeof texts[i], "%s", panel ? "" : w->facets.list[first + f].title);
            titles[i] = texts[i];
        }
    }
    bool striped = false;
    for (size_t f = 0; f < count; f++)
        for (size_t k = 0; k < charts[f].count; k++)
            striped = striped || charts[f].list[k].bundle[0] != k || charts[f].list[k].bundle[1] != k;
    if (striped)
        sheet_note(s, "Striped: lines of several strategies on top of each other.");
    struct sheet_grid g = {.columns = PANELS,
                           .count = (int)count * PANELS,
                           .height_pt = 125,
                           .right_pt = 10,
                           .titles = titles,
                           .x = all_x,
                           .y = all_y};
    sheet_grid(s, &g);
    for (int i = 0; i < g.count; i++) {
        const struct chart *c = &charts[i / PANELS];
        if (i % PANELS == 1)
            put_guide(s, i + 1);
        size_t n = 0;
        for (size_t k = 0; k < c->count; k++) {
            put_series(s, i + 1, c, k, &labels[n]);
            n += c->list[k].bundle[i % PANELS] == k;
        }
        labels_place(s, i + 1, labels, n, g.right_pt);
    }
    return true;
}

// ---- the figure ----
size_t load_pages(const struct figure_view *v, const char **why)
{
    struct sweep w;
    *why = "the offered load does not vary: it wants three rates in the matrix";
    size_t pages = sweep_open(&w, v) ? (w.facets.count + FACETS - 1) / FACETS : 0;
    sweep_close(&w);
    return pages;
}

bool load_fill(struct sheet *s, const struct figure_view *v, size_t page)
{
    struct sweep w;
    struct chart charts[FACETS] = {0};
    size_t first = page * FACETS, count = 0;
    bool ok = sweep_open(&w, v);
    for (; ok && first + count < w.facets.count && count < FACETS; count++)
        ok = chart_open(&charts[count], v, &w, first + count);
    s->width = SHEET_DOUBLE;
    sheet_note(
        s,
        "Hollow: more than 1 %% of the offered records never arrived; the p99 is that of the delivered ones. "
        "Dotted: all that is offered is delivered.");
    figure_note_reps(s, v);
    ok = ok && put_charts(s, &w, first, charts, count);
    for (size_t i = 0; i < FACETS; i++)
        free(charts[i].list);
    sweep_close(&w);
    return ok;
}
