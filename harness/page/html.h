// SPDX-License-Identifier: Apache-2.0
// Pieces of HTML that cannot be got wrong: text is escaped wherever it comes from, so a scenario may be
// called
// "<script>".
#ifndef PAGE_HTML_H
#define PAGE_HTML_H

#include <stdbool.h>
#include <stdio.h>

#include "result/summary.h"
#include "result/text.h"

// Text for an element or an attribute in double quotes. Control characters become spaces.
void html_text(FILE *out, const char *text);
// A sentence: besides, units stay on the line of their numbers, and "us" is µs.
void html_prose(FILE *out, const char *text);
// <TAG CLASS>text</TAG>; class NULL: none.
void html_element(FILE *out, const char *tag, const char *class, const char *text);

// ---- figures, as a reader of a page reads them ----
const char *html_time(double ns, char buf[TEXT_NUMBER_MAX]); // "41.0 µs", "∞"
void html_spread(FILE *out, const struct summary_figure *f); // "±4 %", small; nothing without a range

// ---- tables that page scripts sort and filter ----
// A column: `axis` says that a filter may choose among its values.
enum html_column { HTML_TEXT, HTML_AXIS, HTML_NUMBER };

// Opens a box that scrolls sideways by itself, the table and its head. `name`: what the box is called to who
// cannot see it. `class` is added to the table's.
void html_table_open(FILE *out, const char *class, const char *name);
void html_table_head(FILE *out, const char *title, enum html_column kind, const char *help);
void html_table_body(FILE *out); // after the last head
void html_table_close(FILE *out);
// The cells of a row. A number is sorted by `value` (NAN: sorted last), shown as `text`.
void html_cell_head(FILE *out, const char *text); // the first of a row names it
void html_cell_text(FILE *out, const char *text);
void html_cell_number(FILE *out, double value, const char *text);

#endif
