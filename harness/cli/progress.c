// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "result/cell.h"
#include "result/jsonx.h"
#include "result/metric.h"
#include "result/text.h"

enum { LINE_SIZE = 512 };

static struct progress_kind *kind_of(struct progress *p, const struct job *job)
{
    return job->scenario->engine == ENGINE_SIM ? &p->sim : &p->live;
}

void progress_start(struct progress *p, const struct jobs *jobs, unsigned sim_slots, bool quiet)
{
    *p = (struct progress){.quiet = quiet, .jobs = jobs, .sim_slots = sim_slots ? sim_slots : 1};
    status_line_start(&p->line, quiet);
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *job = &jobs->list[i];
        p->several |= strcmp(job->scenario->name, jobs->list[0].scenario->name) != 0;
        if (job->done)
            continue;
        struct progress_kind *kind = kind_of(p, job);
        p->total++;
        kind->jobs++;
        kind->planned_ns += job_planned_ns(job);
    }
}

// ---- what runs ----
// A parameter that is the same in all cells of the scenario tells nothing.
static bool tells(const struct progress *p, const struct job *job, size_t param)
{
    const struct cell_param *own = &job->cell->params[param];
    for (size_t i = 0; i < p->jobs->count; i++) {
        const struct job *other = &p->jobs->list[i];
        if (strcmp(other->scenario->name, job->scenario->name) != 0)
            continue;
        for (size_t k = 0; k < other->cell->param_count; k++)
            if (strcmp(other->cell->params[k].key, own->key) == 0 &&
                strcmp(other->cell->params[k].text, own->text) != 0)
                return true;
    }
    return false;
}

// "mpmc/block", with several scenarios "burst mpmc/block"; "#2" is the second repetition.
static void put_name(const struct progress *p, const struct job *job, char name[PROGRESS_NAME_MAX])
{
    bool any = false;
    *name = 0;
    for (size_t i = 0; i < job->cell->param_count; i++) {
        if (!tells(p, job, i))
            continue;
        text_append(name, PROGRESS_NAME_MAX, any ? "/" : p->several ? job->scenario->name : "");
        text_append(name, PROGRESS_NAME_MAX, !any && p->several ? " " : "");
        text_append(name, PROGRESS_NAME_MAX, job->cell->params[i].text);
        any = true;
    }
    if (!any)
        text_append(name, PROGRESS_NAME_MAX, job->scenario->name);
    if (job->scenario->reps > 1) {
        char rep[32];
        snprintf(rep, sizeof rep, " #%u", job->rep + 1);
        text_append(name, PROGRESS_NAME_MAX, rep);
    }
}

static struct progress_running *place_of(struct progress *p, const struct job *job)
{
    struct progress_running *empty = NULL;
    for (size_t i = 0; i < PROGRESS_JOBS_MAX; i++) {
        if (p->running[i].job == job)
            return &p->running[i];
        if (p->running[i].job == NULL)
            empty = &p->running[i];
    }
    if (empty) {
        *empty = (struct progress_running){.job = job, .since_ns = clock_mono_ns()};
        put_name(p, job, empty->name);
    }
    return empty;
}

void progress_watch(struct progress *p, const struct job *job, const struct arena *arena)
{
    struct progress_running *r = p->line.on ? place_of(p, job) : NULL;
    if (r)
        r->seen |= flow_watch_figures(arena, &r->figures);
}

static double share_of(const struct progress_running *r)
{
    uint64_t duration = r->job->scenario->duration_ns;
    return r->seen && duration ? (double)r->figures.now_ns / (double)duration : -1;
}

// ---- when it will be over ----
static double elapsed_s(const struct progress_running *r, uint64_t now)
{
    return (double)(now - r->since_ns) / 1e9;
}

// Those that have ended say how much longer than planned it takes: start, drain, the way between the cores.
static double live_left(const struct progress *p, uint64_t now)
{
    const struct progress_kind *k = &p->live;
    double factor = k->done_planned_ns ? (double)k->done_ns / (double)k->done_planned_ns : 1;
    double left = (double)(k->planned_ns - k->done_planned_ns) / 1e9 * factor;
    for (size_t i = 0; i < PROGRESS_JOBS_MAX; i++) {
        const struct progress_running *r = &p->running[i];
        if (r->job == NULL || r->job->scenario->engine != ENGINE_LIVE)
            continue;
        double own = (double)job_planned_ns(r->job) / 1e9 * factor, gone = elapsed_s(r, now);
        left -= gone < own ? gone : own;
    }
    return left;
}

