// SPDX-License-Identifier: Apache-2.0
#include "history/record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sha256.h"
#include "gate/command.h"
#include "history/file.h"
#include "result/env.h"
#include "result/jsonx.h"

// ---- who the sides are ----

static bool name_reference(const struct gate_side *base, const struct gate_cell *c,
                           char text[HISTORY_REFERENCE], struct error *e)
{
    char hash[SHA256_TEXT];
    *text = '\0';
    if (base->kind == SIDE_COMMIT) {
        snprintf(text, HISTORY_REFERENCE, "commit:%s", base->commit);
        return true;
    }
    if (*c->base == '\0') // there is none, so nothing will be measured
        return true;
    if (!sha256_file(c->base, hash))
        return fail(e, EXIT_INVALID, "%s: %s", c->base, strerror(errno));
    snprintf(text, HISTORY_REFERENCE, "sha256:%s", hash);
    return true;
}

static bool ask_git(const char *folder, const char *const *words, char *text, size_t size)
{
    const char *argv[12] = {"git", "-C", folder};
    size_t n = 3;
    while (*words && n + 1 < sizeof argv / sizeof *argv)
        argv[n++] = *words++;
    *text = '\0';
    struct command_run run = {.argv = argv, .text = text, .text_size = size, .limit_s = 20};
    return command_run(&run) == COMMAND_DONE;
}

// "v1.0-3-gabc-dirty" -> "v1.0-3-gabc", dirty
static void take_built_from(struct history_sides *s)
{
    static const char mark[] = "-dirty";
    json_t *tool = env_tool_json();
    snprintf(s->revision, sizeof s->revision, "%s", jsonx_string(tool, "git"));
    json_decref(tool);
    size_t n = strlen(s->revision);
    bool marked = n > sizeof mark - 1 && strcmp(s->revision + n - (sizeof mark - 1), mark) == 0;
    if (marked)
        s->revision[n - (sizeof mark - 1)] = '\0';
    s->dirty = n > 0 ? marked : -1;
}

static void name_candidate(struct history_sides *s, const struct gate_side *c)
{
    static const char *const head[] = {"rev-parse", "--verify", "--quiet", "HEAD^{commit}", NULL};
    static const char *const changes[] = {"status", "--porcelain", "--untracked-files=no", NULL};
    char folder[PATH_MAX], text[8];
    s->dirty = -1;
    if (c->kind == SIDE_COMMIT) {
        snprintf(s->revision, sizeof s->revision, "%s", c->commit);
        s->dirty = 0;
        return;
    }
    if (strcmp(c->text, "this build") == 0) { // where its tree is now does not matter
        take_built_from(s);
        if (*s->revision)
            return;
    }
    snprintf(folder, sizeof folder, "%s", c->path);
    char *slash = c->kind == SIDE_FILE ? strrchr(folder, '/') : NULL;
    if (slash)
        slash[slash == folder] = '\0';
    if (ask_git(folder, head, s->revision, sizeof s->revision))
        s->dirty = ask_git(folder, changes, text, sizeof text) ? *text != '\0' : -1;
    else
        *s->revision = '\0';
}

