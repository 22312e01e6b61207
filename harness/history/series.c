// SPDX-License-Identifier: Apache-2.0
#include "history/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rank_sum.h"
#include "history/file.h"

#define COVERAGE 0.95

struct reader {
    sqlite3 *db;
    const char *path;
    const struct history_choice *choice;
    struct history *history;
    struct error *e;
};

static bool reader_fail(const struct reader *r, int result)
{
    return history_fail(r->db, result, r->path, EXIT_USAGE, r->e);
}

// ---- values ----

// Too long a text is not cut, which could make two names one: it is not taken.
static bool take_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
    const char *value = (const char *)sqlite3_column_text(row, column);
    int length = sqlite3_column_bytes(row, column);
    snprintf(text, size, "%s", value && (size_t)length < size ? value : "");
    return value && (size_t)length < size && strlen(value) == (size_t)length;
}

static double take_real(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN : sqlite3_column_double(row, column);
}

static bool is_factor(double lo, double middle, double hi)
{
    return lo > 0 && isfinite(hi) && lo <= middle && middle <= hi;
}

// ---- the choice ----

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_reference(const struct history_series *s, const char *asked)
{
    const char *hash = strchr(s->reference, ':');
    return begins(s->reference, asked) || (hash && begins(hash + 1, asked)) ||
           strcmp(s->reference_name, asked) == 0;
}

static bool is_chosen(const struct history_series *s, const struct history_choice *c)
{
    bool cell = c->cell_count == 0;
    for (size_t i = 0; i < c->cell_count; i++)
        cell = cell || strcmp(s->cell, c->cells[i]) == 0;
    return cell && (c->machine == NULL || begins(s->machine, c->machine)) &&
           (c->reference == NULL || is_reference(s, c->reference));
}

// ---- reading ----

static int read_one(struct reader *r, const char *sql, sqlite3_int64 *answer)
{
    sqlite3_stmt *query;
    int result = sqlite3_prepare_v2(r->db, sql, -1, &query, NULL);
    if (result == SQLITE_OK && (result = sqlite3_step(query)) == SQLITE_ROW) {
        *answer = sqlite3_column_int64(query, 0);
        result = SQLITE_OK;
    }
    sqlite3_finalize(query);
    return result;
}

static bool add_series(struct history *h, const struct history_series *s)
{
    if (h->count % 16 == 0) {
        struct history_series *more = realloc(h->series, (h->count + 16) * sizeof *more);
        if (more == NULL)
            return false;
        h->series = more;
    }
    h->series[h->count++] = *s;
    return true;
}

// Names, and how many points each has at most.
static bool list_series(struct reader *r)
{
    static const char sql[] =
        "SELECT m.machine, p.reference, p.cell, p.quantity, p.definition, count(*), max(m.id), m.cpu, "
        "m.reference_name FROM point p JOIN measurement m ON m.id = p.measurement "
        "GROUP BY p.cell, p.quantity, p.definition, m.machine, p.reference "
        "ORDER BY p.cell, p.quantity, p.definition, m.machine, max(m.id), p.reference";
    sqlite3_stmt *query;
    int result = sqlite3_prepare_v2(r->db, sql, -1, &query, NULL);
    bool ok = result == SQLITE_OK || reader_fail(r, result);
    while (ok && (result = sqlite3_step(query)) == SQLITE_ROW) {
        struct history_series s = {0};
        bool fit = take_text(query, 0, s.machine, sizeof s.machine) &&
                   take_text(query, 1, s.reference, sizeof s.reference) &&
                   take_text(query, 2, s.cell, sizeof s.cell) &&
                   take_text(query, 3, s.quantity, sizeof s.quantity) &&
                   take_text(query, 4, s.definition, sizeof s.definition);
        take_text(query, 7, s.cpu, sizeof s.cpu); // for people alone
        take_text(query, 8, s.reference_name, sizeof s.reference_name);
        if (!fit)
            r->history->unfit += (size_t)sqlite3_column_int64(query, 5);
        else if (is_chosen(&s, r->choice))
            ok = add_series(r->history, &s) || fail(r->e, EXIT_INVALID, "out of memory");
    }
    ok = ok && (result == SQLITE_DONE || reader_fail(r, result));
    sqlite3_finalize(query);
    return ok;
}

// False: it is no measurement.
static bool take_point(sqlite3_stmt *row, struct history_point *p)
{
    sqlite3_int64 launches = sqlite3_column_int64(row, 11);
    *p = (struct history_point){
        .dirty = sqlite3_column_type(row, 4) == SQLITE_NULL ? -1 : sqlite3_column_int(row, 4) != 0};
    bool fit = take_text(row, 0, p->at, sizeof p->at) && take_text(row, 5, p->verdict, sizeof p->verdict);
    take_text(row, 1, p->suite, sizeof p->suite);
    take_text(row, 2, p->candidate, sizeof p->candidate);
    take_text(row, 3, p->revision, sizeof p->revision);
    p->ratio = take_real(row, 6);
    p->lo = take_real(row, 7);
    p->hi = take_real(row, 8);
    p->coverage = take_real(row, 9);
    p->margin = take_real(row, 10);
    p->launches = launches > 0 ? (size_t)launches : 0;
    for (int i = 0; i < 3; i++)
        p->control[i] = take_real(row, 12 + i);
    for (int i = 0; i < 2; i++)
        p->counts[i] = take_real(row, 15 + i);
    if (!is_factor(p->control[1], p->control[0], p->control[2]))
        p->control[0] = p->control[1] = p->control[2] = NAN;
    return fit && launches >= 0 && is_factor(p->lo, p->ratio, p->hi) && p->margin >= 0 &&
           isfinite(p->margin) && p->coverage >= 0 && p->coverage <= 1;
}

