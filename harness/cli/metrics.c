// SPDX-License-Identifier: Apache-2.0
#include "cli/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/units.h"
#include "flow/watch.h"

bool metrics_parse(const char *text, uint64_t *every_ns, struct error *e)
{
    double ns = 0;
    const char *why;
    if (!units_parse(Q_DURATION, text, &ns, &why))
        return fail(e, EXIT_USAGE, "--metrics: \"%s\" is not %s", text, why);
    if (!(ns >= 1e8) || ns > 3600e9 || fmod(ns, 1e8) != 0)
        return fail(e, EXIT_USAGE, "--metrics %s: it takes a multiple of 100ms, up to 1h", text);
    *every_ns = (uint64_t)ns;
    return true;
}

static void print_name(const struct job *job)
{
    fprintf(stderr, "%s", job->scenario->name);
    for (size_t i = 0; i < job->cell->param_count; i++)
        fprintf(stderr, "%s%s=%s", i ? ";" : " ", job->cell->params[i].key, job->cell->params[i].text);
    fprintf(stderr, " rep %u: ", job->rep);
}

static void print_lost(const struct series_row *row, double seconds)
{
    uint64_t all = 0;
    for (int i = 0; i < WEIR_LOSS_COUNT; i++)
        all += row->lost[i];
    fprintf(stderr, " lost=%.0f/s", (double)all / seconds);
    const char *between = " (";
    for (int i = 0; i < WEIR_LOSS_COUNT; i++)
        if (row->lost[i]) {
            fprintf(stderr, "%s%s %.0f/s", between, weir_loss_name((enum weir_loss)i),
                    (double)row->lost[i] / seconds);
            between = ", ";
        }
    fputs(all ? ")" : "", stderr);
    if (row->refused)
        fprintf(stderr, " refused=%.0f/s", (double)row->refused / seconds);
}

static void print_line(const struct metrics *m, const struct job *job, const struct series_row *row,
                       uint64_t end_ns, uint64_t capacity)
{
    double seconds = (double)m->every_ns / 1e9;
    char time[32];
    if (m->named)
        print_name(job);
    fprintf(stderr, "t=%s produced=%.0f/s processed=%.0f/s",
            units_print(Q_DURATION, (double)end_ns, time, sizeof time), (double)row->offered / seconds,
            (double)row->delivered / seconds);
    print_lost(row, seconds);
    double depth = row->depth_samples ? (double)row->depth_sum / (double)row->depth_samples : 0;
    fprintf(stderr, " queue=%.0f", depth);
    if (capacity)
        fprintf(stderr, "/%" PRIu64, capacity);
    fprintf(stderr, " workers=%" PRIu32 "\n", row->workers);
}

// A run of more than 1000 s has longer rows: an interval is at least one of them.
static uint64_t interval_of(const struct metrics *m, const struct watch *w)
{
    return m->every_ns < w->step_ns ? w->step_ns : m->every_ns;
}

bool metrics_due(const struct metrics *m, const struct arena *arena, uint64_t next)
{
    struct watch w;
    return m->every_ns && flow_watch(arena, &w) && (next + 1) * interval_of(m, &w) <= w.now_ns;
}

void metrics_print(const struct metrics *m, const struct job *job, const struct arena *arena, uint64_t *next)
{
    struct watch w;
    if (!m->every_ns || !flow_watch(arena, &w))
        return;
    struct metrics own = *m;
    own.every_ns = interval_of(m, &w);
    uint64_t rows = own.every_ns / w.step_ns;
    for (; (*next + 1) * own.every_ns <= w.now_ns; ++*next) {
        struct series_row row = flow_watch_rows(arena, *next * rows, rows);
        print_line(&own, job, &row, (*next + 1) * own.every_ns, w.capacity);
    }
}
