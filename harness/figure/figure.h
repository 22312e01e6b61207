// SPDX-License-Identifier: Apache-2.0
// The figures: one table (figures.c) from which `weir plot`, `weir list figures`, the page and the tests are
// made. A figure is a function that decides one picture as a sheet (sheet.h, which says what is in its CSV);
// plots/NAME.gp and plots/NAME.py draw that CSV.
//
// To add one: a file NAME.c beside this one with its function, a line in figures.c, plots/NAME.gp and
// plots/NAME.py (copies of another figure's: what is drawn is in the CSV), a section in plots/README.md.
#ifndef FIGURE_FIGURE_H
#define FIGURE_FIGURE_H

#include "figure/sheet.h"
#include "report/input.h"

// What one set of pictures is made of: the points of one scenario and engine, or of a whole document.
struct figure_view {
    const struct report_input *in;
    const struct report_point **points; // in the order of the document; also those without a cell that is ok
    size_t count;
    char scenario[128], engine[16]; // "" of a whole document
    char part[160];                 // what its files are called by: "burst", "burst-sim"
};

struct figure {
    const char *name;     // also of its files and scripts
    const char *title;    // a few words
    const char *question; // that it answers, one line
    unsigned kinds;       // enum report_kind: the documents that can feed it
    bool whole;           // one view of the whole document, not one a scenario
    // How many pictures the view gives: usually one, more where parameters cannot share one. 0 with *why (one
    // line, static): it cannot be fed.
    size_t (*pages)(const struct figure_view *v, const char **why);
    // Decides picture `page` (below pages()) in an empty sheet, which the caller frees: sets its width, adds
    // notes on what bars and bands are, makes the grid, adds the marks. Provenance and what was left out are
    // there already. False: memory is short.
    bool (*fill)(struct sheet *s, const struct figure_view *v, size_t page);
};

const struct figure *figure_at(size_t i); // NULL after the last
const struct figure *figure_find(const char *name);

// ---- the pictures of a run ----
struct figure_picture {
    const struct figure *figure;
    size_t view, page;
    char name[256]; // of its files: "latency", "latency-burst", "latency-burst-2"
};

struct figure_gallery {
    const struct report_input *in;
    struct figure_view *views; // the scenarios', then that of the whole document
    size_t view_count;
    struct figure_picture *pictures; // in the order of the table of figures
    size_t picture_count;
};

// All pictures that the run can feed. `wanted` (NULL: all): which figures. `why_not`, unless NULL, hears of
// each figure that can feed nothing. in must outlive the gallery. False: memory is short.
typedef bool (*figure_wanted)(void *context, const struct figure *f);
typedef void (*figure_why_not)(void *context, const struct figure *f, const char *why);
bool figure_gallery_open(struct figure_gallery *g, const struct report_input *in, figure_wanted wanted,
                         figure_why_not why_not, void *context);
void figure_gallery_close(struct figure_gallery *g);

// Decides one picture: fills *s, which the caller frees with sheet_free also when it fails (memory is short).
bool figure_fill(struct sheet *s, const struct figure_gallery *g, const struct figure_picture *p);

// ---- what figures share (view.c) ----
// "queue=mpmc;strategy=block" -> how it looks and what it is called.
struct figure_look {
    char strategy[96], queue[64]; // "" when the cell has none
    char colour[STYLE_COLOUR_SIZE];
    struct queue_style style;
};
void figure_look_of(const struct report_point *p, struct figure_look *look);

// Whether the view's points have different queues; where they have not, lines are solid.
bool figure_has_queues(const struct figure_view *v);

bool figure_varies(const struct figure_view *v, const char *key); // a parameter, over the view's points
// What the values of a parameter are, by its name: the document has them in base units.
enum axis_unit figure_param_unit(const char *key);
// The value of a parameter as one reads it: "20 µs", "4 k/s"; "" for none.
void figure_param_text(const json_t *cell, const char *key, char *text, size_t size);

// What a parameter is called beside others: the last part of its key ("capacity"); when another that differs
// ends alike the first part, too ("parse capacity"), and that alone when all do ("parse": titles are short).
// `axis` (NULL: none) is none of the others.
void figure_key_name(const struct figure_view *v, const char *key, const char *axis, char *name, size_t size);

// At the foot: how many of the view's cells that delivered something have no histogram beside the document.
void figure_note_histograms(struct sheet *s, const struct figure_view *v);

// The points of a view, split by every parameter that differs and is none of queue, strategy and `axis`
// (NULL: none): one facet a panel.
struct figure_facet {
    char title[160]; // "capacity 64"; "" when nothing differs
    const struct report_point **points;
    size_t count;
};
struct figure_facets {
    struct figure_facet *list;
    size_t count;
};
bool figure_facets_open(struct figure_facets *f, const struct figure_view *v, const char *axis);
void figure_facets_close(struct figure_facets *f);

size_t figure_ok(const struct figure_view *v); // points with a cell that is ok

#endif
