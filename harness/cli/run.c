// SPDX-License-Identifier: Apache-2.0
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/machine.h"
#include "cli/show.h"
#include "cli/signals.h"
#include "cli/supervise.h"
#include "result/cell.h"
#include "result/csv.h"
#include "result/document.h"
#include "result/histograms.h"
#include "result/jsonx.h"
#include "result/metric.h"

// A job may be so late before it is killed: a slow machine is not a crash.
#define JOB_MARGIN_NS (30 * NS_PER_S)

static bool any_live(const struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (!jobs->list[i].done && jobs->list[i].scenario->engine == ENGINE_LIVE)
            return true;
    return false;
}

// ---- the document ----
static json_t *make_document(const struct run *run, json_t *env)
{
    struct document_scenario *list = calloc(run->runs.count + 1, sizeof *list);
    for (size_t i = 0; list && i < run->runs.count; i++) {
        const struct scenario *base = run->runs.list[i].plan->base;
        list[i] = (struct document_scenario){base->name, base->question, base->path, base->file_hash};
    }
    struct document_run facts = {.id = run->dir.id,
                                 .started = run->dir.started,
                                 .argv = (const char *const *)run->options->argv,
                                 .argc = (size_t)run->options->argc,
                                 .seed = run->runs.list[0].plan->base->seed,
                                 .scenarios = list,
                                 .scenario_count = list ? run->runs.count : 0};
    json_t *document = document_new(&facts, env);
    free(list);
    return document;
}

static json_t *job_cell(const struct job *job, const struct outcome *o)
{
    struct cell_facts facts = {.plan = job->cell, .index = job->index, .rep = job->rep, .seed = job->seed};
    json_t *cell = cell_json(&facts, o->report, o->status, o->reason);
    metric_judge(cell, job->scenario);
    return cell;
}

static void add_skipped(struct run *run)
{
    for (size_t i = 0; i < run->jobs.count; i++) {
        const struct job *job = &run->jobs.list[i];
        struct outcome o = {.status = CELL_SKIPPED,
                            .reason = job->cell->skip_reason ? job->cell->skip_reason : ""};
        if (job->skipped)
            document_add(run->document, job_cell(job, &o));
    }
}

bool run_begin(struct run *run, struct error *e)
{
    struct env_facts facts;
    struct env_noise noise;
    env_read(&facts);
    env_noise_none(&noise);
    if (any_live(&run->jobs))
        machine_measure(&noise, 50, 5);
    run->document = make_document(run, env_json(&facts, &noise));
    add_skipped(run);
    return run_dir_remember(&run->dir, run->options->argc, run->options->argv, e) &&
           document_write(run->document, run->dir.path, e);
}

// ---- going on ----
static bool same_beginning(const struct run *run, const json_t *before, struct error *e)
{
    struct env_facts facts;
    struct env_noise noise;
    env_read(&facts);
    env_noise_none(&noise);
    json_t *now = make_document(run, env_json(&facts, &noise));
    bool ok = true;
    if (!json_equal(jsonx_find(now, "run.scenarios"), jsonx_find(before, "run.scenarios")))
        ok = fail(e, EXIT_USAGE, "--resume %s: a scenario file has changed since the run began",
                  run->dir.path);
    else if (strcmp(jsonx_string(now, "env.machine_id"), jsonx_string(before, "env.machine_id")) != 0)
        ok = fail(e, EXIT_USAGE, "--resume %s: the run began on another machine (%s)", run->dir.path,
                  jsonx_string(before, "env.cpu"));
    else if (!json_equal(json_object_get(now, "tool"), json_object_get(before, "tool")))
        ok = fail(e, EXIT_USAGE, "--resume %s: the run began with another weir (%s %s, %s)", run->dir.path,
                  jsonx_string(before, "tool.version"), jsonx_string(before, "tool.git"),
                  jsonx_string(before, "tool.compiler"));
    json_decref(now);
    return ok;
}

// A cell that was told to end early is not what the scenario asked for: it is run anew.
static void forget_interrupted(json_t *document)
{
    json_t *cells = json_object_get(document, "cells");
    for (size_t i = json_array_size(cells); i-- > 0;)
        if (json_is_true(json_object_get(json_array_get(cells, i), "interrupted")))
            json_array_remove(cells, i);
}

static bool mark_done(struct run *run, const json_t *cell, struct error *e)
{
    json_int_t index = json_integer_value(json_object_get(cell, "index"));
    struct job *job = index >= 0 && (size_t)index < run->jobs.count ? &run->jobs.list[index] : NULL;
    if (job == NULL || job->seed != (uint64_t)json_integer_value(json_object_get(cell, "seed")) ||
        strcmp(job->scenario->name, jsonx_string(cell, "scenario")) != 0)
        return fail(e, EXIT_USAGE, "--resume %s: the plan is not that of the run that began", run->dir.path);
    job->done = true;
    return true;
}

bool run_take_over(struct run *run, json_t *document, struct error *e)
{
    run->document = document;
    snprintf(run->dir.id, sizeof run->dir.id, "%s", jsonx_string(document, "run.id"));
    if (!same_beginning(run, document, e))
        return false;
    forget_interrupted(document);
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (!mark_done(run, cell, e))
            return false;
    }
    return csv_series_keep(run->dir.path, document, e) && histograms_keep(run->dir.path, document, e);
}