// How long a simulation takes; before one has ended, as the running ones come along. Negative: not known.
static double sim_each(const struct progress *p, uint64_t now)
{
    if (p->sim.ended)
        return (double)p->sim.done_ns / 1e9 / (double)p->sim.ended;
    for (size_t i = 0; i < PROGRESS_JOBS_MAX; i++) {
        const struct progress_running *r = &p->running[i];
        if (r->job && r->job->scenario->engine == ENGINE_SIM && share_of(r) > 0.05)
            return elapsed_s(r, now) / (share_of(r) < 1 ? share_of(r) : 1);
    }
    return -1;
}

static double sim_left(const struct progress *p, uint64_t now)
{
    double each = sim_each(p, now), gone = 0;
    if (p->sim.jobs == p->sim.ended)
        return 0;
    if (each < 0)
        return -1;
    for (size_t i = 0; i < PROGRESS_JOBS_MAX; i++) {
        const struct progress_running *r = &p->running[i];
        if (r->job && r->job->scenario->engine == ENGINE_SIM)
            gone += elapsed_s(r, now) < each ? elapsed_s(r, now) : each;
    }
    return ((double)(p->sim.jobs - p->sim.ended) * each - gone) / p->sim_slots;
}

static double seconds_left(const struct progress *p)
{
    uint64_t now = clock_mono_ns();
    double live = live_left(p, now), sim = sim_left(p, now);
    return sim < 0 ? -1 : live + sim;
}

// ---- the line ----
static struct progress_job view_of(const struct progress_running *r)
{
    const struct watch_figures *f = &r->figures;
    struct progress_job job = {.share = share_of(r), .loss = -1, .p99_ns = -1};
    memcpy(job.name, r->name, sizeof job.name);
    if (r->seen && f->generated)
        job.loss = (double)f->lost / (double)f->generated;
    if (r->seen && f->p99_ns)
        job.p99_ns = (double)f->p99_ns;
    return job;
}

void progress_tick(struct progress *p, const struct job *const *running, size_t count)
{
    char line[LINE_SIZE];
    struct progress_view view = {.finished = p->finished, .total = p->total, .left_s = seconds_left(p)};
    if (!p->line.on || p->total == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct progress_running *r = place_of(p, running[i]);
        if (r && view.job_count < PROGRESS_JOBS_MAX)
            view.jobs[view.job_count++] = view_of(r);
    }
    progress_text(line, sizeof line, &view, status_line_columns() - 1);
    status_line_draw(&p->line, line);
}

void progress_clear(struct progress *p)
{
    status_line_clear(&p->line);
}

// ---- cells that ended ----
static void print_line(const struct progress *p, const json_t *cell)
{
    char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX], *params = cell_params_text(cell);
    const char *status = jsonx_string(cell, "status");
    fprintf(stderr, "[%zu/%zu] %s %s rep %.0f: %s", p->finished, p->total, jsonx_string(cell, "scenario"),
            params ? params : "", jsonx_number(cell, "rep", 0), status);
    free(params);
    struct metric p99 = metric_of(cell, "p99");
    if (strcmp(status, "ok") == 0)
        fprintf(stderr, ", loss %s, p99 %s\n", text_percent(metric_of(cell, "loss").number, a),
                p99.kind == METRIC_NUMBER ? text_time(p99.number, b) : "-");
    else
        fprintf(stderr, ": %s\n", jsonx_string(cell, "reason"));
}

void progress_finished(struct progress *p, const struct job *job, const json_t *cell, uint64_t wall_ns)
{
    struct progress_kind *kind = kind_of(p, job);
    status_line_end(&p->line);
    p->finished++;
    kind->ended++;
    kind->done_planned_ns += job_planned_ns(job);
    kind->done_ns += wall_ns;
    for (size_t i = 0; i < PROGRESS_JOBS_MAX; i++)
        if (p->running[i].job == job)
            p->running[i].job = NULL;
    // On a terminal the table at the end says it all; only what went wrong is worth a line before.
    if (p->quiet || (p->line.on && strcmp(jsonx_string(cell, "status"), "ok") == 0))
        return;
    progress_clear(p);
    print_line(p, cell);
}
