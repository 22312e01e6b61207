// SPDX-License-Identifier: Apache-2.0
// Label placement by search: every label has candidates along its curve, each candidate has a cost, and
// labels take the cheapest in turn; a second round lets those that came first make use of what the others
// left.
#include "figure/labels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "figure/font.h"

#define CELL 1.5 // points: the board's resolution
enum { ROUNDS = 3, FREE = 0, SEVERAL = 255, ANCHORS_MAX = 64 };

struct box {
    double x0, y0, x1, y1;
};

struct spot {
    struct box box;
    double x, y; // of what it names
    bool placed, leader;
};

// What is drawn in the panel, in cells: which label's curve it is (1 + its index), or somebody else's.
struct board {
    struct box frame; // and what lies right of it
    double width;     // of the whole picture
    int columns, rows;
    uint8_t *cells;
    const struct label *labels;
    size_t count;
    struct spot *spots;
    uint8_t owner[SEVERAL]; // of each label, what its curve is marked with
};

// ---- the board ----
static uint8_t *cell_at(const struct board *b, double x, double y)
{
    int column = (int)floor((x - b->frame.x0) / CELL), row = (int)floor((y - b->frame.y0) / CELL);
    if (column < 0 || row < 0 || column >= b->columns || row >= b->rows)
        return NULL;
    return &b->cells[(size_t)row * (size_t)b->columns + (size_t)column];
}

static void mark_point(struct board *b, double x, double y, uint8_t owner)
{
    uint8_t *cell = cell_at(b, x, y);
    if (cell)
        *cell = *cell == FREE || *cell == owner ? owner : SEVERAL;
}

static void mark_line(struct board *b, double x0, double y0, double x1, double y1, uint8_t owner)
{
    int steps = (int)(fmax(fabs(x1 - x0), fabs(y1 - y0)) / CELL * 1.5) + 1;
    for (int i = 0; i <= steps && steps < 5000; i++)
        mark_point(b, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, owner);
}

// The first label of those that name the same stands for all of them.
static uint8_t owner_of(const struct board *b, const struct sheet_row *r)
{
    for (size_t i = 0; i < b->count && i < SEVERAL - 2; i++)
        if (b->labels[i].mark == r->mark && b->labels[i].series == r->series)
            return (uint8_t)(i + 1);
    return SEVERAL;
}

static bool is_curve(enum sheet_mark mark)
{
    return mark == SHEET_LINE || mark == SHEET_STEP;
}

static void mark_row(struct board *b, const struct sheet *s, int panel, const struct sheet_row *r,
                     const struct sheet_row *before)
{
    uint8_t owner = owner_of(b, r);
    double x = sheet_x_pt(s, panel, r->x), y = sheet_y_pt(s, panel, r->y);
    if (is_curve(r->mark)) {
        bool joined = before && before->mark == r->mark && before->series == r->series;
        double from_x = joined ? sheet_x_pt(s, panel, before->x) : x;
        double from_y = joined ? sheet_y_pt(s, panel, before->y) : y;
        if (r->mark == SHEET_STEP) {
            mark_line(b, from_x, from_y, x, from_y, owner);
            mark_line(b, x, from_y, x, y, owner);
        } else {
            mark_line(b, from_x, from_y, x, y, owner);
        }
    } else if (r->mark == SHEET_POINT) {
        double half = r->size / 2;
        for (double dx = -half; dx <= half; dx += CELL)
            for (double dy = -half; dy <= half; dy += CELL)
                mark_point(b, x + dx, y + dy, owner);
    } else if (r->mark == SHEET_RULE || r->mark == SHEET_CROSS) {
        mark_line(b, sheet_x_pt(s, panel, r->x_lo), r->mark == SHEET_RULE ? sheet_y_pt(s, panel, r->y_lo) : y,
                  sheet_x_pt(s, panel, r->x_hi), r->mark == SHEET_RULE ? sheet_y_pt(s, panel, r->y_hi) : y,
                  SEVERAL);
        if (r->mark == SHEET_CROSS)
            mark_line(b, x, sheet_y_pt(s, panel, r->y_lo), x, sheet_y_pt(s, panel, r->y_hi), SEVERAL);
    }
}

