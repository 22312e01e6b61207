// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/bench_options.h"
#include "cli/bench_show.h"
#include "cli/commands.h"
#include "cli/machine.h"
#include "cli/progress_text.h"
#include "cli/run_dir.h"
#include "cli/signals.h"
#include "cli/status_line.h"
#include "result/csv.h"
#include "result/document.h"
#include "result/histograms.h"

// ---- progress ----
struct meter {
    bool quiet, told;
    struct status_line line;
    uint64_t drawn_ns, started_ns;
};

// The first interruption lets the running repetition end, the next one does not.
static bool on_wait(void *context)
{
    struct meter *m = context;
    signals_wait(NULL, 0, 0); // signals are only seen while waiting
    if (signals_interrupted() && !m->told && !m->quiet) {
        status_line_clear(&m->line);
        fputs("weir: interrupted; the running repetition may end, once more cuts it short\n", stderr);
    }
    m->told = signals_interrupted();
    return signals_insisted();
}

// Between two repetitions, never while one runs.
static void draw(struct meter *m, size_t done, size_t planned, const struct bench_cell *cell, uint64_t now)
{
    char line[512];
    double each = (double)(now - m->started_ns) / 1e9 / (double)done;
    struct progress_view view = {.finished = done, .total = planned > done ? planned : done, .job_count = 1};
    view.left_s = each * (double)(view.total - done);
    view.jobs[0] = (struct progress_job){.share = -1, .loss = -1, .p99_ns = -1};
    if (cell)
        snprintf(view.jobs[0].name, sizeof view.jobs[0].name, "%s, batch %zu, %zu slots", cell->queue,
                 cell->batch, cell->capacity);
    else
        snprintf(view.jobs[0].name, sizeof view.jobs[0].name, "floor and limit");
    progress_text(line, sizeof line, &view, status_line_columns() - 1);
    status_line_draw(&m->line, line);
    m->drawn_ns = now;
}

static bool on_turn(void *context, size_t done, size_t planned, const struct bench_cell *cell)
{
    struct meter *m = context;
    uint64_t now = clock_mono_ns();
    signals_wait(NULL, 0, 0); // signals are only seen while waiting
    if (m->line.on && now - m->drawn_ns >= 250 * NS_PER_MS && done > 0 && !signals_interrupted())
        draw(m, done, planned, cell, now);
    return !signals_interrupted();
}

// ---- the document ----
static json_t *make_document(const struct options *o, const struct run_dir *dir, uint64_t seed)
{
    struct env_facts facts;
    struct env_noise noise;
    env_read(&facts);
    machine_measure(&noise, 50, 5);
    struct document_run run = {.id = dir->id,
                               .started = dir->started,
                               .argv = (const char *const *)o->argv,
                               .argc = (size_t)o->argc,
                               .seed = seed};
    return document_new(&run, env_json(&facts, &noise));
}

// What the results mean for the exit status.
static enum exit_code code_of(const struct bench_results *r)
{
    enum exit_code code = r->interrupted ? EXIT_INTERRUPTED : EXIT_OK;
    size_t skipped = 0;
    for (size_t i = 0; i < r->count; i++) {
        skipped += r->cells[i].status == BENCH_SKIPPED;
        if (r->cells[i].status == BENCH_FAILED || r->cells[i].status == BENCH_INVALID)
            code = exit_code_worse(code, EXIT_INVALID);
    }
    return skipped == r->count && !r->interrupted ? EXIT_USAGE : code;
}

// Their repetitions are interleaved with those of all other cells: a cell begins with the bench.
static bool keep_histograms(const struct run_dir *dir, const json_t *document, const struct bench_results *r,
                            double begun_s, struct error *e)
{
    const json_t *cells = json_object_get(document, "cells");
    bool ok = true;
    for (size_t i = 0; ok && i < r->count; i++) {
        const struct histogram_of list[] = {{"latency_ns", r->cells[i].latency}, {"rtt_ns", r->cells[i].rtt}};
        ok = histograms_append(dir->path, dir->id, json_array_get(cells, i), begun_s, list, 2, NULL, e);
    }
    return ok;
}

static int keep_and_show(const struct options *o, const struct run_dir *dir, const struct bench_options *b,
                         const struct bench_results *r, double begun_s)
{
    struct error e = {0};
    enum exit_code code = code_of(r);
    json_t *document = make_document(o, dir, b->seed);
    for (size_t i = 0; i < r->count; i++)
        document_add(document, bench_cell_json(&r->cells[i], i, b, r->seconds));
    if (!r->interrupted)
        document_complete(document);
    if (!document_write(document, dir->path, &e) || !csv_cells_write(document, dir->path, &e) ||
        !keep_histograms(dir, document, r, begun_s, &e))
        code = exit_code_worse(code, (enum exit_code)tell_error(&e));
    if (o->given[OPT_JSON])
        document_print(document, stdout);
    else
        bench_table(stdout, r);
    json_decref(document);
    fflush(stdout);
    if (!o->given[OPT_QUIET])
        fprintf(stderr, "results in %s\n", dir->path);
    return finish_output(code);
}

static int run_bench(const struct options *o, const struct bench_options *b)
{
    struct run_dir dir;
    struct error e = {0};
    struct bench_results results = {0};
    struct meter meter = {.quiet = o->given[OPT_QUIET]};
    char why[256];
    status_line_start(&meter.line, meter.quiet);
    meter.started_ns = clock_mono_ns();
    double begun_s = (double)time(NULL);
    run_dir_name(&dir, "bench");
    signals_block();
    if (!run_dir_create(&dir, o->value[OPT_OUT], &e))
        return tell_error(&e);
    int code = EXIT_USAGE;
    struct bench_options asking = *b;
    asking.cut = on_wait;
    bool ran = bench_run(&asking, &results, on_turn, &meter, why, sizeof why);
    status_line_clear(&meter.line);
    if (ran) {
        code = keep_and_show(o, &dir, b, &results, begun_s);
        bench_results_free(&results);
    } else {
        fprintf(stderr, "weir: %s\n", why);
    }
    if (code == EXIT_USAGE)
        run_dir_undo(&dir);
    signals_restore();
    return code;
}

static int dry_run(const struct bench_options *b)
{
    size_t cells, turns;
    char why[256];
    double seconds = bench_planned_seconds(b, &cells, &turns, why, sizeof why);
    if (*why) {
        fprintf(stderr, "weir: %s\n", why);
        return EXIT_USAGE;
    }
    printf("%zu cells, %zu turns, %.1f s, at most twice as much to find near cores; %u cores wanted\n", cells,
           turns, seconds, b->producers + b->consumers);
    return finish_output(EXIT_OK);
}

int cmd_bench(const struct options *o)
{
    struct bench_options b;
    struct bench_lists lists;
    struct error e = {0};
    int code;
    if (!bench_options_read(o, &b, &lists, &e))
        code = tell_error(&e);
    else
        code = o->given[OPT_DRY_RUN] ? dry_run(&b) : run_bench(o, &b);
    bench_lists_free(&lists);
    return code;
}
