// SPDX-License-Identifier: Apache-2.0
// The logical twin of a disruptor ring with several consumers (queue/graph.h): the same rules, without
// threads. The executor keeps the lists of who waits.
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

struct sim_ring;

struct sim_consumer {
    struct sim_ring *ring;
    uint64_t released, taken; // items so far; taken counts from `released` on
    bool is_terminal;
};

struct sim_ring {
    size_t capacity;
    uint64_t pushed;
    bool closed;
    uint64_t *slots;
    uint32_t *finished;
    unsigned consumers, terminals;
    unsigned char *follows;
    struct sim_consumer all[];
};

static struct sim_ring *ring_of(const struct weir_queue *q)
{
    return (struct sim_ring *)(void *)(uintptr_t)q;
}

static struct sim_consumer *consumer_of(const struct weir_queue *q)
{
    return (struct sim_consumer *)(void *)(uintptr_t)q;
}

static uint64_t oldest(const struct sim_ring *r)
{
    uint64_t least = r->pushed;
    for (unsigned i = 0; i < r->consumers; i++)
        if (r->all[i].is_terminal && r->all[i].released < least)
            least = r->all[i].released;
    return least;
}

// ---- the door ----

static size_t door_len(const struct weir_queue *q)
{
    return (size_t)(ring_of(q)->pushed - oldest(ring_of(q)));
}

static size_t door_push(struct weir_queue *q, const uint64_t *items, size_t n)
{
    struct sim_ring *r = ring_of(q);
    size_t done = 0;
    for (size_t room = r->closed ? 0 : r->capacity - door_len(q); done < n && done < room; done++)
        r->slots[r->pushed++ % r->capacity] = items[done];
    return done;
}

// At the end of the run: what some terminal has not released.
static size_t door_pop(struct weir_queue *q, uint64_t *items, size_t n)
{
    struct sim_ring *r = ring_of(q);
    size_t done = 0;
    for (uint64_t at; done < n && (at = oldest(r)) < r->pushed; done++) {
        items[done] = r->slots[at % r->capacity];
        for (unsigned i = 0; i < r->consumers; i++)
            if (r->all[i].released == at)
                r->all[i].released++;
    }
    return done;
}

static void door_close(struct weir_queue *q)
{
    ring_of(q)->closed = true;
}

static bool door_closed(const struct weir_queue *q)
{
    return ring_of(q)->closed;
}

static size_t door_capacity(const struct weir_queue *q)
{
    return ring_of(q)->capacity;
}

static void door_destroy(struct weir_queue *q)
{
    struct sim_ring *r = ring_of(q);
    free(r->slots);
    free(r->finished);
    free(r->follows);
    free(r);
}

// ---- a consumer ----

// Up to where it may read.
static uint64_t barrier(const struct sim_consumer *c)
{
    const struct sim_ring *r = c->ring;
    uint64_t least = r->pushed;
    size_t own = (size_t)(c - r->all);
    for (unsigned i = 0; i < r->consumers; i++)
        if (r->follows[own * r->consumers + i] && r->all[i].released < least)
            least = r->all[i].released;
    return least;
}

static size_t ready(const struct weir_queue *q)
{
    const struct sim_consumer *c = consumer_of(q);
    return (size_t)(barrier(c) - c->released - c->taken);
}

static size_t consumer_pop(struct weir_queue *q, uint64_t *items, size_t n)
{
    struct sim_consumer *c = consumer_of(q);
    size_t there = ready(q), got = n < there ? n : there;
    for (size_t i = 0; i < got; i++)
        items[i] = c->ring->slots[(c->released + c->taken++) % c->ring->capacity];
    return got;
}

static size_t finish(struct weir_queue *q, uint64_t *items, size_t first, size_t n)
{
    struct sim_consumer *c = consumer_of(q);
    size_t own = 0;
    for (size_t i = 0; c->is_terminal && i < n; i++) {
        uint32_t *finished = &c->ring->finished[(c->released + first + i) % c->ring->capacity];
        if (++*finished < c->ring->terminals)
            continue;
        *finished = 0;
        items[own++] = items[i];
    }
    return own;
}

static void release(struct weir_queue *q, size_t n)
{
    struct sim_consumer *c = consumer_of(q);
    c->released += n;
    c->taken -= n;
}

static size_t consumer_len(const struct weir_queue *q)
{
    const struct sim_consumer *c = consumer_of(q);
    return (size_t)(c->ring->pushed - c->released - c->taken);
}

static bool consumer_closed(const struct weir_queue *q)
{
    return consumer_of(q)->ring->closed;
}

static size_t consumer_capacity(const struct weir_queue *q)
{
    return consumer_of(q)->ring->capacity;
}

static void leave(struct weir_queue *q)
{
    (void)q; // the door closes and destroys
}

// ---- the tables ----

static const struct weir_queue_ops door_ops = {.abi = WEIR_QUEUE_ABI,
                                               .name = "sim",
                                               .summary = "the simulator's logical ring",
                                               .destroy = door_destroy,
                                               .try_push_n = door_push,
                                               .try_pop_n = door_pop,
                                               .close = door_close,
                                               .closed = door_closed,
                                               .len = door_len,
                                               .capacity = door_capacity};

static const struct weir_queue_ops consumer_ops = {.abi = WEIR_QUEUE_ABI,
                                                   .name = "sim",
                                                   .summary = "a consumer of the simulator's logical ring",
                                                   .destroy = leave,
                                                   .try_pop_n = consumer_pop,
                                                   .close = leave,
                                                   .closed = consumer_closed,
                                                   .len = consumer_len,
                                                   .capacity = consumer_capacity};

static const struct ring_ops ring_ops = {.finish = finish, .release = release, .ready = ready};

static struct weir_queue *consumer_at(struct weir_queue *door, unsigned i)
{
    return (struct weir_queue *)(void *)&ring_of(door)->all[i];
}

static void link_consumers(struct sim_ring *r, const struct ring_setup *s)
{
    for (unsigned i = 0; i < s->consumers; i++) {
        bool followed = false;
        for (unsigned k = 0; k < s->consumers; k++)
            followed |= s->follows[k * s->consumers + i];
        r->all[i] = (struct sim_consumer){.ring = r, .is_terminal = !followed};
        r->terminals += !followed;
    }
}

bool sim_ring_create(const struct ring_setup *s, struct ring *ring)
{
    size_t links = (size_t)s->consumers * s->consumers;
    struct sim_ring *r = calloc(1, sizeof *r + s->consumers * sizeof r->all[0]);
    if (!r)
        return false;
    r->capacity = s->capacity;
    r->consumers = s->consumers;
    r->slots = calloc(s->capacity, sizeof *r->slots);
    r->finished = calloc(s->capacity, sizeof *r->finished);
    r->follows = malloc(links + 1);
    struct weir_queue *door = (struct weir_queue *)(void *)r;
    if (!r->slots || !r->finished || !r->follows) {
        door_destroy(door);
        return false;
    }
    memcpy(r->follows, s->follows, links);
    link_consumers(r, s);
    *ring = (struct ring){.door_ops = &door_ops,
                          .consumer_ops = &consumer_ops,
                          .ops = &ring_ops,
                          .door = door,
                          .consumer = consumer_at};
    return true;
}
