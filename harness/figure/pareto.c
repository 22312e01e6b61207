// SPDX-License-Identifier: Apache-2.0
// What each choice costs: loss against latency over offered records, a point a strategy and queue. Below and
// to the left is better in both, and the grey line joins the choices that no other one beats in both. A
// percentile that is infinite (more never arrived than it leaves out) has a lane of its own at the top, a
// loss of nothing one at the left where the axis is logarithmic.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/labels.h"
#include "figure/pictures.h"
#include "figure/values.h"

enum { PANELS = 6, COLUMNS = 3 };

static const struct choice_of {
    const char *key, *label;
} measures[] = {
    {"response_offered_ns.p99", "p99 over offered"},
    {"response_offered_ns.p90", "p90 over offered"},
    {"response_offered_ns.p50", "p50 over offered"},
    {"response_ns.p99", "p99 over delivered"},
};

enum { MEASURES = sizeof measures / sizeof *measures };

struct choice {
    struct figure_look look;
    struct figure_value loss, time; // time in seconds
    double x, y;                    // as shown: in a lane where it has no place on the axis
    size_t members;                 // queues that it stands for
    size_t bundle;                  // the first choice at its place
};

struct facet_choices {
    struct choice *list;
    size_t count;
};

// ---- what is shown ----
// The highest percentile over offered records that is finite for at least half of the points; the one over
// delivered records when none is finite anywhere.
static const struct choice_of *choose_measure(const struct figure_view *v)
{
    size_t best = MEASURES - 1, most = 0;
    for (size_t m = 0; m + 1 < MEASURES; m++) {
        size_t finite = 0, all = 0;
        for (size_t i = 0; i < v->count; i++) {
            struct figure_value value;
            if (!figure_value(v->points[i], figure_offered, measures[m].key, &value))
                continue;
            all++;
            finite += isfinite(value.median);
        }
        if (finite > most) {
            most = finite;
            best = m;
        }
        if (2 * finite >= all && finite > 0)
            return &measures[m];
    }
    return &measures[best];
}

static bool read_choice(const struct report_point *p, const char *key, struct choice *c)
{
    *c = (struct choice){.members = 1};
    figure_look_of(p, &c->look);
    if (!figure_value(p, figure_loss, NULL, &c->loss) || !figure_value(p, figure_offered, key, &c->time))
        return false;
    c->time.median /= 1e9;
    c->time.lo /= 1e9;
    c->time.hi /= 1e9;
    return c->time.median > 0;
}

static bool facet_open(struct facet_choices *all, const struct figure_facet *f, const char *key)
{
    *all = (struct facet_choices){.list = calloc(f->count + 1, sizeof *all->list)};
    for (size_t i = 0; all->list && i < f->count; i++)
        all->count += read_choice(f->points[i], key, &all->list[all->count]);
    return all->list != NULL;
}

// ---- axes with lanes ----
struct lanes {
    struct sheet_axis x, y;
    double zero, never;  // where the lanes are; nan: there is none
    double x_end, y_end; // where the axes proper end towards them
};

static void note_value(double v, double *lo, double *hi)
{
    if (!isfinite(v) || v <= 0)
        return;
    *lo = isnan(*lo) ? v : fmin(*lo, v);
    *hi = isnan(*hi) ? v : fmax(*hi, v);
}

