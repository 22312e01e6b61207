// SPDX-License-Identifier: Apache-2.0
// Loss over offered load, stacked by reason: a panel a strategy; at one load: loss_rows.h. Queues and
// repetitions are counted together. The bar on top of a stack is the 95 % interval of the total.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/loss_rows.h"
#include "figure/loss_stack.h"
#include "figure/pictures.h"
#include "figure/sweep.h"

enum { LOADS_MAX = 64, PANELS = 6, COLUMNS = 3 };

// ---- a panel: a strategy in a facet ----
struct panel {
    char title[280], strategy[96];
    struct loss_stack at[LOADS_MAX];
};

struct panels {
    struct panel *list;
    size_t count, loads;
};

static struct panel *panel_of(struct panels *all, const char *facet, const char *strategy)
{
    char title[280];
    snprintf(title, sizeof title, "%s%s%s", strategy, *facet && *strategy ? " · " : "", facet);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->list[i].title, title) == 0)
            return &all->list[i];
    struct panel *more = realloc(all->list, (all->count + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    all->list = more;
    struct panel *p = &all->list[all->count++];
    *p = (struct panel){0};
    memcpy(p->title, title, sizeof title);
    snprintf(p->strategy, sizeof p->strategy, "%s", strategy);
    return p;
}

static bool panels_open(struct panels *all, struct sweep *w)
{
    *all = (struct panels){.loads = w->load_count < LOADS_MAX ? w->load_count : LOADS_MAX};
    for (size_t f = 0; f < w->facets.count; f++) {
        if (!sweep_facet(w, f))
            return false;
        for (size_t i = 0; i < w->series_count; i++) {
            struct panel *p = panel_of(all, w->facets.list[f].title, w->series[i].look.strategy);
            if (p == NULL)
                return false;
            for (size_t k = 0; k < all->loads; k++)
                if (w->series[i].at[k])
                    loss_stack(w->series[i].at[k], &p->at[k]);
        }
    }
    return true;
}

// ---- drawing ----
static void put_stack(struct sheet *s, int panel, size_t load, const struct loss_stack *stack)
{
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 0);
    double below = 0;
    for (int r = 0; r < LOSS_REASONS; r++) {
        if (stack->lost[r] <= 0)
            continue;
        style_reason_colour(loss_reason(r), row.colour);
        row.series = r + 1;
        row.text = loss_reason(r);
        row.x_lo = (double)load - 0.36;
        row.x_hi = (double)load + 0.36;
        row.y_lo = below / stack->generated;
        below += stack->lost[r];
        row.y_hi = below / stack->generated;
        row.n = stack->lost[r];
        sheet_add(s, &row);
    }
    row = sheet_row(SHEET_CROSS, panel, 0);
    snprintf(row.colour, sizeof row.colour, STYLE_INK);
    row.x = row.x_lo = row.x_hi = (double)load;
    row.y = below / stack->generated;
    loss_interval(stack, &row.y_lo, &row.y_hi);
    row.n = stack->generated;
    sheet_add(s, &row);
}

static void find_reasons(const struct panels *all, size_t first, size_t count, bool there[LOSS_REASONS])
{
    for (size_t i = first; i < first + count; i++)
        for (size_t k = 0; k < all->loads; k++)
            for (int r = 0; r < LOSS_REASONS; r++)
                there[r] = there[r] || all->list[i].at[k].lost[r] > 0;
}

static bool put_panels(struct sheet *s, const struct sweep *w, const struct panels *all, size_t first)
{
    size_t count = all->count - first < PANELS ? all->count - first : PANELS;
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS];
    double most = 0.01;
    bool there[LOSS_REASONS] = {false};
    find_reasons(all, first, count, there);
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0; k < all->loads; k++)
            most = fmax(most, loss_share(&all->list[i].at[k]));
    int columns = count < COLUMNS ? (int)count : COLUMNS;
    for (size_t i = 0; i < count; i++) {
        x[i] = (struct sheet_axis){.label = "offered load",
                                   .unit = AXIS_NONE,
                                   .lo = -0.6,
                                   .hi = (double)all->loads - 0.4,
                                   .bare = i + (size_t)columns < count};
        y[i] = (struct sheet_axis){
            .label = "share lost", .unit = AXIS_SHARE, .lo = 0, .hi = most, .bare = i % (size_t)columns > 0};
        axis_round(false, &y[i].lo, &y[i].hi);
        titles[i] = all->list[first + i].title;
    }
    s->width = columns < 3 ? SHEET_SINGLE : SHEET_DOUBLE;
    struct sheet_grid g = {.columns = columns,
                           .count = (int)count,
                           .height_pt = 85,
                           .top_pt = loss_key_height(s->width, there),
                           .titles = titles,
                           .x = x,
                           .y = y};
    sheet_grid(s, &g);
    for (size_t i = 0; i < count; i++) {
        double width = (s->panels[i].frame[1] - s->panels[i].frame[0]) * s->width;
        size_t every = (size_t)ceil((double)all->loads * 34 / width);
        for (size_t k = 0; k < all->loads; k++) {
            char text[24];
            axis_write(AXIS_RATE, w->loads[k], text, sizeof text);
            sheet_tick(s, (int)i + 1, true, (double)k, x[i].bare || k % every ? "" : text, k % every == 0);
            if (all->list[first + i].at[k].generated > 0)
                put_stack(s, (int)i + 1, k, &all->list[first + i].at[k]);
        }
    }
    loss_key(s, there);
    return true;
}

static size_t sweep_pages(const struct figure_view *v)
{
    struct sweep w;
    struct panels all = {0};
    size_t pages = sweep_open(&w, v) && panels_open(&all, &w) ? (all.count + PANELS - 1) / PANELS : 0;
    free(all.list);
    sweep_close(&w);
    return pages;
}

static bool sweep_fill(struct sheet *s, const struct figure_view *v, size_t page)
{
    struct sweep w;
    struct panels all = {0};
    bool ok = sweep_open(&w, v) && panels_open(&all, &w) && put_panels(s, &w, &all, page * PANELS);
    free(all.list);
    sweep_close(&w);
    return ok;
}

size_t loss_pages(const struct figure_view *v, const char **why)
{
    *why = "nothing was lost";
    return sweep_key(v) ? sweep_pages(v) : loss_rows_pages(v);
}

bool loss_fill(struct sheet *s, const struct figure_view *v, size_t page)
{
    sheet_note(
        s, "Lost of all that was generated, by reason; queues and repetitions together. Bars: 95 %% Wilson "
           "interval of the total, as if records were lost independently.");
    return sweep_key(v) ? sweep_fill(s, v, page) : loss_rows_fill(s, v, page);
}
