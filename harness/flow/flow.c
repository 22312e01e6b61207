// SPDX-License-Identifier: Apache-2.0
// Building a pipeline from a scenario, and taking it down.
#include "flow/flow.h"
#include "flow/edge_spill.h"
#include "flow/fallback.h"
#include "flow/pacer.h"
#include "flow/queueing.h"

#include <stdlib.h>
#include <string.h>

enum { SERIES_ROWS_MAX = 10000, OBSERVER_TICKS_MAX = 200000 };

static bool out_of_memory(struct error *e)
{
    return fail(e, EXIT_INVALID, "not enough memory to build the pipeline");
}

// ---- stages ----

static bool init_stages(struct flow *f, struct error *error)
{
    f->stages = calloc(f->scenario->stage_count + 1, sizeof *f->stages);
    if (!f->stages)
        return out_of_memory(error);
    for (size_t i = 0; i < f->scenario->stage_count; i++) {
        const struct stage *s = &f->scenario->stages[i];
        char stream[REPORT_NAME_MAX + 16];
        snprintf(stream, sizeof stream, "%s.service", s->name);
        rng_init(&f->stages[i].rng, f->setup->seed, stream);
        atomic_store(&f->stages[i].active, s->scaled ? s->workers_min : s->workers);
        atomic_store(&f->stages[i].next_look_ns, s->scaled ? 0 : TIME_NEVER);
        if ((s->workers > 1 || fallback_use(&s->edge)) && f->world.guard_create)
            f->stages[i].guard = f->world.guard_create(f->world.context);
    }
    return true;
}

// ---- edges ----

// Everything but the queue.
static struct edge *add_edge(struct flow *f, const struct edge_spec *spec, const char *name)
{
    struct edge *e = &f->edges[f->edge_count];
    e->spec = spec;
    e->id = (unsigned)f->edge_count;
    e->is_inline = spec->queue_ops->caps & WEIR_Q_INLINE;
    e->admission = spec->admission_state;
    e->high_water = arena_alloc(f->setup->arena, sizeof *e->high_water);
    snprintf(e->name, sizeof e->name, "%s", name);
    if (spec->admission->init)
        spec->admission->init(&e->admission, f->setup->seed ^ hash_text(name));
    if (spec->producers > 1 && (spec->admission->flags & WEIR_S_STATEFUL) && f->world.guard_create)
        e->guard = f->world.guard_create(f->world.context);
    f->edge_count++;
    if (!(spec->queue_ops->caps & (WEIR_Q_UNBOUNDED | WEIR_Q_INLINE)))
        f->root->capacity += spec->capacity;
    return e;
}

static bool open_edge(struct flow *f, const struct edge_spec *spec, const char *name, struct error *error)
{
    struct edge *e = add_edge(f, spec, name);
    if (!pacing_open(f, e))
        return out_of_memory(error);
    if (!queueing_open(f, e))
        return fail(error, EXIT_INVALID, "not enough memory for %s at %s with capacity %zu",
                    spec->discipline->name, name, spec->capacity);
    return (e->queue || f->world.open_queue(f->world.context, e, error)) &&
           (!spec->spills || edge_spill_open(f, e, error));
}

// The door has the strategies, the stages only look into the ring behind it.
static bool open_door(struct flow *f, size_t leader, struct error *error)
{
    const struct edge_spec *spec = &f->scenario->stages[leader].edge;
    struct edge *e = add_edge(f, spec, spec->ring);
    if (!queueing_open(f, e) || !pacing_open(f, e))
        return out_of_memory(error);
    return ring_open(f, leader, e, error);
}

// How many edges a scenario has at most: one a stage, one a sink with a queue, and those of dispatched
// workers.
static size_t edge_room(const struct scenario *s)
{
    size_t n = 2 * s->stage_count + s->sink_count; // a ring's door is one more
    for (size_t i = 0; i < s->stage_count; i++)
        n += s->stages[i].dispatch != DISPATCH_SHARED ? s->stages[i].workers : 0;
    return n;
}

