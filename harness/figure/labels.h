// SPDX-License-Identifier: Apache-2.0
// Names beside what they name: labels of curves and points, placed so that none covers another, or a curve.
#ifndef FIGURE_LABELS_H
#define FIGURE_LABELS_H

#include "figure/sheet.h"

struct label {
    char text[120];
    char colour[STYLE_COLOUR_SIZE]; // of what it names; it is darkened to be read
    enum sheet_mark mark;           // what it names: those rows of the panel
    int series;
    double x, y; // labels_beside alone: what it names, in the panel's coordinates
};

#define LABEL_LINE 9.0 // points from one label to the next

// Writes each label beside the rows of its mark and series (a line, step or point that is in the sheet by
// now), within the frame or `right_pt` beyond it, where it covers as little as possible and stands nearer to
// its own curve than to others; with a thin line to it where that is not close. Deterministic.
void labels_place(struct sheet *s, int panel, const struct label *labels, size_t count, double right_pt);

// Writes the labels in a column right of the panel, each as near to its height as the others let it, with a
// line to what it names. Reorders `labels`.
void labels_beside(struct sheet *s, int panel, struct label *labels, size_t count);
// How wide the widest is, with the gap before it: the room that sheet_grid needs right of the panel.
double labels_room(const struct label *labels, size_t count);

#endif
