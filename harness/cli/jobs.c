// SPDX-License-Identifier: Apache-2.0
#include "cli/jobs.h"

#include <stdlib.h>

#include "base/rng.h"

static unsigned reps_of(const struct cell_plan *cell)
{
    return cell->scenario ? cell->scenario->reps : 1;
}

static size_t count_jobs(const struct suite_runs *runs)
{
    size_t n = 0;
    for (size_t r = 0; r < runs->count; r++)
        for (size_t c = 0; c < runs->list[r].plan->cell_count; c++)
            n += reps_of(&runs->list[r].plan->cells[c]);
    return n;
}

static void add_cell(struct jobs *jobs, const struct cell_plan *cell)
{
    const struct scenario *s = cell->scenario ? cell->scenario : cell->shape;
    for (unsigned rep = 0; rep < reps_of(cell); rep++) {
        struct job *job = &jobs->list[jobs->count];
        *job = (struct job){.index = jobs->count++,
                            .cell = cell,
                            .scenario = s,
                            .rep = rep,
                            .seed = s->seed + rep,
                            .skipped = cell->scenario == NULL,
                            .done = cell->scenario == NULL};
    }
}

// Rep by rep, the cells of each in random order: a slow minute of the machine then hits many cells a little
// instead of one cell in all its reps.
static void make_order(struct jobs *jobs, uint64_t seed)
{
    struct rng rng;
    size_t n = 0;
    rng_init(&rng, seed, "order of cells");
    for (unsigned rep = 0; n < jobs->count; rep++) {
        size_t first = n;
        for (size_t i = 0; i < jobs->count; i++)
            if (jobs->list[i].rep == rep)
                jobs->order[n++] = &jobs->list[i];
        for (size_t i = n; i > first + 1; i--) {
            size_t other = first + (size_t)rng_below(&rng, i - first);
            struct job *swap = jobs->order[i - 1];
            jobs->order[i - 1] = jobs->order[other];
            jobs->order[other] = swap;
        }
    }
}

bool jobs_make(const struct suite_runs *runs, struct jobs *jobs)
{
    size_t n = count_jobs(runs);
    *jobs =
        (struct jobs){.list = calloc(n + 1, sizeof *jobs->list), .order = calloc(n + 1, sizeof *jobs->order)};
    if (jobs->list == NULL || jobs->order == NULL) {
        jobs_free(jobs);
        return false;
    }
    for (size_t r = 0; r < runs->count; r++)
        for (size_t c = 0; c < runs->list[r].plan->cell_count; c++)
            add_cell(jobs, &runs->list[r].plan->cells[c]);
    make_order(jobs, n ? jobs->list[0].scenario->seed : 0);
    return true;
}

void jobs_free(struct jobs *jobs)
{
    free(jobs->list);
    free(jobs->order);
    *jobs = (struct jobs){0};
}

uint64_t job_planned_ns(const struct job *job)
{
    return job->scenario->engine == ENGINE_LIVE && !job->skipped ? job->scenario->duration_ns : 0;
}

unsigned job_threads(const struct job *job)
{
    const struct scenario *s = job->scenario;
    unsigned n = 0;
    if (s->engine == ENGINE_SIM)
        return 1;
    for (size_t i = 0; i < s->source_count; i++)
        n += s->sources[i].senders + (s->sources[i].type == SOURCE_SYNTHETIC ? 0 : 1); // plus the receiver
    for (size_t i = 0; i < s->stage_count; i++)
        n += s->stages[i].workers;
    for (size_t i = 0; i < s->sink_count; i++)
        n += s->sinks[i].has_edge ? s->sinks[i].concurrency : 0;
    return n;
}
