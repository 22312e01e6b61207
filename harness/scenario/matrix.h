// SPDX-License-Identifier: Apache-2.0
// What is laid over the document: the command line's keys, and the axes of the matrix cell by cell.
#ifndef SCENARIO_MATRIX_H
#define SCENARIO_MATRIX_H

#include "scenario/report.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/tree.h"

enum { CELLS_MAX = 4096, AXES_MAX = 16 };

struct axis {
    char *key;
    struct place at;
    struct node **values; // owned
    bool *keep;           // --only
    size_t count, kept;
    bool force; // from the command line: overrides every edge
};

struct matrix {
    struct axis *axes;
    size_t count, room;
    char **origins; // texts that places from the command line point at
    size_t origin_count, origin_room;
    bool in_file; // at least one axis stands in the file
};

// Turns what may be written short (`queue: mpmc`) into its long form, so that single keys of it can be laid
// over.
void document_spread(struct node *root);

// Lays the single overrides over the document and makes the list of axes. Findings go into the report.
void matrix_read(struct matrix *m, struct node *root, const struct overrides *over, struct report *report);
void matrix_free(struct matrix *m);

size_t matrix_cells(const struct matrix *m);
// Whether an impossible combination skips its cell (true) or is an error.
bool matrix_skips(const struct matrix *m);

// The document of one cell, in matrix order. The caller owns the tree and the params.
struct node *matrix_cell(const struct matrix *m, const struct node *root, size_t index, struct report *report,
                         struct cell_param **params);
char *matrix_text(const struct matrix *m); // "queue x strategy"

// Where a dotted key of the document leads (lay.c).
struct reach {
    struct node *map;              // in which it stands
    const struct key_table *table; // of that map
    char *path;                    // below it; the caller frees it
};

// Lays a value under a dotted key: `queue` and `strategy` on the edges (only those that do not write it,
// unless forced), a top-level key, `rate` on all sources, or NAME.key. Answers how many places it reached;
// when none, and nothing is in the report yet, the caller says so.
size_t lay_value(struct node *root, const char *key, const struct node *value, struct place at, bool force,
                 struct report *report);
// The quantity of a dotted key's values; false when they are names or texts.
bool lay_quantity(const struct node *root, const char *key, enum quantity *unit);

#endif
