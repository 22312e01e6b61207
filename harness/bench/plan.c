// SPDX-License-Identifier: Apache-2.0
// From options to series of turns.
#include "bench/plan.h"
#include "base/cores.h"
#include "bench/peers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AIDE_REPS = 5, MAX_CORES = 256, LIST_MAX = 64 };
#define AIDE_SECONDS     0.04
#define TRIP_SECONDS     0.02  // as a rule; sleepers take up to 0.05
#define OVERHEAD_SECONDS 0.014 // of a turn: the fork, the way between the cores before and after
#define BUDGET_SECONDS   25.0  // of a bench that says nothing of its length
#define LEAST_SECONDS    0.02
#define MOST_SECONDS     0.1

// --- the queues ----

struct names {
    const char *name[LIST_MAX];
    size_t count;
};

static void list_queues(const struct bench_options *o, struct names *names)
{
    char path[4096];
    const struct weir_queue_ops *ops;
    const struct bench_peer *peer;
    *names = (struct names){.count = 0};
    for (size_t i = 0; i < o->queues_count && names->count < LIST_MAX; i++)
        names->name[names->count++] = o->queues[i];
    for (size_t i = 0; o->queues_count == 0 && (ops = weir_queue_at(i)) != NULL; i++)
        if (!(ops->caps & WEIR_Q_INLINE))
            names->name[names->count++] = ops->name;
    for (size_t i = 0; o->queues_count == 0 && (peer = bench_peer_at(i)) != NULL; i++)
        if (names->count < LIST_MAX && bench_peer_path(peer, path, sizeof path))
            names->name[names->count++] = peer->name;
}

// --- one cell ----

static enum weir_wait_kind default_wait(const struct bench_options *o, unsigned cores)
{
    bool crowded = o->producers + o->consumers > cores || o->pin == BENCH_PIN_TOGETHER;
    return crowded ? WEIR_WAIT_YIELD : WEIR_WAIT_SPIN;
}

static void describe(struct bench_cell *c, const struct turn *t, const char *queue, size_t point)
{
    snprintf(c->queue, sizeof c->queue, "%s", queue);
    c->peer = bench_peer_find(queue) != NULL;
    c->producers = t->producers;
    c->consumers = t->consumers;
    c->batch = t->batch;
    c->capacity = t->capacity;
    c->item_bytes = t->item_bytes;
    c->wait = t->wait;
    c->regime = t->regime;
    c->pin = t->pin;
    c->load = t->load;
    c->rest_ns = t->rest_ns;
    c->point = point;
}

// Why no consumer of this queue would rest here; NULL: they do.
static const char *why_no_rests(const struct turn *t)
{
    if (t->module->ops->caps & (WEIR_Q_NATIVE_BLOCKING | WEIR_Q_INLINE))
        return "no rests: its consumers do not spin";
    return t->wait == WEIR_WAIT_SPIN ? NULL : "no rests: they are for consumers that spin";
}

static enum bench_carried carried(const struct turn *t)
{
    if ((t->module->ops->caps & WEIR_Q_INLINE) && t->item_bytes > 8)
        return BENCH_BY_POINTER;
    return t->module->loops->carried(t->item_bytes, t->batch);
}

static void skip(struct bench_cell *c, const char *reason)
{
    c->status = BENCH_SKIPPED;
    snprintf(c->reason, sizeof c->reason, "%s %s", c->queue, reason);
}

