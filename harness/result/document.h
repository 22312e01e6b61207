// SPDX-License-Identifier: Apache-2.0
// The result document (result.json): built cell by cell, so that it can be written after each of them.
#ifndef RESULT_DOCUMENT_H
#define RESULT_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define DOCUMENT_SCHEMA "weir.result/1"
#define CONFORM_SCHEMA  "weir.conform/1" // what `weir conform --json` prints
#define GATE_SCHEMA     "weir.gate/1"
#define HISTORY_SCHEMA  "weir.history/1" // what `weir history --json` prints
#define GOLDEN_SCHEMA   "weir.golden/1"

struct document_scenario {
    const char *name, *question, *path;
    uint64_t hash; // of the file
};

struct document_run {
    const char *id, *started; // started: RFC 3339, UTC
    const char *const *argv;
    size_t argc;
    uint64_t seed;
    const struct document_scenario *scenarios;
    size_t scenario_count;
};

// A new document without cells; `env` (see env.h) is stolen. The caller owns the answer: json_decref.
json_t *document_new(const struct document_run *run, json_t *env);

// Puts the cell (stolen) in its place: cells are ordered by their "index", whatever order they finished in.
void document_add(json_t *document, json_t *cell);

// Nothing is missing any more.
void document_complete(json_t *document);

bool document_write(const json_t *document, const char *dir, struct error *e); // DIR/result.json, atomically
void document_print(const json_t *document, FILE *out);
// NULL with *e when the file is not there, not JSON or of another schema.
json_t *document_read(const char *path, struct error *e);

#endif
