// SPDX-License-Identifier: Apache-2.0
// How strategies and queues look, in every figure and on the page: one colour a strategy, one dash and marker
// a queue. Nobody else picks colours.
//
// Colours are those of Okabe and Ito (Color Universal Design, 2008), which tell apart for people with any of
// the common colour deficiencies, each in three tones (as it is, darker, lighter) because there are more
// strategies than hues. Neighbours by subject have different hues; tones differ in grey, too.
#ifndef FIGURE_STYLE_H
#define FIGURE_STYLE_H

#include <stddef.h>

enum { STYLE_COLOUR_SIZE = 8 }; // "#rrggbb" and the 0 at its end

struct queue_style {
    const char *dash;   // solid, dash, dot, dashdot, longdash, dashdotdot, longdashdot
    const char *marker; // see style_marker_at
};

// Of a strategy as a cell's parameter names it. Of several ("codel+drop_newest") the first that is not what
// stands there when nothing is written (block, fifo) gives the hue, and what else is written shifts the tone,
// as does a strategy with parameters ("{ttl: {ttl: 20ms}}"). Of a name that is not known: black.
void style_strategy_colour(const char *strategy, char colour[STYLE_COLOUR_SIZE]);

// Of a queue, a peer or a module. What is not known gets a look that no known one has.
struct queue_style style_queue(const char *queue);

// The colour, darkened until text in it can be read on white (a contrast of 4.5 and more, as WCAG 2 wants).
void style_text_colour(const char *colour, char text[STYLE_COLOUR_SIZE]);
// The colour mixed with white, for bands under a line: 0 white, 1 the colour itself.
void style_tint(const char *colour, double share, char tint[STYLE_COLOUR_SIZE]);

// Reasons of loss and what else keeps a record from being delivered, for stacks: the ledger's own names
// ("drop_newest", "refused_final", "unsent", ...). A reason that a strategy gives its name has its colour.
void style_reason_colour(const char *reason, char colour[STYLE_COLOUR_SIZE]);

// The tables, for tests and for who draws a key of them. NULL after the last.
const char *style_strategy_at(size_t i);
const char *style_queue_at(size_t i);
const char *style_dash_at(size_t i);
const char *style_marker_at(size_t i);
const char *style_marker_named(const char *name); // the static text of that name; of none: "circle"

#define STYLE_GREY      "#767676" // guides, leaders, notes: readable on white
#define STYLE_GRID      "#e4e4e4"
#define STYLE_INK       "#222222"
#define STYLE_HIGHLIGHT "#d55e00" // limits and marks of what is wrong

#endif
