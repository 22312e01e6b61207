// SPDX-License-Identifier: Apache-2.0
// Loss over offered load, stacked by reason: a panel a strategy. Queues and repetitions are counted together.
// The bar on top of a stack is the 95 % interval of the total.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/pictures.h"
#include "figure/sweep.h"
#include "figure/values.h"
#include "result/jsonx.h"
#include "strategy/loss.h"

enum { REASONS = WEIR_LOSS_COUNT + 1, LOADS_MAX = 64, PANELS = 6, COLUMNS = 3 };

static const char *reason_name(int reason)
{
    return reason < WEIR_LOSS_COUNT ? weir_loss_name((enum weir_loss)reason) : "refused_final";
}

void loss_stack(const struct report_point *p, struct loss_stack *stack)
{
    char key[64];
    for (size_t i = 0; i < p->count; i++) {
        if (!report_is_ok(p->cells[i]))
            continue;
        stack->generated += jsonx_number(p->cells[i], "ledger.generated", 0);
        stack->cells++;
        for (int r = 0; r < REASONS; r++) {
            snprintf(key, sizeof key, "%s%s", r < WEIR_LOSS_COUNT ? "ledger.lost." : "ledger.",
                     reason_name(r));
            stack->lost[r] += jsonx_number(p->cells[i], key, 0);
        }
    }
}

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
static double total(const struct loss_stack *stack)
{
    double sum = 0;
    for (int r = 0; r < REASONS; r++)
        sum += stack->lost[r];
    return sum;
}

static void put_stack(struct sheet *s, int panel, size_t load, const struct loss_stack *stack)
{
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 0);
    double below = 0;
    for (int r = 0; r < REASONS; r++) {
        if (stack->lost[r] <= 0)
            continue;
        style_reason_colour(reason_name(r), row.colour);
        row.series = r + 1;
        row.text = reason_name(r);
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
    figure_wilson(below, stack->generated, &row.y_lo, &row.y_hi);
    row.n = stack->generated;
    sheet_add(s, &row);
}

// Which reasons there are, as squares with their names along the top.
static void put_key(struct sheet *s, const struct panels *all, size_t first, size_t count)
{
    double x = sheet_x_pt(s, 1, s->panels[0].x.lo), y = s->height - 8;
    for (int r = 0; r < REASONS; r++) {
        char colour[STYLE_COLOUR_SIZE];
        bool there = false;
        for (size_t i = first; i < first + count; i++)
            for (size_t k = 0; k < all->loads; k++)
                there = there || all->list[i].at[k].lost[r] > 0;
        if (!there)
            continue;
        style_reason_colour(reason_name(r), colour);
        x = sheet_key(s, x, y, colour, reason_name(r)) + 10;
    }
}

static bool put_panels(struct sheet *s, const struct sweep *w, const struct panels *all, size_t first)
{
    size_t count = all->count - first < PANELS ? all->count - first : PANELS;
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS];
    double most = 0.01;
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0; k < all->loads; k++)
            if (all->list[i].at[k].generated > 0)
                most = fmax(most, total(&all->list[i].at[k]) / all->list[i].at[k].generated);
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
                           .top_pt = 14,
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
    put_key(s, all, first, count);
    return true;
}

size_t loss_pages(const struct figure_view *v, const char **why)
{
    struct sweep w;
    struct panels all = {0};
    *why = "the offered load does not vary: it wants three rates in the matrix";
    size_t pages = sweep_open(&w, v) && panels_open(&all, &w) ? (all.count + PANELS - 1) / PANELS : 0;
    free(all.list);
    sweep_close(&w);
    return pages;
}

bool loss_fill(struct sheet *s, const struct figure_view *v, size_t page)
{
    struct sweep w;
    struct panels all = {0};
    bool ok = sweep_open(&w, v) && panels_open(&all, &w);
    sheet_note(
        s, "Lost of all that was generated, by reason; queues and repetitions together. Bars: 95 %% Wilson "
           "interval of the total, as if records were lost independently.");
    ok = ok && put_panels(s, &w, &all, page * PANELS);
    free(all.list);
    sweep_close(&w);
    return ok;
}
