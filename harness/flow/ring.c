// SPDX-License-Identifier: Apache-2.0
#include "flow/ring.h"

#include <stdlib.h>

#include "flow/flow.h"

// The ring's stages in order; answers how many.
static unsigned members_of(const struct scenario *s, size_t leader, size_t *members)
{
    unsigned n = 0;
    for (size_t i = leader; i < s->stage_count; i++)
        if (s->stages[i].ring == leader + 1)
            members[n++] = i;
    return n;
}

static void note_follows(const struct scenario *s, const size_t *members, unsigned n, unsigned char *follows)
{
    for (unsigned c = 0; c < n; c++)
        for (size_t k = 0; k < s->stages[members[c]].after_count; k++)
            for (unsigned b = 0; b < n; b++)
                if (s->stages[members[c]].after[k] == (int)members[b])
                    follows[c * n + b] = 1;
}

bool ring_open(struct flow *f, size_t leader, struct edge *door, struct error *error)
{
    const struct scenario *s = f->scenario;
    const struct edge_spec *spec = &s->stages[leader].edge;
    size_t *members = calloc(s->stage_count, sizeof *members);
    unsigned n = members ? members_of(s, leader, members) : 0;
    unsigned char *follows = calloc((size_t)n * n + 1, 1);
    bool ok = members && follows;
    if (ok)
        note_follows(s, members, n, follows);
    struct ring_setup setup = {.name = spec->ring,
                               .capacity = spec->capacity,
                               .wait = spec->wait,
                               .producers = spec->producers,
                               .consumers = n,
                               .follows = follows};
    struct ring ring;
    ok = ok && f->world.open_ring(f->world.context, &setup, &ring);
    if (!ok)
        fail(error, EXIT_INVALID, "ring %s with capacity %zu could not be made: not enough memory",
             spec->ring, spec->capacity);
    if (ok) {
        door->ops = ring.door_ops;
        door->queue = ring.door;
        door->door = door;
    }
    for (unsigned i = 0; ok && i < n; i++) {
        struct edge *e = &f->edges[members[i]];
        e->ops = ring.consumer_ops;
        e->queue = ring.consumer(ring.door, i);
        e->ring = ring.ops;
        e->door = door;
    }
    free(members);
    free(follows);
    return ok;
}

size_t ring_finish(struct edge *e, struct record **records, size_t count)
{
    size_t own = 0;
    for (size_t done = 0; done < count;) {
        uint64_t items[64];
        size_t n = count - done < 64 ? count - done : 64;
        for (size_t i = 0; i < n; i++)
            items[i] = (uint64_t)(uintptr_t)records[done + i];
        size_t mine = e->ring->finish(e->queue, items, done, n);
        for (size_t i = 0; i < mine; i++)
            records[own++] = (struct record *)(uintptr_t)items[i];
        done += n;
    }
    return own;
}

void ring_release(struct edge *e, size_t count)
{
    e->ring->release(e->queue, count);
}
