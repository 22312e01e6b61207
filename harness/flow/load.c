// SPDX-License-Identifier: Apache-2.0
#include "flow/load.h"

#include <stdio.h>
#include <stdlib.h>

enum { STARTS_AT_FIRST = 1024 };

bool load_init(struct load *l, const struct sink_load *spec, size_t places, uint64_t seed, const char *sink,
               struct load_figures *figures)
{
    *l = (struct load){.spec = spec, .figures = figures, .room = places, .looked_ns = TIME_NEVER};
    char stream[REPORT_NAME_MAX + 16];
    snprintf(stream, sizeof stream, "%.64s.load", sink);
    rng_init(&l->rng, seed, stream);
    l->ends = calloc(places, sizeof *l->ends);
    l->starts = calloc(STARTS_AT_FIRST, sizeof *l->starts);
    l->starts_room = STARTS_AT_FIRST;
    return l->ends && l->starts;
}

void load_free(struct load *l)
{
    free(l->ends);
    free(l->starts);
    *l = (struct load){0};
}

// ---- what is in service ----

static void sift_down(uint64_t *heap, size_t count)
{
    for (size_t i = 0, child; (child = 2 * i + 1) < count; i = child) {
        child += child + 1 < count && heap[child + 1] < heap[child];
        if (heap[i] <= heap[child])
            return;
        uint64_t t = heap[i];
        heap[i] = heap[child];
        heap[child] = t;
    }
}

static void pop_end(struct load *l)
{
    l->ends[0] = l->ends[--l->in_service];
    sift_down(l->ends, l->in_service);
}

static void push_end(struct load *l, uint64_t end_ns)
{
    if (l->in_service == l->room) // a place is taken once at a time
        return;
    size_t i = l->in_service++;
    for (; i > 0 && l->ends[(i - 1) / 2] > end_ns; i = (i - 1) / 2)
        l->ends[i] = l->ends[(i - 1) / 2];
    l->ends[i] = end_ns;
}

// ---- what began lately ----

static void forget_old(struct load *l, uint64_t now_ns)
{
    uint64_t interval = l->spec->rate_interval_ns;
    while (l->recent && l->starts[l->oldest] + interval <= now_ns) {
        l->oldest = (l->oldest + 1) % l->starts_room;
        l->recent--;
    }
}

// When memory ends the oldest is forgotten before its time.
static void remember(struct load *l, uint64_t start_ns)
{
    if (l->recent == l->starts_room) {
        uint64_t *bigger = calloc(2 * l->starts_room, sizeof *bigger);
        for (size_t i = 0; bigger && i < l->recent; i++)
            bigger[i] = l->starts[(l->oldest + i) % l->starts_room];
        if (bigger) {
            free(l->starts);
            l->starts = bigger;
            l->starts_room *= 2;
            l->oldest = 0;
        } else {
            l->oldest = (l->oldest + 1) % l->starts_room;
            l->recent--;
        }
    }
    l->starts[(l->oldest + l->recent++) % l->starts_room] = start_ns;
}

// ---- figures ----

// Whenever an attempt begins or ends: the level that was held since the last look, and the rate that is seen
// now, which counts for the same time.
static void look(struct load *l, size_t held, uint64_t now_ns)
{
    uint64_t since = l->looked_ns != TIME_NEVER && now_ns > l->looked_ns ? now_ns - l->looked_ns : 0;
    hist_record_n(&l->figures->in_service, held, since);
    hist_record_n(&l->figures->rate, l->recent, since);
    if (l->looked_ns == TIME_NEVER || now_ns > l->looked_ns)
        l->looked_ns = now_ns;
}

static void end_until(struct load *l, uint64_t now_ns)
{
    while (l->in_service && l->ends[0] <= now_ns) {
        forget_old(l, l->ends[0]);
        look(l, l->in_service, l->ends[0]);
        pop_end(l);
    }
}

// ---- an attempt ----

static double power(double base, uint64_t exponent)
{
    double result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return result;
}

static double slowdown(const struct load_limit *by, size_t level)
{
    double linear = by->scale * (double)(level - 1);
    if (!by->knee)
        return linear;
    double exponent = by->exponent > 0 ? by->exponent : by->scale + 1;
    return linear + power(exponent, level > by->knee ? level - by->knee : 0) - 1;
}

static enum load_action action_at(const struct load_limit *by, size_t level)
{
    if (!by->limit || level <= by->limit)
        return LOAD_SERVE;
    return by->drop ? LOAD_DROP : LOAD_DEFER;
}

enum load_action load_begin(struct load *l, uint64_t start_ns, double *service_ns)
{
    static const struct law unit = {.kind = LAW_EXPONENTIAL, .mean = 1};
    const struct sink_load *spec = l->spec;
    end_until(l, start_ns);
    forget_old(l, start_ns);
    remember(l, start_ns);
    look(l, l->in_service, start_ns);
    size_t level = l->in_service + 1;
    enum load_action action = action_at(&spec->concurrency, level);
    if (action == LOAD_SERVE)
        action = action_at(&spec->rate, l->recent);
    l->figures->deferred += action == LOAD_DEFER;
    l->figures->dropped += action == LOAD_DROP;
    if (action == LOAD_DROP)
        return action;
    double factor = 1 + spec->jitter * law_draw(&unit, &l->rng);
    if (action == LOAD_SERVE)
        factor += slowdown(&spec->concurrency, level) + slowdown(&spec->rate, l->recent);
    *service_ns *= factor;
    return action;
}

void load_serve(struct load *l, uint64_t end_ns)
{
    push_end(l, end_ns);
}

void load_finish(struct load *l)
{
    end_until(l, TIME_NEVER - 1);
}
