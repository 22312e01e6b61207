// SPDX-License-Identifier: Apache-2.0
// Gates that were never run, and a file for what they found.
#ifndef TESTS_HISTORY_MADE_H
#define TESTS_HISTORY_MADE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history/file.h"
#include "history/record.h"
#include "history/series.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

struct made {
    char folder[64], path[96];
    struct gate gate;
    struct gate_side base, candidate;
    struct history_sides sides;
    struct gate_report report;
};

static inline void made_begin(struct made *m)
{
    struct gate_suite suite;
    gate_suite_default(&suite);
    *m = (struct made){.folder = "/tmp/weir-history-XXXXXX"};
    assert_non_null(mkdtemp(m->folder));
    snprintf(m->path, sizeof m->path, "%s/h.db", m->folder);
    assert_true(gate_open(&m->gate, &suite));
    m->base = (struct gate_side){.kind = SIDE_COMMIT, .text = "v1.0", .commit = "1111"};
    m->candidate = (struct gate_side){.kind = SIDE_COMMIT, .text = "HEAD", .commit = "2222"};
    m->report = (struct gate_report){.gate = &m->gate, .base = &m->base, .candidate = &m->candidate};
    struct error e = {0};
    assert_true(history_sides_open(&m->sides, &m->report, &e));
    for (size_t i = 0; i < m->gate.count; i++) {
        struct gate_cell *c = &m->gate.cells[i];
        c->status = GATE_MEASURED;
        c->verdict = VERDICT_UNCHANGED;
        c->first.judged = (struct judged){.launches = 20, .log_ratio = {0, -0.01, 0.01}, .coverage = 0.995};
        c->first.judged_control = c->first.judged;
    }
}

static inline void made_end(struct made *m)
{
    char command[160];
    history_sides_close(&m->sides);
    gate_close(&m->gate);
    snprintf(command, sizeof command, "rm -r '%s'", m->folder);
    assert_int_equal(system(command), 0);
}

static inline bool made_record(const struct made *m, struct error *e)
{
    struct history_recorded done;
    *e = (struct error){0};
    return history_record(m->path, &m->report, &m->sides, &done, e);
}

// All cells with this change of their cost.
static inline void made_measure(struct made *m, double log_ratio)
{
    struct error e;
    for (size_t i = 0; i < m->gate.count; i++)
        m->gate.cells[i].first.judged.log_ratio =
            (struct interval){log_ratio, log_ratio - 0.01, log_ratio + 0.01};
    assert_true(made_record(m, &e));
}

static inline void made_run(const struct made *m, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(m->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static inline long long made_ask(const struct made *m, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *query;
    assert_int_equal(sqlite3_open(m->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    long long answer = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    sqlite3_close(db);
    return answer;
}

static inline void made_write(const struct made *m, const char *data, size_t size)
{
    FILE *out = fopen(m->path, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

#endif
