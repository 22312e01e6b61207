// SPDX-License-Identifier: Apache-2.0
// One line at the bottom of the terminal on standard error that is drawn again and again. Whoever else prints
// there clears it first.
#ifndef CLI_STATUS_LINE_H
#define CLI_STATUS_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct status_line {
    bool on;
    bool drawn;     // on the screen now
    char held[512]; // another process's text that has no line end yet
    size_t held_length;
};

// On: standard error is a terminal that understands escapes (TERM), and nobody is building here (CI).
void status_line_start(struct status_line *s, bool quiet);
unsigned status_line_columns(void); // the terminal's now, at least 1; 80 when it does not tell

// Draws `text`, cut to the terminal's width; a program in the background draws nothing. The cursor is left at
// its beginning: what a terminal echoes (^C) or wraps after it has become narrower is cleared with the line.
void status_line_draw(struct status_line *s, const char *text);
void status_line_clear(struct status_line *s);
// Another process's text on standard error: whole lines between two drawings; what has no line end yet waits
// for it, or for status_line_end, which gives it one.
void status_line_pass(struct status_line *s, const char *text, size_t length);
void status_line_end(struct status_line *s);

#endif
