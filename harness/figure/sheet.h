// SPDX-License-Identifier: Apache-2.0
// One picture, decided down to the last point: what a figure's table function fills and what is written as
// its CSV. Those who draw it (gnuplot, matplotlib, the page) choose nothing, so they show the same.
//
// A sheet has panels, each with two axes and marks in their coordinates, and texts that stand anywhere. Where
// things stand is written as a share of the whole picture, from its lower left corner.
//
// ---- the CSV ----
// One row a mark or a point of it, in the order of drawing; RFC 4180, a header row, numbers with a point. A
// column that a mark does not use is empty. Texts hold no line end and no double quote, and U+201A, which
// looks the same, for a comma: gnuplot's reader cuts quoted fields at commas.
//
//   mark     what the row is, see below
//   panel    which panel it belongs to, from 1; 0: the whole picture
//   series   rows of one panel with the same mark and series are one thing (a line through its points); from
//            1, never used twice in a panel for things of different looks
//   text     a title, a label, or what the series is called
//   colour   #rrggbb
//   style    of a line: solid, dash, dot, dashdot, longdash, dashdotdot, longdashdot; of an axis: linear,
//   log;
//            of a text: normal, bold
//   marker   circle, square, triangle, down, diamond, pentagon (filled), the same with open_ before, plus,
//            cross, star
//   x, y     the point, in the panel's coordinates (of text, leader and titles: shares of the picture)
//   x_lo, x_hi, y_lo, y_hi   a range; what it means depends on the mark
//   size     points (1/72 inch): height of a text, width of a line, diameter of a marker
//   anchor   of a text: left, center, right (of the text, at x,y; it is centred vertically), up: rotated,
//   read
//            from below, centred
//   n        how many observations are behind it (records, repetitions); 0: it is not an observation
//
//   mark     uses
//   figure   text: title; x, y: width and height in inches; n: panels
//   panel    text: title, at x, y; x_lo..y_hi: the frame, shares of the picture
//   axis_x   text: label, at x, y; style; x_lo, x_hi: range        (axis_y: y_lo, y_hi)
//   tick_x   x: where; text: label; style: major (with a grid line) or minor (tick_y: y)
//   rect     x_lo..y_hi filled with colour
//   band     between y_lo and y_hi along x, filled with colour
//   rule     one straight line from x_lo,y_lo to x_hi,y_hi: guides, limits
//   line     through x,y                                           one step after the other: step (y holds
//                                                                  until the next x)
//   cross    error bars at x,y: x_lo to x_hi and y_lo to y_hi
//   point    marker at x,y
//   leader   a thin line from x_lo,y_lo to x_hi,y_hi, shares of the picture
//   text     text at x,y, a share of the picture
//
// Drawing order is that of the list, whatever the order of rows; among equals the order of rows. All is cut
// off at the panel's frame but texts, leaders and points.
#ifndef FIGURE_SHEET_H
#define FIGURE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "figure/axis.h"
#include "figure/style.h"

enum sheet_mark {
    SHEET_FIGURE,
    SHEET_PANEL,
    SHEET_AXIS_X,
    SHEET_AXIS_Y,
    SHEET_TICK_X,
    SHEET_TICK_Y,
    SHEET_RECT,
    SHEET_BAND,
    SHEET_RULE,
    SHEET_LINE,
    SHEET_STEP,
    SHEET_CROSS,
    SHEET_POINT,
    SHEET_LEADER,
    SHEET_TEXT,
    SHEET_MARKS
};

const char *sheet_mark_name(enum sheet_mark mark);

// A row of the CSV. A number that is nan is an empty field.
struct sheet_row {
    enum sheet_mark mark;
    int panel, series;
    const char *text; // added: copied; NULL is ""
    char colour[STYLE_COLOUR_SIZE];
    const char *style, *marker, *anchor; // static; NULL is ""
    double x, y, x_lo, x_hi, y_lo, y_hi, size;
    double n;
};

// A row without numbers: the one to start from.
struct sheet_row sheet_row(enum sheet_mark mark, int panel, int series);

struct sheet_axis {
    const char *label; // what is counted off; the unit is in the ticks
    enum axis_unit unit;
    double lo, hi; // lo < hi; of a logarithmic one above 0
    bool log;
    double ticks_lo, ticks_hi; // where its ticks end, when there are lanes beyond; both 0: lo and hi
    bool bare;                 // ticks without their labels, and no label: the panel beside it has them
    const char *const *names;  // categories: what stands at 1, 2, 3 ... instead of ticks; NULL: none
    size_t name_count;
};

enum { SHEET_PANELS_MAX = 24 };

struct sheet_panel {
    struct sheet_axis x, y; // their labels are the sheet's own; names are not kept
    double frame[4];        // x_lo, x_hi, y_lo, y_hi as shares of the picture
};

struct sheet {
    double width, height; // points; width SHEET_SINGLE or SHEET_DOUBLE, set before sheet_grid
    char title[160];      // what the picture is about: in its file, not drawn
    struct sheet_row *rows;
    size_t count, room;
    struct sheet_panel panels[SHEET_PANELS_MAX]; // panel 1 is panels[0]
    int panel_count;
    char *notes, *foot;   // lines at the foot, one below the other
    bool short_of_memory; // rows are missing
};

enum { SHEET_SINGLE = 245, SHEET_DOUBLE = 504 }; // widths in points: 3.4 in, one column, and 7 in, two

#define SHEET_TEXT_PT 8.0 // height of text; notes at the foot are SHEET_NOTE_PT
#define SHEET_NOTE_PT 6.0

void sheet_free(struct sheet *s);

void sheet_add(struct sheet *s, const struct sheet_row *row); // copies it

// ---- a picture from the start ----
// A line at the foot (wrapped when it is long): what error bars are, what was left out. Before sheet_grid.
void sheet_note(struct sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The same, below all notes: where the figures come from.
void sheet_foot(struct sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Panels in rows and columns, of one size. Left of them is room for the axes' labels, right of them
// `right_pt` for labels of one's own, above them `top_pt` for a key.
struct sheet_grid {
    int columns, count;
    double height_pt; // of one panel's frame
    double right_pt, top_pt;
    const char *const *titles;      // `count`; NULL or "": none
    const struct sheet_axis *x, *y; // `count` each
};

// Makes the panels, with axes and ticks, writes the notes, and gives the picture its height. Once a sheet.
void sheet_grid(struct sheet *s, const struct sheet_grid *grid);

// ---- what stands in it ----
void sheet_text(struct sheet *s, double x_pt, double y_pt, const char *anchor, const char *text,
                const char *colour, double size, bool bold);
void sheet_leader(struct sheet *s, double x0_pt, double y0_pt, double x1_pt, double y1_pt);
void sheet_rule(struct sheet *s, int panel, const double from[2], const double to[2], const char *colour,
                const char *dash, double width);
// A square of the colour and a name beside it; answers where the name ends. For panels that share a key.
double sheet_key(struct sheet *s, double x_pt, double y_pt, const char *colour, const char *name);
// A tick beside those of the grid.
void sheet_tick(struct sheet *s, int panel, bool of_x, double at, const char *label, bool major);

// ---- where things are ----
// Panel coordinates in points of the picture.
double sheet_x_pt(const struct sheet *s, int panel, double x);
double sheet_y_pt(const struct sheet *s, int panel, double y);

// ---- writing ----
void sheet_csv(const struct sheet *s, FILE *out);

#endif
