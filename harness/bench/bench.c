// SPDX-License-Identifier: Apache-2.0
// From options to a plan of turns, through the turns in random order, to results.
#include "bench/bench.h"
#include "base/rng.h"
#include "base/stats.h"
#include "bench/turn.h"
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NEAR_ENOUGH = 3, AIDE_REPS = 3, MAX_CORES = 256 };
#define AIDE_SECONDS 0.05

// One series of turns: a cell, or one of the two lines beside it (floor and limit) that several cells share.
struct series {
    struct turn turn;
    struct bench_cell *cell; // NULL: a line beside cells
    struct turn_answer *answers;
    size_t count, planned;
};

struct bench {
    const struct bench_options *options;
    struct bench_results *results;
    struct series *series;
    size_t count;
    struct rng rng;
    bench_progress *progress;
    void *context;
    size_t done, turns;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// --- the plan ----

static size_t queues_of(const struct bench_options *o)
{
    size_t count = o->queues_count;
    while (o->queues_count == 0 && weir_queue_at(count) != NULL)
        count++;
    return count;
}

static const char *queue_name(const struct bench_options *o, size_t i)
{
    return o->queues_count ? o->queues[i] : weir_queue_at(i)->name;
}

static size_t points_of(const struct bench_options *o)
{
    return o->batch_count * o->capacity_count * o->item_bytes_count;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// Turns that are asked for, and the seconds they take beside the ping-pongs.
static size_t planned_turns(const struct bench_options *o, double *seconds)
{
    size_t cells = queues_of(o) * points_of(o),
           aides = points_of(o) + o->capacity_count * o->item_bytes_count;
    unsigned aide_reps = smaller(o->reps, AIDE_REPS);
    double aide_seconds = o->seconds < AIDE_SECONDS ? o->seconds : AIDE_SECONDS;
    *seconds = (double)cells * o->reps * (o->seconds + o->warmup + 0.03) +
               (double)aides * aide_reps * (aide_seconds + 0.03);
    return cells * o->reps + aides * aide_reps;
}

double bench_planned_seconds(const struct bench_options *options, size_t *cells, size_t *turns)
{
    double seconds;
    *cells = queues_of(options) * points_of(options);
    *turns = planned_turns(options, &seconds);
    return seconds;
}

static enum weir_wait_kind default_wait(const struct bench_options *o, unsigned cores)
{
    bool crowded = o->producers + o->consumers > cores || o->pin == BENCH_PIN_TOGETHER;
    return crowded ? WEIR_WAIT_YIELD : WEIR_WAIT_SPIN;
}

static struct turn turn_at(const struct bench_options *o, size_t batch, size_t capacity, size_t item_bytes,
                           unsigned cores)
{
    return (struct turn){.producers = o->producers,
                         .consumers = o->consumers,
                         .batch = batch,
                         .capacity = capacity,
                         .item_bytes = item_bytes,
                         .wait = o->wait == BENCH_WAIT_DEFAULT ? default_wait(o, cores)
                                                               : (enum weir_wait_kind)o->wait,
                         .regime = o->regime,
                         .pin = o->pin,
                         .seconds = o->seconds,
                         .warmup = o->warmup};
}

static void describe_cell(struct bench_cell *c, const struct turn *t, unsigned cores)
{
    const struct weir_queue_ops *ops = t->module->ops;
    snprintf(c->queue, sizeof c->queue, "%s", ops->name);
    c->producers = t->producers;
    c->consumers = t->consumers;
    c->batch = t->batch;
    c->capacity = t->capacity;
    c->item_bytes = t->item_bytes;
    c->wait = t->wait;
    c->regime = t->regime;
    c->pin = t->pin;
    bool alone = ops->caps & WEIR_Q_INLINE;
    if ((t->producers > 1 && !(ops->caps & WEIR_Q_MULTI_PRODUCER)) ||
        (t->consumers > 1 && !(ops->caps & WEIR_Q_MULTI_CONSUMER))) {
        c->status = BENCH_SKIPPED;
        snprintf(c->reason, sizeof c->reason, "%s does not take %u producers and %u consumers", ops->name,
                 t->producers, t->consumers);
    } else if (alone) {
        snprintf(c->note, sizeof c->note, "no hand-off: one thread, the harness's own floor");
    } else if (t->producers + t->consumers > cores) {
        snprintf(c->note, sizeof c->note, "%u threads on %u cores", t->producers + t->consumers, cores);
    } else if (t->pin == BENCH_PIN_TOGETHER) {
        snprintf(c->note, sizeof c->note, "all threads on one core");
    }
}

static struct series *add_series(struct bench *b, const struct turn *turn, struct bench_cell *cell,
                                 size_t planned)
{
    struct series *s = &b->series[b->count];
    *s = (struct series){.turn = *turn, .cell = cell, .planned = planned};
    s->answers = calloc(planned * 2 + NEAR_ENOUGH, sizeof *s->answers);
    if (s->answers != NULL)
        b->count++;
    return s->answers ? s : NULL;
}

// The floor of this point and, when it is the first of its ring size, the limit.
static bool add_aides(struct bench *b, struct turn t, bool limit)
{
    unsigned reps = smaller(b->options->reps, AIDE_REPS);
    char unused[8];
    t.module = weir_queue_load("null", unused, sizeof unused);
    t.kind = TURN_FLOOR;
    t.producers = t.consumers = 1;
    t.warmup = 0;
    t.seconds = t.seconds < AIDE_SECONDS ? t.seconds : AIDE_SECONDS;
    if (!add_series(b, &t, NULL, reps))
        return false;
    t.kind = TURN_LIMIT;
    return !limit || add_series(b, &t, NULL, reps);
}

static bool add_cells(struct bench *b, struct turn t, unsigned cores, char *text, size_t size)
{
    const struct bench_options *o = b->options;
    for (size_t i = 0; i < queues_of(o); i++) {
        struct bench_cell *cell = &b->results->cells[b->results->count];
        t.module = weir_queue_load(queue_name(o, i), text, size);
        if (t.module == NULL)
            return false;
        describe_cell(cell, &t, cores);
        b->results->count++;
        if (!add_series(b, &t, cell, cell->status == BENCH_SKIPPED ? 0 : o->reps)) {
            snprintf(text, size, "no memory for the plan");
            return false;
        }
    }
    return true;
}

static bool make_plan(struct bench *b, char *text, size_t size)
{
    const struct bench_options *o = b->options;
    size_t cells = queues_of(o) * points_of(o);
    int cpus[MAX_CORES];
    unsigned cores = b->results->cores = turn_cores(cpus, MAX_CORES);
    b->results->cells = calloc(cells, sizeof *b->results->cells);
    b->series = calloc(cells + 2 * points_of(o), sizeof *b->series);
    snprintf(text, size, "no memory for the plan");
    if (b->results->cells == NULL || b->series == NULL)
        return false;
    for (size_t i = 0; i < o->item_bytes_count; i++)
        for (size_t c = 0; c < o->capacity_count; c++)
            for (size_t k = 0; k < o->batch_count; k++) {
                struct turn t = turn_at(o, o->batch[k], o->capacity[c], o->item_bytes[i], cores);
                if (!add_cells(b, t, cores, text, size) || !add_aides(b, t, k == 0))
                    return false;
            }
    *text = '\0';
    return true;
}

// --- the turns ----

static enum pingpong_state state_of(const struct turn_answer *a, bool *mixed)
{
    enum pingpong_state before = pingpong_state_of(a->before_ns), after = pingpong_state_of(a->after_ns);
    *mixed = before != after;
    return before;
}

static size_t count_state(const struct series *s, enum pingpong_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        bool mixed;
        count += s->answers[i].ok && state_of(&s->answers[i], &mixed) == state && !mixed;
    }
    return count;
}

// False when the caller wants to stop.
static bool take_turn(struct bench *b, struct series *s)
{
    struct turn_answer *a = &s->answers[s->count];
    turn_run(&s->turn, a);
    if (!a->not_near)
        s->count++;
    if (!a->ok && !a->not_near && s->cell && s->cell->status == BENCH_OK) {
        s->cell->status = BENCH_FAILED;
        snprintf(s->cell->reason, sizeof s->cell->reason, "%s", a->reason);
    }
    b->done++;
    bool go_on = !b->progress || b->progress(b->context, b->done, b->turns, s->cell);
    b->results->interrupted |= !go_on;
    return go_on;
}

static void shuffle(struct bench *b, struct series **order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)rng_below(&b->rng, i);
        struct series *s = order[i - 1];
        order[i - 1] = order[k];
        order[k] = s;
    }
}