// A small queue for each worker of a dispatched stage. One thread on either side: the plainest ring will do.
static bool open_own_edges(struct flow *f, size_t stage, struct error *error)
{
    const struct stage *s = &f->scenario->stages[stage];
    struct stage_state *state = &f->stages[stage];
    state->own_spec = (struct edge_spec){.queue_ops = weir_queue_find("spsc"),
                                         .capacity = s->worker_capacity,
                                         .wait = s->edge.wait,
                                         .admission = weir_strategy_find("block"),
                                         .producers = 1,
                                         .consumers = 1};
    state->own_edges = &f->edges[f->edge_count];
    for (unsigned k = 0; k < s->workers; k++) {
        char name[REPORT_NAME_MAX];
        snprintf(name, sizeof name, "%.48s.%u", s->name, k);
        if (!open_edge(f, &state->own_spec, name, error))
            return false;
        f->edges[f->edge_count - 1].closing = &state->turn;
    }
    return true;
}

static bool open_stage_edge(struct flow *f, size_t i, struct error *error)
{
    const struct stage *s = &f->scenario->stages[i];
    bool ok = open_edge(f, &s->edge, s->name, error);
    f->edges[i].closing = s->scaled && s->dispatch == DISPATCH_SHARED ? &f->stages[i].turn : NULL;
    return ok;
}

static bool open_edges(struct flow *f, struct error *error)
{
    const struct scenario *s = f->scenario;
    f->edges = calloc(edge_room(s), sizeof *f->edges);
    if (!f->edges)
        return out_of_memory(error);
    for (size_t i = 0; i < s->stage_count; i++)
        if (s->stages[i].ring)
            add_edge(f, &s->stages[i].edge, s->stages[i].name);
        else if (!open_stage_edge(f, i, error))
            return false;
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].has_edge && !open_edge(f, &s->sinks[i].edge, s->sinks[i].name, error))
            return false;
    for (size_t i = 0; i < s->stage_count; i++)
        if (s->stages[i].dispatch != DISPATCH_SHARED && !open_own_edges(f, i, error))
            return false;
    for (size_t i = 0; i < s->stage_count; i++)
        if (s->stages[i].ring == i + 1 && !open_door(f, i, error))
            return false;
    return true;
}

struct edge *flow_sink_edge(const struct flow *f, size_t sink)
{
    const struct scenario *s = f->scenario;
    size_t at = s->stage_count;
    for (size_t i = 0; i < sink; i++)
        at += s->sinks[i].has_edge;
    return s->sinks[sink].has_edge ? &f->edges[at] : NULL;
}

// ---- wires and sinks ----

static void listening(void *context, const char *source, const char *address)
{
    const struct flow *f = context;
    bool external = false;
    for (size_t i = 0; i < f->scenario->source_count; i++)
        external |= f->scenario->sources[i].external && !strcmp(f->scenario->sources[i].name, source);
    if (f->setup->listening && external) // nobody else needs to be told
        f->setup->listening(source, address);
}

static bool open_wires(struct flow *f, struct error *error)
{
    for (size_t i = 0; i < f->scenario->source_count; i++) {
        if (f->scenario->sources[i].type == SOURCE_SYNTHETIC)
            continue;
        struct wire_setup setup = {.scenario = f->scenario,
                                   .source_index = (unsigned)i,
                                   .pool = f->pool,
                                   .seed = f->setup->seed,
                                   .stop_event = -1,
                                   .scratch = f->setup->scratch,
                                   .listening = listening,
                                   .listening_context = f};
        f->wires[i] = f->world.open_wire(f->world.context, &setup, error);
        if (!f->wires[i])
            return false;
    }
    return true;
}