bool history_sides_open(struct history_sides *s, const struct gate_report *r, struct error *e)
{
    const struct gate *g = r->gate;
    *s = (struct history_sides){.dirty = -1, .reference = calloc(g->count + 1, sizeof *s->reference)};
    if (s->reference == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    for (s->count = 0; s->count < g->count; s->count++)
        if (!name_reference(r->base, &g->cells[s->count], s->reference[s->count], e))
            return false;
    name_candidate(s, r->candidate);
    return true;
}

void history_sides_close(struct history_sides *s)
{
    free(s->reference);
    *s = (struct history_sides){0};
}

// ---- what is written ----

struct recorder {
    sqlite3 *db;
    sqlite3_stmt *add;
    sqlite3_int64 measurement;
    const struct gate_report *report;
    const struct history_sides *sides;
    const char *machine;
    struct history_recorded *counts;
    int result; // of SQLite; SQLITE_OK so far
};

// A point of a cell, or of a path that was counted.
struct row {
    const char *reference, *cell, *quantity, *definition, *verdict;
    double ratio, lo, hi, coverage, margin;
    size_t launches;
    double control[3]; // ratio, lo, hi; nan: there is none
    double counts[2];  // reference and candidate; nan: nothing was counted
};

static void bind_text(sqlite3_stmt *query, int at, const char *text)
{
    sqlite3_bind_text(query, at, text, -1, SQLITE_TRANSIENT);
}

static void bind_real(sqlite3_stmt *query, int at, double value)
{
    if (isfinite(value))
        sqlite3_bind_double(query, at, value);
    else
        sqlite3_bind_null(query, at);
}

static bool prepare(struct recorder *r, sqlite3_stmt **query, const char *sql)
{
    *query = NULL;
    if (r->result == SQLITE_OK)
        r->result = sqlite3_prepare_v2(r->db, sql, -1, query, NULL);
    return r->result == SQLITE_OK;
}

static void finish(struct recorder *r, sqlite3_stmt *query)
{
    int step = sqlite3_step(query);
    r->result = step == SQLITE_DONE || step == SQLITE_ROW ? SQLITE_OK : step;
}

static void add_measurement(struct recorder *r)
{
    const struct gate_report *report = r->report;
    char now[32], cpu[ENV_TEXT_MAX], weir[160];
    struct env_facts facts;
    struct tm utc;
    time_t at = time(NULL);
    sqlite3_stmt *query;
    json_t *tool = env_tool_json();
    gmtime_r(&at, &utc);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    env_read(&facts);
    snprintf(cpu, sizeof cpu, "%s", facts.cpu);
    snprintf(weir, sizeof weir, "%.40s %.100s", jsonx_string(tool, "version"), jsonx_string(tool, "git"));
    if (prepare(r, &query, "INSERT INTO measurement VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        bind_text(query, 1, now);
        bind_text(query, 2, r->machine);
        bind_text(query, 3, cpu);
        bind_text(query, 4, report->gate->suite.name);
        sqlite3_bind_int64(query, 5, (sqlite3_int64)report->gate->seed);
        bind_text(query, 6, weir);
        bind_text(query, 7, jsonx_string(tool, "compiler"));
        bind_text(query, 8, report->base->text);
        bind_text(query, 9, report->candidate->text);
        if (*r->sides->revision)
            bind_text(query, 10, r->sides->revision);
        if (r->sides->dirty >= 0)
            sqlite3_bind_int(query, 11, r->sides->dirty);
        finish(r, query);
        r->measurement = sqlite3_last_insert_rowid(r->db);
    }
    sqlite3_finalize(query);
    json_decref(tool);
}

static void add_row(struct recorder *r, const struct row *row)
{
    const double reals[] = {row->ratio, row->lo, row->hi, row->coverage, row->margin};
    const char *const texts[] = {row->reference, row->cell, row->quantity, row->definition};
    int at = 1;
    if (r->result != SQLITE_OK)
        return;
    sqlite3_reset(r->add);
    sqlite3_clear_bindings(r->add);
    sqlite3_bind_int64(r->add, at++, r->measurement);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        bind_text(r->add, at++, texts[i]);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        bind_real(r->add, at++, reals[i]);
    sqlite3_bind_int64(r->add, at++, (sqlite3_int64)row->launches);
    bind_text(r->add, at++, row->verdict);
    for (size_t i = 0; i < 3; i++)
        bind_real(r->add, at++, row->control[i]);
    for (size_t i = 0; i < 2; i++)
        bind_real(r->add, at++, row->counts[i]);
    finish(r, r->add);
    r->counts->points++;
}

// What two cells of one name must agree in to be the same measurement: everything but how long and how often.
static void define_cell(const struct duet_cell *c, char *text, size_t size)
{
    int n = snprintf(text, size, "%s %s %u-%u batch %zu capacity %zu wait %s", duet_kind_name(c->kind),
                     c->queue, c->producers, c->consumers, c->batch, c->capacity, weir_wait_name(c->wait));
    if (c->kind == DUET_SCHEDULED)
        n += snprintf(text + n, size - (size_t)n, " load %g/s", c->load);
    if (gate_is_quantile(c))
        snprintf(text + n, size - (size_t)n, " quantile %g", c->quantile);
}

static void add_cell(struct recorder *r, size_t i)
{
    const struct gate_cell *c = &r->report->gate->cells[i];
    const struct judged *j = &c->first.judged, *k = &c->first.judged_control;
    char definition[320], quantity[32] = "time";
    struct row row = {.reference = r->sides->reference[i],
                      .cell = c->plan.name,
                      .quantity = quantity,
                      .definition = definition,
                      .verdict = verdict_name(c->verdict),
                      .ratio = exp(j->log_ratio.median),
                      .lo = exp(j->log_ratio.lo),
                      .hi = exp(j->log_ratio.hi),
                      .coverage = j->coverage,
                      .margin = c->plan.margin,
                      .launches = j->launches,
                      .control = {NAN, NAN, NAN},
                      .counts = {NAN, NAN}};
    if (c->status != GATE_MEASURED || j->launches == 0 || !(isfinite(row.lo) && isfinite(row.hi))) {
        r->counts->left_out++;
        return;
    }
    if (k->launches > 0) {
        row.control[0] = exp(k->log_ratio.median);
        row.control[1] = exp(k->log_ratio.lo);
        row.control[2] = exp(k->log_ratio.hi);
    }
    if (gate_is_quantile(&c->plan))
        snprintf(quantity, sizeof quantity, "p%g", 100 * c->plan.quantile);
    define_cell(&c->plan, definition, sizeof definition);
    add_row(r, &row);
}

// The reference that the queue's cells were held against.
static const char *reference_of(const struct recorder *r, const char *queue)
{
    for (size_t i = 0; i < r->report->gate->count; i++)
        if (strcmp(r->report->gate->cells[i].plan.queue, queue) == 0)
            return r->sides->reference[i];
    return "";
}

// What can be a ratio; of nothing there is none. The steps of strategies are hundreds, and the gate compares
// them exactly: they are no history.
static void add_count(struct recorder *r, const struct count_row *c)
{
    char name[200];
    snprintf(name, sizeof name, "%s %s", c->queue, c->path);
    for (size_t k = 0; k < COUNT_KINDS && !c->strategy; k++) {
        const struct count_figure *f = &c->figures[k];
        double ratio = f->candidate / f->base;
        if (f->counted && f->base > 0 && f->candidate > 0)
            add_row(r, &(struct row){.reference = reference_of(r, c->queue),
                                     .cell = name,
                                     .quantity = count_kind_name((enum count_kind)k),
                                     .definition = name,
                                     .verdict = count_verdict_name(f->verdict),
                                     .ratio = ratio,
                                     .lo = ratio,
                                     .hi = ratio,
                                     .coverage = 1,
                                     .margin = k == COUNT_INSTRUCTIONS ? 0.005 : 0,
                                     .control = {NAN, NAN, NAN},
                                     .counts = {f->base, f->candidate}});
    }
}

// Of the reference that a first cell has, on this machine.
static void count_before(struct recorder *r)
{
    sqlite3_stmt *query;
    if (prepare(r, &query,
                "SELECT coalesce(sum(p.reference = ?1 AND m.machine = ?2), 0), count(*) FROM point p JOIN "
                "measurement m ON m.id = p.measurement")) {
        const char *first = "";
        for (size_t i = 0; i < r->sides->count && *first == '\0'; i++)
            first = r->sides->reference[i];
        bind_text(query, 1, first);
        bind_text(query, 2, r->machine);
        finish(r, query);
        r->counts->before = (size_t)sqlite3_column_int64(query, 0);
        r->counts->elsewhere = (size_t)sqlite3_column_int64(query, 1) - r->counts->before;
    }
    sqlite3_finalize(query);
}

static void add_all(struct recorder *r)
{
    const struct gate *g = r->report->gate;
    count_before(r);
    if (r->result == SQLITE_OK)
        add_measurement(r);
    if (prepare(r, &r->add, "INSERT INTO point VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
        for (size_t i = 0; i < g->count; i++)
            add_cell(r, i);
        for (size_t i = 0; i < g->counts.count; i++)
            add_count(r, &g->counts.rows[i]);
    }
    sqlite3_finalize(r->add);
}

bool history_record(const char *path, const struct gate_report *report, const struct history_sides *sides,
                    struct history_recorded *counts, struct error *e)
{
    struct env_facts facts;
    struct recorder r = {.report = report, .sides = sides, .counts = counts, .result = SQLITE_OK};
    *counts = (struct history_recorded){0};
    if (report->gate->interrupted)
        return true;
    if (!history_open_to_record(&r.db, path, e)) {
        e->code = EXIT_INVALID; // it was fit to be recorded to before
        return false;
    }
    env_read(&facts);
    r.machine = facts.machine_id;
    r.result = sqlite3_exec(r.db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    bool begun = r.result == SQLITE_OK;
    if (begun)
        add_all(&r);
    if (r.result == SQLITE_OK)
        r.result = sqlite3_exec(r.db, counts->points ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
    bool ok = r.result == SQLITE_OK || history_fail(r.db, r.result, path, EXIT_INVALID, e);
    if (!ok && begun)
        sqlite3_exec(r.db, "ROLLBACK", NULL, NULL, NULL);
    history_close(r.db);
    return ok;
}