static bool board_open(struct board *b, const struct sheet *s, int panel, double right_pt)
{
    const double *f = s->panels[panel - 1].frame;
    b->frame = (struct box){f[0] * s->width, f[2] * s->height, f[1] * s->width + right_pt, f[3] * s->height};
    b->columns = (int)ceil((b->frame.x1 - b->frame.x0) / CELL);
    b->rows = (int)ceil((b->frame.y1 - b->frame.y0) / CELL);
    b->cells = calloc((size_t)b->columns * (size_t)b->rows + 1, 1);
    b->spots = calloc(b->count + 1, sizeof *b->spots);
    for (size_t i = 0; i < b->count && i < SEVERAL - 2; i++)
        b->owner[i] =
            owner_of(b, &(struct sheet_row){.mark = b->labels[i].mark, .series = b->labels[i].series});
    const struct sheet_row *before = NULL;
    for (size_t i = 0; b->cells && i < s->count; before = &s->rows[i++])
        if (s->rows[i].panel == panel)
            mark_row(b, s, panel, &s->rows[i], before && before->panel == panel ? before : NULL);
    return b->cells && b->spots;
}

// ---- what a candidate costs ----
static bool apart(struct box a, struct box b, double gap)
{
    return a.x1 + gap <= b.x0 || b.x1 + gap <= a.x0 || a.y1 + gap <= b.y0 || b.y1 + gap <= a.y0;
}

// Cells of the box that hold `own` curve, and that hold another.
static void count_cells(const struct board *b, struct box box, uint8_t own, double *mine, double *others)
{
    *mine = *others = 0;
    for (double y = box.y0 + CELL / 2; y < box.y1; y += CELL)
        for (double x = box.x0 + CELL / 2; x < box.x1; x += CELL) {
            const uint8_t *cell = cell_at(b, x, y);
            if (cell == NULL || *cell == FREE)
                continue;
            *(*cell == own ? mine : others) += 1;
        }
}

static struct box grown(struct box box, double by)
{
    return (struct box){box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by};
}

// How far the point is from the box.
static double gap_to(struct box box, double x, double y)
{
    double dx = fmax(0, fmax(box.x0 - x, x - box.x1)), dy = fmax(0, fmax(box.y0 - y, y - box.y1));
    return sqrt(dx * dx + dy * dy);
}

// Cells of other curves between the label and what it names.
static double crossed(const struct board *b, const struct spot *spot, uint8_t own)
{
    double x = fmin(fmax(spot->x, spot->box.x0), spot->box.x1),
           y = fmin(fmax(spot->y, spot->box.y0), spot->box.y1);
    double length = gap_to(spot->box, spot->x, spot->y), sum = 0;
    for (double at = 0; at < length - 3; at += CELL) {
        const uint8_t *cell = cell_at(b, x + (spot->x - x) * at / length, y + (spot->y - y) * at / length);
        sum += cell && *cell != FREE && *cell != own;
    }
    return sum;
}

// Of what costs `least` or more, only that: counting cells is what takes time.
static double cost_of(const struct board *b, size_t index, const struct spot *spot, double least)
{
    double mine, others, near_mine, near_others, gap = gap_to(spot->box, spot->x, spot->y);
    struct box box = spot->box;
    // What is outside, if there is no other place: better there than not at all.
    double out = fmax(0, b->frame.x0 + 1 - box.x0) + fmax(0, box.x1 - b->frame.x1) +
                 fmax(0, b->frame.y0 + 1 - box.y0) + fmax(0, box.y1 - b->frame.y1 - 4);
    if (box.x0 < 1 || box.x1 > b->width - 1)
        return INFINITY;
    double cost = out > 0 ? 1000 + 100 * out : 0;
    for (size_t i = 0; i < b->count; i++)
        if (i != index && b->spots[i].placed && !apart(box, b->spots[i].box, 1))
            cost += 5000;
    uint8_t own = b->owner[index];
    // As near to the curve's end as can be, as that is where eyes look for its name.
    cost += gap + 0.03 * (b->frame.x1 - spot->x);
    if (cost >= least)
        return INFINITY;
    count_cells(b, grown(box, 1.2), own, &mine, &others);
    cost += 25 * others + 12 * mine;
    if (cost >= least)
        return INFINITY;
    count_cells(b, grown(box, 4), own, &near_mine, &near_others);
    cost += 0.6 * (near_others - others);
    if (near_mine - mine < 1)
        cost += 15; // not beside its own curve: it needs a line to it
    return cost + 4 * crossed(b, spot, own);
}

// ---- candidates ----
struct anchor {
    double x, y;
    bool end;
};

