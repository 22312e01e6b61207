// SPDX-License-Identifier: Apache-2.0
// One side of the comparison: where its modules come from. A text names
//   - a module: a file, such as ./mine.so,
//   - a build: a folder that holds weir-queue-NAME.so,
//   - a commit of the repository around the current folder: its modules are built with the compiler and flags
//   of
//     this weir, once, into a cache ($XDG_CACHE_HOME/weir, or ~/.cache/weir).
#ifndef GATE_SIDE_H
#define GATE_SIDE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum side_kind { SIDE_FILE, SIDE_BUILD, SIDE_COMMIT };

struct gate_side {
    enum side_kind kind;
    char text[256];      // as given
    char path[PATH_MAX]; // the file, or the folder with the modules
    char commit[64];     // full name, of a commit
    char repository[PATH_MAX];
    char queue[64]; // of a file: what it names itself
};

// Says what the text names; nothing is built yet. NULL is the build that this weir belongs to. False with *e
// (EXIT_USAGE), for a module that cannot be used EXIT_INVALID.
bool gate_side_open(struct gate_side *side, const char *text, struct error *e);

// Asked while a build runs; true ends it.
typedef bool gate_side_cut(void *context);

// Makes sure that the modules of these queues are there; a commit's are built. Blocks as long as that takes,
// and as long as another gate builds the same commit. `steps`: that of the strategies' steps, too. What the
// commit does not have is no error.
// False with *e: EXIT_INVALID when it does not build (with the end of what the build said), EXIT_INTERRUPTED.
bool gate_side_make(struct gate_side *side, const char *const *queues, size_t count, bool steps,
                    gate_side_cut *cut, void *context, struct error *e);

// The module of a queue, or an empty text when this side has none. A file is the module of any queue.
void gate_side_module(const struct gate_side *side, const char *queue, char *path, size_t size);

// The module of the strategies' steps (weir-steps.so), or an empty text when this side has none.
void gate_side_steps(const struct gate_side *side, char *path, size_t size);

#endif
