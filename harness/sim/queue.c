// SPDX-License-Identifier: Apache-2.0
// The logical queue of the simulator. It never blocks; the executor keeps the lists of who waits.
#include <stdlib.h>

#include "queue/counters.h"
#include "sim/sim.h"

struct sim_queue {
    uint64_t *ring;
    size_t room, head, len, capacity;
    bool closed;
    struct weir_counters *counters; // NULL: it does not count
};

static struct sim_queue *of(struct weir_queue *q)
{
    return (struct sim_queue *)(void *)q;
}

static const struct sim_queue *view(const struct weir_queue *q)
{
    return (const struct sim_queue *)(const void *)q;
}

static void destroy(struct weir_queue *q)
{
    free(of(q)->counters);
    free(of(q)->ring);
    free(q);
}

static bool start_counting(struct sim_queue *q)
{
    q->counters = aligned_alloc(_Alignof(struct weir_counters), sizeof *q->counters);
    if (q->counters)
        weir_counters_init(q->counters);
    return q->counters;
}

struct weir_queue *sim_queue_create(size_t capacity, bool counted)
{
    struct sim_queue *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->capacity = capacity;
    if (counted && !start_counting(q)) {
        free(q);
        return NULL;
    }
    return (struct weir_queue *)(void *)q;
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

// ---- counting ----

static size_t counted_try_push_n(struct weir_queue *q, const uint64_t *items, size_t n)
{
    size_t moved = try_push_n(q, items, n);
    enum weir_nothing why = of(q)->closed ? WEIR_NOTHING_CLOSED : WEIR_NOTHING_THERE;
    weir_counters_try(of(q)->counters, WEIR_SIDE_PUSH, n, moved, why, 0);
    return moved;
}

static size_t counted_try_pop_n(struct weir_queue *q, uint64_t *items, size_t n)
{
    size_t moved = try_pop_n(q, items, n);
    weir_counters_try(of(q)->counters, WEIR_SIDE_POP, n, moved, WEIR_NOTHING_THERE, 0);
    return moved;
}

static void stats(const struct weir_queue *q, struct weir_queue_stats *sum)
{
    weir_counters_sum(view(q)->counters, sum);
}

#define OPS(push, pop, counts)                                                                               \
    {                                                                                                        \
        .abi = WEIR_QUEUE_ABI, .name = "sim", .summary = "the simulator's logical queue",                    \
        .destroy = destroy, .try_push_n = push, .try_pop_n = pop, .close = close_queue, .closed = closed,    \
        .len = len, .capacity = capacity, .stats = counts,                                                   \
    }
static const struct weir_queue_ops plain_ops = OPS(try_push_n, try_pop_n, NULL);
static const struct weir_queue_ops counted_ops = OPS(counted_try_push_n, counted_try_pop_n, stats);

const struct weir_queue_ops *sim_queue_ops(bool counted)
{
    return counted ? &counted_ops : &plain_ops;
}

// Who finds at once what it wants does not wait; without a hand-off nobody does, and a discipline's own store
// does not count.
void sim_queue_note_wait(const struct edge *e, enum weir_queue_side side, size_t n)
{
    if (e->ops != &counted_ops || e->is_inline)
        return;
    const struct sim_queue *q = view(e->queue);
    bool there = side == WEIR_SIDE_PUSH ? q->capacity - q->len >= n : q->len >= n;
    if (there || q->closed)
        return;
    weir_counters_wait(q->counters, side);
    weir_counters_waited(q->counters, side, false); // all nodes are one thread: each wait is counted
}
