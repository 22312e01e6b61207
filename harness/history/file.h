// SPDX-License-Identifier: Apache-2.0
// The file in which a gate's measurements are kept: one SQLite database.
//
//   measurement  one row a gate: when, on which machine, with which suite, what the candidate was
//   point        one row a cell of it: ratios to the reference, never seconds
//
// What was measured by one gate is written in one transaction, so it is there whole or not at all, whenever
// a recorder is killed; recorders at the same time wait for each other. The journal is SQLite's rollback
// journal, not the write-ahead log: between transactions everything is in the one file, which can be copied,
// cached and kept as an artifact.
//
// A file is used only when it has exactly the tables that this program makes: what others put into a database
// (views, triggers, other tables under these names) is never run.
#ifndef HISTORY_FILE_H
#define HISTORY_FILE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/error.h"

#define HISTORY_DEFAULT "weir-history.db"

enum { HISTORY_SCHEMA_VERSION = 1 };

// Opens the file for recording; it is made when it is not there. Tries whether it can be written, without
// leaving a trace. Blocks while somebody else records, for at most 10 s. False with *e (EXIT_USAGE): no
// database, not a history, of a newer weir, damaged, read-only, no room for it.
bool history_open_to_record(sqlite3 **db, const char *path, struct error *e);

// Opens a file that is there for reading. *db is NULL when the file is there and empty: nothing was recorded.
bool history_open_to_read(sqlite3 **db, const char *path, struct error *e);

void history_close(sqlite3 *db); // NULL is none

// What SQLite says went wrong with the file, and what to do about it. Always false.
bool history_fail(sqlite3 *db, int result, const char *path, enum exit_code code, struct error *e);

#endif
