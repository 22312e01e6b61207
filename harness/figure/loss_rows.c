// SPDX-License-Identifier: Apache-2.0
// Loss at one load, by reason: a panel a facet, a bar a strategy. Queues and repetitions are counted
// together.
#include "figure/loss_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/loss_stack.h"
#include "figure/overtime.h"

enum { ROWS_MAX = 40, PANELS = 4, ROW_PT = 12 };

struct row {
    char strategy[96];
    struct loss_stack stack;
};

struct panel {
    const char *title;
    struct row rows[ROWS_MAX]; // in the order of the document
    size_t count;
    const char *names[ROWS_MAX]; // from the bottom up
};

static struct row *row_of(struct panel *panel, const char *strategy)
{
    for (size_t i = 0; i < panel->count; i++)
        if (strcmp(panel->rows[i].strategy, strategy) == 0)
            return &panel->rows[i];
    if (panel->count == ROWS_MAX)
        return NULL;
    struct row *row = &panel->rows[panel->count++];
    snprintf(row->strategy, sizeof row->strategy, "%s", strategy);
    return row;
}

static void panel_fill(struct panel *panel, const struct figure_facet *f)
{
    struct figure_look look;
    *panel = (struct panel){.title = f->title};
    for (size_t i = 0; i < f->count; i++) {
        figure_look_of(f->points[i], &look);
        struct row *row = f->points[i]->ok ? row_of(panel, look.strategy) : NULL;
        if (row)
            loss_stack(f->points[i], &row->stack);
    }
    for (size_t i = 0; i < panel->count; i++)
        panel->names[panel->count - 1 - i] = panel->rows[i].strategy;
}

// The facets that have something, of which it fills the page's; answers how many there are.
static size_t walk(const struct figure_facets *f, size_t page, struct panel panels[PANELS], size_t *filled)
{
    size_t n = 0;
    struct panel *panel = malloc(sizeof *panel);
    *filled = 0;
    for (size_t i = 0; panel && i < f->count; i++) {
        panel_fill(panel, &f->list[i]);
        if (panel->count == 0)
            continue;
        if (panels && n / PANELS == page) {
            panel_fill(&panels[*filled], &f->list[i]);
            *filled += 1;
        }
        n++;
    }
    free(panel);
    return n;
}

// ---- drawing ----
static void put_row(struct sheet *s, int panel, double y, const struct loss_stack *stack)
{
    char text[32];
    double below = 0, lo, hi;
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 0);
    row.y_lo = y - 0.36;
    row.y_hi = y + 0.36;
    for (int r = 0; r < LOSS_REASONS; r++) {
        if (stack->lost[r] <= 0)
            continue;
        row.text = loss_reason(r);
        style_reason_colour(row.text, row.colour);
        row.series = r + 1;
        row.x_lo = below / stack->generated;
        below += stack->lost[r];
        row.x_hi = below / stack->generated;
        row.n = stack->lost[r];
        sheet_add(s, &row);
    }
    loss_interval(stack, &lo, &hi);
    row = sheet_row(SHEET_CROSS, panel, 0);
    snprintf(row.colour, sizeof row.colour, STYLE_INK);
    row.x = loss_share(stack);
    row.x_lo = lo;
    row.x_hi = hi;
    row.y = row.y_lo = row.y_hi = y;
    row.n = stack->generated;
    sheet_add(s, &row);
    axis_write(AXIS_SHARE, row.x, text, sizeof text);
    sheet_text(s, sheet_x_pt(s, panel, hi) + 4, sheet_y_pt(s, panel, y), "left", text, STYLE_INK,
               SHEET_TEXT_PT - 1, false);
}

static void put_panels(struct sheet *s, const struct panel *panels, size_t count)
{
    struct sheet_axis x[PANELS], y[PANELS];
    const char *titles[PANELS];
    double most = 0.01;
    size_t rows = 0;
    bool there[LOSS_REASONS] = {false};
    for (size_t i = 0; i < count; i++) {
        rows = panels[i].count > rows ? panels[i].count : rows;
        for (size_t k = 0; k < panels[i].count; k++) {
            const struct loss_stack *stack = &panels[i].rows[k].stack;
            most = fmax(most, loss_share(stack));
            for (int r = 0; r < LOSS_REASONS; r++)
                there[r] = there[r] || stack->lost[r] > 0;
        }
    }
    int columns = count > 1 ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        x[i] = (struct sheet_axis){.label = "share lost",
                                   .unit = AXIS_SHARE,
                                   .lo = 0,
                                   .hi = most / 0.8,
                                   .bare = i + (size_t)columns < count};
        y[i] = (struct sheet_axis){.lo = (double)panels[i].count + 0.5 - (double)rows,
                                   .hi = (double)panels[i].count + 0.5,
                                   .names = panels[i].names,
                                   .name_count = panels[i].count};
        titles[i] = panels[i].title;
    }
    s->width = columns > 1 ? SHEET_DOUBLE : SHEET_SINGLE;
    sheet_grid(s, &(struct sheet_grid){.columns = columns,
                                       .count = (int)count,
                                       .height_pt = ROW_PT * (double)rows + 2,
                                       .right_pt = OVERTIME_RIGHT_PT,
                                       .top_pt = loss_key_height(s->width, there),
                                       .titles = titles,
                                       .x = x,
                                       .y = y});
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < panels[i].count; k++)
            put_row(s, (int)i + 1, (double)(panels[i].count - k), &panels[i].rows[k].stack);
    loss_key(s, there);
}

size_t loss_rows_pages(const struct figure_view *v)
{
    struct figure_facets f;
    struct loss_stack all = {0};
    size_t filled, panels = figure_facets_open(&f, v, NULL) ? walk(&f, 0, NULL, &filled) : 0;
    figure_facets_close(&f);
    for (size_t i = 0; i < v->count; i++)
        loss_stack(v->points[i], &all);
    return loss_total(&all) > 0 ? (panels + PANELS - 1) / PANELS : 0;
}

bool loss_rows_fill(struct sheet *s, const struct figure_view *v, size_t page)
{
    struct figure_facets f;
    struct panel *panels = calloc(PANELS, sizeof *panels);
    size_t filled = 0;
    bool ok = figure_facets_open(&f, v, NULL) && panels;
    if (ok) {
        walk(&f, page, panels, &filled);
        put_panels(s, panels, filled);
    }
    figure_facets_close(&f);
    free(panels);
    return ok;
}
