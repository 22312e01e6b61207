// SPDX-License-Identifier: Apache-2.0
#include "bench/results.h"
#include "base/stats.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIXED = PLAN_STATES - 1 };
#define COVERAGE 0.95

// --- states ----

unsigned results_state_of(const struct turn_answer *a)
{
    enum pingpong_state before = pingpong_state_of(a->before_ns), after = pingpong_state_of(a->after_ns);
    return before == after ? before : MIXED;
}

size_t results_count_state(const struct bench_series *s, enum pingpong_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        count += s->answers[i].ok && results_state_of(&s->answers[i]) == state;
    return count;
}

bool results_keep_shape(struct bench_series *s, const struct turn_answer *a, const struct turn_shape *shape)
{
    unsigned state = results_state_of(a);
    if (!a->ok || (s->turn.kind == TURN_FLOOR || s->turn.kind == TURN_LIMIT))
        return true;
    if (shape->times.total) {
        if (!s->times[state])
            s->times[state] = calloc(1, sizeof *s->times[state]);
        if (!s->times[state])
            return false;
        hist_merge(s->times[state], &shape->times);
    }
    if (s->turn.kind != TURN_QUEUE)
        return true;
    struct bench_shape *t = s->traffic[state];
    if (!t && !(t = s->traffic[state] = calloc(1, sizeof *t)))
        return false;
    for (size_t i = 0; i <= BENCH_FILL_STEPS; i++)
        t->fill[i] += shape->traffic.fill[i];
    for (size_t i = 0; i <= BENCH_LOOP_MAX_BATCH; i++)
        t->moved[i] += shape->traffic.moved[i];
    return true;
}

static bool has_enough(const struct bench_series *s, enum pingpong_state state)
{
    size_t need = s->planned < PLAN_NEAR_ENOUGH ? s->planned : PLAN_NEAR_ENOUGH;
    size_t count = results_count_state(s, state);
    return count > 0 && count >= need;
}

// The state to report: that of the whole point when there is one; near when there is enough of it, else far;
// repetitions that saw both states only when there is nothing else.
static unsigned choose_state(const struct bench_series *s)
{
    size_t near = results_count_state(s, PINGPONG_NEAR), far = results_count_state(s, PINGPONG_FAR);
    if (s->agreed)
        return s->agreed;
    if (near > 0 && (has_enough(s, PINGPONG_NEAR) || far == 0))
        return PINGPONG_NEAR;
    if (far > 0)
        return PINGPONG_FAR;
    return results_count_state(s, PINGPONG_UNKNOWN) ? (unsigned)PINGPONG_UNKNOWN : (unsigned)MIXED;
}

// Do all cells of a point that have been measured have enough of `state`?
static bool all_have(const struct bench_plan *p, unsigned point, enum pingpong_state state)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct bench_series *s = &p->series[i];
        if (s->turn.kind == TURN_QUEUE && s->cell->point == point && s->cell->status == BENCH_OK &&
            s->count > 0 && !has_enough(s, state))
            return false;
    }
    return true;
}

// Queues are there to be compared: those of a point are reported in one state, where there is one of which
// all have enough. Near, when it is both.
static void agree(struct bench_plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct bench_series *s = &p->series[i];
        if (s->turn.kind != TURN_QUEUE || s->cell->status != BENCH_OK || s->count == 0)
            continue;
        if (all_have(p, s->cell->point, PINGPONG_NEAR))
            s->agreed = PINGPONG_NEAR;
        else if (all_have(p, s->cell->point, PINGPONG_FAR))
            s->agreed = PINGPONG_FAR;
    }
}

// --- a series in its state ----

struct values {
    double *ns, *gate, *work, *cpu, *consumer_cpu;
    unsigned *rounds;
    size_t count;
};

static bool values_collect(const struct bench_series *s, unsigned state, struct values *v)
{
    size_t room = s->count + 1;
    *v = (struct values){.ns = calloc(room, 5 * sizeof *v->ns), .rounds = calloc(room, sizeof *v->rounds)};
    if (v->ns == NULL || v->rounds == NULL)
        return false;
    v->gate = v->ns + room;
    v->work = v->gate + room;
    v->cpu = v->work + room;
    v->consumer_cpu = v->cpu + room;
    for (size_t i = 0; i < s->count; i++) {
        const struct turn_answer *a = &s->answers[i];
        if (!a->ok || results_state_of(a) != state)
            continue;
        v->ns[v->count] = a->ns_per_item;
        v->gate[v->count] = (a->before_ns + a->after_ns) / 2;
        v->work[v->count] = a->work_ns;
        v->cpu[v->count] = a->cpu_ns_per_item;
        v->consumer_cpu[v->count] = a->consumer_cpu_ns_per_item;
        v->rounds[v->count++] = s->rounds[i];
    }
    return true;
}

static void values_free(struct values *v)
{
    free(v->ns);
    free(v->rounds);
}

static struct bench_interval interval_of(const double *x, size_t n)
{
    struct interval i = stats_median_interval(x, n, COVERAGE);
    return (struct bench_interval){i.median, i.lo, i.hi, stats_median_coverage(n, COVERAGE)};
}