static bool add_point(struct history_series *s, const struct history_point *p)
{
    if ((s->count & (s->count - 1)) == 0) { // no, one, two, four ...
        struct history_point *more = realloc(s->points, (2 * s->count + 1) * sizeof *more);
        if (more == NULL)
            return false;
        s->points = more;
    }
    s->points[s->count++] = *p;
    return true;
}

static bool read_points(struct reader *r, struct history_series *s)
{
    static const char sql[] =
        "SELECT m.at, m.suite, m.candidate, m.revision, m.dirty, p.verdict, p.ratio, p.lo, p.hi, p.coverage, "
        "p.margin, p.launches, p.control, p.control_lo, p.control_hi, p.reference_count, p.candidate_count "
        "FROM point p JOIN measurement m ON m.id = p.measurement WHERE p.cell = ? AND p.quantity = ? AND "
        "p.definition = ? AND p.reference = ? AND m.machine = ? ORDER BY m.at, m.id, p.rowid";
    const char *const keys[] = {s->cell, s->quantity, s->definition, s->reference, s->machine};
    struct history_point p;
    sqlite3_stmt *query;
    int result = sqlite3_prepare_v2(r->db, sql, -1, &query, NULL);
    bool ok = result == SQLITE_OK || reader_fail(r, result);
    for (int i = 0; ok && i < 5; i++)
        sqlite3_bind_text(query, i + 1, keys[i], -1, SQLITE_STATIC);
    while (ok && (result = sqlite3_step(query)) == SQLITE_ROW) {
        if (!take_point(query, &p))
            r->history->unfit++;
        else if (!add_point(s, &p))
            ok = fail(r->e, EXIT_INVALID, "out of memory");
    }
    ok = ok && (result == SQLITE_DONE || reader_fail(r, result));
    sqlite3_finalize(query);
    return ok;
}

// ---- changes ----

// The levels on both sides of a change, of at most RANK_SUM_MOST points each, nearest to it.
static bool measure_change(const double *x, size_t begin, size_t end, struct history_change *c)
{
    struct signed_rank test;
    size_t before = c->at - begin, after = end - c->at;
    before = before < RANK_SUM_MOST ? before : RANK_SUM_MOST;
    after = after < RANK_SUM_MOST ? after : RANK_SUM_MOST;
    if (!rank_sum_open(&test, x + c->at - before, before, x + c->at, after))
        return false;
    struct interval shift = signed_rank_interval(&test, COVERAGE);
    c->factor = (struct interval){exp(shift.median), exp(shift.lo), exp(shift.hi)};
    c->coverage = signed_rank_coverage(&test, COVERAGE);
    signed_rank_close(&test);
    return true;
}

static bool find_changes(struct history_series *s)
{
    double *x = calloc(s->count + 1, sizeof *x);
    struct change_point *found = calloc(s->count / E_DIVISIVE_LEVEL + 1, sizeof *found);
    s->changes = calloc(s->count / E_DIVISIVE_LEVEL + 1, sizeof *s->changes);
    bool ok = x && found && s->changes;
    for (size_t i = 0; ok && i < s->count; i++)
        x[i] = log(s->points[i].ratio);
    ok = ok && e_divisive(x, s->count, found, &s->change_count);
    for (size_t i = 0; ok && i < s->change_count; i++) {
        s->changes[i] = (struct history_change){.at = found[i].at, .p = found[i].p};
        ok = measure_change(x, i ? found[i - 1].at : 0, i + 1 < s->change_count ? found[i + 1].at : s->count,
                            &s->changes[i]);
    }
    free(x);
    free(found);
    return ok;
}

// ---- the whole ----

static bool read_all(struct reader *r)
{
    struct history *h = r->history;
    sqlite3_int64 measurements = 0;
    int result = read_one(r, "SELECT count(*) FROM measurement", &measurements);
    if (result != SQLITE_OK)
        return reader_fail(r, result);
    h->measurements = (size_t)measurements;
    bool ok = list_series(r);
    for (size_t i = 0; ok && i < h->count; i++)
        ok = read_points(r, &h->series[i]) &&
             (find_changes(&h->series[i]) || fail(r->e, EXIT_INVALID, "out of memory"));
    return ok;
}

bool history_read(struct history *h, const char *path, const struct history_choice *choice, struct error *e)
{
    struct reader r = {.path = path, .choice = choice, .history = h, .e = e};
    *h = (struct history){0};
    if (!history_open_to_read(&r.db, path, e))
        return false;
    bool ok = r.db == NULL || read_all(&r);
    history_close(r.db);
    return ok;
}

void history_free(struct history *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->series[i].points);
        free(h->series[i].changes);
    }
    free(h->series);
    *h = (struct history){0};
}
