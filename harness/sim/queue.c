// SPDX-License-Identifier: Apache-2.0
// The logical queue of the simulator. It never blocks; the executor keeps the lists of who waits.
#include <stdlib.h>

#include "sim/sim.h"

struct sim_queue {
    uint64_t *ring;
    size_t room, head, len, capacity;
    bool closed;
};

static struct sim_queue *of(struct weir_queue *q)
{
    return (struct sim_queue *)(void *)q;
}

static const struct sim_queue *view(const struct weir_queue *q)
{
    return (const struct sim_queue *)(const void *)q;
}

struct weir_queue *sim_queue_create(size_t capacity)
{
    struct sim_queue *q = calloc(1, sizeof *q);
    if (q)
        q->capacity = capacity;
    return (struct weir_queue *)(void *)q;
}

static void destroy(struct weir_queue *q)
{
    free(of(q)->ring);
    free(q);
}

// Room grows with use, so that a huge capacity costs nothing until it is filled.
static bool grow(struct sim_queue *q)
{
    size_t room = q->room ? q->room * 2 : 64;
    uint64_t *ring = malloc(room * sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < q->len; i++)
        ring[i] = q->ring[(q->head + i) % q->room];
    free(q->ring);
    q->ring = ring;
    q->room = room;
    q->head = 0;
    return true;
}

static size_t try_push_n(struct weir_queue *opaque, const uint64_t *items, size_t n)
{
    struct sim_queue *q = of(opaque);
    size_t done = 0;
    while (done < n && !q->closed && q->len < q->capacity && (q->len < q->room || grow(q)))
        q->ring[(q->head + q->len++) % q->room] = items[done++];
    return done;
}

static size_t try_pop_n(struct weir_queue *opaque, uint64_t *items, size_t n)
{
    struct sim_queue *q = of(opaque);
    size_t done = 0;
    while (done < n && q->len) {
        items[done++] = q->ring[q->head];
        q->head = (q->head + 1) % q->room;
        q->len--;
    }
    return done;
}

static void close_queue(struct weir_queue *q)
{
    of(q)->closed = true;
}

static bool closed(const struct weir_queue *q)
{
    return view(q)->closed;
}

static size_t len(const struct weir_queue *q)
{
    return view(q)->len;
}

static size_t capacity(const struct weir_queue *q)
{
    return view(q)->capacity;
}

static const struct weir_queue_ops ops = {
    .abi = WEIR_QUEUE_ABI,
    .name = "sim",
    .summary = "the simulator's logical queue",
    .destroy = destroy,
    .try_push_n = try_push_n,
    .try_pop_n = try_pop_n,
    .close = close_queue,
    .closed = closed,
    .len = len,
    .capacity = capacity,
};

const struct weir_queue_ops *sim_queue_ops(void)
{
    return &ops;
}