static bool still_wanted(const struct series *s, size_t round)
{
    return round < s->planned && !(s->cell && s->cell->status != BENCH_OK);
}

// Every series once a round, in a new order each time. A cell that failed is not tried again.
static bool take_planned_turns(struct bench *b, struct series **order)
{
    for (size_t round = 0; round < b->options->reps; round++) {
        for (size_t i = 0; i < b->count; i++)
            order[i] = &b->series[i];
        shuffle(b, order, b->count);
        for (size_t i = 0; i < b->count; i++)
            if (still_wanted(order[i], round) && !take_turn(b, order[i]))
                return false;
    }
    return true;
}

static bool lacks_near(const struct series *s)
{
    size_t need = s->planned < NEAR_ENOUGH ? s->planned : NEAR_ENOUGH;
    return s->planned > 0 && !(s->cell && s->cell->status != BENCH_OK) &&
           count_state(s, PINGPONG_NEAR) < need && s->count < s->planned * 2 + NEAR_ENOUGH;
}

// More turns for what is short of near repetitions, as long as the plan took. When no repetition was near,
// the machine is far and there is nothing to wait for.
static void take_missing_turns(struct bench *b, struct series **order, double budget_s)
{
    bool ever_near = false;
    for (size_t i = 0; i < b->count; i++)
        ever_near |= count_state(&b->series[i], PINGPONG_NEAR) > 0;
    double end = now_s() + budget_s;
    for (bool again = ever_near; again;) {
        size_t count = 0;
        for (size_t i = 0; i < b->count; i++)
            if (lacks_near(&b->series[i]))
                order[count++] = &b->series[i];
        shuffle(b, order, count);
        again = count > 0;
        for (size_t i = 0; i < count; i++) {
            if (now_s() + order[i]->turn.seconds + order[i]->turn.warmup >= end)
                return;
            order[i]->turn.only_near = true;
            b->turns++;
            if (!take_turn(b, order[i]))
                return;
        }
    }
}

