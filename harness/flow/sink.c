// SPDX-License-Identifier: Apache-2.0
#include "flow/sink.h"

#include <stdlib.h>

#include "flow/flow.h"
#include "flow/load.h"

static bool open_load(struct flow *f, struct sink_state *s)
{
    s->load = calloc(1, sizeof *s->load);
    return s->load && load_init(s->load, &s->spec->load, s->spec->concurrency, f->setup->seed, s->spec->name,
                                arena_alloc(f->setup->arena, sizeof(struct load_figures)));
}

bool sink_init(struct flow *f, struct sink_state *s, unsigned index, bool shared)
{
    const struct sink *spec = &f->scenario->sinks[index];
    s->spec = spec;
    s->index = index;
    char stream[REPORT_NAME_MAX + 16];
    snprintf(stream, sizeof stream, "%.64s.service", spec->name);
    rng_init(&s->rng, f->setup->seed, stream);
    snprintf(stream, sizeof stream, "%.64s.errors", spec->name);
    rng_init(&s->error_rng, f->setup->seed, stream);
    s->budget.share = spec->retry.budget_share;
    s->breaker.params[WEIR_BREAKER_FAILURES] = spec->breaker.failures;
    s->breaker.params[WEIR_BREAKER_OPEN_FOR] = spec->breaker.open_ns;
    s->breaker.params[WEIR_BREAKER_PROBES] = spec->breaker.probes;
    if (spec->has_load && !open_load(f, s))
        return false;
    s->slot_end = calloc(spec->concurrency, sizeof *s->slot_end);
    if (shared && f->world.guard_create)
        s->guard = f->world.guard_create(f->world.context);
    return s->slot_end != NULL;
}

static bool is_connection(enum sink_type type)
{
    return type == SINK_UDP || type == SINK_TCP || type == SINK_OTLP;
}

bool sink_open_links(struct flow *f, struct sink_state *s, size_t deliverers, struct error *e)
{
    if (!is_connection(s->spec->type))
        return true;
    s->links = calloc(deliverers, sizeof(struct wire *));
    if (!s->links)
        return fail(e, EXIT_INVALID, "not enough memory for the connections of sink %s", s->spec->name);
    for (; s->link_count < deliverers; s->link_count++) {
        struct link_setup setup = {.scenario = f->scenario,
                                   .sink = s->index,
                                   .index = (unsigned)s->link_count,
                                   .run = f->setup->seed,
                                   .stop_event = -1};
        s->links[s->link_count] = f->world.open_link(f->world.context, &setup, e);
        if (!s->links[s->link_count])
            return false;
    }
    return true;
}

void sink_close(struct flow *f, struct sink_state *s)
{
    for (size_t i = 0; i < s->link_count; i++)
        s->links[i]->link->destroy(s->links[i]);
    free(s->links);
    writer_close(f, &s->writer);
    if (s->guard)
        f->world.guard_destroy(s->guard);
    if (s->load)
        load_free(s->load);
    free(s->load);
    free(s->slot_end);
    *s = (struct sink_state){0};
}

static bool takes_time_or_fails(const struct sink *spec)
{
    return (spec->type != SINK_NULL && !timed_is_zero(&spec->service)) || spec->stalls.count ||
           spec->outages.count || !timed_is_zero(&spec->error_rate);
}

static uint64_t *first_free(const struct sink_state *s)
{
    unsigned slot = 0;
    for (unsigned i = 1; i < s->spec->concurrency; i++)
        if (s->slot_end[i] < s->slot_end[slot])
            slot = i;
    return &s->slot_end[slot];
}

// When the first outage that touches [from, to) begins for this attempt; TIME_NEVER when none does.
static uint64_t outage_within(const struct spans *outages, uint64_t from_ns, uint64_t to_ns)
{
    for (size_t i = 0; i < outages->count; i++)
        if (outages->list[i].end_ns > from_ns)
            return outages->list[i].start_ns < to_ns || outages->list[i].start_ns <= from_ns
                       ? later(outages->list[i].start_ns, from_ns)
                       : TIME_NEVER;
    return TIME_NEVER;
}

static struct sink_attempt plan(struct sink_state *s, uint64_t ready_ns, uint64_t now_ns)
{
    const struct sink *spec = s->spec;
    uint64_t *slot = first_free(s), start = later(*slot, ready_ns);
    uint64_t arrival = sooner(start, now_ns); // a late caller's would have been there at its planned start
    if (spans_cover(&spec->outages, arrival))
        return (struct sink_attempt){arrival, true};
    double service = timed_is_zero(&spec->service) ? 0 : timed_draw(&spec->service, start, &s->rng);
    enum load_action action = s->load ? load_begin(s->load, start, &service) : LOAD_SERVE;
    if (action == LOAD_DROP)
        return (struct sink_attempt){TIME_NEVER, true};
    uint64_t end = spans_finish(&spec->stalls, start, service < 0x1p63 ? (uint64_t)service : TIME_NEVER / 2);
    uint64_t down = outage_within(&spec->outages, arrival, end);
    if (s->load)
        load_serve(s->load, sooner(end, later(down, start)));
    if (down != TIME_NEVER) {
        *slot = later(*slot, down); // what it worked on when it went down is gone
        return (struct sink_attempt){down, true};
    }
    *slot = end;
    bool fails =
        !timed_is_zero(&spec->error_rate) && rng_unit(&s->error_rng) < timed_value(&spec->error_rate, start);
    return (struct sink_attempt){end, fails || action == LOAD_DEFER};
}

struct sink_attempt sink_plan(struct node *n, struct sink_state *s, uint64_t ready_ns, uint64_t now_ns)
{
    if (!takes_time_or_fails(s->spec))
        return (struct sink_attempt){0, false};
    guard_enter(n->flow, s->guard);
    struct sink_attempt a = plan(s, ready_ns, now_ns);
    guard_leave(n->flow, s->guard);
    return a;
}
