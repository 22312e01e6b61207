// SPDX-License-Identifier: Apache-2.0
// Names beside what they name: labels of curves and points, placed so that none covers another, or a curve.
#ifndef FIGURE_LABELS_H
#define FIGURE_LABELS_H

#include "figure/sheet.h"

struct label {
    char text[224];
    char colour[STYLE_COLOUR_SIZE]; // of what it names; it is darkened to be read
    enum sheet_mark mark;           // what it names: those rows of the panel
    int series;
    bool at_end; // only beside the last quarter of it, where it differs from others
};

#define LABEL_LINE 9.0 // points from one label to the next

// Writes each label beside the rows of its mark and series (a line, step or point that is in the sheet by
// now), within the frame or `right_pt` beyond it, where it covers as little as possible and stands nearer to
// its own curve than to others; with a thin line to it where that is not close. Deterministic.
void labels_place(struct sheet *s, int panel, const struct label *labels, size_t count, double right_pt);

#endif
