// SPDX-License-Identifier: Apache-2.0
#include "sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_AT_ONE_INSTANT = 10000000 };

// ---- wake lists ----

static void list_add(struct sim_list *l, struct sim_node *s)
{
    s->list = l;
    s->next = NULL;
    s->prev = l->last;
    *(l->last ? &l->last->next : &l->first) = s;
    l->last = s;
}

static void list_remove(struct sim_node *s)
{
    if (!s->list)
        return;
    *(s->prev ? &s->prev->next : &s->list->first) = s->next;
    *(s->next ? &s->next->prev : &s->list->last) = s->prev;
    s->list = NULL;
}

static struct sim_node *node_of(struct sim *sim, const struct node *n)
{
    return &sim->nodes[n->id];
}

static void schedule(struct sim *sim, struct sim_node *s, uint64_t at_ns)
{
    heap_push(
        &sim->heap,
        (struct event){.at_ns = at_ns, .rank = s->node->ops->rank, .node = s->node->id, .turn = s->turn});
}

static void forget_signal(struct sim_node *s)
{
    if (s->signal)
        atomic_fetch_sub(&s->signal->sleepers, 1);
    s->signal = NULL;
}

// Takes a node out of whatever it waits for and lets it step at this instant.
static void wake(struct sim *sim, struct sim_node *s)
{
    list_remove(s);
    forget_signal(s);
    s->turn++;
    s->waits = WAIT_NOTHING;
    schedule(sim, s, sim->now_ns);
}

static size_t free_slots(const struct edge *e)
{
    size_t capacity = e->ops->capacity(e->queue);
    return capacity == SIZE_MAX ? SIZE_MAX : capacity - e->ops->len(e->queue);
}

// Who waits longest of those that so much space is enough for: one that wants much does not hold up the
// others.
static struct sim_node *first_that_fits(const struct sim_list *l, size_t space)
{
    struct sim_node *s = l->first;
    while (s && s->count > space)
        s = s->next;
    return s;
}

// Lets those go on for whom an edge has something now. One waiter an item: each that steps passes the word
// on.
static void serve_one(struct sim *sim, struct edge *e)
{
    struct sim_edge *lists = &sim->edges[e->id];
    bool closed = e->ops->closed(e->queue);
    bool over = e->ring ? edge_ended(e) : closed; // a ring's consumers may have to wait for others after it
    while (lists->items.first && (over || edge_ready(e))) {
        wake(sim, lists->items.first);
        if (!closed)
            break;
    }
    struct sim_node *s;
    while ((s = first_that_fits(&lists->space, closed ? SIZE_MAX : free_slots(e)))) {
        wake(sim, s);
        if (!closed)
            break;
    }
}

// Whoever steps at a ring moves things for all who are at it.
static void serve_edge(struct sim *sim, struct edge *e)
{
    if (!e->door) {
        serve_one(sim, e);
        return;
    }
    for (size_t i = 0; i < sim->flow.edge_count; i++)
        if (sim->flow.edges[i].door == e->door)
            serve_one(sim, &sim->flow.edges[i]);
}

// ---- waiting ----

static void wait_on_list(struct sim *sim, struct sim_node *s, struct sim_list *list, uint64_t until_ns)
{
    list_add(list, s);
    if (until_ns != TIME_NEVER)
        schedule(sim, s, later(until_ns, sim->now_ns));
}

static void wait_on_signal(struct sim *sim, struct sim_node *s, struct wait w)
{
    if (signal_seen(w.signal) != w.seen) { // raised by the step itself
        schedule(sim, s, sim->now_ns);
        return;
    }
    s->signal = w.signal;
    atomic_fetch_add(&w.signal->sleepers, 1);
    if (w.until_ns != TIME_NEVER)
        schedule(sim, s, later(w.until_ns, sim->now_ns));
}

// The consumer of an edge without hand-off has become idle or has ended: its producer goes on.
static void resume_producer(struct sim *sim, struct sim_node *s)
{
    if (s->resume) {
        struct sim_node *producer = s->resume;
        s->resume = NULL;
        wake(sim, producer);
    }
}

