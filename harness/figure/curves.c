// SPDX-License-Identifier: Apache-2.0
#include "figure/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"

bool curves_open(struct curve_set *set, const double *x, size_t grid, size_t most)
{
    *set = (struct curve_set){.x = x, .grid = grid, .list = calloc(most + 1, sizeof *set->list)};
    for (size_t i = 0; set->list && i < most; i++)
        if ((set->list[i].y = calloc(grid, sizeof(double))) == NULL) {
            curves_close(set);
            return false;
        }
    return set->list != NULL;
}

void curves_close(struct curve_set *set)
{
    for (size_t i = 0; set->list && set->list[i].y; i++) // one more than there can be, without y
        free(set->list[i].y);
    free(set->list);
    *set = (struct curve_set){0};
}

bool curves_range(const struct curve_set *set, double *lo, double *hi)
{
    bool any = false;
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->list[i].count; k++, any = true) {
            double y = set->list[i].y[k];
            *lo = any ? fmin(*lo, y) : y;
            *hi = any ? fmax(*hi, y) : y;
        }
    return any;
}

// ---- which are one ----
static double way(const struct sheet_axis *axis, double from, double to)
{
    return fabs(axis->log ? log(to / from) / log(axis->hi / axis->lo) : (to - from) / (axis->hi - axis->lo));
}

// How far `b` is from point k of `a`, up or down, the nearest of its points close by: where curves are steep
// a little to the side is a lot up.
static double off(const struct curve *a, const struct curve *b, size_t k, const struct sheet_axis *y)
{
    double least = INFINITY;
    for (size_t j = k < 2 ? 0 : k - 2; j <= k + 2 && j < b->count; j++)
        least = fmin(least, way(y, a->y[k], b->y[j]));
    return least;
}

static bool close_by(const struct curve_set *set, const struct curve *a, const struct curve *b,
                     const struct sheet_axis *x, const struct sheet_axis *y, double most)
{
    if (a->endless != b->endless || a->count == 0 || b->count == 0)
        return false;
    size_t both = a->count < b->count ? a->count : b->count, far = 0;
    for (size_t k = 0; k < both; k++) {
        double by = off(a, b, k, y);
        far += by > most;
        if (by > 6 * most || 12 * far > both + 12) // a few points may be off a little, where curves begin
            return false;
    }
    return way(x, set->x[a->count - 1], set->x[b->count - 1]) <= most + 0.04;
}

static bool alike(const struct curve_set *set, const struct curve *a, const struct curve *b,
                  const struct sheet_axis *x, const struct sheet_axis *y, double most)
{
    return strcmp(a->look.strategy, b->look.strategy) == 0 && close_by(set, a, b, x, y, most);
}

static size_t group_once(struct curve_set *set, const struct sheet_axis *x, const struct sheet_axis *y,
                         double most)
{
    size_t groups = 0;
    for (size_t i = 0; i < set->count; i++) {
        size_t k = 0;
        while (k < i && !alike(set, &set->list[k], &set->list[i], x, y, most))
            k++;
        set->list[i].group = k < i ? set->list[k].group : groups++;
    }
    return groups;
}

void curves_group(struct curve_set *set, const struct sheet_axis *x, const struct sheet_axis *y, double most,
                  size_t labels)
{
    do {
        set->groups = group_once(set, x, y, most);
        most *= 2;
    } while (set->groups > labels && most < 4);
}

// ---- names ----
static bool several(const struct curve_set *set, bool queues)
{
    for (size_t i = 1; i < set->count; i++) {
        const struct figure_look *a = &set->list[0].look, *b = &set->list[i].look;
        if (strcmp(queues ? a->queue : a->strategy, queues ? b->queue : b->strategy) != 0)
            return true;
    }
    return false;
}

void curves_name(const struct curve_set *set, size_t group, char *name, size_t size)
{
    const struct curve *first = NULL, *second = NULL;
    size_t members = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].group == group) {
            members++;
            second = members == 2 ? &set->list[i] : second;
            first = first ? first : &set->list[i];
        }
    char queues[160] = "";
    if (members == 1 && several(set, true))
        snprintf(queues, sizeof queues, "%s", first->look.queue);
    else if (members == 2)
        snprintf(queues, sizeof queues, "%s, %s", first->look.queue, second->look.queue);
    else if (members > 2)
        snprintf(queues, sizeof queues, "%zu queues", members);
    bool strategy = *first->look.strategy && (several(set, false) || *queues == 0);
    snprintf(name, size, "%s%s%s", strategy ? first->look.strategy : "", strategy && *queues ? " · " : "",
             queues);
}

