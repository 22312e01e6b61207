// SPDX-License-Identifier: Apache-2.0
// The folder of a run: results/<run-id>, or the one the user named.
#ifndef CLI_RUN_DIR_H
#define CLI_RUN_DIR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct run_dir {
    char id[96];      // UTC time, scenario and a short random part
    char started[32]; // RFC 3339
    char path[4096];
    unsigned created; // so many of its last folders we made (and may take away again)
};

// Chooses the id. Touches nothing.
void run_dir_name(struct run_dir *d, const char *scenario);
// Makes the folder; `out` NULL is results/<id>. False with *e (EXIT_USAGE) when it holds something or cannot
// be made.
bool run_dir_create(struct run_dir *d, const char *out, struct error *e);
// The run did nothing after all: removes what run_dir_create made.
void run_dir_undo(const struct run_dir *d);

// What --resume needs, kept beside the document: the command line and where it was given.
bool run_dir_remember(const struct run_dir *d, int argc, char *const *argv, struct error *e);
// Reads it back and clears away what a killed run left (scratch folders, temporary files). The caller owns
// the answer, {"cwd": "", "argv": []}; NULL with *e (EXIT_USAGE).
json_t *run_dir_recall(const char *path, struct error *e);

#endif
