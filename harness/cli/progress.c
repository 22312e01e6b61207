// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "result/cell.h"
#include "result/jsonx.h"
#include "result/metric.h"
#include "result/text.h"

enum { BAR_WIDTH = 24 };

void progress_start(struct progress *p, const struct jobs *jobs, bool quiet)
{
    *p = (struct progress){.quiet = quiet, .bar = !quiet && isatty(STDERR_FILENO) == 1};
    p->started_ns = p->last_ns = clock_mono_ns();
    for (size_t i = 0; i < jobs->count; i++) {
        if (jobs->list[i].done)
            continue;
        p->total++;
        p->planned_ns += job_planned_ns(&jobs->list[i]);
        p->sims += jobs->list[i].scenario->engine == ENGINE_SIM;
    }
}

// Live jobs take what they are planned to take (the one that runs may be late), sim jobs what those before
// them took.
static double seconds_left(const struct progress *p, const struct job *running)
{
    uint64_t now = clock_mono_ns(), live = p->planned_ns - p->done_ns;
    uint64_t own = running ? job_planned_ns(running) : 0, gone = now - p->last_ns;
    live -= gone < own ? gone : own;
    double each = p->finished ? (double)(now - p->started_ns) / (double)p->finished : 0;
    return ((double)live + (p->planned_ns ? 0 : (double)(p->sims - p->sims_done) * each)) / 1e9;
}

void progress_clear(struct progress *p)
{
    if (!p->drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->drawn = false;
}

void progress_tick(struct progress *p, const struct job *const *running, size_t count)
{
    if (!p->bar || p->total == 0)
        return;
    char bar[BAR_WIDTH + 1];
    size_t full = p->finished * BAR_WIDTH / p->total;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', full);
    bar[BAR_WIDTH] = 0;
    double left = seconds_left(p, count ? running[0] : NULL);
    fprintf(stderr, "\r\033[K[%s] %zu/%zu  %.24s", bar, p->finished, p->total,
            count ? running[0]->scenario->name : "");
    if (left > 0)
        fprintf(stderr, "  %.0f:%02.0f left", (double)(long)(left / 60), (double)((long)left % 60));
    fflush(stderr);
    p->drawn = true;
}

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
    p->finished++;
    p->last_ns = clock_mono_ns();
    p->done_ns += job_planned_ns(job);
    p->sims_done += job->scenario->engine == ENGINE_SIM;
    p->wall_ns += wall_ns;
    // On a terminal the table at the end says it all; only what went wrong is worth a line before.
    if (p->quiet || (p->bar && strcmp(jsonx_string(cell, "status"), "ok") == 0))
        return;
    progress_clear(p);
    print_line(p, cell);
}