static bool open_sinks(struct flow *f, struct error *error)
{
    f->sinks = calloc(f->sink_count, sizeof *f->sinks);
    if (!f->sinks)
        return out_of_memory(error);
    for (size_t i = 0; i < f->sink_count; i++) {
        struct sink_state *s = &f->sinks[i];
        if (!sink_init(f, s, (unsigned)i, shape_deliverers(f->scenario, i) > 1))
            return out_of_memory(error);
        if (!sink_open_links(f, s, shape_deliverers(f->scenario, i), error))
            return false;
        if (s->spec->type == SINK_FILE && !writer_open(f, &s->writer, s->spec, error))
            return fail(error, EXIT_INVALID, "cannot open the file of sink %s: %s", s->spec->name,
                        s->writer.path);
    }
    return true;
}

// ---- nodes ----

static size_t count_nodes(const struct scenario *s, size_t *deliverers)
{
    size_t n = 0;
    *deliverers = 0;
    for (size_t i = 0; i < s->source_count; i++)
        n += s->sources[i].senders + (s->sources[i].type != SOURCE_SYNTHETIC);
    for (size_t i = 0; i < s->stage_count; i++)
        n += s->stages[i].workers + s->stages[i].scaled + (s->stages[i].dispatch != DISPATCH_SHARED);
    for (size_t i = 0; i < s->sink_count; i++)
        *deliverers += shape_deliverers(s, i);
    for (size_t i = 0; i < s->sink_count; i++)
        n += s->sinks[i].has_edge ? s->sinks[i].concurrency : 0;
    return n;
}

static bool add_node(struct flow *f, struct node *n)
{
    if (n)
        f->nodes[f->node_count++] = n;
    return n != NULL;
}

static bool add_source(struct flow *f, unsigned i, const struct ways *to)
{
    const struct source *s = &f->scenario->sources[i];
    for (unsigned k = 0; k < s->senders; k++)
        if (!add_node(f, s->type == SOURCE_OTLP ? client_create(f, i, k) : sender_create(f, i, k, to)))
            return false;
    if (s->type == SOURCE_SYNTHETIC)
        return true;
    return add_node(f, s->type == SOURCE_OTLP ? collector_create(f, i, to) : receiver_create(f, i, to));
}

static bool add_sources(struct flow *f)
{
    struct ways to;
    bool ok = shape_from_sources(f, &to);
    for (unsigned i = 0; ok && i < f->scenario->source_count; i++)
        ok = add_source(f, i, &to);
    free(to.list);
    return ok;
}

static bool add_stage(struct flow *f, size_t i)
{
    const struct stage *s = &f->scenario->stages[i];
    struct ways to;
    bool ok = shape_from_stage(f, i, &to);
    struct sink_state *sink = ok && to.count && !to.list[0].edge ? &f->sinks[0] : NULL;
    bool own = s->dispatch != DISPATCH_SHARED;
    ok = ok && (!s->scaled || add_node(f, scaler_create(f, i)));
    ok = ok && (!own || add_node(f, dispatcher_create(f, i)));
    for (unsigned k = 0; ok && k < s->workers; k++)
        ok = add_node(f, worker_create(f, s, k, own ? &f->stages[i].own_edges[k] : &f->edges[i], &to, sink));
    free(to.list);
    return ok;
}

static bool add_sink(struct flow *f, size_t i)
{
    struct edge *from = flow_sink_edge(f, i);
    bool ok = true;
    for (unsigned k = 0; from && ok && k < f->scenario->sinks[i].concurrency; k++)
        ok = add_node(f, worker_create(f, NULL, k, from, NULL, &f->sinks[i]));
    return ok;
}

static bool add_nodes(struct flow *f, struct error *error)
{
    size_t deliverers, count = count_nodes(f->scenario, &deliverers);
    f->nodes = calloc(count, sizeof(struct node *));
    f->checks = calloc(deliverers, sizeof *f->checks);
    bool ok = f->nodes && f->checks && add_sources(f);
    for (size_t i = 0; ok && i < f->scenario->stage_count; i++)
        ok = add_stage(f, i);
    for (size_t i = 0; ok && i < f->sink_count; i++)
        ok = add_sink(f, i);
    return ok ? true : out_of_memory(error);
}

