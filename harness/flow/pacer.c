// SPDX-License-Identifier: Apache-2.0
#include "flow/pacer.h"

#include <stdlib.h>

#include "flow/flow.h"

// ---- figures ----

// Levels are weighted by how long they were held, so a histogram of them counts nanoseconds.
static void hold_levels(struct pacer *p, uint64_t now_ns)
{
    struct pacing_figures *g = p->edge->pacing->figures;
    uint64_t held = p->level_ns != TIME_NEVER && now_ns > p->level_ns ? now_ns - p->level_ns : 0;
    hist_record_n(&g->in_flight, p->in_flight, held);
    if (p->limit != SIZE_MAX)
        hist_record_n(&g->limit, p->limit, held);
    if (p->level_ns == TIME_NEVER || now_ns > p->level_ns)
        p->level_ns = now_ns;
}

static void look_at_limit(struct pacer *p)
{
    const struct edge_spec *spec = p->edge->spec;
    p->limit = SIZE_MAX;
    for (size_t i = 0; i < spec->pacing_count; i++)
        if (spec->pacing[i]->limit)
            p->limit = spec->pacing[i]->limit(&p->state[i]);
}

static void note_weighed(struct pacer *p, size_t strategy)
{
    const struct weir_pacing_ops *ops = p->edge->spec->pacing[strategy];
    uint64_t mean_ns, weighed = ops->weighed ? ops->weighed(&p->state[strategy], &mean_ns) : p->weighed;
    if (weighed != p->weighed)
        hist_record(&p->edge->pacing->figures->weighed, mean_ns);
    p->weighed = weighed;
}

// ---- setting up ----

static bool waits_for_results(const struct edge_spec *spec)
{
    for (size_t i = 0; i < spec->pacing_count; i++)
        if (spec->pacing[i]->flags & WEIR_S_BLOCKS)
            return true;
    return false;
}

bool pacing_open(struct flow *f, struct edge *e)
{
    if (!e->spec->pacing_count)
        return true;
    e->pacing = calloc(1, sizeof *e->pacing);
    if (!e->pacing)
        return false;
    e->pacing->results = waits_for_results(e->spec);
    e->pacing->figures = arena_alloc(f->setup->arena, sizeof *e->pacing->figures);
    if (f->world.guard_create)
        e->pacing->guard = f->world.guard_create(f->world.context);
    return true;
}

void pacing_close(struct flow *f, struct edge *e)
{
    if (e->pacing && e->pacing->guard)
        f->world.guard_destroy(e->pacing->guard);
    free(e->pacing);
    e->pacing = NULL;
}

struct pacer *pacer_create(struct flow *f, struct edge *e)
{
    struct pacer **list = realloc(f->pacers, (f->pacer_count + 1) * sizeof(struct pacer *));
    struct pacer *p = calloc(1, sizeof *p);
    if (list)
        f->pacers = list;
    if (!list || !p) {
        free(p);
        return NULL;
    }
    f->pacers[f->pacer_count++] = p;
    p->edge = e;
    p->number = (uint32_t)f->pacer_count;
    p->level_ns = TIME_NEVER;
    uint64_t seed = f->setup->seed ^ hash_text(e->name);
    for (size_t i = 0; i < e->spec->pacing_count; i++) {
        p->state[i] = e->spec->pacing_state[i];
        if (e->spec->pacing[i]->init)
            e->spec->pacing[i]->init(&p->state[i], seed + p->number);
    }
    look_at_limit(p);
    return p;
}

// ---- asking ----

// Notes the time since the offer was paused, or since the last look at it.
static void note_pause(struct pacer *p, struct offer *o, uint64_t now_ns, bool goes_on)
{
    uint64_t since = o->paused_ns - 1;
    if (o->paused_ns && now_ns > since)
        p->edge->pacing->figures->paused_ns += now_ns - since;
    o->paused_ns = goes_on ? now_ns + 1 : 0;
}

// Each strategy gives its go once for an offer, in the order in which they were written.
static bool all_let_go(struct pacer *p, struct offer *o, size_t count, uint64_t now_ns,
                       struct weir_pace *pace)
{
    const struct edge *e = p->edge;
    for (; o->paced < e->spec->pacing_count; o->paced++, o->paused = false) {
        struct weir_pacing_view view = {
            .now_ns = now_ns,
            .len = e->ops->len(e->queue),
            .capacity = e->ops->capacity(e->queue),
            .in_flight = p->in_flight,
            .count = count,
            .paused = o->paused,
        };
        *pace = e->spec->pacing[o->paced]->on_ask(&p->state[o->paced], &view);
        if (!pace->go)
            return false;
    }
    return true;
}

static void depart(struct pacer *p, struct record *const *records, size_t count, uint64_t now_ns)
{
    hold_levels(p, now_ns);
    for (size_t i = 0; p->edge->pacing->results && i < count; i++) {
        p->in_flight++;
        records[i]->pacer = p->number;
        records[i]->paced_ns = now_ns;
    }
    for (size_t i = 0; p->edge->pacing->results && i < count; i++)
        records[i]->paced_in_flight = (uint32_t)(p->in_flight < UINT32_MAX ? p->in_flight : UINT32_MAX);
    look_at_limit(p);
}

bool pacer_ask(struct flow *f, struct pacer *p, struct offer *o, struct record *const *records, size_t count,
               uint64_t now_ns, struct offer_answer *answer)
{
    struct weir_pace pace = {.go = true};
    uint32_t seen = signal_seen(&p->results); // before the look at what is in flight
    guard_enter(f, p->edge->pacing->guard);
    bool go = all_let_go(p, o, count, now_ns, &pace);
    note_pause(p, o, now_ns, !go);
    if (go)
        depart(p, records, count, now_ns);
    guard_leave(f, p->edge->pacing->guard);
    if (go)
        return true;
    o->paused = true;
    *answer = (struct offer_answer){.result = OFFER_BLOCKED, .paused = true, .until_ns = pace.until_ns};
    if (pace.wakes_on_result) {
        answer->signal = &p->results;
        answer->seen = seen;
    }
    return false;
}

// ---- results ----

static void learn(struct pacer *p, const struct record *r, bool failed, uint64_t now_ns)
{
    const struct edge_spec *spec = p->edge->spec;
    struct weir_result result = {
        .now_ns = now_ns,
        .rtt_ns = now_ns > r->paced_ns ? now_ns - r->paced_ns : 0,
        .in_flight = r->paced_in_flight,
        .dropped = failed,
    };
    if (!failed)
        hist_record(&p->edge->pacing->figures->rtt, result.rtt_ns);
    for (size_t i = 0; i < spec->pacing_count; i++) {
        if (!spec->pacing[i]->on_result)
            continue;
        spec->pacing[i]->on_result(&p->state[i], &result);
        note_weighed(p, i);
    }
}

void pacer_result(struct flow *f, struct record *r, enum pacer_fate fate, uint64_t now_ns)
{
    if (!r->pacer)
        return;
    struct pacer *p = f->pacers[r->pacer - 1];
    guard_enter(f, p->edge->pacing->guard);
    hold_levels(p, now_ns);
    p->in_flight--;
    if (fate != PACER_FORGOTTEN)
        learn(p, r, fate == PACER_FAILED, now_ns);
    look_at_limit(p);
    guard_leave(f, p->edge->pacing->guard);
    r->pacer = 0;
    flow_raise(f, &p->results);
}
