// SPDX-License-Identifier: Apache-2.0
// A file that is either the old one or the new one, whatever happens while it is written.
#ifndef RESULT_ATOMIC_H
#define RESULT_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// Writes to "DIR/.NAME.tmp", fsyncs, renames over DIR/NAME and fsyncs the folder. False with *e (and the old
// file untouched, no temporary file left) when that fails.
bool atomic_write(const char *dir, const char *name, const void *data, size_t size, struct error *e);

#endif