// What this queue cannot do at this point.
static void skip_impossible(struct bench_cell *c, const struct turn *t)
{
    uint32_t caps = t->module->ops->caps;
    bool inline_queue = caps & WEIR_Q_INLINE;
    char text[64];
    if ((t->producers > 1 && !(caps & WEIR_Q_MULTI_PRODUCER)) ||
        (t->consumers > 1 && !(caps & WEIR_Q_MULTI_CONSUMER))) {
        snprintf(text, sizeof text, "does not take %u producers and %u consumers", t->producers,
                 t->consumers);
        skip(c, text);
    } else if (c->carried == BENCH_NOT_CARRIED) {
        skip(c, "has no reserve and commit, so no sequence without a payload");
    } else if (c->carried == BENCH_BY_COPY && t->batch * t->item_bytes > (size_t)1 << 26) {
        skip(c, "copies its items, and a batch of these is more than 64 MiB");
    } else if (inline_queue && t->load > 0) {
        skip(c, "has no hand-off that could take items on schedule");
    } else if (inline_queue && t->regime != BENCH_FREE) {
        skip(c, "has no hand-off, so neither side is ahead");
    } else if ((caps & WEIR_Q_UNBOUNDED) && t->regime != BENCH_FREE && t->regime != BENCH_EMPTY) {
        skip(c, "has no bound that it could be filled to");
    } else if (t->load > 0 && t->item_bytes == 0) {
        skip(c, "carries no item here whose time could be taken");
    } else if (t->module->driver && t->rest_ns > 0) {
        skip(c, "a driver has waits of its own: leave out --rest");
    } else if (t->module->driver && (t->load > 0 || t->regime != BENCH_FREE)) {
        skip(c, "is measured by a program of its own, which knows neither regimes nor schedules");
    }
}

void plan_note(struct bench_cell *c, const char *text)
{
    size_t used = strlen(c->note);
    snprintf(c->note + used, sizeof c->note - used, "%s%s", used ? "; " : "", text);
}

static void note_threads(struct bench_cell *c, const struct turn *t, unsigned cores)
{
    char text[64];
    if (t->module->ops->caps & WEIR_Q_INLINE) {
        plan_note(c, "no hand-off: one thread, the harness's own floor");
    } else if (t->producers + t->consumers > cores) {
        snprintf(text, sizeof text, "%u threads on %u cores", t->producers + t->consumers, cores);
        plan_note(c, text);
    } else if (t->pin == BENCH_PIN_TOGETHER) {
        plan_note(c, "all threads on one core");
    }
}

// --- series ----

size_t bench_plan_room(const struct bench_series *s)
{
    return s->planned * 2 + PLAN_NEAR_ENOUGH;
}

static bool add_series(struct bench_plan *p, enum turn_kind kind, const struct turn *turn,
                       struct bench_cell *cell, size_t planned)
{
    struct bench_series *s = &p->series[p->count];
    *s = (struct bench_series){.turn = *turn, .cell = cell, .planned = planned};
    s->turn.kind = kind;
    s->answers = calloc(bench_plan_room(s), sizeof *s->answers);
    s->rounds = calloc(bench_plan_room(s), sizeof *s->rounds);
    p->count++;
    return s->answers && s->rounds;
}

static size_t aide_reps(const struct bench_options *o)
{
    return o->reps < AIDE_REPS ? o->reps : AIDE_REPS;
}

// The floor and the limit of a point, and once a bench the round trip of a bare line.
static bool add_aides(struct bench_plan *p, const struct bench_options *o, struct turn t, bool new_floor,
                      bool new_limit)
{
    char unused[8];
    size_t reps = aide_reps(o);
    t.module = weir_queue_load("null", unused, sizeof unused);
    t.producers = t.consumers = 1;
    t.regime = BENCH_FREE;
    t.load = 0;
    bool raw = p->count == 0;
    if (raw && !add_series(p, TURN_RAW, &t, NULL, reps))
        return false;
    if (t.item_bytes == 0) // no payload: nothing that a line would have to carry
        return true;
    return (!new_floor || add_series(p, TURN_FLOOR, &t, NULL, reps)) &&
           (!new_limit || add_series(p, TURN_LIMIT, &t, NULL, reps));
}

static bool takes_trips(const struct bench_cell *c, const struct turn *t)
{
    return c->status == BENCH_OK && t->producers == 1 && t->consumers == 1 && t->batch == 1 &&
           t->item_bytes == 8 && t->regime == BENCH_FREE && t->load <= 0 &&
           !(t->module->ops->caps & WEIR_Q_INLINE) && !t->module->driver;
}