// --- lines beside the cells ----

static const struct bench_series *find_aide(const struct bench_plan *p, const struct bench_cell *c,
                                            enum turn_kind kind)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct bench_series *s = &p->series[i];
        bool fits =
            kind == TURN_RAW || (s->turn.item_bytes == c->item_bytes && s->turn.capacity == c->capacity &&
                                 (kind == TURN_LIMIT || s->turn.batch == c->batch));
        if (!s->cell && s->turn.kind == kind && fits)
            return s;
    }
    return NULL;
}

static double median_in(const struct bench_series *s, unsigned state)
{
    struct values v;
    double median = values_collect(s, state, &v) && v.count ? stats_median(v.ns, v.count) : 0;
    values_free(&v);
    return median;
}

// Of the cell's state; the floor is one thread's, so that any state does.
static void fill_aides(const struct bench_plan *p, struct bench_cell *c)
{
    const struct bench_series *floor = find_aide(p, c, TURN_FLOOR), *limit = find_aide(p, c, TURN_LIMIT);
    if (floor)
        c->floor_ns_per_item = median_in(floor, choose_state(floor));
    if (limit)
        c->limit_ns_per_item = median_in(limit, c->state);
}

// --- cells ----

static void fill_traffic(struct bench_cell *c, const struct bench_shape *t, bool bounded)
{
    for (size_t i = 0; bounded && i <= BENCH_FILL_STEPS; i++)
        c->fill.looks += t->fill[i];
    if (c->fill.looks) {
        c->fill.mean = turn_fill_mean(t);
        c->fill.p50 = turn_fill_quantile(t, 0.5);
        c->fill.p90 = turn_fill_quantile(t, 0.9);
    }
    uint64_t items = 0, seen = 0;
    for (size_t i = 1; i <= BENCH_LOOP_MAX_BATCH; i++) {
        c->moves.pops += t->moved[i];
        items += t->moved[i] * i;
        c->moves.max = t->moved[i] ? i : c->moves.max;
    }
    if (c->moves.pops == 0)
        return;
    c->moves.mean = (double)items / (double)c->moves.pops;
    for (size_t i = 1; c->moves.p99 == 0 && i <= BENCH_LOOP_MAX_BATCH; i++) {
        seen += t->moved[i];
        if (c->moves.p50 == 0 && (double)seen >= 0.5 * (double)c->moves.pops)
            c->moves.p50 = i;
        if ((double)seen >= 0.99 * (double)c->moves.pops)
            c->moves.p99 = i;
    }
}

static void note_state(struct bench_cell *c, unsigned state, size_t planned)
{
    size_t need = planned < PLAN_NEAR_ENOUGH ? planned : PLAN_NEAR_ENOUGH;
    if (state == MIXED)
        plan_note(c, "the cores' distance changed in every repetition");
    else if (state == PINGPONG_NEAR && c->reps_count < need)
        plan_note(c, "fewer near repetitions than asked for");
}

static void invalidate(struct bench_cell *c, const char *reason)
{
    c->status = BENCH_INVALID;
    snprintf(c->reason, sizeof c->reason, "%s", reason);
}

static void judge(struct bench_cell *c, const struct bench_series *s, unsigned state)
{
    if (s->traffic[state] && !turn_regime_holds(c->regime, s->traffic[state], 0))
        invalidate(c, "the regime did not hold: see the fill");
    for (size_t i = 0; c->load > 0 && i < s->count; i++) {
        const struct turn_answer *a = &s->answers[i];
        if (!a->ok || results_state_of(a) != state)
            continue;
        c->planned += a->planned;
        c->late += a->late;
        c->lag_max_ns = a->lag_max_ns > c->lag_max_ns ? a->lag_max_ns : c->lag_max_ns;
    }
    uint64_t sent = c->latency ? c->latency->total : 0;
    if ((double)c->late > BENCH_LATE_SHARE * (double)sent)
        invalidate(c, "the generator was late: more than 1 % of the items were sent over 100 us late");
    else if (c->load > 0 && sent < c->planned)
        plan_note(c, "the queue cannot keep up with this load");
}

// Takes a histogram over from the series.
static struct hist *take_times(struct bench_series *s, unsigned state)
{
    struct hist *h = s->times[state];
    s->times[state] = NULL;
    return h;
}