// --- the results ----

// The state to report, and whether repetitions that saw both states must do.
static enum pingpong_state choose_state(const struct series *s, bool *mixed_too)
{
    size_t near = count_state(s, PINGPONG_NEAR), far = count_state(s, PINGPONG_FAR);
    size_t need = s->planned < NEAR_ENOUGH ? s->planned : NEAR_ENOUGH;
    *mixed_too = near == 0 && far == 0;
    if (near > 0 && (near >= need || far == 0))
        return PINGPONG_NEAR;
    if (far > 0)
        return PINGPONG_FAR;
    return count_state(s, PINGPONG_UNKNOWN) ? PINGPONG_UNKNOWN : PINGPONG_FAR;
}

// The values of the repetitions in `state`, into `values` (and their ping-pongs into `gates`).
static size_t collect(const struct series *s, enum pingpong_state state, bool mixed_too, double *values,
                      double *gates)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct turn_answer *a = &s->answers[i];
        bool mixed, fits = state_of(a, &mixed) == state && !mixed;
        if (!a->ok || !(fits || (mixed_too && mixed)))
            continue;
        gates[count] = (a->before_ns + a->after_ns) / 2;
        values[count++] = a->ns_per_item;
    }
    return count;
}

// The floor or limit beside a cell: of the same state when there is one.
static double aide_value(const struct bench *b, const struct bench_cell *c, enum turn_kind kind)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct series *s = &b->series[i];
        if (s->cell || s->turn.kind != kind || s->turn.item_bytes != c->item_bytes ||
            s->turn.capacity != c->capacity || (kind == TURN_FLOOR && s->turn.batch != c->batch))
            continue;
        double values[2 * AIDE_REPS + NEAR_ENOUGH], gates[2 * AIDE_REPS + NEAR_ENOUGH];
        size_t count = collect(s, c->state, kind == TURN_FLOOR, values, gates);
        if (count == 0 && kind == TURN_FLOOR) { // one thread: the distance does not matter
            bool mixed;
            count = collect(s, choose_state(s, &mixed), true, values, gates);
        }
        return count ? stats_median(values, count) : 0;
    }
    return 0;
}

