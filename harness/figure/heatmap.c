// SPDX-License-Identifier: Apache-2.0
// Latency over time as a map: how many records were delivered in each interval of time with each latency.
// What a percentile hides can be seen: two groups, stalls, who waits longer and longer (Gregg: "Visualizing
// system latency", ACM Queue, 2010).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/coarse.h"
#include "figure/overtime.h"
#include "figure/pictures.h"
#include "result/jsonx.h"

enum {
    BIN = 4, // buckets of the histogram in a bin: 4 bins an octave
    BINS = COARSE_COUNTS / BIN,
    ACROSS_MAX = 120, // intervals, so that each is two points wide and more
};

struct map {
    uint64_t *counts; // BINS an interval
    size_t across;
    double step_s;
    const json_t *cell;
    struct figure_look look;
};

struct page {
    struct overtime_page shared;
    struct map maps[OVERTIME_COLUMNS];
    uint64_t most;        // in a bin
    size_t lowest, above; // bins from..below that are used
    double end_s;
    bool phases;
};

// Cividis (Nunez, Anderton, Renslow: "Optimizing colormaps with consideration for color vision deficiency",
// 2018), from few to many: even to the eye, also to one that confuses red and green, and in grey.
static const unsigned cividis[] = {0xfee838, 0xeed649, 0xdbc75a, 0xc8b866, 0xb7a96e, 0xa59c74,
                                   0x948e77, 0x848279, 0x757575, 0x666970, 0x575d6d, 0x47516c,
                                   0x35456c, 0x1e3a6f, 0x002e6c, 0x00224e};

enum { COLOURS = sizeof cividis / sizeof *cividis };

// By the logarithm of the count: 1 is the first colour, the greatest count of the picture the last.
static void heat_colour(uint64_t count, uint64_t most, char colour[STYLE_COLOUR_SIZE])
{
    double share = most > 1 ? log((double)count) / log((double)most) : 1;
    size_t i = (size_t)(share * (COLOURS - 1) + 0.5);
    snprintf(colour, STYLE_COLOUR_SIZE, "#%06x", cividis[i < COLOURS ? i : COLOURS - 1]);
}

// ---- binning ----
static bool bin_rows(struct map *m, const uint64_t *rows, size_t count, uint64_t step_ns)
{
    size_t joined = (count + ACROSS_MAX - 1) / ACROSS_MAX;
    m->across = (count + joined - 1) / joined;
    m->step_s = (double)joined * (double)step_ns / 1e9;
    m->counts = calloc(m->across, BINS * sizeof *m->counts);
    for (size_t k = 0; m->counts && k < count; k++)
        for (size_t i = 0; i < COARSE_COUNTS; i++)
            m->counts[k / joined * BINS + i / BIN] += rows[k * COARSE_COUNTS + i];
    return m->counts != NULL;
}

static bool map_open(struct map *m, const struct figure_view *v, const struct report_point *p)
{
    size_t count;
    uint64_t step_ns;
    m->cell = overtime_cell(p);
    figure_look_of(p, &m->look);
    uint64_t *rows = histograms_intervals(v->in->histograms, m->cell, &count, &step_ns);
    bool ok = rows == NULL || bin_rows(m, rows, count, step_ns);
    free(rows);
    return ok;
}

static void note_range(struct page *page, const struct map *m)
{
    for (size_t i = 0; i < m->across * BINS; i++) {
        size_t bin = i % BINS;
        if (m->counts[i] == 0)
            continue;
        page->lowest = bin < page->lowest ? bin : page->lowest;
        page->above = bin >= page->above ? bin + 1 : page->above;
        page->most = m->counts[i] > page->most ? m->counts[i] : page->most;
    }
}

static bool page_open(struct page *page, const struct figure_view *v, size_t number)
{
    *page = (struct page){.lowest = BINS};
    if (!overtime_page(v, number, &page->shared))
        return false;
    for (size_t i = 0; i < page->shared.count; i++) {
        struct map *m = &page->maps[i];
        if (!map_open(m, v, page->shared.points[i]))
            return false;
        note_range(page, m);
        page->end_s = fmax(page->end_s, overtime_end(m->cell));
        page->phases = page->phases || json_array_size(json_object_get(m->cell, "events")) > 0;
    }
    if (page->above == 0)
        page->lowest = 0, page->above = 1;
    return true;
}

static void page_close(struct page *page)
{
    for (size_t i = 0; i < OVERTIME_COLUMNS; i++)
        free(page->maps[i].counts);
}

// ---- drawing ----
// Where a bin begins, seconds. A logarithm has no 0: what is below 1 ns stands from half a nanosecond on.
static double bin_from(size_t bin)
{
    double ns = (double)coarse_lowest((unsigned)(bin * BIN));
    return (ns > 0 ? ns : 0.5) / 1e9;
}