// ---- senders' numbers ----

static bool number_senders(struct flow *f, struct error *error)
{
    size_t n = f->scenario->source_count;
    f->sender_base = calloc(n, sizeof *f->sender_base);
    f->wires = calloc(n, sizeof(struct wire *));
    if (!f->sender_base || !f->wires)
        return out_of_memory(error);
    for (size_t i = 0; i < n; i++) {
        f->sender_base[i] = f->sender_total;
        f->sender_total += f->scenario->sources[i].senders + 1; // the last one: records from outside
        if (i == 0) // and one for what an earlier run has left on each disk
            f->sender_total += f->scenario->stage_count + f->scenario->sink_count;
    }
    f->sender_generated = calloc(f->sender_total, sizeof *f->sender_generated);
    f->sender_newest = calloc(f->sender_total, sizeof *f->sender_newest);
    bool ok = f->sender_generated && f->sender_newest;
    if (ok && f->sink_count > 1) {
        f->branch_newest = calloc(f->sink_count * f->sender_total, sizeof *f->branch_newest);
        f->branch_reordered = calloc(f->sink_count, sizeof *f->branch_reordered);
        ok = f->branch_newest && f->branch_reordered;
    }
    return ok ? true : out_of_memory(error);
}

static bool number_joins(struct flow *f, struct error *error)
{
    f->delivered_when_all_are = f->sink_count > 1 && f->scenario->sinks_mode == SINKS_BARRIER;
    f->join_count = shape_joins(f->scenario);
    f->join_sizes = calloc(f->join_count + 1, sizeof *f->join_sizes);
    for (size_t i = 0; f->join_sizes && i < f->join_count; i++)
        f->join_sizes[i] = shape_join_size(f->scenario, i);
    return f->join_sizes ? true : out_of_memory(error);
}

// ---- report ----

static void plan_series(struct flow *f)
{
    struct report *r = &f->root->report;
    uint64_t whole = f->scenario->duration_ns + f->scenario->drain_ns;
    r->duration_ns = f->scenario->duration_ns;
    r->warmup_ns = f->scenario->warmup_ns;
    r->series_step_ns = SERIES_STEP_NS;
    while (whole / r->series_step_ns > SERIES_ROWS_MAX)
        r->series_step_ns *= 10;
    r->series_count = whole / r->series_step_ns + 1;
    f->tick_ns = NS_PER_MS;
    while (whole / f->tick_ns > OBSERVER_TICKS_MAX)
        f->tick_ns *= 10;
    f->depth_room = whole / f->tick_ns + 2;
}

static bool prepare_report(struct flow *f, struct error *error)
{
    struct arena *a = f->setup->arena;
    f->root = arena_alloc(a, sizeof *f->root);
    arena_set_root(a, f->root);
    struct report *r = &f->root->report;
    plan_series(f);
    f->root->series_count = r->series_count;
    r->series = arena_alloc(a, r->series_count * sizeof *r->series);
    r->edges = arena_alloc(a, edge_room(f->scenario) * sizeof *r->edges);
    r->pacings = arena_alloc(a, edge_room(f->scenario) * sizeof *r->pacings);
    r->stages = arena_alloc(a, (f->scenario->stage_count + 1) * sizeof *r->stages);
    r->loads = arena_alloc(a, f->scenario->sink_count * sizeof *r->loads);
    r->sources = arena_alloc(a, f->scenario->source_count * sizeof *r->sources);
    r->event_count = f->scenario->event_count;
    r->events = arena_alloc(a, (r->event_count + 1) * sizeof *r->events);
    for (size_t i = 0; i < r->event_count; i++) {
        r->events[i].at_ns = f->scenario->events[i].at_ns;
        r->events[i].end_ns = f->scenario->events[i].end_ns;
        r->events[i].applied_ns = TIME_NEVER;
        snprintf(r->events[i].what, sizeof r->events[i].what, "%s", f->scenario->events[i].what);
    }
    f->age.hist = arena_alloc(a, sizeof *f->age.hist);
    atomic_store_explicit(&f->age.next_tick_ns, f->scenario->warmup_ns, memory_order_relaxed);
    f->depths = calloc(f->depth_room, sizeof *f->depths);
    f->edge_len_sum = calloc(edge_room(f->scenario), sizeof *f->edge_len_sum);
    return f->depths && f->edge_len_sum ? true : out_of_memory(error);
}

