// SPDX-License-Identifier: Apache-2.0
#include "queue/graph.h"

#include "queue/disruptor.h"
#include "wait/wait.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(WEIR_GRAPH_LINKS == DISRUPTOR_LINKS, "graph.h tells the ring's own limit");

struct graph_consumer {
    struct disruptor_consumer consumer;
    struct weir_event items;
    struct weir_graph *graph;
    _Atomic uint64_t taken; // handed out and not released; written by the owner
    bool is_terminal;
};

struct weir_graph {
    struct disruptor ring;
    struct weir_event space;
    enum weir_wait_kind wait;
    unsigned consumers, terminals;
    struct graph_consumer *all;
    const unsigned char *follows; // own copy
    _Atomic uint32_t *finished;   // a slot: how many terminals have worked on its item
    void *memory;
};

static struct weir_graph *graph_of(struct weir_queue *q)
{
    return (struct weir_graph *)(void *)q;
}

static const struct weir_graph *graph_view(const struct weir_queue *q)
{
    return (const struct weir_graph *)(const void *)q;
}

static struct graph_consumer *consumer_of(struct weir_queue *q)
{
    return (struct graph_consumer *)(void *)q;
}

static const struct graph_consumer *consumer_view(const struct weir_queue *q)
{
    return (const struct graph_consumer *)(const void *)q;
}

// --- creation ----

static bool is_followed(const struct weir_graph_config *c, unsigned consumer)
{
    for (unsigned i = 0; i < c->consumers; i++)
        if (c->follows[i * c->consumers + consumer])
            return true;
    return false;
}

static bool link_consumers(struct weir_graph *g, const struct weir_graph_config *c)
{
    bool ok = true;
    for (unsigned i = 0; i < c->consumers; i++) {
        struct graph_consumer *own = &g->all[i];
        disruptor_consumer_init(&own->consumer, &g->ring);
        weir_event_init(&own->items);
        own->graph = g;
        own->is_terminal = !is_followed(c, i);
        if (own->is_terminal) {
            ok = ok && disruptor_gate(&g->ring, &own->consumer);
            g->terminals++;
        }
    }
    for (unsigned i = 0; i < c->consumers; i++)
        for (unsigned k = 0; k < c->consumers; k++)
            if (c->follows[i * c->consumers + k])
                ok = ok && disruptor_follow(&g->all[i].consumer, &g->all[k].consumer);
    return ok;
}

static size_t round_up(size_t bytes)
{
    return (bytes + WEIR_LINE - 1) / WEIR_LINE * WEIR_LINE;
}

static void door_destroy(struct weir_queue *q)
{
    free(q); // one piece
}

struct weir_graph *weir_graph_create(const struct weir_graph_config *c)
{
    size_t slots = weir_ring_slots(c->capacity), links = (size_t)c->consumers * c->consumers;
    if (slots == 0 || c->consumers == 0)
        return NULL;
    size_t head = round_up(sizeof(struct weir_graph));
    size_t consumers = round_up(c->consumers * sizeof(struct graph_consumer));
    size_t ring = round_up(disruptor_bytes(c->capacity, 1)), finished = round_up(slots * sizeof(uint32_t));
    size_t whole = head + consumers + ring + finished + round_up(links);
    unsigned char *memory = aligned_alloc(WEIR_LINE, whole);
    if (memory == NULL)
        return NULL;
    memset(memory, 0, whole); // touched now, not by the first lap
    struct weir_graph *g = (struct weir_graph *)(void *)memory;
    g->all = (struct graph_consumer *)(void *)(memory + head);
    g->finished = (_Atomic uint32_t *)(void *)(memory + head + consumers + ring);
    g->follows = memcpy(memory + head + consumers + ring + finished, c->follows, links);
    g->wait = c->wait;
    g->consumers = c->consumers;
    weir_event_init(&g->space);
    disruptor_init_at(&g->ring, memory + head + consumers, c->capacity, 1, c->producers, c->start);
    if (link_consumers(g, c))
        return g;
    door_destroy((struct weir_queue *)(void *)g);
    return NULL;
}

struct weir_queue *weir_graph_door(struct weir_graph *g)
{
    return (struct weir_queue *)(void *)g;
}

struct weir_queue *weir_graph_consumer(struct weir_graph *g, unsigned consumer)
{
    return (struct weir_queue *)(void *)&g->all[consumer];
}

// --- who is told of what ----

static void tell(const struct weir_graph *g, struct weir_event *event, size_t n)
{
    if (g->wait == WEIR_WAIT_PARK && n > 0)
        weir_event_notify(event, n);
}

