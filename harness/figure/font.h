// SPDX-License-Identifier: Apache-2.0
// How wide text is. Every picture is written in DejaVu Sans, which matplotlib brings along and Debian has in
// fonts-dejavu-core, so that both back ends set the same text at the same places.
#ifndef FIGURE_FONT_H
#define FIGURE_FONT_H

#define FONT_NAME "DejaVu Sans"

double font_width(const char *utf8, double size_pt); // points

#endif
