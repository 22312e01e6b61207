// SPDX-License-Identifier: Apache-2.0
// CSV after RFC 4180: fields with a comma, a quote or a line end are quoted, lines end in CR LF.
#ifndef RESULT_CSV_H
#define RESULT_CSV_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "flow/report.h"

void csv_field(FILE *out, const char *text); // one field, quoted when it must be

// cells.csv, tidy: one observation a row. A percentile over offered records that is infinite is written
// "inf"; what was not measured has no row.
void csv_cells(FILE *out, const json_t *document);
bool csv_cells_write(const json_t *document, const char *dir, struct error *e); // DIR/cells.csv, atomically

// series.csv: one row per 100 ms of a cell.
void csv_series_head(FILE *out);
void csv_series(FILE *out, const char *run_id, const json_t *cell, const struct report *report);
// Appends a cell's rows to DIR/series.csv (with the head when the file is new).
bool csv_series_append(const char *dir, const char *run_id, const json_t *cell, const struct report *report,
                       struct error *e);
// The text with which each of a cell's rows begins. The caller frees it; NULL: memory is short.
char *csv_series_start(const char *run_id, const json_t *cell);
// After an interruption: keeps the rows of the document's cells and drops half a line at the end.
bool csv_series_keep(const char *dir, const json_t *document, struct error *e);

#endif