static void tell_followers(struct weir_graph *g, unsigned of)
{
    for (unsigned i = 0; i < g->consumers; i++)
        if (g->follows[i * g->consumers + of])
            tell(g, &g->all[i].items, 1);
}

// --- the door ----

static size_t door_push(struct weir_queue *q, const uint64_t *items, size_t n)
{
    struct weir_graph *g = graph_of(q);
    uint64_t first;
    size_t granted = n ? disruptor_try_reserve(&g->ring, n, &first) : 0;
    if (granted == 0)
        return 0;
    for (size_t i = 0; i < granted; i++)
        *disruptor_slot(&g->ring, first, i) = items[i];
    disruptor_commit(&g->ring, first, granted);
    for (unsigned i = 0; i < g->consumers; i++)
        if (g->all[i].consumer.follows_count == 0)
            tell(g, &g->all[i].items, 1);
    return granted;
}

static size_t door_len(const struct weir_queue *q)
{
    const struct weir_graph *g = graph_view(q);
    // The gates first: they never pass the claim, so the length can only come out too large, and is cut.
    uint64_t gate = disruptor_oldest_gate(
        &g->ring, atomic_load_explicit(&g->ring.claim, memory_order_acquire) & ~WEIR_TICKET_CLOSED);
    uint64_t claim = atomic_load_explicit(&g->ring.claim, memory_order_acquire) & ~WEIR_TICKET_CLOSED;
    int64_t used = weir_ticket_distance(gate, claim);
    return used < 0 ? 0 : weir_min_size((size_t)used, g->ring.capacity);
}

// After every other thread has stopped: what is left, from the consumer that is furthest behind on.
static size_t door_pop(struct weir_queue *q, uint64_t *items, size_t n)
{
    struct weir_graph *g = graph_of(q);
    n = weir_min_size(n, door_len(q));
    uint64_t first = disruptor_oldest_gate(&g->ring, atomic_load(&g->ring.claim) & ~WEIR_TICKET_CLOSED);
    for (size_t i = 0; i < n; i++)
        items[i] = *disruptor_slot(&g->ring, first, i);
    for (unsigned i = 0; i < g->ring.gates_count && n; i++) {
        uint64_t at = atomic_load(&g->ring.gates[i]->sequence);
        if (weir_ticket_distance(at, weir_ticket_add(first, n)) > 0)
            atomic_store(&g->ring.gates[i]->sequence, weir_ticket_add(first, n));
    }
    return n;
}

static enum weir_poll poll_space(const struct weir_queue *q, size_t n)
{
    const struct weir_graph *g = graph_view(q);
    if (disruptor_closed(&g->ring))
        return WEIR_POLL_CLOSED;
    return g->ring.capacity - door_len(q) >= n ? WEIR_POLL_READY : WEIR_POLL_NOT_YET;
}

static enum weir_wake door_wait_space(struct weir_queue *q, size_t n, uint64_t deadline_ns)
{
    struct weir_graph *g = graph_of(q);
    return weir_wait(g->wait, &g->space, poll_space, q, n, deadline_ns);
}

// Nobody waits for items at the door: the consumers have their own.
static enum weir_wake door_wait_items(struct weir_queue *q, uint64_t deadline_ns)
{
    (void)q, (void)deadline_ns;
    return WEIR_WAKE_READY;
}

static void door_close(struct weir_queue *q)
{
    struct weir_graph *g = graph_of(q);
    disruptor_close(&g->ring);
    tell(g, &g->space, SIZE_MAX);
    for (unsigned i = 0; i < g->consumers; i++)
        tell(g, &g->all[i].items, SIZE_MAX);
}

static bool door_closed(const struct weir_queue *q)
{
    return disruptor_closed(&graph_view(q)->ring);
}

static size_t door_capacity(const struct weir_queue *q)
{
    return graph_view(q)->ring.capacity;
}

// --- a consumer ----

static size_t taken(const struct graph_consumer *c)
{
    return atomic_load_explicit(&c->taken, memory_order_relaxed); // own word, or a look from outside
}

static size_t consumer_pop(struct weir_queue *q, uint64_t *items, size_t n)
{
    struct graph_consumer *c = consumer_of(q);
    uint64_t first;
    size_t held = taken(c), there = disruptor_available(&c->graph->ring, &c->consumer, held + n, &first);
    size_t got = there - weir_min_size(held, there);
    for (size_t i = 0; i < got; i++)
        items[i] = *disruptor_slot(&c->graph->ring, first, held + i);
    atomic_store_explicit(&c->taken, held + got, memory_order_relaxed);
    return got;
}

