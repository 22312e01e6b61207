// SPDX-License-Identifier: Apache-2.0
#include "flow/schedule.h"

#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "scenario/trace.h"

static void stream(struct rng *r, uint64_t seed, const struct source *s, const char *what, unsigned sender)
{
    char name[256];
    snprintf(name, sizeof name, "%s.%s.%u", s->name, what, sender);
    rng_init(r, seed, name);
}

// An even share of the source's records, the first senders taking what does not divide.
static uint64_t share_of_count(const struct source *s, unsigned sender)
{
    unsigned n = s->senders ? s->senders : 1;
    return s->count / n + (sender < s->count % n);
}

// ---- mmpp ----

static void enter_state(struct schedule *s, size_t state)
{
    struct law stay = {.kind = LAW_EXPONENTIAL, .mean = s->source->arrival.dwell.values[state]};
    s->state = state;
    s->state_end_ns += law_draw(&stay, &s->states);
}

// Exponential stays have no memory, so a start from the long-run shares makes the process stationary.
static void enter_first_state(struct schedule *s)
{
    const struct quantities *dwell = &s->source->arrival.dwell;
    double all = 0;
    for (size_t i = 0; i < dwell->count; i++)
        all += dwell->values[i];
    double u = rng_unit(&s->states) * all;
    size_t state = 0;
    for (; state + 1 < dwell->count && u >= dwell->values[state]; state++)
        u -= dwell->values[state];
    enter_state(s, state);
    s->state_mean = arrival_mmpp_mean(&s->source->arrival);
}

// ---- all ----

void schedule_init(struct schedule *s, const struct source *source, unsigned sender, uint64_t seed,
                   uint64_t end_ns)
{
    *s = (struct schedule){.source = source, .sender = sender, .end_ns = end_ns};
    s->limit = source->count ? share_of_count(source, sender) : 0;
    s->ended = source->count && !s->limit;
    stream(&s->gaps, seed, source, "arrival", sender);
    stream(&s->sizes, seed, source, "size", sender);
    stream(&s->classes, seed, source, "class", sender);
    stream(&s->thinks, seed, source, "think", sender);
    stream(&s->thinning, seed, source, "thinning", sender);
    stream(&s->states, seed, source, "state", 0);
    if (source->arrival.process == ARRIVE_MMPP)
        enter_first_state(s);
}

// Rate of one sender at time t inside piece k, in items per nanosecond.
static double rate_at(const struct schedule *s, size_t piece, double t)
{
    const struct timed *rate = &s->source->arrival.rate;
    double senders = s->source->senders ? s->source->senders : 1;
    return law_mean(&rate->pieces[piece].law) * timed_scale(rate, piece, (uint64_t)t) / 1e9 / senders;
}

// The next instant after t at which the rate's formula changes: a new piece, the end of an on or off period,
// of a state. *share is what the process makes of the rate until then.
static double next_bend(struct schedule *s, size_t piece, double t, double *share)
{
    const struct arrival *a = &s->source->arrival;
    double bend = piece + 1 < a->rate.count ? (double)a->rate.pieces[piece + 1].start_ns : (double)s->end_ns;
    double flip = bend;
    *share = 1;
    if (a->process == ARRIVE_ON_OFF) {
        uint64_t period = a->on_ns + a->off_ns;
        uint64_t start = (uint64_t)t / period * period, phase = (uint64_t)t - start;
        *share = phase < a->on_ns;
        flip = (double)(start + (phase < a->on_ns ? a->on_ns : period));
    } else if (a->process == ARRIVE_MMPP) {
        while (s->state_end_ns <= t)
            enter_state(s, (s->state + 1) % a->dwell.count);
        *share = a->rates.values[s->state] / s->state_mean;
        flip = s->state_end_ns;
    } else if (a->process == ARRIVE_DIURNAL) {
        *share = 1 + a->swing; // the peak; what is too much is thinned out
    }
    bend = flip < bend ? flip : bend;
    return bend < (double)s->end_ns ? bend : (double)s->end_ns;
}

// Solves for the d with (integral of a rate going linearly from a to b over `length`, up to d) = need.
static double solve_linear(double a, double b, double length, double need)
{
    double slope = (b - a) / length;
    if (slope == 0)
        return need / a;
    return 2 * need / (a + sqrt(a * a + 2 * slope * need));
}