// True when this queue is a peer that is not installed, among others that are: its cell says so.
static bool skip_missing(struct bench_cell *c, const struct turn *t, const char *queue, size_t queues,
                         size_t point, const char *why)
{
    const struct bench_peer *peer = bench_peer_find(queue);
    char path[4096];
    if (peer == NULL || queues == 1 || bench_peer_path(peer, path, sizeof path))
        return false;
    describe(c, t, queue, point);
    c->status = BENCH_SKIPPED;
    snprintf(c->reason, sizeof c->reason, "%.150s", why);
    return true;
}

// The name that the queue gives itself; a module whose name another queue of this point has is called by its
// file.
static const char *name_of(const struct bench_results *r, const struct turn *t, const char *asked)
{
    const char *slash = strrchr(asked, '/');
    for (size_t i = 0; slash && i < r->count; i++)
        if (r->cells[i].point == r->points && strcmp(r->cells[i].queue, t->module->ops->name) == 0)
            return slash + 1;
    return t->module->ops->name;
}

// Of a queue that is loaded.
static bool add_cell(struct bench_plan *p, const struct bench_options *o, struct bench_results *r,
                     const char *asked, struct turn t)
{
    const char *name = name_of(r, &t, asked);
    struct bench_cell *cell = &r->cells[r->count++];
    const char *no_rests = t.rest_ns > 0 ? why_no_rests(&t) : NULL;
    if (no_rests)
        t.rest_ns = 0;
    describe(cell, &t, name, r->points);
    cell->carried = carried(&t);
    skip_impossible(cell, &t);
    note_threads(cell, &t, r->cores);
    if (no_rests)
        plan_note(cell, no_rests);
    return add_series(p, TURN_QUEUE, &t, cell, cell->status == BENCH_SKIPPED ? 0 : o->reps) &&
           (!takes_trips(cell, &t) || add_series(p, TURN_TRIP, &t, cell, o->reps));
}

static bool add_cells(struct bench_plan *p, const struct bench_options *o, struct bench_results *r,
                      const struct names *names, struct turn t, char *text, size_t size)
{
    for (size_t i = 0; i < names->count; i++) {
        t.module = weir_queue_load(names->name[i], text, size);
        if (t.module == NULL) {
            if (!skip_missing(&r->cells[r->count], &t, names->name[i], names->count, r->points, text))
                return false;
            r->count++;
            continue;
        }
        snprintf(text, size, "no memory for the plan");
        if (!add_cell(p, o, r, names->name[i], t))
            return false;
    }
    r->points++;
    return true;
}

// --- the plan ----

static bool is_there(const struct bench_results *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->cells[i].queue, name) == 0)
            return true;
    return false;
}

static bool add_points(struct bench_plan *p, const struct bench_options *o, struct bench_results *r,
                       const struct names *names, char *text, size_t size)
{
    for (size_t w = 0; w < o->wait_count; w++)
        for (size_t g = 0; g < o->regime_count; g++)
            for (size_t i = 0; i < o->item_bytes_count; i++)
                for (size_t c = 0; c < o->capacity_count; c++)
                    for (size_t k = 0; k < o->batch_count; k++) {
                        struct turn t = {.producers = o->producers,
                                         .consumers = o->consumers,
                                         .batch = o->batch[k],
                                         .capacity = o->capacity[c],
                                         .item_bytes = o->item_bytes[i],
                                         .regime = (enum bench_regime)o->regime[g],
                                         .pin = o->pin,
                                         .load = o->load,
                                         .rest_ns = (uint64_t)(o->rest_s * 1e9 + 0.5),
                                         .patience_s = o->patience_s};
                        t.wait = o->wait[w] == BENCH_WAIT_DEFAULT ? default_wait(o, r->cores)
                                                                  : (enum weir_wait_kind)o->wait[w];
                        bool first = w == 0 && g == 0;
                        if (!add_aides(p, o, t, first, first && k == 0) ||
                            !add_cells(p, o, r, names, t, text, size))
                            return false;
                    }
    return true;
}

