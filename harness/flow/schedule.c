// SPDX-License-Identifier: Apache-2.0
#include "flow/schedule.h"

#include <math.h>
#include <stdio.h>

enum { SIZE_LIMIT = 1 << 20 };

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
}

// Rate of one sender at time t inside piece k, in items per nanosecond.
static double rate_at(const struct schedule *s, size_t piece, double t)
{
    const struct timed *rate = &s->source->arrival.rate;
    double senders = s->source->senders ? s->source->senders : 1;
    return law_mean(&rate->pieces[piece].law) * timed_scale(rate, piece, (uint64_t)t) / 1e9 / senders;
}

// The next instant after t at which the rate's formula changes: a new piece, or the end of an on or off
// period.
static double next_bend(const struct schedule *s, size_t piece, double t, bool *on)
{
    const struct timed *rate = &s->source->arrival.rate;
    double bend = piece + 1 < rate->count ? (double)rate->pieces[piece + 1].start_ns : (double)s->end_ns;
    *on = true;
    if (s->source->arrival.process == ARRIVE_ON_OFF) {
        uint64_t on_ns = s->source->arrival.on_ns, period = on_ns + s->source->arrival.off_ns;
        uint64_t start = (uint64_t)t / period * period, phase = (uint64_t)t - start;
        *on = phase < on_ns;
        double flip = (double)(start + (*on ? on_ns : period));
        bend = flip < bend ? flip : bend;
    }
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
        bool on;
        double bend = next_bend(s, piece, s->at_ns, &on);
        double length = bend - s->at_ns;
        if (length <= 0) { // rounding at a bend: step over it
            s->at_ns = bend + 1;
            continue;
        }
        double a = on ? rate_at(s, piece, s->at_ns) : 0;
        // The right end belongs to this piece, so its formula is asked just before the bend.
        double b = on ? rate_at(s, piece, bend - 1) : 0;
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
    if (s->source->arrival.process == ARRIVE_CONSTANT) {
        // Senders take turns, so that together they are evenly spaced.
        double n = s->source->senders ? s->source->senders : 1;
        return s->made ? 1.0 : (s->sender + 1) / n;
    }
    return -own_log(1.0 - rng_unit(&s->gaps));
}

static void fill(struct schedule *s)
{
    s->next = s->count = 0;
    while (s->count < SCHEDULE_CHUNK && !s->ended) {
        if (s->limit && s->made >= s->limit) {
            s->ended = true;
        } else if (advance(s, needed(s))) {
            s->due[s->count++] = (uint64_t)s->at_ns;
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
    double size = law_draw(&s->source->size, &s->sizes);
    return size < SIZE_LIMIT ? (uint32_t)size : SIZE_LIMIT;
}

uint8_t schedule_class(struct schedule *s)
{
    double u = rng_unit(&s->classes);
    size_t last = s->source->class_count - 1;
    for (size_t i = 0; i < last; i++) {
        u -= s->source->classes[i].share;
        if (u < 0)
            return (uint8_t)i;
    }
    return (uint8_t)last;
}
