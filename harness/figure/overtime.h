// SPDX-License-Identifier: Apache-2.0
// What the figures over time share: which points stand side by side in one picture, the phases of the
// timeline, and the line above the panels that says what is what.
#ifndef FIGURE_OVERTIME_H
#define FIGURE_OVERTIME_H

#include "figure/figure.h"

enum {
    OVERTIME_COLUMNS = 4, // points of a picture
    OVERTIME_PAGES = 12,  // pictures of a scenario
    OVERTIME_PHASES = 64, // shaded ones of a panel
};

// The points of one queue and one set of other parameters, in the order of the document.
struct overtime_page {
    const struct report_point *points[OVERTIME_COLUMNS];
    size_t count;
    char heading[256]; // what they have in common: "queue mpmc, rate = 20000"
    size_t left_out;   // of the last picture: points that no picture shows, as there would be too many
};

size_t overtime_pages(const struct figure_view *v); // 0: none, or memory is short
bool overtime_page(const struct figure_view *v, size_t number, struct overtime_page *page);
const json_t *overtime_cell(const struct report_point *p); // its first repetition that is ok; NULL: none
void overtime_note_left_out(struct sheet *s, const struct overtime_page *page);

// ---- phases ----
struct overtime_phase {
    double from_s, to_s; // the same: it has no end of its own
    char letter;         // events that do the same share it
    const char *what;    // of the document
};

// Those of the cell that begin within the run, and what its letters stand for as a note.
size_t overtime_phases(const json_t *cell, struct overtime_phase list[OVERTIME_PHASES]);
void overtime_note_phases(struct sheet *s, const json_t *cell);
void overtime_note_edges(struct sheet *s, const json_t *cell); // what the dotted lines are
enum overtime_look { OVERTIME_SHADED, OVERTIME_LETTERED, OVERTIME_OUTLINED };
// Draws them over the panel's height: shaded behind what comes later, also with their letters at the top, or
// with letters and lines where they begin and end, over what is there. Dotted lines: the end of the warm-up
// and that of the sources.
void overtime_put_phases(struct sheet *s, int panel, const json_t *cell, enum overtime_look look);
double overtime_end(const json_t *cell); // of the run, seconds

// ---- the line above the panels ----
struct overtime_key {
    struct sheet *s;
    double x, y; // where the next entry begins, points
};

enum {
    OVERTIME_KEY_PT = 13,   // height of a line of it
    OVERTIME_RIGHT_PT = 15, // right of a panel: half of the last tick's label
};

// Room for the heading, in as many lines as it takes at the sheet's width, and `lines` of the key.
double overtime_top(const struct sheet *s, const char *heading, int lines);
// Writes the heading ("": none) and begins the first line of the key below it.
struct overtime_key overtime_key(struct sheet *s, const char *heading);
void overtime_key_next(struct overtime_key *key); // the line below
void overtime_key_line(struct overtime_key *key, const char *colour, double width, const char *text);
void overtime_key_patch(struct overtime_key *key, const char *colour); // one of several side by side
void overtime_key_text(struct overtime_key *key, const char *text);

#endif