static struct lanes make_lanes(const struct facet_choices *all, size_t count, const char *label)
{
    double x_lo = NAN, x_hi = NAN, y_lo = NAN, y_hi = NAN;
    bool zero = false, never = false;
    for (size_t f = 0; f < count; f++)
        for (size_t i = 0; i < all[f].count; i++) {
            const struct choice *c = &all[f].list[i];
            note_value(c->loss.median, &x_lo, &x_hi);
            note_value(c->loss.hi, &x_lo, &x_hi);
            note_value(c->time.median, &y_lo, &y_hi);
            note_value(c->time.lo, &y_lo, &y_hi);
            note_value(c->time.hi, &y_lo, &y_hi);
            zero = zero || c->loss.median <= 0;
            never = never || !isfinite(c->time.hi);
        }
    struct lanes l = {.zero = NAN, .never = NAN};
    l.x = (struct sheet_axis){
        .label = "loss", .unit = AXIS_SHARE, .log = !isnan(x_lo) && axis_wants_log(x_lo, x_hi)};
    l.x.lo = l.x.log ? x_lo : 0;
    l.x.hi = isnan(x_hi) ? 0.01 : x_hi;
    axis_round(l.x.log, &l.x.lo, &l.x.hi);
    l.x_end = l.x.ticks_lo = l.x.lo;
    l.x.ticks_hi = l.x.hi;
    if (!l.x.log)
        l.x.hi *= 1.04; // room for a marker at the end
    if (l.x.log && zero) {
        double span = l.x.hi / l.x.lo;
        l.zero = l.x.lo / pow(span, 0.12);
        l.x.lo /= pow(span, 0.18);
        l.x_end = l.x.lo * pow(span, 0.12);
    } else if (!l.x.log) {
        l.x.lo = -0.06 * l.x.hi; // room for the marker at 0
    }
    l.y = (struct sheet_axis){.label = label, .unit = AXIS_SECONDS, .log = axis_wants_log(y_lo, y_hi)};
    l.y.lo = isnan(y_lo) || !l.y.log ? 0 : y_lo;
    l.y.hi = isnan(y_hi) ? 1 : y_hi;
    axis_round(l.y.log, &l.y.lo, &l.y.hi);
    l.y_end = l.y.ticks_hi = l.y.hi;
    l.y.ticks_lo = l.y.lo;
    if (never) {
        double span = l.y.log ? l.y.hi / l.y.lo : l.y.hi - l.y.lo;
        l.never = l.y.log ? l.y.hi * pow(span, 0.14) : l.y.hi + 0.14 * span;
        l.y_end = l.y.log ? l.y.hi * pow(span, 0.06) : l.y.hi + 0.06 * span;
        l.y.hi = l.y.log ? l.y.hi * pow(span, 0.22) : l.y.hi + 0.22 * span;
    }
    return l;
}

static void place(struct facet_choices *all, const struct lanes *l)
{
    for (size_t i = 0; i < all->count; i++) {
        struct choice *c = &all->list[i];
        c->x = c->loss.median <= 0 && !isnan(l->zero) ? l->zero : c->loss.median;
        c->y = isfinite(c->time.median) ? c->time.median : l->never;
    }
}

// ---- what stands at one place ----
static double along(const struct sheet_axis *axis, double v)
{
    return axis->log ? log(v / axis->lo) / log(axis->hi / axis->lo) : (v - axis->lo) / (axis->hi - axis->lo);
}

static bool same_place(const struct choice *a, const struct choice *b, const struct lanes *l, double most)
{
    return fabs(along(&l->x, a->x) - along(&l->x, b->x)) <= most &&
           fabs(along(&l->y, a->y) - along(&l->y, b->y)) <= most;
}

static void join(struct choice *a, const struct choice *b)
{
    a->loss.lo = fmin(a->loss.lo, b->loss.lo);
    a->loss.hi = fmax(a->loss.hi, b->loss.hi);
    a->time.lo = fmin(a->time.lo, b->time.lo);
    a->time.hi = fmax(a->time.hi, b->time.hi);
    a->loss.n += b->loss.n;
    a->members++;
}

static void group(struct facet_choices *all, const struct lanes *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        size_t k = 0;
        while (k < kept && (strcmp(all->list[k].look.strategy, all->list[i].look.strategy) != 0 ||
                            !same_place(&all->list[k], &all->list[i], l, 0.03)))
            k++;
        if (k < kept)
            join(&all->list[k], &all->list[i]);
        else
            all->list[kept++] = all->list[i];
    }
    all->count = kept;
    for (size_t i = 0; i < kept; i++) {
        size_t k = 0;
        while (k < i && !same_place(&all->list[k], &all->list[i], l, 0.02))
            k++;
        all->list[i].bundle = k < i ? all->list[k].bundle : i;
    }
}