static bool fill_cell(struct bench_series *s)
{
    struct bench_cell *c = s->cell;
    struct values v;
    unsigned state = choose_state(s);
    if (!values_collect(s, state, &v)) {
        values_free(&v);
        return false;
    }
    c->state = state == MIXED ? PINGPONG_FAR : (enum pingpong_state)state;
    c->reps_count = v.count;
    c->reps_dropped = s->count - v.count;
    if (v.count == 0) {
        c->status = BENCH_SKIPPED;
        snprintf(c->reason, sizeof c->reason, "interrupted before its first repetition");
        values_free(&v);
        return true;
    }
    c->ns_per_item = interval_of(v.ns, v.count);
    c->items_per_s = 1e9 / c->ns_per_item.median;
    c->pingpong_ns = stats_median(v.gate, v.count);
    c->work_ns = stats_median(v.work, v.count);
    c->cpu_ns_per_item = stats_median(v.cpu, v.count);
    c->consumer_cpu_ns_per_item = stats_median(v.consumer_cpu, v.count);
    for (size_t i = 0; i < s->count; i++)
        if (s->answers[i].ok && results_state_of(&s->answers[i]) == state) {
            c->items += s->answers[i].items;
            c->carried = s->answers[i].carried;
        }
    if (s->traffic[state])
        fill_traffic(c, s->traffic[state], !(s->turn.module->ops->caps & WEIR_Q_UNBOUNDED));
    c->latency = c->load > 0 ? take_times(s, state) : NULL;
    note_state(c, state, s->planned);
    judge(c, s, state);
    c->reps = v.ns; // the first of the block
    c->rounds = v.rounds;
    v.ns = NULL;
    v.rounds = NULL;
    values_free(&v);
    return true;
}

// Round trips in the state of the cell, or in another, which is said; the bare line's in the same.
static void fill_trips(const struct bench_plan *p, struct bench_series *s)
{
    struct bench_cell *c = s->cell;
    if (c->status != BENCH_OK)
        return;
    const struct bench_series *raw = find_aide(p, c, TURN_RAW);
    unsigned state = s->times[c->state] ? c->state : choose_state(s);
    c->rtt = take_times(s, state);
    if (c->rtt && state != c->state)
        plan_note(c, "round trips with the cores at another distance");
    if (c->rtt && raw && raw->times[state])
        c->raw_rtt_ns = (double)hist_percentile(raw->times[state], 0.5);
}

// --- ratios ----

size_t results_ratio(const double *a, const unsigned *a_rounds, size_t a_count, const double *b,
                     const unsigned *b_rounds, size_t b_count, struct bench_interval *ratio)
{
    double *logs = calloc(a_count + 1, sizeof *logs);
    size_t pairs = 0;
    for (size_t i = 0; logs && i < a_count; i++)
        for (size_t k = 0; k < b_count; k++)
            if (a_rounds[i] == b_rounds[k] && a[i] > 0 && b[k] > 0) {
                logs[pairs++] = log(a[i] / b[k]);
                break;
            }
    struct bench_interval i = interval_of(logs, pairs);
    *ratio = (struct bench_interval){0};
    if (pairs)
        *ratio = (struct bench_interval){exp(i.median), exp(i.lo), exp(i.hi), i.coverage};
    free(logs);
    return pairs;
}

static struct bench_series *series_of(const struct bench_plan *p, const struct bench_cell *c)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->series[i].cell == c && p->series[i].turn.kind == TURN_QUEUE)
            return &p->series[i];
    return NULL;
}

static struct bench_cell *reference_of(const struct bench_results *r, const struct bench_cell *c,
                                       const char *against)
{
    struct bench_cell *best = NULL;
    for (size_t i = 0; i < r->count; i++) {
        struct bench_cell *other = &r->cells[i];
        bool fits = against ? strcmp(other->queue, against) == 0 : other->peer;
        if (other->point == c->point && other->status == BENCH_OK && fits &&
            (!best || other->ns_per_item.median < best->ns_per_item.median))
            best = other;
    }
    return best;
}

static bool fill_ratio(const struct bench_plan *p, struct bench_cell *c, const struct bench_cell *reference)
{
    const struct bench_series *own = series_of(p, c), *theirs = series_of(p, reference);
    struct values a = {0}, b = {0};
    bool good =
        values_collect(own, choose_state(own), &a) && values_collect(theirs, choose_state(theirs), &b);
    if (good && c->state == reference->state)
        c->ratio.pairs = results_ratio(a.ns, a.rounds, a.count, b.ns, b.rounds, b.count, &c->ratio.value);
    if (c->ratio.pairs)
        snprintf(c->ratio.against, sizeof c->ratio.against, "%s", reference->queue);
    values_free(&a);
    values_free(&b);
    return good;
}

// --- all ----

bool results_fill(struct bench_plan *p, struct bench_results *r, const char *against)
{
    bool good = true;
    agree(p);
    for (size_t i = 0; i < p->count; i++) {
        struct bench_series *s = &p->series[i];
        if (s->turn.kind == TURN_QUEUE && s->cell->status == BENCH_OK)
            good = good && fill_cell(s);
    }
    for (size_t i = 0; i < p->count; i++)
        if (p->series[i].turn.kind == TURN_TRIP)
            fill_trips(p, &p->series[i]);
    for (size_t i = 0; i < r->count; i++) {
        struct bench_cell *c = &r->cells[i];
        const struct bench_cell *reference = reference_of(r, c, against);
        if (c->status != BENCH_OK && c->status != BENCH_INVALID)
            continue;
        fill_aides(p, c);
        if (reference && reference != c && c->status == BENCH_OK)
            good = good && fill_ratio(p, c, reference);
    }
    return good;
}

void bench_results_free(struct bench_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        free(results->cells[i].reps);
        free(results->cells[i].rounds);
        free(results->cells[i].rtt);
        free(results->cells[i].latency);
    }
    free(results->cells);
    memset(results, 0, sizeof *results);
}
