// SPDX-License-Identifier: Apache-2.0
// Effects -> pieces: cut time wherever something begins, ends or stops ramping; between two cuts the same
// effects are active, so the value is one law times a line.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/mem.h"
#include "scenario/timeline.h"

struct compiling {
    struct law base;
    const struct effect *effects; // by (at, order)
    size_t count;
    struct law *from_law; // per effect with a ramp: the law before it,
    double *from_mean;    // and the mean value it starts from
    const struct effect **active;
    size_t active_count, next; // effects[next] has not begun yet
    struct timed_piece *pieces;
    size_t piece_count, piece_room;
};

static int compare_effects(const void *a, const void *b)
{
    const struct effect *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

size_t sort_cuts(uint64_t *cuts, size_t n)
{
    size_t unique = 0;
    qsort(cuts, n, sizeof *cuts, compare_times);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || cuts[i] != cuts[unique - 1])
            cuts[unique++] = cuts[i];
    return unique;
}

static double ramp_share(const struct effect *e, uint64_t now_ns)
{
    if (e->ramp_ns == 0 || now_ns - e->at_ns >= e->ramp_ns)
        return 1;
    return (double)(now_ns - e->at_ns) / (double)e->ramp_ns;
}

// ---- the plain value ----

struct level {
    const struct law *law;
    double scale;
};

static double level_mean(struct level level)
{
    return level.scale > 0 ? law_mean(level.law) * level.scale : 0;
}

// What a plain set makes of the value while it is the one that counts. NULL: the file's value.
static struct level plain_level(const struct compiling *c, const struct effect *e, uint64_t now_ns)
{
    if (e == NULL)
        return (struct level){&c->base, 1};
    double share = ramp_share(e, now_ns);
    if (share >= 1)
        return (struct level){&e->law, 1};
    size_t i = (size_t)(e - c->effects);
    double to = law_mean(&e->law), mean = c->from_mean[i] + (to - c->from_mean[i]) * share;
    if (to > 0)
        return (struct level){&e->law, mean / to};
    double from = law_mean(&c->from_law[i]); // going to zero: the law before it, getting smaller
    return (struct level){&c->from_law[i], from > 0 ? mean / from : 0};
}

static const struct effect *plain_before(const struct compiling *c, size_t i)
{
    uint64_t at_ns = c->effects[i].at_ns;
    const struct effect *latest = NULL;
    for (size_t k = 0; k < i; k++) {
        const struct effect *e = &c->effects[k];
        if (!e->is_factor && e->at_ns < at_ns && e->end_ns >= at_ns)
            latest = e;
    }
    return latest;
}

// In order of time, since a ramp may start on the slope of the one before.
static void find_ramp_starts(struct compiling *c)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->effects[i].is_factor || c->effects[i].ramp_ns == 0)
            continue;
        struct level level = plain_level(c, plain_before(c, i), c->effects[i].at_ns);
        c->from_law[i] = *level.law;
        c->from_mean[i] = level_mean(level);
    }
}

// ---- pieces ----

static struct level level_at(const struct compiling *c, uint64_t now_ns)
{
    const struct effect *plain = NULL;
    double factor = 1;
    for (size_t i = 0; i < c->active_count; i++) {
        const struct effect *e = c->active[i];
        if (e->is_factor)
            factor *= 1 + (e->factor - 1) * ramp_share(e, now_ns);
        else if (plain == NULL || e > plain)
            plain = e;
    }
    struct level level = plain_level(c, plain, now_ns);
    level.scale *= factor;
    return level;
}

static void activate(struct compiling *c, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->active_count; i++)
        if (c->active[i]->end_ns > now_ns)
            c->active[kept++] = c->active[i];
    c->active_count = kept;
    for (; c->next < c->count && c->effects[c->next].at_ns <= now_ns; c->next++)
        if (c->effects[c->next].end_ns > now_ns)
            c->active[c->active_count++] = &c->effects[c->next];
}

static size_t ramps_at(const struct compiling *c, uint64_t now_ns)
{
    size_t ramps = 0;
    for (size_t i = 0; i < c->active_count; i++)
        ramps += ramp_share(c->active[i], now_ns) < 1;
    return ramps;
}

static void add_piece(struct compiling *c, uint64_t from_ns, uint64_t to_ns)
{
    struct level first = level_at(c, from_ns);
    double last = first.scale;
    if (ramps_at(c, from_ns) > 0) {
        // The end of a ramp belongs to the ramp's own law, also where the level is read at its last instant.
        struct level level = level_at(c, to_ns);
        last = level.law == first.law ? level.scale : 0;
    }
    c->pieces = must_grow(c->pieces, c->piece_count, &c->piece_room, sizeof *c->pieces);
    c->pieces[c->piece_count++] = (struct timed_piece){from_ns, *first.law, first.scale, last};
}

static void add_interval(struct compiling *c, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t length = to_ns == TIME_NEVER ? 0 : to_ns - from_ns;
    unsigned steps = ramps_at(c, from_ns) > 1 && length > RAMP_STEPS ? RAMP_STEPS : 1;
    for (unsigned i = 0; i < steps; i++) {
        uint64_t begin = from_ns + length / steps * i;
        add_piece(c, begin, i + 1 < steps ? from_ns + length / steps * (i + 1) : to_ns);
    }
}

static size_t find_cuts(const struct compiling *c, uint64_t *cuts)
{
    size_t n = 0;
    cuts[n++] = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct effect *e = &c->effects[i];
        cuts[n++] = e->at_ns;
        if (e->ramp_ns)
            cuts[n++] = e->at_ns + e->ramp_ns;
        if (e->end_ns != TIME_NEVER)
            cuts[n++] = e->end_ns;
    }
    return sort_cuts(cuts, n);
}

void timed_compile(struct timed *timed, struct effect *effects, size_t count)
{
    if (count == 0)
        return;
    qsort(effects, count, sizeof *effects, compare_effects);
    struct compiling c = {.base = timed->pieces[0].law, .effects = effects, .count = count};
    c.from_law = must_alloc(count, sizeof *c.from_law);
    c.from_mean = must_alloc(count, sizeof *c.from_mean);
    c.active = must_alloc(count, sizeof(void *));
    find_ramp_starts(&c);
    uint64_t *cuts = must_alloc(3 * count + 1, sizeof *cuts);
    size_t cut_count = find_cuts(&c, cuts);
    for (size_t i = 0; i < cut_count; i++) {
        activate(&c, cuts[i]);
        add_interval(&c, cuts[i], i + 1 < cut_count ? cuts[i + 1] : TIME_NEVER);
    }
    free(cuts);
    free(c.active);
    free(c.from_law);
    free(c.from_mean);
    free(timed->pieces);
    timed->pieces = c.pieces;
    timed->count = c.piece_count;
}

// ---- spans ----

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

void spans_join(struct spans *spans)
{
    if (spans->count < 2)
        return;
    qsort(spans->list, spans->count, sizeof *spans->list, compare_spans);
    size_t last = 0;
    for (size_t i = 1; i < spans->count; i++) {
        struct span *into = &spans->list[last], next = spans->list[i];
        if (next.start_ns > into->end_ns)
            spans->list[++last] = next;
        else if (next.end_ns > into->end_ns)
            into->end_ns = next.end_ns;
    }
    spans->count = last + 1;
}
