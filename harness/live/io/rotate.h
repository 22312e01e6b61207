// SPDX-License-Identifier: Apache-2.0
// What logrotate does, done by the built-in senders of a file source: NAME.1 is the youngest of the rotated
// files, of which `keep` stay.
#ifndef LIVE_IO_ROTATE_H
#define LIVE_IO_ROTATE_H

#include "scenario/scenario.h"

// Rotates the file that is open for appending as *fd. rename: it gets the name NAME.1, and *fd becomes a new,
// empty one; copytruncate: NAME.1 becomes a copy, and the file is emptied. Nobody writes meanwhile. 0 or
// errno: then *fd is as it was, and nothing that was written is lost.
int rotate_file(const char *path, const struct file_rotate *how, int *fd);

// Removes the rotated files of a temporary log.
void rotate_remove(const char *path, unsigned keep);

#endif