static void obey(struct sim *sim, struct sim_node *s, struct wait w)
{
    s->turn++;
    s->waits = w.what;
    switch (w.what) {
    case WAIT_NOTHING: schedule(sim, s, sim->now_ns); break;
    case WAIT_TIME: schedule(sim, s, later(w.until_ns, sim->now_ns)); break;
    case WAIT_WORK: schedule(sim, s, sim->now_ns + w.until_ns); break;
    case WAIT_ITEMS:
        if (w.edge->is_inline)
            resume_producer(sim, s);
        sim_queue_note_wait(w.edge, WEIR_SIDE_POP, 1);
        wait_on_list(sim, s, &sim->edges[w.edge->id].items, w.until_ns);
        break;
    case WAIT_SPACE:
        s->count = w.count;
        sim_queue_note_wait(w.edge, WEIR_SIDE_PUSH, w.count);
        wait_on_list(sim, s, &sim->edges[w.edge->id].space, w.until_ns);
        break;
    case WAIT_IO:
        s->wire = w.wire;
        s->side = w.side;
        if (w.until_ns != TIME_NEVER)
            schedule(sim, s, later(w.until_ns, sim->now_ns));
        break;
    case WAIT_SIGNAL: wait_on_signal(sim, s, w); break;
    case WAIT_INLINE: node_of(sim, w.edge->consumer)->resume = s; break;
    case WAIT_DONE:
        s->done = true;
        sim->running--;
        resume_producer(sim, s);
        break;
    }
}

static void wire_wake(void *context, struct wire *wire, int side)
{
    struct sim *sim = context;
    for (size_t i = 0; i < sim->flow.node_count; i++) {
        struct sim_node *s = &sim->nodes[i];
        if (s->waits == WAIT_IO && s->wire == wire && s->side == side)
            wake(sim, s);
    }
}

static void signal_wake(void *context, struct signal *signal)
{
    struct sim *sim = context;
    for (size_t i = 0; i < sim->flow.node_count; i++)
        if (sim->nodes[i].signal == signal)
            wake(sim, &sim->nodes[i]);
}

// ---- the world of the simulator ----

static bool open_queue(void *context, struct edge *e, struct error *error)
{
    const struct sim *sim = context;
    size_t capacity = e->spec->capacity;
    if (e->spec->queue_ops->caps & WEIR_Q_UNBOUNDED)
        capacity = SIZE_MAX;
    if (e->is_inline)
        capacity = 1;
    e->ops = sim_queue_ops(sim->flow.setup->queue_stats);
    e->queue = sim_queue_create(capacity, sim->flow.setup->queue_stats);
    return e->queue ? true : fail(error, EXIT_INVALID, "not enough memory for queue %s", e->name);
}

static bool open_ring(void *context, const struct ring_setup *setup, struct ring *ring)
{
    (void)context;
    return sim_ring_create(setup, ring);
}

static void close_queue(void *context, struct edge *e)
{
    (void)context;
    e->ops->destroy(e->queue);
}

static struct wire *open_wire(void *context, const struct wire_setup *setup, struct error *error)
{
    enum source_type type = setup->scenario->sources[setup->source_index].type;
    struct wire *w = type == SOURCE_UDP    ? sim_udp_create(setup)
                     : type == SOURCE_TCP  ? sim_tcp_create(setup)
                     : type == SOURCE_FILE ? sim_file_create(setup)
                                           : sim_otlp_create(setup);
    if (w)
        w->waker = (struct wire_waker){.wake = wire_wake, .context = context};
    else
        fail(error, EXIT_INVALID, "not enough memory for a simulated wire");
    return w;
}

static struct wire *open_link(void *context, const struct link_setup *setup, struct error *error)
{
    struct wire *w = sim_link_create(setup);
    if (w)
        w->waker = (struct wire_waker){.wake = wire_wake, .context = context};
    else
        fail(error, EXIT_INVALID, "not enough memory for a simulated connection");
    return w;
}

static struct sink_file *open_sink_file(void *context, const char *path, struct error *error)
{
    (void)context, (void)path;
    struct sink_file *f = sim_sink_file_create();
    if (!f)
        fail(error, EXIT_INVALID, "not enough memory for a simulated file");
    return f;
}

static struct spill_device *open_spill(void *context, const char *folder, struct error *error)
{
    (void)context, (void)folder;
    struct spill_device *d = sim_spill_create();
    if (!d)
        fail(error, EXIT_INVALID, "not enough memory for a simulated disk");
    return d;
}

static void trace(void *context, uint64_t now_ns, unsigned node, unsigned what, const struct record *r)
{
    struct sim *sim = context;
    uint64_t h = hash64(sim->digest, now_ns);
    h = hash64(h, (uint64_t)node << 32 | what);
    h = hash64(h, (uint64_t)r->source << 32 | (uint64_t)r->sender << 8 | r->record_class);
    sim->digest = hash64(h, r->seq);
    const struct run_setup *setup = sim->flow.setup;
    if (setup->watch)
        setup->watch(setup->watch_context, now_ns, node, what, r);
}