// ---- drawing ----
struct spread {
    double lo, mid, hi;
    size_t n; // curves that reach so far
};

static struct spread spread_at(const struct curve_set *set, size_t group, size_t k)
{
    double values[64];
    struct spread s = {0};
    for (size_t i = 0; i < set->count && s.n < 64; i++)
        if (set->list[i].group == group && k < set->list[i].count)
            values[s.n++] = set->list[i].y[k];
    if (s.n) {
        s.lo = stats_quantile(values, s.n, 0);
        s.mid = stats_median(values, s.n);
        s.hi = stats_quantile(values, s.n, 1);
    }
    return s;
}

static void put_band(struct sheet *s, int panel, const struct curve_set *set, size_t group,
                     const struct curve *first)
{
    struct sheet_row row = sheet_row(SHEET_BAND, panel, (int)group + 1);
    struct spread at;
    style_tint(first->look.colour, 0.3, row.colour);
    for (size_t k = 0; k < set->grid && (at = spread_at(set, group, k)).n > 1; k++) {
        row.x = set->x[k];
        row.y_lo = at.lo;
        row.y_hi = at.hi;
        row.n = (double)at.n;
        sheet_add(s, &row);
    }
}

static const struct curve *first_of(const struct curve_set *set, size_t group)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].group == group)
            return &set->list[i];
    return NULL;
}

// How many of the groups drawn after this one run over much of it: it is drawn so much wider, and seen as an
// edge on either side.
static size_t hidden_by(const struct sheet *s, int panel, const struct curve_set *set, size_t group)
{
    const struct curve *own = first_of(set, group);
    size_t hidden = 0;
    for (size_t g = group + 1; g < set->groups; g++) {
        const struct curve *other = first_of(set, g);
        size_t near = 0;
        if (strcmp(own->look.strategy, other->look.strategy) == 0)
            continue; // their dashes show that there are two
        for (size_t k = 0; k < own->count && k < other->count; k++)
            near += off(own, other, k, &s->panels[panel - 1].y) < 0.008;
        hidden += own->count > 0 && 3 * near > own->count;
    }
    return hidden;
}

static void put_group(struct sheet *s, int panel, const struct curve_set *set, enum sheet_mark mark,
                      size_t group, struct label *label)
{
    const struct curve *first = NULL;
    size_t members = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].group == group && members++ == 0)
            first = &set->list[i];
    struct sheet_row row = sheet_row(mark, panel, (int)group + 1);
    struct spread at;
    curves_name(set, group, label->text, sizeof label->text);
    memcpy(label->colour, first->look.colour, sizeof label->colour);
    label->mark = mark;
    label->series = (int)group + 1;
    memcpy(row.colour, first->look.colour, sizeof row.colour);
    row.text = label->text;
    row.style = members > 1 ? "solid" : first->look.style.dash;
    row.size = 1.2 + 1.2 * (double)hidden_by(s, panel, set, group);
    if (members > 1)
        put_band(s, panel, set, group, first);
    for (size_t k = 0; k < set->grid && (at = spread_at(set, group, k)).n > 0; k++) {
        row.x = set->x[k];
        row.y = at.mid;
        row.n = first->n;
        sheet_add(s, &row);
    }
    if (!first->endless || members == 0)
        return;
    row.series = (int)(set->groups + group) + 1; // straight up: what comes next never arrived
    row.mark = SHEET_LINE;
    sheet_add(s, &row);
    row.y = s->panels[panel - 1].y.hi;
    sheet_add(s, &row);
}

void curves_put(struct sheet *s, int panel, const struct curve_set *set, enum sheet_mark mark,
                struct label *labels)
{
    for (size_t g = 0; g < set->groups; g++)
        put_group(s, panel, set, mark, g, &labels[g]);
}
