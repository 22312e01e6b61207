// SPDX-License-Identifier: Apache-2.0
// Text on a terminal: how wide it is, how numbers are written in it.
#ifndef RESULT_TEXT_H
#define RESULT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

size_t text_width(const char *utf8);                       // columns, one a character
void text_cut(char *utf8, size_t columns);                 // shortens in place, on a character's boundary
void text_append(char *to, size_t size, const char *more); // as much of it as fits
void text_pad(FILE *out, const char *utf8, size_t width, bool right);

// Words in lines of at most `columns`, each indented; a word that is longer stands alone.
void text_wrap(FILE *out, const char *text, size_t indent, size_t columns);

enum { TEXT_NUMBER_MAX = 32 };
char *text_time(double ns, char buf[TEXT_NUMBER_MAX]); // "1.93 ms"; infinite is "inf"
char *text_count(double n, char buf[TEXT_NUMBER_MAX]); // "49.9k"
char *text_percent(double share,
                   char buf[TEXT_NUMBER_MAX]); // "49.8 %", never "0 %" or "100 %" when it is not exactly

enum { TEXT_SPARK_MAX = 64, TEXT_SPARK_SIZE = 3 * TEXT_SPARK_MAX + 1 };
// One character a value, as high as the value's share of `full`: eight steps, the lowest is 0 alone, the
// highest `full` alone. At most TEXT_SPARK_MAX values. Without UTF-8 the steps are "_.:-=+*#".
char *text_spark(const uint64_t *values, size_t count, uint64_t full, bool utf8, char buf[TEXT_SPARK_SIZE]);

// Every question of whether a stream gets colour or may be drawn on is answered here.
enum text_colour { TEXT_COLOUR_AUTO, TEXT_COLOUR_ALWAYS, TEXT_COLOUR_NEVER };
const char *text_colour_name(enum text_colour colour); // "auto", "always", "never"; NULL after these

struct text_style {
    bool utf8;
    bool colour;
    bool cursor;      // a terminal on which a line can be drawn anew
    unsigned columns; // 40..200
};

// What this one stream can show: its width when it is a terminal (COLUMNS else), UTF-8 by the locale's name.
// Colour that was not asked for: NO_COLOR forbids it, CLICOLOR_FORCE brings it, else a terminal has it that
// is not dumb. Looks at the terminal each time: it may have been resized.
unsigned text_terminal_columns(FILE *stream); // of the terminal, now; 0 when it is none or does not tell
struct text_style text_style_of(FILE *stream, enum text_colour colour);

#endif