static void note_state(struct bench_cell *c, bool mixed_too, size_t need)
{
    const char *note =
        mixed_too && c->state == PINGPONG_FAR ? "the cores' distance changed in every repetition"
        : c->state == PINGPONG_NEAR && c->reps_count < need ? "fewer near repetitions than asked for"
                                                            : NULL;
    size_t used = strlen(c->note);
    if (note)
        snprintf(c->note + used, sizeof c->note - used, "%s%s", used ? "; " : "", note);
}

static bool fill_cell(struct series *s)
{
    struct bench_cell *c = s->cell;
    if (c == NULL || c->status != BENCH_OK)
        return true;
    double *values = calloc(s->count + 1, sizeof *values), *gates = calloc(s->count + 1, sizeof *gates);
    if (values == NULL || gates == NULL) {
        free(values);
        free(gates);
        return false;
    }
    bool mixed_too;
    c->state = choose_state(s, &mixed_too);
    c->reps = values;
    c->reps_count = collect(s, c->state, mixed_too, values, gates);
    c->reps_dropped = s->count - c->reps_count;
    if (c->reps_count == 0) {
        c->status = BENCH_SKIPPED;
        snprintf(c->reason, sizeof c->reason, "interrupted before its first repetition");
    } else {
        c->median = stats_median(values, c->reps_count);
        c->pingpong_ns = stats_median(gates, c->reps_count);
        c->lo = DBL_MAX;
        for (size_t i = 0; i < c->reps_count; i++) {
            c->lo = values[i] < c->lo ? values[i] : c->lo;
            c->hi = values[i] > c->hi ? values[i] : c->hi;
        }
        c->items_per_s = 1e9 / c->median;
        note_state(c, mixed_too, smaller((unsigned)s->planned, NEAR_ENOUGH));
    }
    free(gates);
    return true;
}

static bool fill_results(struct bench *b)
{
    bool good = true;
    for (size_t i = 0; i < b->count; i++)
        good &= fill_cell(&b->series[i]);
    for (size_t i = 0; i < b->results->count; i++) {
        struct bench_cell *c = &b->results->cells[i];
        if (c->status != BENCH_OK)
            continue;
        c->floor_ns_per_item = aide_value(b, c, TURN_FLOOR);
        c->limit_ns_per_item = aide_value(b, c, TURN_LIMIT);
    }
    return good;
}

static void free_series(struct bench *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->series[i].answers);
    free(b->series);
}

bool bench_run(const struct bench_options *options, struct bench_results *results, bench_progress *progress,
               void *context, char *text, size_t size)
{
    struct bench b = {.options = options, .results = results, .progress = progress, .context = context};
    double planned_s;
    memset(results, 0, sizeof *results);
    if (*bench_check_options(options, text, size))
        return false;
    b.turns = planned_turns(options, &planned_s);
    rng_init(&b.rng, options->seed, "bench.order");
    bool good = make_plan(&b, text, size);
    struct series **order = good ? calloc(b.count, sizeof *order) : NULL;
    if (order != NULL) {
        double begin = now_s();
        if (take_planned_turns(&b, order))
            take_missing_turns(&b, order, now_s() - begin);
        good = fill_results(&b);
    }
    if (!good || order == NULL) {
        if (!*text)
            snprintf(text, size, "no memory for the results");
        bench_results_free(results);
        good = false;
    }
    free(order);
    free_series(&b);
    return good;
}

void bench_results_free(struct bench_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        free(results->cells[i].reps);
    free(results->cells);
    memset(results, 0, sizeof *results);
}
