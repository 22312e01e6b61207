// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/units.h"
#include "cli/run.h"
#include "result/cell.h"
#include "result/jsonx.h"

struct totals {
    double seconds;
    unsigned cores;
    size_t cells;
};

static struct totals totals_of(const struct jobs *jobs)
{
    struct totals t = {0};
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *job = &jobs->list[i];
        unsigned threads = job_threads(job);
        if (job->done)
            continue;
        t.cells++;
        t.seconds += (double)job_planned_ns(job) / 1e9;
        t.cores = threads > t.cores ? threads : t.cores;
    }
    return t;
}

static json_t *cell_of(const struct job *job)
{
    struct cell_facts facts = {.plan = job->cell, .index = job->index, .rep = job->rep, .seed = job->seed};
    const char *reason = job->cell->skip_reason ? job->cell->skip_reason : "";
    json_t *cell = cell_json(&facts, NULL, job->skipped ? CELL_SKIPPED : CELL_OK, reason), *o = json_object();
    static const char *const kept[] = {"index", "scenario", "engine", "params", "rep", "seed"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        json_object_set(o, kept[i], json_object_get(cell, kept[i]));
    jsonx_set(o, "skipped", job->skipped ? jsonx_text(reason) : json_null());
    jsonx_set(o, "seconds", json_real(job->skipped ? 0 : (double)job->scenario->duration_ns / 1e9));
    jsonx_set(o, "drain_seconds", json_real(job->skipped ? 0 : (double)job->scenario->drain_ns / 1e9));
    jsonx_set(o, "threads", jsonx_u64(job_threads(job)));
    uint64_t limit = scenario_memory_limit(job->scenario, NULL);
    jsonx_set(o, "memory_limit_bytes", limit ? jsonx_u64(limit) : json_null());
    json_decref(cell);
    return o;
}

static void print_json(const struct run *run, const struct totals *t)
{
    json_t *o = json_object(), *cells = json_array();
    for (size_t i = 0; i < run->jobs.count; i++)
        json_array_append_new(cells, cell_of(&run->jobs.list[i]));
    jsonx_set(o, "seconds", json_real(t->seconds));
    jsonx_set(o, "cores", jsonx_u64(t->cores));
    jsonx_set(o, "cells", cells);
    json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(o);
}

static void print_memory_limit(const struct scenario *s)
{
    bool by_default;
    char text[32];
    uint64_t limit = scenario_memory_limit(s, &by_default);
    if (limit)
        printf(", at most %s of records in memory%s", units_print(Q_SIZE, (double)limit, text, sizeof text),
               by_default ? " (half of this machine's, as a queue has no bound)" : "");
}

static void print_job(const struct job *job)
{
    json_t *cell = cell_of(job);
    char *params = cell_params_text(cell);
    printf("%s (%s) %s rep %u", job->scenario->name, job->scenario->engine == ENGINE_SIM ? "sim" : "live",
           params ? params : "", job->rep);
    if (job->skipped)
        printf(": skipped: %s\n", job->cell->skip_reason ? job->cell->skip_reason : "");
    else {
        printf(": %.4g s%s, %u thread%s", (double)job->scenario->duration_ns / 1e9,
               job->scenario->engine == ENGINE_SIM ? " of virtual time" : "", job_threads(job),
               job_threads(job) == 1 ? "" : "s");
        print_memory_limit(job->scenario);
        putchar('\n');
    }
    free(params);
    json_decref(cell);
}

void run_dry(const struct run *run)
{
    struct totals t = totals_of(&run->jobs);
    if (run->json) {
        print_json(run, &t);
        return;
    }
    for (size_t i = 0; i < run->jobs.count; i++)
        print_job(&run->jobs.list[i]);
    printf("%zu cell%s, %.0f s of live runs and their drains, %u core%s wanted\n", t.cells,
           t.cells == 1 ? "" : "s", t.seconds, t.cores, t.cores == 1 ? "" : "s");
}