// Moves at_ns forward until `need` items' worth of rate has gone by. False when the end comes first.
static bool advance(struct schedule *s, double need)
{
    while (s->at_ns < (double)s->end_ns) {
        size_t piece = timed_piece_at(&s->source->arrival.rate, (uint64_t)s->at_ns);
        double share;
        double bend = next_bend(s, piece, s->at_ns, &share);
        double length = bend - s->at_ns;
        if (length <= 0) { // rounding at a bend: step over it
            s->at_ns = bend + 1;
            continue;
        }
        double a = share * rate_at(s, piece, s->at_ns);
        // The right end belongs to this piece, so its formula is asked just before the bend.
        double b = share * rate_at(s, piece, bend - 1);
        double area = (a + b) / 2 * length;
        if (need < area) {
            s->at_ns += solve_linear(a, b, length, need);
            return s->at_ns < (double)s->end_ns;
        }
        need -= area;
        s->at_ns = bend;
    }
    return false;
}

static double needed(struct schedule *s)
{
    const struct arrival *a = &s->source->arrival;
    if (a->process == ARRIVE_CONSTANT) {
        // Senders take turns, so that together they are evenly spaced.
        double n = s->source->senders ? s->source->senders : 1;
        return s->made ? 1.0 : (s->sender + 1) / n;
    }
    if (a->process == ARRIVE_PARETO) {
        struct law gap = {.kind = LAW_PARETO, .min = (a->alpha - 1) / a->alpha, .alpha = a->alpha};
        return law_draw(&gap, &s->gaps);
    }
    return -own_log(1.0 - rng_unit(&s->gaps));
}

// Whether an arrival made at the peak rate stays.
static bool is_kept(struct schedule *s)
{
    const struct arrival *a = &s->source->arrival;
    if (a->process != ARRIVE_DIURNAL)
        return true;
    double phase = (double)((uint64_t)s->at_ns % a->period_ns) / (double)a->period_ns;
    return rng_unit(&s->thinning) * (1 + a->swing) < 1 + a->swing * own_sin_turn(phase);
}

// The sender's row that is `index`th in the file's order.
static const struct trace_row *row_of(const struct schedule *s, uint64_t index)
{
    const struct trace *t = s->source->arrival.trace;
    uint64_t row = s->sender + index * (s->source->senders ? s->source->senders : 1);
    return row < t->count ? &t->rows[row] : NULL;
}

static bool next_row(struct schedule *s, uint64_t *due_ns)
{
    const struct trace_row *row = row_of(s, s->made);
    if (!row || row->at_ns >= s->end_ns)
        return false;
    *due_ns = row->at_ns;
    return true;
}

// The next arrival. False when the end comes first.
static bool next_due(struct schedule *s, uint64_t *due_ns)
{
    if (s->source->arrival.process == ARRIVE_TRACE)
        return next_row(s, due_ns);
    while (advance(s, needed(s)))
        if (is_kept(s)) {
            *due_ns = (uint64_t)s->at_ns;
            return true;
        }
    return false;
}

static void fill(struct schedule *s)
{
    s->next = s->count = 0;
    while (s->count < SCHEDULE_CHUNK && !s->ended) {
        if (s->limit && s->made >= s->limit) {
            s->ended = true;
        } else if (next_due(s, &s->due[s->count])) {
            s->count++;
            s->made++;
        } else {
            s->ended = true;
        }
    }
}

bool schedule_peek(struct schedule *s, uint64_t *due_ns)
{
    if (s->next == s->count)
        fill(s);
    if (s->next == s->count)
        return false;
    *due_ns = s->due[s->next];
    return true;
}

void schedule_pop(struct schedule *s)
{
    s->next++;
}

bool schedule_closed_more(struct schedule *s)
{
    if (s->ended || (s->limit && s->made >= s->limit))
        return false;
    s->made++;
    return true;
}

uint64_t schedule_think(struct schedule *s)
{
    return (uint64_t)law_draw(&s->source->arrival.think, &s->thinks);
}

uint32_t schedule_size(struct schedule *s)
{
    const struct trace *t = s->source->arrival.trace;
    const struct trace_row *row = t && t->has_sizes ? row_of(s, s->sized++) : NULL;
    if (row)
        return row->size;
    double size = law_draw(&s->source->size, &s->sizes);
    return size < RECORD_BYTES_MAX ? (uint32_t)size : RECORD_BYTES_MAX;
}

uint8_t schedule_class(struct schedule *s)
{
    const struct arrival *a = &s->source->arrival;
    const struct trace_row *row = a->trace && a->trace->has_classes ? row_of(s, s->classed++) : NULL;
    if (row)
        return a->trace_classes[row->record_class];
    double u = rng_unit(&s->classes);
    size_t last = s->source->class_count - 1;
    for (size_t i = 0; i < last; i++) {
        u -= s->source->classes[i].share;
        if (u < 0)
            return (uint8_t)i;
    }
    return (uint8_t)last;
}