// ---- marks ----
static void name_of(const struct choice *c, bool queues, char *name, size_t size)
{
    if (c->members > 1)
        snprintf(name, size, "%s · %zu queues", c->look.strategy, c->members);
    else
        snprintf(name, size, "%s%s%s", c->look.strategy, *c->look.strategy && queues ? " · " : "",
                 queues || *c->look.strategy == 0 ? c->look.queue : "");
}

// A label for the choice; of more than three at one place one for all of them. False: it needs none.
static bool label_of(const struct facet_choices *all, size_t index, bool queues, struct label *label)
{
    const struct choice *c = &all->list[index];
    size_t together = 0;
    for (size_t k = 0; k < all->count; k++)
        together += all->list[k].bundle == c->bundle;
    *label = (struct label){.mark = SHEET_POINT, .series = (int)c->bundle + 1};
    snprintf(label->colour, sizeof label->colour, "%s", together > 3 ? STYLE_INK : c->look.colour);
    if (together > 3)
        snprintf(label->text, sizeof label->text, "%s%zu choices", together == all->count ? "all " : "",
                 together);
    else
        name_of(c, queues, label->text, sizeof label->text);
    return together <= 3 || c->bundle == index;
}

// From the upper left to the lower right, over choices that no other beats in both.
static void put_front(struct sheet *s, int panel, const struct facet_choices *all)
{
    struct sheet_row row = sheet_row(SHEET_STEP, panel, 1000);
    double x = -INFINITY, y = INFINITY;
    snprintf(row.colour, sizeof row.colour, STYLE_GREY);
    row.style = "solid";
    row.text = "not beaten in both";
    row.size = 0.5;
    for (;;) {
        const struct choice *next = NULL;
        for (size_t i = 0; i < all->count; i++) {
            const struct choice *c = &all->list[i];
            if (c->x >= x && c->y < y &&
                (next == NULL || c->x < next->x || (c->x == next->x && c->y < next->y)))
                next = c;
        }
        if (next == NULL)
            return;
        x = row.x = next->x;
        y = row.y = next->y;
        row.n = (double)next->members;
        sheet_add(s, &row);
    }
}

static void put_choice(struct sheet *s, int panel, const struct facet_choices *all, size_t index,
                       const struct lanes *l, bool queues)
{
    const struct choice *c = &all->list[index];
    struct sheet_row row = sheet_row(SHEET_CROSS, panel, (int)index + 1);
    size_t place = 0;
    for (size_t i = 0; i < index; i++)
        place += all->list[i].bundle == c->bundle;
    memcpy(row.colour, c->look.colour, sizeof row.colour);
    row.x = c->x;
    row.y = c->y;
    row.n = (double)c->loss.n;
    bool on_x = c->x == c->loss.median, on_y = c->y == c->time.median;
    row.x_lo = on_x ? fmax(c->loss.lo, s->panels[panel - 1].x.log ? s->panels[panel - 1].x.lo : 0) : c->x;
    row.x_hi = on_x ? c->loss.hi : c->x;
    row.y_lo = on_y ? c->time.lo : c->y;
    row.y_hi = !on_y ? c->y : isfinite(c->time.hi) ? c->time.hi : l->never; // up to its lane
    if (row.x_hi > row.x_lo || row.y_hi > row.y_lo)
        sheet_add(s, &row);
    row.mark = SHEET_POINT;
    row.series = (int)c->bundle + 1;
    row.x_lo = row.x_hi = row.y_lo = row.y_hi = NAN;
    row.text = c->look.strategy;
    row.marker = c->members > 1 || !queues ? "circle" : c->look.style.marker;
    row.size = place == 0 ? 5.5 : place == 1 ? 3.4 : 1.6; // several at one place: a target
    sheet_add(s, &row);
}