static void put_map(struct sheet *s, int panel, const struct page *page, const struct map *m)
{
    struct sheet_row row = sheet_row(SHEET_RECT, panel, 2);
    for (size_t k = 0; k < m->across; k++)
        for (size_t bin = page->lowest; bin < page->above; bin++) {
            uint64_t count = m->counts[k * BINS + bin];
            if (count == 0)
                continue;
            heat_colour(count, page->most, row.colour);
            row.x_lo = (double)k * m->step_s;
            row.x_hi = fmin((double)(k + 1) * m->step_s, s->panels[panel - 1].x.hi);
            row.y_lo = bin_from(bin);
            row.y_hi = bin_from(bin + 1);
            row.n = (double)count;
            sheet_add(s, &row);
        }
    overtime_put_phases(s, panel, m->cell, OVERTIME_OUTLINED);
}

static void put_key(struct sheet *s, const struct page *page)
{
    char text[32];
    struct overtime_key key = overtime_key(s, page->shared.heading);
    overtime_key_text(&key, "deliveries in a bin:  1");
    key.x -= 8;
    for (size_t i = 0; i < COLOURS; i++) {
        char colour[STYLE_COLOUR_SIZE];
        snprintf(colour, sizeof colour, "#%06x", cividis[i]);
        overtime_key_patch(&key, colour);
    }
    key.x += 4;
    axis_write(AXIS_NUMBER, (double)page->most, text, sizeof text);
    overtime_key_text(&key, text);
}

static void notes(struct sheet *s, const struct page *page)
{
    const json_t *cell = page->maps[0].cell;
    if (page->phases)
        overtime_note_phases(s, cell);
    overtime_note_edges(s, cell);
    for (size_t i = 0; i < page->shared.count; i++)
        if (page->maps[i].across) {
            sheet_note(s,
                       "Of every record delivered in the run, over the time of its delivery; a bin is %.3g s "
                       "wide and "
                       "a quarter of an octave high (19 %%). Colour: logarithm of the count; white: none.",
                       page->maps[i].step_s);
            break;
        }
    overtime_note_left_out(s, &page->shared);
}

static void axes(const struct page *page, int columns, struct sheet_axis *x, struct sheet_axis *y)
{
    int count = (int)page->shared.count;
    struct sheet_axis axis = {.label = "response time",
                              .unit = AXIS_SECONDS,
                              .log = true,
                              .lo = bin_from(page->lowest),
                              .hi = bin_from(page->above)};
    if (page->phases)
        axis.hi *= pow(axis.hi / axis.lo, 0.12); // room for the letters
    axis_round(true, &axis.lo, &axis.hi);
    for (int i = 0; i < count; i++) {
        y[i] = axis;
        y[i].bare = i % columns > 0;
        x[i] = (struct sheet_axis){
            .label = "time", .unit = AXIS_SECONDS, .hi = page->end_s, .bare = i + columns < count};
    }
}

bool heatmap_fill(struct sheet *s, const struct figure_view *v, size_t number)
{
    struct page page;
    struct sheet_axis x[OVERTIME_COLUMNS], y[OVERTIME_COLUMNS];
    const char *titles[OVERTIME_COLUMNS] = {0};
    bool ok = page_open(&page, v, number);
    if (ok) {
        int columns = page.shared.count > 1 ? 2 : 1;
        axes(&page, columns, x, y);
        for (size_t i = 0; i < page.shared.count; i++)
            titles[i] = page.maps[i].look.strategy;
        s->width = columns > 1 ? SHEET_DOUBLE : SHEET_SINGLE;
        notes(s, &page);
        sheet_grid(s, &(struct sheet_grid){.columns = columns,
                                           .count = (int)page.shared.count,
                                           .height_pt = 100,
                                           .right_pt = OVERTIME_RIGHT_PT,
                                           .top_pt = overtime_top(s, page.shared.heading, 1),
                                           .titles = titles,
                                           .x = x,
                                           .y = y});
        put_key(s, &page);
        for (size_t i = 0; i < page.shared.count; i++)
            put_map(s, (int)i + 1, &page, &page.maps[i]);
    }
    page_close(&page);
    return ok;
}

size_t heatmap_pages(const struct figure_view *v, const char **why)
{
    *why = "histograms.jsonl has no histograms over time of this run";
    for (size_t i = 0; i < v->count; i++) {
        const json_t *cell = overtime_cell(v->points[i]);
        if (cell && v->in->histograms && histograms_has(v->in->histograms, cell, "response_intervals"))
            return overtime_pages(v);
    }
    return 0;
}