static bool watch_memory(struct flow *f)
{
    f->root->memory_limit_bytes = scenario_memory_limit(f->scenario, NULL);
    record_pool_watch(f->pool, (struct pool_watch){.peak_bytes = &f->root->pool_peak_bytes,
                                                   .limit_bytes = f->root->memory_limit_bytes,
                                                   .reached = f->world.memory_reached,
                                                   .context = f->world.context});
    return true;
}

bool flow_create(struct flow *f, const struct run_setup *setup, const struct flow_world *world,
                 struct error *e)
{
    *f = (struct flow){.setup = setup,
                       .scenario = setup->scenario,
                       .world = *world,
                       .sink_count = setup->scenario->sink_count};
    atomic_flag_clear(&f->age.busy);
    flow_plan_end(f);
    f->pool = record_pool_create();
    bool ok = f->pool ? true : out_of_memory(e);
    ok = ok && prepare_report(f, e) && watch_memory(f) && number_senders(f, e) && number_joins(f, e) &&
         init_stages(f, e) && open_edges(f, e) && open_wires(f, e);
    ok = ok && open_sinks(f, e) && add_nodes(f, e);
    for (size_t i = 0; ok && i < f->edge_count; i++)
        if (f->edges[i].spill)
            edge_spill_start(&f->edges[i]);
    if (!ok)
        flow_destroy(f);
    return ok;
}

static void drop_wire(struct wire *w)
{
    if (w && w->http)
        w->http->destroy(w);
    else if (w)
        w->ops->destroy(w);
}

void flow_destroy(struct flow *f)
{
    for (size_t i = 0; i < f->node_count; i++)
        f->nodes[i]->ops->destroy(f->nodes[i]);
    for (size_t i = 0; f->wires && i < f->scenario->source_count; i++)
        drop_wire(f->wires[i]);
    for (size_t i = 0; f->sinks && i < f->sink_count; i++)
        sink_close(f, &f->sinks[i]);
    for (size_t i = 0; f->stages && i < f->scenario->stage_count; i++)
        if (f->stages[i].guard)
            f->world.guard_destroy(f->stages[i].guard);
    for (size_t i = 0; i < f->edge_count; i++) {
        if (f->edges[i].queue)
            f->world.close_queue(f->world.context, &f->edges[i]);
        queueing_close(f, &f->edges[i]);
        edge_spill_close(&f->edges[i]);
        if (f->edges[i].guard)
            f->world.guard_destroy(f->edges[i].guard);
        pacing_close(f, &f->edges[i]);
    }
    for (size_t i = 0; i < f->pacer_count; i++)
        free(f->pacers[i]);
    free(f->pacers);
    for (size_t i = 0; f->checks && i < f->check_count; i++)
        check_free(&f->checks[i]);
    if (f->pool)
        record_pool_destroy(f->pool);
    free(f->checks);
    free(f->nodes);
    free(f->edges);
    free(f->wires);
    free(f->sinks);
    free(f->stages);
    free(f->sender_base);
    free(f->sender_generated);
    free(f->sender_newest);
    free(f->branch_newest);
    free(f->branch_reordered);
    free(f->join_sizes);
    free(f->depths);
    free(f->edge_len_sum);
    struct run_setup const *setup = f->setup;
    *f = (struct flow){.setup = setup};
}