size_t weir_graph_finish(struct weir_queue *q, uint64_t *items, size_t first, size_t n)
{
    struct graph_consumer *c = consumer_of(q);
    struct weir_graph *g = c->graph;
    if (!c->is_terminal)
        return 0;
    uint64_t from = atomic_load_explicit(&c->consumer.sequence, memory_order_relaxed); // own sequence
    size_t own = 0;
    for (size_t i = 0; i < n; i++) {
        size_t slot = weir_ticket_slot(weir_ticket_add(from, first + i), g->ring.mask);
        // Acquire and release: the last one sees what the others did with the item.
        if (atomic_fetch_add_explicit(&g->finished[slot], 1, memory_order_acq_rel) + 1 < g->terminals)
            continue;
        // The slot is filled again only after this consumer has released it, too.
        atomic_store_explicit(&g->finished[slot], 0, memory_order_relaxed);
        items[own++] = items[i];
    }
    return own;
}

void weir_graph_release(struct weir_queue *q, size_t n)
{
    struct graph_consumer *c = consumer_of(q);
    struct weir_graph *g = c->graph;
    if (n == 0)
        return;
    atomic_store_explicit(&c->taken, taken(c) - n, memory_order_relaxed);
    disruptor_release(&c->consumer, atomic_load_explicit(&c->consumer.sequence, memory_order_relaxed), n);
    if (c->is_terminal)
        tell(g, &g->space, n);
    else
        tell_followers(g, (unsigned)(c - g->all));
}

size_t weir_graph_ready(const struct weir_queue *q)
{
    const struct graph_consumer *c = consumer_view(q);
    uint64_t from =
        weir_ticket_add(atomic_load_explicit(&c->consumer.sequence, memory_order_relaxed), taken(c));
    int64_t there = weir_ticket_distance(from, disruptor_barrier(&c->graph->ring, &c->consumer, from, 1));
    return there > 0 ? (size_t)there : 0;
}

static size_t consumer_len(const struct weir_queue *q)
{
    const struct graph_consumer *c = consumer_view(q);
    size_t lag = disruptor_lag(&c->graph->ring, &c->consumer);
    return lag - weir_min_size(lag, taken(c));
}

static bool consumer_closed(const struct weir_queue *q)
{
    return disruptor_closed(&consumer_view(q)->graph->ring);
}

static enum weir_poll poll_items(const struct weir_queue *q, size_t n)
{
    (void)n;
    bool closed = consumer_closed(q); // first: what is empty after it stays empty
    if (weir_graph_ready(q))
        return WEIR_POLL_READY;
    return closed && consumer_len(q) == 0 ? WEIR_POLL_CLOSED : WEIR_POLL_NOT_YET;
}

static enum weir_wake consumer_wait_items(struct weir_queue *q, uint64_t deadline_ns)
{
    struct graph_consumer *c = consumer_of(q);
    return weir_wait(c->graph->wait, &c->items, poll_items, q, 1, deadline_ns);
}

static size_t consumer_capacity(const struct weir_queue *q)
{
    return consumer_view(q)->graph->ring.capacity;
}

static size_t push_nothing(struct weir_queue *q, const uint64_t *items, size_t n)
{
    (void)q, (void)items, (void)n;
    return 0;
}

static enum weir_wake wait_for_nothing(struct weir_queue *q, size_t n, uint64_t deadline_ns)
{
    (void)q, (void)n, (void)deadline_ns;
    return WEIR_WAKE_CLOSED;
}

static void leave(struct weir_queue *q)
{
    (void)q; // the door closes and destroys
}

// --- the tables ----

const struct weir_queue_ops weir_graph_door_ops = {
    .abi = WEIR_QUEUE_ABI,
    .caps = WEIR_Q_MULTI_PRODUCER | WEIR_Q_BATCH,
    .name = "disruptor",
    .summary = "the door of a ring with several consumers",
    .contract = "push strict; pop only when every other thread has stopped",
    .destroy = door_destroy,
    .try_push_n = door_push,
    .try_pop_n = door_pop,
    .wait_space = door_wait_space,
    .wait_items = door_wait_items,
    .close = door_close,
    .closed = door_closed,
    .len = door_len,
    .capacity = door_capacity,
};

const struct weir_queue_ops weir_graph_consumer_ops = {
    .abi = WEIR_QUEUE_ABI,
    .caps = WEIR_Q_BATCH,
    .name = "disruptor",
    .summary = "one consumer's view of a ring",
    .contract = "pop hands out; the slot is free after the release",
    .destroy = leave,
    .try_push_n = push_nothing,
    .try_pop_n = consumer_pop,
    .wait_space = wait_for_nothing,
    .wait_items = consumer_wait_items,
    .close = leave,
    .closed = consumer_closed,
    .len = consumer_len,
    .capacity = consumer_capacity,
};
