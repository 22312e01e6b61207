// SPDX-License-Identifier: Apache-2.0
// The turns of a plan, in random order.
#include "bench/bench.h"
#include "base/clock.h"
#include "base/rng.h"
#include "bench/crew.h"
#include "bench/driver.h"
#include "bench/plan.h"
#include "bench/results.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    const struct bench_options *options;
    struct bench_results *results;
    struct bench_plan plan;
    struct turn_shape *shape;
    struct rng rng;
    bench_progress *progress;
    void *context;
    size_t done, turns;
    bool out_of_memory;
};

static double now_s(void)
{
    return (double)clock_mono_ns() * 1e-9;
}

static void fail_cell(struct bench_series *s, const char *reason)
{
    if (s->cell == NULL || s->cell->status != BENCH_OK)
        return;
    s->cell->status = BENCH_FAILED;
    snprintf(s->cell->reason, sizeof s->cell->reason, "%s%.140s",
             s->turn.kind == TURN_TRIP ? "round trip: " : "", reason);
}

// False when the caller wants to stop.
static bool take_turn(struct bench *b, struct bench_series *s, unsigned round)
{
    struct turn_answer *a = &s->answers[s->count];
    bool measured;
    s->turn.cut = b->options->cut;
    s->turn.cut_context = b->context;
    turn_run(&s->turn, a, b->shape);
    measured = !a->not_near && !a->cut;
    if (measured) {
        s->rounds[s->count++] = round;
        b->out_of_memory |= !results_keep_shape(s, a, b->shape);
        if (a->work_ns > s->turn.work_ns)
            s->turn.work_ns = a->work_ns; // the next one begins with what was enough
    }
    if (measured && !a->ok)
        fail_cell(s, a->reason);
    b->done++;
    bool go_on = !a->cut && (!b->progress || b->progress(b->context, b->done, b->turns, s->cell));
    b->results->interrupted |= !go_on;
    return go_on;
}

static void shuffle(struct bench *b, struct bench_series **order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)rng_below(&b->rng, i);
        struct bench_series *s = order[i - 1];
        order[i - 1] = order[k];
        order[k] = s;
    }
}

static bool is_alive(const struct bench_series *s)
{
    return s->cell == NULL || s->cell->status == BENCH_OK;
}

// Every series once a round, in a new order each time. A cell that failed is not tried again.
static bool take_planned_turns(struct bench *b, struct bench_series **order)
{
    for (unsigned round = 0; round < b->options->reps; round++) {
        for (size_t i = 0; i < b->plan.count; i++)
            order[i] = &b->plan.series[i];
        shuffle(b, order, b->plan.count);
        for (size_t i = 0; i < b->plan.count; i++)
            if (round < order[i]->planned && is_alive(order[i]) && !take_turn(b, order[i], round))
                return false;
    }
    return true;
}

static bool lacks_near(const struct bench_series *s)
{
    size_t need = s->planned < PLAN_NEAR_ENOUGH ? s->planned : PLAN_NEAR_ENOUGH;
    return s->planned > 0 && is_alive(s) && results_count_state(s, PINGPONG_NEAR) < need &&
           s->count < bench_plan_room(s);
}

// More turns for what is short of near repetitions, as long as the plan took. When no repetition was near,
// the machine is far and there is nothing to wait for.
static void take_missing_turns(struct bench *b, struct bench_series **order, double budget_s)
{
    bool ever_near = false;
    for (size_t i = 0; i < b->plan.count; i++)
        ever_near |= results_count_state(&b->plan.series[i], PINGPONG_NEAR) > 0;
    double end = now_s() + budget_s;
    bool again = ever_near;
    for (unsigned round = b->options->reps; again; round++) {
        size_t count = 0;
        for (size_t i = 0; i < b->plan.count; i++)
            if (lacks_near(&b->plan.series[i]))
                order[count++] = &b->plan.series[i];
        shuffle(b, order, count);
        again = count > 0;
        for (size_t i = 0; i < count; i++) {
            if (now_s() + order[i]->turn.seconds + order[i]->turn.warmup >= end)
                return;
            order[i]->turn.only_near = true;
            b->turns++;
            if (!take_turn(b, order[i], round))
                return;
        }
    }
}

static bool measure(struct bench *b)
{
    struct bench_series **order = calloc(b->plan.count, sizeof *order);
    b->shape = turn_shape_new();
    bool good = order && b->shape;
    if (good) {
        double begin = now_s(), unused;
        b->turns = bench_plan_turns(&b->plan, &unused);
        clock_calibrate();
        crew_calibrate();
        if (take_planned_turns(b, order))
            take_missing_turns(b, order, now_s() - begin);
        good = results_fill(&b->plan, b->results, b->options->against) && !b->out_of_memory;
    }
    turn_shape_free(b->shape);
    free(order);
    return good;
}

bool bench_run(const struct bench_options *options, struct bench_results *results, bench_progress *progress,
               void *context, char *text, size_t size)
{
    struct bench b = {.options = options, .results = results, .progress = progress, .context = context};
    rng_init(&b.rng, options->seed, "bench.order");
    bool good = bench_plan_make(options, &b.plan, results, text, size);
    if (good && !measure(&b)) {
        snprintf(text, size, "no memory for the results");
        good = false;
    }
    if (!good)
        bench_results_free(results);
    bench_plan_free(&b.plan);
    driver_stop_all();
    return good;
}
