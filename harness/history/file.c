// SPDX-License-Identifier: Apache-2.0
#include "history/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { APPLICATION = 0x77656972, PATIENCE_MS = 10000 }; // "weir"

// In the order in which they are made. A file's own are held against them as texts.
static const char *const tables[] = {
    "CREATE TABLE measurement("
    "id INTEGER PRIMARY KEY, "
    "at TEXT NOT NULL, "      // UTC, 2030-01-31T12:00:00Z
    "machine TEXT NOT NULL, " // as of weir doctor
    "cpu TEXT NOT NULL, "
    "suite TEXT NOT NULL, "
    "seed INTEGER NOT NULL, "
    "weir TEXT NOT NULL, " // that measured: its version and commit
    "compiler TEXT NOT NULL, "
    "reference_name TEXT NOT NULL, " // as it was given: "v1.0"
    "candidate TEXT NOT NULL, "      // as it was given
    "revision TEXT, "                // the candidate's commit; NULL: not known
    "dirty INTEGER"                  // whether its tree had changes; NULL: not known
    ") STRICT",
    "CREATE TABLE point("
    "measurement INTEGER NOT NULL REFERENCES measurement(id) ON DELETE CASCADE, "
    "reference TEXT NOT NULL, " // commit:HEX, or sha256:HEX of the module
    "cell TEXT NOT NULL, "
    "quantity TEXT NOT NULL, "   // what the ratio is of
    "definition TEXT NOT NULL, " // how it was measured: what the cell's name may stand for
    "ratio REAL NOT NULL, "      // candidate over reference
    "lo REAL NOT NULL, "
    "hi REAL NOT NULL, "
    "coverage REAL NOT NULL, " // of lo to hi
    "margin REAL NOT NULL, "
    "launches INTEGER NOT NULL, " // that count; 0: counted, not measured
    "verdict TEXT NOT NULL, "
    "control REAL, " // a copy of the reference over the reference
    "control_lo REAL, "
    "control_hi REAL, "
    "reference_count REAL, " // what was counted an item
    "candidate_count REAL"
    ") STRICT",
    "CREATE INDEX point_series ON point(cell, quantity, definition, reference)",
};

enum { TABLES = sizeof tables / sizeof *tables };

// ---- errors ----

