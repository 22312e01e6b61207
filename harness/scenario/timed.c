// SPDX-License-Identifier: Apache-2.0
// Values and standstills as functions of time. No libm: these reach the simulator's digest.
#include <string.h>

#include "scenario/scenario.h"

size_t timed_piece_at(const struct timed *t, uint64_t now_ns)
{
    size_t low = 0, high = t->count; // the piece is in [low, high)
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (t->pieces[middle].start_ns <= now_ns)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double timed_scale(const struct timed *t, size_t piece, uint64_t now_ns)
{
    const struct timed_piece *p = &t->pieces[piece];
    if (piece + 1 >= t->count || p->scale_from == p->scale_to || now_ns <= p->start_ns)
        return p->scale_from;
    uint64_t end_ns = t->pieces[piece + 1].start_ns;
    if (now_ns >= end_ns)
        return p->scale_to;
    double share = (double)(now_ns - p->start_ns) / (double)(end_ns - p->start_ns);
    return p->scale_from + (p->scale_to - p->scale_from) * share;
}

double timed_draw(const struct timed *t, uint64_t now_ns, struct rng *r)
{
    size_t piece = timed_piece_at(t, now_ns);
    return law_draw(&t->pieces[piece].law, r) * timed_scale(t, piece, now_ns);
}

double timed_value(const struct timed *t, uint64_t now_ns)
{
    size_t piece = timed_piece_at(t, now_ns);
    double scale = timed_scale(t, piece, now_ns);
    return scale > 0 ? law_mean(&t->pieces[piece].law) * scale : 0; // an infinite mean times 0 is 0 here
}

bool timed_is_zero(const struct timed *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct timed_piece *p = &t->pieces[i];
        if (!law_is_zero(&p->law) && (p->scale_from > 0 || p->scale_to > 0))
            return false;
    }
    return true;
}

// Index of the first span that ends after now_ns; count when there is none.
static size_t span_after(const struct spans *s, uint64_t now_ns)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->list[middle].end_ns > now_ns)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint64_t spans_cover(const struct spans *s, uint64_t now_ns)
{
    size_t i = span_after(s, now_ns);
    return i < s->count && s->list[i].start_ns <= now_ns ? s->list[i].end_ns : 0;
}

uint64_t spans_finish(const struct spans *s, uint64_t start_ns, uint64_t work_ns)
{
    uint64_t now = start_ns;
    for (size_t i = span_after(s, start_ns); i < s->count; i++) {
        const struct span *span = &s->list[i];
        uint64_t free_ns = span->start_ns > now ? span->start_ns - now : 0;
        // Work that ends as the span begins is done; work of no length inside a span is not.
        if (free_ns > 0 && work_ns <= free_ns)
            return now + work_ns;
        work_ns -= free_ns;
        now = span->end_ns;
        if (now == TIME_NEVER)
            return TIME_NEVER;
    }
    return work_ns > TIME_NEVER - now ? TIME_NEVER : now + work_ns;
}