// ---- running ----
static bool keep_measured(const struct run *run, const json_t *cell, const struct outcome *o, struct error *e)
{
    struct timespec now;
    if (o->report == NULL)
        return true;
    const struct histogram_of list[] = {{"response_ns", o->report->response},
                                        {"service_ns", o->report->service}};
    const struct histogram_rows rows = {o->report->row_hist, o->report->series_count,
                                        o->report->series_step_ns};
    clock_gettime(CLOCK_REALTIME, &now);
    double begun_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - (double)o->wall_ns / 1e9;
    return csv_series_append(run->dir.path, run->dir.id, cell, o->report, e) &&
           histograms_append(run->dir.path, run->dir.id, cell, begun_s, list, 2, &rows, e);
}

static bool on_finished(void *context, struct job *job, const struct outcome *o)
{
    struct run *run = context;
    struct error e = {0};
    json_t *cell = job_cell(job, o);
    run->tried++;
    run->begun += o->code != EXIT_USAGE;
    // 2 says that nothing was run: a cell that could not start among others that did is an invalid one.
    run->code = exit_code_worse(run->code, o->code == EXIT_USAGE ? EXIT_INVALID : o->code);
    progress_finished(&run->progress, job, cell, o->wall_ns);
    bool kept = keep_measured(run, cell, o, &e);
    document_add(run->document, cell);
    if (kept && document_write(run->document, run->dir.path, &e))
        return true;
    progress_clear(&run->progress);
    tell_error(&e);
    return false;
}

// Said even when quiet: whoever sends from outside waits for it.
static void on_listening(void *context, const char *source, const char *address)
{
    struct run *run = context;
    (void)source;
    progress_clear(&run->progress);
    fprintf(stderr, "listening on %s\n", address);
}

static void on_stopping(void *context)
{
    struct run *run = context;
    progress_clear(&run->progress);
    fprintf(stderr,
            "weir: stopping; what was admitted is still delivered (interrupt again to stop at once)\n");
}

static void on_tick(void *context, const struct job *const *running, size_t count)
{
    progress_tick(&((struct run *)context)->progress, running, count);
}

static void on_watch(void *context, const struct job *job, const struct arena *arena, uint64_t *told)
{
    struct run *run = context;
    progress_watch(&run->progress, job, arena);
    if (!metrics_due(&run->metrics, arena, *told))
        return;
    progress_clear(&run->progress);
    metrics_print(&run->metrics, job, arena, told);
}

static void on_said(void *context, const char *text, size_t length)
{
    status_line_pass(&((struct run *)context)->progress.line, text, length);
}

static enum supervise_end supervise_all(struct run *run, struct error *e)
{
    struct env_facts facts;
    env_read(&facts);
    struct supervise_setup setup = {.child = {.live = live_run,
                                              .sim = sim_run,
                                              .scratch_parent = run->dir.path,
                                              .verify = run->options->given[OPT_VERIFY],
                                              .queue_stats = run->options->given[OPT_QUEUE_STATS]},
                                    .order = run->jobs.order,
                                    .count = run->jobs.count,
                                    .sim_slots = facts.cores < 2 ? 1 : 2,
                                    .margin_ns = JOB_MARGIN_NS,
                                    .context = run,
                                    .finished = on_finished,
                                    .stopping = on_stopping,
                                    .listening = on_listening};
    progress_start(&run->progress, &run->jobs, setup.sim_slots, run->quiet);
    run->metrics.named = run->jobs.count > 1;
    bool drawn = run->progress.line.on; // without a line the supervisor sleeps until something happens
    if (run->metrics.every_ns || drawn)
        setup.watch = on_watch;
    if (drawn) {
        setup.tick = on_tick;
        setup.said = on_said;
        setup.child.apart = true;
    }
    return supervise(&setup, e);
}

// Every job was refused by its executor (a port in use, say), in this process and before a resume.
static bool nothing_began(const struct run *run)
{
    size_t skipped = 0;
    for (size_t i = 0; i < run->jobs.count; i++)
        skipped += run->jobs.list[i].skipped;
    return run->tried > 0 && run->begun == 0 &&
           run->tried + skipped == json_array_size(json_object_get(run->document, "cells"));
}

static int end_run(struct run *run, enum supervise_end end)
{
    struct error e = {0};
    progress_clear(&run->progress);
    if (end == SUPERVISE_DONE && nothing_began(run)) {
        show_problems(run->document, true); // as if a check had found it before
        run_dir_undo(&run->dir);
        return EXIT_USAGE;
    }
    if (end == SUPERVISE_DONE)
        document_complete(run->document);
    else
        run->code =
            exit_code_worse(run->code, end == SUPERVISE_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_INVALID);
    if (!document_write(run->document, run->dir.path, &e) ||
        !csv_cells_write(run->document, run->dir.path, &e))
        run->code = exit_code_worse(run->code, (enum exit_code)tell_error(&e));
    show_result(run);
    return finish_output(exit_code_worse(run->code, show_problems(run->document, run->json)));
}

int run_execute(struct run *run)
{
    struct error e = {0};
    enum supervise_end end = supervise_all(run, &e);
    progress_clear(&run->progress);
    if (e.code != EXIT_OK)
        tell_error(&e);
    return end_run(run, end);
}