bool history_fail(sqlite3 *db, int result, const char *path, enum exit_code code, struct error *e)
{
    const char *what = db ? sqlite3_errmsg(db) : sqlite3_errstr(result);
    switch (result & 0xff) {
    case SQLITE_NOTADB:
        return fail(e, code, "%s: is no history and no database; name another file, or move it away", path);
    case SQLITE_CORRUPT:
        return fail(e, code,
                    "%s: is damaged (%s); 'sqlite3 FILE .recover' saves what can be saved, or move it away",
                    path, what);
    case SQLITE_READONLY: return fail(e, code, "%s: cannot be written (%s)", path, what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(e, code, "%s: somebody else has held it for %d s; try again", path, PATIENCE_MS / 1000);
    case SQLITE_FULL: return fail(e, code, "%s: no room for it (%s)", path, what);
    default: return fail(e, code, "%s: %s", path, what);
    }
}

// ---- SQLite ----

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

// The first figure of the first row.
static int ask(sqlite3 *db, const char *sql, sqlite3_int64 *answer)
{
    sqlite3_stmt *query = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &query, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(query);
    if (result == SQLITE_ROW)
        *answer = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return result == SQLITE_ROW ? SQLITE_OK : result;
}

static bool check_file(const char *path, bool wanted, struct stat *st, struct error *e)
{
    if (stat(path, st) != 0)
        return (errno == ENOENT && !wanted) ||
               fail(e, EXIT_USAGE, "%s: %s%s", path, strerror(errno),
                    errno == ENOENT ? "; 'weir gate --record' makes a history" : "");
    return S_ISREG(st->st_mode) || fail(e, EXIT_USAGE, "%s: is no file; a history is one", path);
}

static bool open_database(sqlite3 **db, const char *path, int flags, struct error *e)
{
    char name[PATH_MAX + 2]; // a name of SQLite's own, such as ":memory:", is none with a folder before it
    snprintf(name, sizeof name, "%s%s", *path == '/' ? "" : "./", path);
    int result = sqlite3_open_v2(name, db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK)
        return history_fail(*db, result, path, EXIT_USAGE, e);
    sqlite3_extended_result_codes(*db, 1);
    sqlite3_busy_timeout(*db, PATIENCE_MS);
    sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return true;
}

// ---- the schema ----

// Whether what the database holds is what this program makes; inside a transaction. *empty: it holds nothing.
static bool check_schema(sqlite3 *db, const char *path, bool *empty, struct error *e)
{
    sqlite3_int64 application = 0, version = 0, objects = 0;
    sqlite3_stmt *query = NULL;
    int result = ask(db, "PRAGMA application_id", &application);
    if (result == SQLITE_OK)
        result = ask(db, "PRAGMA user_version", &version);
    if (result == SQLITE_OK)
        result = ask(db, "SELECT count(*) FROM sqlite_schema", &objects);
    if (result != SQLITE_OK)
        return history_fail(db, result, path, EXIT_USAGE, e);
    *empty = application == 0 && version == 0 && objects == 0;
    if (*empty)
        return true;
    if (application != APPLICATION)
        return fail(e, EXIT_USAGE, "%s: is the database of another program; name another file", path);
    if (version > HISTORY_SCHEMA_VERSION)
        return fail(e, EXIT_USAGE,
                    "%s: was written by a newer weir (version %lld of the file, this one knows %d)", path,
                    (long long)version, HISTORY_SCHEMA_VERSION);
    bool same = version == HISTORY_SCHEMA_VERSION && objects == TABLES;
    result = sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema ORDER BY rowid", -1, &query, NULL);
    for (size_t i = 0; result == SQLITE_OK && same && i < TABLES; i++) {
        int step = sqlite3_step(query);
        const char *sql = step == SQLITE_ROW ? (const char *)sqlite3_column_text(query, 0) : NULL;
        result = step == SQLITE_ROW || step == SQLITE_DONE ? SQLITE_OK : step;
        same = sql && strcmp(sql, tables[i]) == 0;
    }
    sqlite3_finalize(query);
    if (result != SQLITE_OK)
        return history_fail(db, result, path, EXIT_USAGE, e);
    return same || fail(e, EXIT_USAGE, "%s: has other tables than a history has; name another file", path);
}

static int make_schema(sqlite3 *db)
{
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d", APPLICATION);
    int result = run(db, pragma);
    for (size_t i = 0; result == SQLITE_OK && i < TABLES; i++)
        result = run(db, tables[i]);
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", HISTORY_SCHEMA_VERSION);
    return result == SQLITE_OK ? run(db, pragma) : result;
}

// ---- opening ----

// With the schema made, or with a write that is taken back: the journal, which lies beside the file, is
// written then as when something is recorded.
static bool try_to_write(sqlite3 *db, const char *path, struct error *e)
{
    bool empty;
    char pragma[64];
    int result = run(db, "BEGIN IMMEDIATE");
    if (result != SQLITE_OK)
        return history_fail(db, result, path, EXIT_USAGE, e);
    if (!check_schema(db, path, &empty, e)) {
        run(db, "ROLLBACK");
        return false;
    }
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", HISTORY_SCHEMA_VERSION + 1);
    result = empty ? make_schema(db) : run(db, pragma);
    if (result == SQLITE_OK)
        result = run(db, empty ? "COMMIT" : "ROLLBACK");
    if (result == SQLITE_OK)
        return true;
    history_fail(db, result, path, EXIT_USAGE, e);
    run(db, "ROLLBACK");
    return false;
}

bool history_open_to_record(sqlite3 **db, const char *path, struct error *e)
{
    struct stat st = {0};
    *db = NULL;
    if (check_file(path, false, &st, e) &&
        open_database(db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) && try_to_write(*db, path, e))
        return true;
    history_close(*db);
    *db = NULL;
    return false;
}

bool history_open_to_read(sqlite3 **db, const char *path, struct error *e)
{
    struct stat st = {0};
    bool empty = false;
    *db = NULL;
    if (!check_file(path, true, &st, e))
        return false;
    if (st.st_size == 0)
        return true;
    // For reading alone what a killed recorder has left behind could not be taken back.
    bool ok = open_database(db, path, SQLITE_OPEN_READWRITE, e);
    int result = ok ? run(*db, "BEGIN") : SQLITE_OK;
    ok = ok && (result == SQLITE_OK || history_fail(*db, result, path, EXIT_USAGE, e)) &&
         check_schema(*db, path, &empty, e);
    if (ok && !empty)
        return true;
    history_close(*db);
    *db = NULL;
    return ok;
}

void history_close(sqlite3 *db)
{
    sqlite3_close(db);
}
