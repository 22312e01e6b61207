// SPDX-License-Identifier: Apache-2.0
// A history for people and for programs. Of each series the newest points are listed; changes are those of
// the whole series, wherever they lie.
#ifndef HISTORY_REPORT_H
#define HISTORY_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "history/series.h"

#define HISTORY_EVERYTHING ((size_t)-1)

struct history_report {
    const struct history *history;
    const char *path;
    size_t limit; // points of a series that are listed; HISTORY_EVERYTHING
};

void history_write_table(FILE *out, const struct history_report *report);
// One row a point; a point that begins a new level has the change in the last columns.
void history_write_csv(FILE *out, const struct history_report *report);
json_t *history_json(const struct history_report *report); // "weir.history/1"; the caller owns it

// "commit 1a2b3c4d5e6f", "module 1a2b3c4d5e6f": a reference in few words. At least 40 bytes.
void history_reference_words(const char *reference, char *text, size_t size);
// Without control characters and bytes that are no UTF-8, cut to the size.
void history_clean(const char *text, char *clean, size_t size);

#endif
