// SPDX-License-Identifier: Apache-2.0
// Curves over a common grid of x, one a point of the matrix, and which of them are shown as one: queues often
// make no difference, and five curves on top of each other say nothing but that.
#ifndef FIGURE_CURVES_H
#define FIGURE_CURVES_H

#include "figure/figure.h"
#include "figure/labels.h"

struct curve {
    struct figure_look look;
    double *y; // of grid 0 .. count - 1; owned by the set
    size_t count;
    double n;      // observations behind it
    bool endless;  // goes to infinity after its last y, instead of ending for want of observations
    size_t group;  // curves of one strategy that are shown as one
    size_t bundle; // groups that run on top of each other: the number of the first of them
};

struct curve_set {
    struct curve *list;
    size_t count;
    const double *x; // the grid
    size_t grid;
    size_t groups;
};

// Room for `most` curves over the grid, which must outlive the set. False: memory is short.
bool curves_open(struct curve_set *set, const double *x, size_t grid, size_t most);
void curves_close(struct curve_set *set);

// Least and greatest y of all; false when there is none.
bool curves_range(const struct curve_set *set, double *lo, double *hi);

// Groups curves of one strategy that stay within `most` of the axis's length of the group's first one and end
// about where it does; then, while there are more than `labels` groups, allows more and more.
void curves_group(struct curve_set *set, const struct sheet_axis *x, const struct sheet_axis *y, double most,
                  size_t labels);

// What a bundle is called beside the others: "drop_newest", "drop_newest · mpmc", "drop_newest · 5 queues",
// "drop_newest, reject", "all 6 strategies".
void curves_name(const struct curve_set *set, size_t bundle, char *name, size_t size);

// Adds the note that says what stripes are, when there is a bundle of several.
void curves_note(struct sheet *s, const struct curve_set *set);

// Draws the groups: of one curve that, of several their median and their range as a band. Groups of a bundle
// are drawn over one another, dashed so that the colours of the first three are seen. Writes a label for each
// bundle to `labels` (room for set->groups) and answers how many.
size_t curves_put(struct sheet *s, int panel, const struct curve_set *set, enum sheet_mark mark,
                  struct label *labels);

#endif