static void memory_reached(void *context)
{
    struct sim *sim = context;
    flow_note_memory(&sim->flow, sim->now_ns);
}

// ---- running ----

static bool prepare(struct sim *sim, struct error *e)
{
    sim->nodes = calloc(sim->flow.node_count, sizeof *sim->nodes);
    sim->edges = calloc(sim->flow.edge_count, sizeof *sim->edges);
    if (!sim->nodes || !sim->edges)
        return fail(e, EXIT_INVALID, "not enough memory for the simulation");
    sim->running = sim->flow.node_count;
    for (size_t i = 0; i < sim->flow.node_count; i++) {
        sim->nodes[i].node = sim->flow.nodes[i];
        schedule(sim, &sim->nodes[i], 0);
    }
    return true;
}

static void step_node(struct sim *sim, struct sim_node *s)
{
    list_remove(s);
    forget_signal(s);
    struct wait w = s->node->ops->step(s->node, sim->now_ns);
    obey(sim, s, w);
    if (s->node->in.edge)
        serve_edge(sim, s->node->in.edge);
    for (size_t i = 0; i < s->node->out_count; i++)
        serve_edge(sim, s->node->outs[i].edge);
}

// Told to end before its time: whoever sends looks up.
static void drain_early(struct sim *sim)
{
    if (!flow_drain(&sim->flow, sim->now_ns))
        return;
    for (size_t i = 0; i < sim->flow.node_count; i++) {
        struct sim_node *s = &sim->nodes[i];
        bool sends = s->node->ops->rank >= 2, sleeps = s->waits != WAIT_WORK && s->waits != WAIT_INLINE;
        if (sends && sleeps && !s->done)
            wake(sim, s);
    }
}

// False: stuck at one instant.
static bool advance_to(struct sim *sim, uint64_t at_ns)
{
    if (at_ns > sim->now_ns) {
        // The observer's looks that fall before this event.
        while (sim->flow.next_tick_ns <= at_ns && sim->flow.next_tick_ns <= sim->flow.cut_ns)
            flow_observe(&sim->flow, sim->flow.next_tick_ns);
        sim->now_ns = at_ns;
        if (sim->flow.setup->stop_asked && sim->flow.setup->stop_asked())
            drain_early(sim);
        sim->at_this_instant = 0;
    }
    return ++sim->at_this_instant <= EVENTS_AT_ONE_INSTANT;
}

static void give_up(struct sim *sim, const char *why)
{
    struct report *r = &sim->flow.root->report;
    char text[REPORT_REASON_MAX];
    snprintf(text, sizeof text, "%s at %" PRIu64 " ns of virtual time", why, sim->now_ns);
    flow_salvage(sim->flow.setup->arena, text);
    r->finished = true;
}

static bool run(struct sim *sim)
{
    struct event e;
    while (sim->running) {
        if (!heap_pop(&sim->heap, &e)) {
            give_up(sim, "nothing can go on (deadlock)");
            return false;
        }
        struct sim_node *s = &sim->nodes[e.node];
        if (s->done || e.turn != s->turn)
            continue;
        if (!advance_to(sim, e.at_ns)) {
            give_up(sim, "more than 10^7 events at one instant");
            return false;
        }
        sim->events++;
        step_node(sim, s);
        if (sim->flow.root->memory_reached) {
            give_up(sim, "memory");
            return false;
        }
    }
    return true;
}

bool sim_run(const struct run_setup *setup, struct error *e)
{
    struct sim *sim = calloc(1, sizeof *sim);
    if (!sim)
        return fail(e, EXIT_INVALID, "not enough memory for the simulation");
    struct flow_world world = {.open_queue = open_queue,
                               .close_queue = close_queue,
                               .open_ring = open_ring,
                               .open_wire = open_wire,
                               .open_link = open_link,
                               .open_sink_file = open_sink_file,
                               .open_spill = open_spill,
                               .wake = signal_wake,
                               .trace = trace,
                               .memory_reached = memory_reached,
                               .virtual_time = true,
                               .context = sim};
    bool ok = flow_create(&sim->flow, setup, &world, e);
    if (ok) {
        ok = prepare(sim, e);
        struct report *r = &sim->flow.root->report;
        if (ok && run(sim)) {
            flow_conclude(&sim->flow, sim->now_ns);
            r->digest = sim->digest;
            r->has_digest = true;
            r->sim_events = sim->events;
            r->finished = true;
        }
        flow_destroy(&sim->flow);
    }
    heap_free(&sim->heap);
    free(sim->nodes);
    free(sim->edges);
    free(sim);
    return ok;
}