// Points along what the label names, not nearer to each other than needed; the last one is its end.
static size_t find_anchors(const struct sheet *s, int panel, const struct label *label,
                           struct anchor anchors[ANCHORS_MAX])
{
    size_t count = 0;
    double length = 0, step = 4, before_x = 0, before_y = 0;
    bool first = true;
    for (size_t i = 0; i < s->count; i++) {
        const struct sheet_row *r = &s->rows[i];
        if (r->panel != panel || r->mark != label->mark || r->series != label->series)
            continue;
        double x = sheet_x_pt(s, panel, r->x), y = sheet_y_pt(s, panel, r->y);
        length += first ? step : fabs(x - before_x) + fabs(y - before_y);
        before_x = x;
        before_y = y;
        first = false;
        if (length < step && count > 0) {
            anchors[count - 1].end = false;
            continue;
        }
        length = 0;
        if (count == ANCHORS_MAX) { // half as many, twice as far apart
            for (size_t k = 0; 2 * k < count; k++)
                anchors[k] = anchors[2 * k];
            count /= 2;
            step *= 2;
        }
        anchors[count++] = (struct anchor){x, y, false};
    }
    if (count > 0) {
        if (!first && (anchors[count - 1].x != before_x || anchors[count - 1].y != before_y))
            anchors[count < ANCHORS_MAX ? count++ : count - 1] = (struct anchor){before_x, before_y, false};
        anchors[count - 1].end = true;
    }
    if (label->at_end && count > 2) {
        size_t skipped = count - (count + 3) / 4;
        memmove(anchors, anchors + skipped, (count - skipped) * sizeof *anchors);
        count -= skipped;
    }
    return count;
}

static void try_spot(const struct board *b, size_t index, struct spot spot, struct spot *best, double *least)
{
    double cost = cost_of(b, index, &spot, *least);
    if (cost < *least) {
        *least = cost;
        *best = spot;
    }
}

static struct spot find_spot(const struct board *b, const struct sheet *s, int panel, size_t index)
{
    static const double distances[] = {6, 8, 11, 15, 20, 27, 36, 48, 64};
    struct anchor anchors[ANCHORS_MAX];
    const struct label *label = &b->labels[index];
    struct spot best = {0};
    double least = INFINITY, width = font_width(label->text, SHEET_TEXT_PT) + 1, half = 4.5;
    size_t count = find_anchors(s, panel, label, anchors);
    for (size_t a = 0; a < count; a++) {
        double x = anchors[a].x, y = anchors[a].y;
        if (anchors[a].end || label->mark == SHEET_POINT)
            for (double dx = 4; dx < 14; dx += 3) {
                try_spot(b, index,
                         (struct spot){{x + dx, y - half, x + dx + width, y + half}, x, y, true, false},
                         &best, &least);
                try_spot(b, index,
                         (struct spot){{x - dx - width, y - half, x - dx, y + half}, x, y, true, false},
                         &best, &least);
            }
        for (size_t d = 0; d < sizeof distances / sizeof *distances; d++)
            for (int side = -1; side <= 1; side += 2)
                for (int shift = 0; shift < 5; shift++) { // beside it to the right ... to the left
                    double cy = y + side * distances[d], x0 = x + 6 - (width + 12) * shift / 4;
                    try_spot(b, index,
                             (struct spot){{x0, cy - half, x0 + width, cy + half}, x, y, true, false}, &best,
                             &least);
                }
    }
    return best;
}

// ---- writing ----
static void put_leader(struct sheet *s, const struct spot *spot)
{
    struct box b = spot->box;
    double x = fmin(fmax(spot->x, b.x0), b.x1), y = fmin(fmax(spot->y, b.y0 + 1), b.y1 - 1);
    double dx = spot->x - x, dy = spot->y - y, length = sqrt(dx * dx + dy * dy);
    if (length < 6.5)
        return;
    sheet_leader(s, x + dx / length, y + dy / length, spot->x - 1.5 * dx / length,
                 spot->y - 1.5 * dy / length);
}

void labels_place(struct sheet *s, int panel, const struct label *labels, size_t count, double right_pt)
{
    struct board b = {
        .labels = labels, .count = count < SEVERAL - 2 ? count : SEVERAL - 2, .width = s->width};
    if (!board_open(&b, s, panel, right_pt))
        s->short_of_memory = true;
    for (int round = 0; round < ROUNDS && !s->short_of_memory; round++)
        for (size_t i = 0; i < b.count; i++)
            b.spots[i] = find_spot(&b, s, panel, i);
    for (size_t i = 0; i < b.count && !s->short_of_memory; i++) {
        char ink[STYLE_COLOUR_SIZE];
        style_text_colour(labels[i].colour, ink);
        if (!b.spots[i].placed)
            continue;
        put_leader(s, &b.spots[i]);
        sheet_text(s, b.spots[i].box.x0, (b.spots[i].box.y0 + b.spots[i].box.y1) / 2, "left", labels[i].text,
                   ink, SHEET_TEXT_PT, false);
    }
    free(b.cells);
    free(b.spots);
}
