// SPDX-License-Identifier: Apache-2.0
// A run's figures as files: their CSVs, and the pictures drawn of them.
#ifndef PLOT_DRAW_H
#define PLOT_DRAW_H

#include <stdio.h>

#include "figure/figure.h"
#include "plot/backend.h"

enum plot_format { PLOT_SVG = 1u << 0, PLOT_PDF = 1u << 1, PLOT_PNG = 1u << 2 };

const char *plot_format_name(size_t i); // "svg", "pdf", "png"; NULL after the last; its bit is 1 << i

struct plot_order {
    const char *out;  // the folder; made when it is not there
    unsigned formats; // enum plot_format
    struct plot_program program;
};

// Draws the gallery: OUT/data/NAME.csv, then OUT/NAME.FORMAT for each format, each file whole or not at all.
// Tells `report` (NULL: nobody) the path of each picture. False with *e at the first that fails: EXIT_USAGE
// when the folder cannot be made.
bool plot_draw(const struct plot_order *o, const struct figure_gallery *g, FILE *report, struct error *e);

#endif
