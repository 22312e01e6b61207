// SPDX-License-Identifier: Apache-2.0
// The files of one log: the one its name stands for now, and those it stood for before and was rotated to:
// NAME.1, NAME.2, ... (the larger number is the older file), or NAME-DATE and NAME.DATE (in order of their
// last writes). Files behind a suffix of another kind, such as .gz, are not among them.
//
// A file keeps its device and inode when it is renamed, and its inode may be given to another file when it is
// deleted: who holds it open cannot be mistaken, who comes back to it compares its beginning, too
// (checkpoint.h).
#ifndef LIVE_IO_SIBLINGS_H
#define LIVE_IO_SIBLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/io/checkpoint.h"

// Opens the file that comes after the open one, that is the oldest one younger than it; when the open one has
// been deleted, the oldest one that was written to since it was written to last. *named: it is the one that
// the name stands for. -1: there is none.
int siblings_after(const char *path, int fd, bool *named);

// Whether the open file still has one of the log's names.
bool siblings_has(const char *path, int fd);

// Opens the file of a checkpoint, wherever it was rotated to, and sets *found; when it is gone, the oldest
// one that was written to after the checkpoint. -1: neither.
int siblings_of(const char *path, const struct checkpoint *c, bool *found);

#endif