static double seconds_of(const struct bench_series *s)
{
    if (s->turn.kind == TURN_TRIP || s->turn.kind == TURN_RAW)
        return TRIP_SECONDS + OVERHEAD_SECONDS;
    return s->turn.seconds + s->turn.warmup + OVERHEAD_SECONDS;
}

// How long a repetition may be for the whole to keep to its budget.
static double choose_seconds(const struct bench_plan *p)
{
    double others = 0, cells = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct bench_series *s = &p->series[i];
        bool own = s->turn.kind == TURN_QUEUE;
        others += (double)s->planned * (own ? OVERHEAD_SECONDS : AIDE_SECONDS + OVERHEAD_SECONDS);
        cells += own ? (double)s->planned : 0;
    }
    double seconds = cells > 0 ? (BUDGET_SECONDS - others) / cells / 1.2 : MOST_SECONDS;
    return seconds < LEAST_SECONDS ? LEAST_SECONDS : seconds > MOST_SECONDS ? MOST_SECONDS : seconds;
}

static void set_lengths(struct bench_plan *p, const struct bench_options *o)
{
    p->seconds = o->seconds > 0 ? o->seconds : choose_seconds(p);
    p->warmup = o->warmup >= 0 ? o->warmup : p->seconds / 5;
    for (size_t i = 0; i < p->count; i++) {
        struct turn *t = &p->series[i].turn;
        bool aide = t->kind != TURN_QUEUE && t->kind != TURN_TRIP;
        t->seconds = aide && p->seconds > AIDE_SECONDS ? AIDE_SECONDS : p->seconds;
        t->warmup = aide ? 0 : p->warmup;
    }
}

bool bench_plan_make(const struct bench_options *o, struct bench_plan *p, struct bench_results *r, char *text,
                     size_t size)
{
    struct names names;
    int cpus[MAX_CORES];
    memset(p, 0, sizeof *p);
    memset(r, 0, sizeof *r);
    if (*bench_check_options(o, text, size))
        return false;
    list_queues(o, &names);
    size_t points =
        o->wait_count * o->regime_count * o->item_bytes_count * o->capacity_count * o->batch_count;
    r->cores = cores_allowed(cpus, MAX_CORES);
    r->cells = calloc(points * names.count, sizeof *r->cells);
    p->series = calloc(points * (2 * names.count + 2) + 1, sizeof *p->series);
    snprintf(text, size, "no memory for the plan");
    if (r->cells == NULL || p->series == NULL || !add_points(p, o, r, &names, text, size))
        return false;
    if (o->against && !is_there(r, o->against)) {
        snprintf(text, size, "against %s: not among the queues of this bench; name it with --queue, too",
                 o->against);
        return false;
    }
    set_lengths(p, o);
    r->seconds = p->seconds;
    *text = '\0';
    return true;
}

size_t bench_plan_turns(const struct bench_plan *p, double *seconds)
{
    size_t turns = 0;
    *seconds = 0;
    for (size_t i = 0; i < p->count; i++) {
        turns += p->series[i].planned;
        *seconds += (double)p->series[i].planned * seconds_of(&p->series[i]);
    }
    return turns;
}

void bench_plan_free(struct bench_plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->series[i].answers);
        free(p->series[i].rounds);
        for (size_t k = 0; k < PLAN_STATES; k++) {
            free(p->series[i].times[k]);
            free(p->series[i].traffic[k]);
        }
    }
    free(p->series);
    memset(p, 0, sizeof *p);
}

double bench_planned_seconds(const struct bench_options *options, size_t *cells, size_t *turns, char *text,
                             size_t size)
{
    struct bench_plan plan;
    struct bench_results results;
    double seconds = 0;
    *cells = *turns = 0;
    if (bench_plan_make(options, &plan, &results, text, size)) {
        *cells = results.count;
        *turns = bench_plan_turns(&plan, &seconds);
    }
    bench_plan_free(&plan);
    bench_results_free(&results);
    return seconds;
}