static void put_lanes(struct sheet *s, int panel, const struct lanes *l)
{
    const struct sheet_panel *p = &s->panels[panel - 1];
    if (!isnan(l->zero)) {
        sheet_tick(s, panel, true, l->zero, p->x.bare ? "" : "0", false);
        sheet_rule(s, panel, (double[2]){l->x_end, p->y.lo}, (double[2]){l->x_end, p->y.hi}, STYLE_GREY,
                   "dot", 0.6);
    }
    if (!isnan(l->never)) {
        sheet_tick(s, panel, false, l->never, p->y.bare ? "" : "∞", true);
        sheet_rule(s, panel, (double[2]){p->x.lo, l->y_end}, (double[2]){p->x.hi, l->y_end}, STYLE_GREY,
                   "dot", 0.6);
    }
}

static void put_panel(struct sheet *s, int panel, struct facet_choices *all, const struct lanes *l,
                      bool queues, double right_pt)
{
    struct label *labels = calloc(all->count + 1, sizeof *labels);
    size_t count = 0;
    if (labels == NULL) {
        s->short_of_memory = true;
        return;
    }
    put_lanes(s, panel, l);
    put_front(s, panel, all);
    for (size_t i = 0; i < all->count; i++) {
        put_choice(s, panel, all, i, l, queues);
        count += label_of(all, i, queues, &labels[count]);
    }
    labels_place(s, panel, labels, count, right_pt);
    free(labels);
}

// ---- the figure ----
size_t pareto_pages(const struct figure_view *v, const char **why)
{
    struct figure_facets f;
    size_t with = 0;
    for (size_t i = 0; i < v->count; i++) {
        struct figure_value value;
        with += figure_value(v->points[i], figure_offered, "response_offered_ns.p99", &value);
    }
    *why = "there is one choice only, nothing to weigh up";
    if (with < 2 || !figure_facets_open(&f, v, NULL))
        return 0;
    size_t pages = (f.count + PANELS - 1) / PANELS, most = 0;
    for (size_t i = 0; i < f.count; i++)
        most = f.list[i].count > most ? f.list[i].count : most;
    figure_facets_close(&f);
    return most > 1 ? pages : 0;
}

static bool fill(struct sheet *s, const struct figure_view *v, const struct figure_facets *f, size_t first)
{
    struct facet_choices all[PANELS] = {0};
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS];
    const struct choice_of *measure = choose_measure(v);
    size_t count = 0;
    bool ok = true;
    for (; ok && first + count < f->count && count < PANELS; count++)
        ok = facet_open(&all[count], &f->list[first + count], measure->key);
    struct lanes lanes = make_lanes(all, count, measure->label);
    int columns = count < COLUMNS ? (int)count : COLUMNS;
    for (size_t i = 0; i < count; i++) {
        x[i] = lanes.x;
        y[i] = lanes.y;
        x[i].bare = i + (size_t)columns < count;
        y[i].bare = i % (size_t)columns > 0;
        titles[i] = f->list[first + i].title;
    }
    struct sheet_grid g = {.columns = columns,
                           .count = (int)count,
                           .height_pt = columns == 1 ? 150 : 130,
                           .right_pt = 6,
                           .titles = titles,
                           .x = x,
                           .y = y};
    s->width = count == 1 ? SHEET_SINGLE : SHEET_DOUBLE;
    if (strcmp(measure->key, "response_ns.p99") == 0)
        sheet_note(s, "Over offered records p99, p90 and p50 are all infinite: too many never arrived.");
    else
        sheet_note(
            s, "Lower left is better; the line joins what nothing beats in both.%s",
            isnan(lanes.never)
                ? ""
                : " ∞: so many of the offered records never arrived that the percentile is among them.");
    figure_note_reps(s, v);
    if (ok)
        sheet_grid(s, &g);
    for (size_t i = 0; ok && i < count; i++) {
        place(&all[i], &lanes);
        group(&all[i], &lanes);
        put_panel(s, (int)i + 1, &all[i], &lanes, figure_has_queues(v), g.right_pt);
    }
    for (size_t i = 0; i < PANELS; i++)
        free(all[i].list);
    return ok;
}

bool pareto_fill(struct sheet *s, const struct figure_view *v, size_t page)
{
    struct figure_facets f;
    bool ok = figure_facets_open(&f, v, NULL) && fill(s, v, &f, page * PANELS);
    figure_facets_close(&f);
    return ok;
}
