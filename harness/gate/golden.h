// SPDX-License-Identifier: Apache-2.0
// A golden file: how scenarios behave in virtual time, kept beside the source and compared exactly. It is a
// result document of which only what tells behaviour is left (what was given, the digest of all events, the
// figures that people argue about), one line a cell, and the scenario files that it was made from.
#ifndef GATE_GOLDEN_H
#define GATE_GOLDEN_H

#include <limits.h>

#include "report/input.h"

enum { GOLDEN_FILES_MOST = 64 };

struct golden {
    char path[PATH_MAX];
    bool there;                     // the file exists
    struct report_input kept;       // its cells, gathered into points; when it is there
    char *files[GOLDEN_FILES_MOST]; // scenarios, suites or folders, as paths from here
    size_t file_count;
};

// Reads the file when there is one. False with *e (EXIT_USAGE) when it is damaged. golden_close is wanted in
// either case.
bool golden_open(struct golden *g, const char *path, struct error *e);
void golden_close(struct golden *g);

// Takes these files instead of those that the golden file names. False with *e (EXIT_USAGE).
bool golden_take_files(struct golden *g, const char *const *files, size_t count, struct error *e);

// Whether a file (of `files`) has other contents than when the golden file was written.
bool golden_file_changed(const struct golden *g, size_t file);

// Writes the run's cells as the new golden file, whole or not at all. False with *e (EXIT_INVALID).
bool golden_write(const struct golden *g, const struct report_input *run, struct error *e);

#endif
