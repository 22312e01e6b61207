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
    for (size_t i = 0; i < set->count; i++) { // the groups of other strategies that it runs on top of
        struct curve *own = &set->list[i];
        own->bundle = own->group;
        for (size_t k = 0; k < i; k++)
            if (set->list[k].group == own->group || close_by(set, &set->list[k], own, x, y, 0.02)) {
                own->bundle = set->list[k].bundle;
                break;
            }
    }
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

struct members {
    size_t curves, groups, bundles; // of the set: all; of a bundle: its own
    const struct curve *first, *second;
};

static struct members members_of(const struct curve_set *set, size_t bundle)
{
    struct members m = {0};
    for (size_t i = 0; i < set->count; i++) {
        const struct curve *c = &set->list[i];
        size_t k = 0;
        while (k < i && set->list[k].group != c->group)
            k++;
        m.bundles += c->bundle != bundle;
        if (c->bundle != bundle)
            continue;
        m.groups += k == i;
        m.curves++;
        m.second = m.first && m.second == NULL ? c : m.second;
        m.first = m.first ? m.first : c;
    }
    return m;
}

// "drop_newest, reject", or how many when that is long.
static void strategies_of(const struct curve_set *set, size_t bundle, char *text, size_t size)
{
    enum { LONG = 40 };
    const struct curve *seen[64];
    size_t count = 0, others = 0;
    *text = 0;
    for (size_t i = 0; i < set->count && count < 64; i++) {
        size_t k = 0;
        others += set->list[i].bundle != bundle;
        while (k < count && strcmp(seen[k]->look.strategy, set->list[i].look.strategy) != 0)
            k++;
        if (set->list[i].bundle != bundle || k < count)
            continue;
        seen[count++] = &set->list[i];
        size_t n = strlen(text);
        snprintf(text + n, size - n, "%s%s", n ? ", " : "", set->list[i].look.strategy);
    }
    if (strlen(text) > LONG)
        snprintf(text, size, "%s%zu strategies", others ? "" : "all ", count);
}

void curves_name(const struct curve_set *set, size_t bundle, char *name, size_t size)
{
    struct members m = members_of(set, bundle);
    char queues[160] = "", strategies[400] = "";
    strategies_of(set, bundle, strategies, sizeof strategies);
    if (m.groups == 1 && m.curves == 1 && several(set, true))
        snprintf(queues, sizeof queues, "%s", m.first->look.queue);
    else if (m.groups == 1 && m.curves == 2)
        snprintf(queues, sizeof queues, "%s, %s", m.first->look.queue, m.second->look.queue);
    else if (m.groups == 1 && m.curves > 2)
        snprintf(queues, sizeof queues, "%zu queues", m.curves);
    bool strategy = *strategies && (several(set, false) || *queues == 0);
    snprintf(name, size, "%s%s%s", strategy ? strategies : "", strategy && *queues ? " · " : "", queues);
}

void curves_note(struct sheet *s, const struct curve_set *set)
{
    static const char note[] = "Striped: lines of several strategies on top of each other.";
    if (s->notes && strstr(s->notes, note))
        return;
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].bundle != set->list[i].group) {
            sheet_note(s, "%s", note);
            return;
        }
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

// Which of its bundle's groups this one is: the first is solid, and the others are drawn over it so that all
// of their colours are seen.
static size_t place_in_bundle(const struct curve_set *set, size_t group)
{
    const struct curve *own = first_of(set, group);
    size_t before = 0;
    for (size_t g = 0; g < group; g++)
        before += first_of(set, g)->bundle == own->bundle;
    return before;
}

static void put_group(struct sheet *s, int panel, const struct curve_set *set, enum sheet_mark mark,
                      size_t group, const char *name)
{
    static const char *const stripes[] = {"solid", "dash", "dot"};
    const struct curve *first = first_of(set, group);
    size_t members = 0, place = place_in_bundle(set, group);
    struct sheet_row row = sheet_row(mark, panel, (int)group + 1);
    struct spread at;
    for (size_t i = 0; i < set->count; i++)
        members += set->list[i].group == group;
    memcpy(row.colour, first->look.colour, sizeof row.colour);
    row.text = name;
    row.style = place > 0                            ? stripes[place < 3 ? place : 2]
                : members > 1 || !several(set, true) ? "solid"
                                                     : first->look.style.dash;
    row.size = members_of(set, first->bundle).groups > 1 ? 1.8 : 1.2;
    if (members > 1)
        put_band(s, panel, set, group, first);
    for (size_t k = 0; k < set->grid && (at = spread_at(set, group, k)).n > 0; k++) {
        row.x = set->x[k];
        row.y = at.mid;
        row.n = first->n;
        sheet_add(s, &row);
    }
    if (!first->endless)
        return;
    row.series = (int)(set->groups + group) + 1; // straight up: what comes next never arrived
    row.mark = SHEET_LINE;
    sheet_add(s, &row);
    row.y = s->panels[panel - 1].y.hi;
    sheet_add(s, &row);
}

size_t curves_put(struct sheet *s, int panel, const struct curve_set *set, enum sheet_mark mark,
                  struct label *labels)
{
    size_t count = 0;
    for (size_t g = 0; g < set->groups; g++) {
        const struct curve *first = first_of(set, g);
        char name[sizeof labels->text];
        curves_name(set, first->bundle, name, sizeof name);
        put_group(s, panel, set, mark, g, name);
        if (first->bundle != g)
            continue; // the bundle's first has the label
        struct label *label = &labels[count++];
        *label = (struct label){.mark = mark, .series = (int)g + 1};
        memcpy(label->text, name, sizeof name);
        snprintf(label->colour, sizeof label->colour, "%s",
                 members_of(set, g).groups > 1 ? STYLE_INK : first->look.colour);
    }
    return count;
}
