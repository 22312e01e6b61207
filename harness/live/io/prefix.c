// SPDX-License-Identifier: Apache-2.0
#include "live/io/prefix.h"

#include <stdlib.h>

bool prefix_init(struct prefix *p, uint64_t start_offset)
{
    *p = (struct prefix){.size = PREFIX_LEAST, .first = 1, .next = 1, .done_end = start_offset};
    pthread_mutex_init(&p->lock, NULL);
    p->ring = malloc(p->size * sizeof *p->ring);
    return p->ring != NULL;
}

void prefix_fini(struct prefix *p)
{
    free(p->ring);
    pthread_mutex_destroy(&p->lock);
}

static bool grow(struct prefix *p)
{
    size_t size = p->size * 2;
    uint64_t *ring = size <= PREFIX_MOST ? malloc(size * sizeof *ring) : NULL;
    if (ring == NULL)
        return false;
    for (uint64_t n = p->first; n < p->next; n++)
        ring[n & (size - 1)] = p->ring[n & (p->size - 1)];
    free(p->ring);
    p->ring = ring;
    p->size = size;
    return true;
}

bool prefix_room(struct prefix *p)
{
    pthread_mutex_lock(&p->lock);
    bool room = p->next - p->first < p->size || grow(p);
    pthread_mutex_unlock(&p->lock);
    return room;
}

uint64_t prefix_add(struct prefix *p, uint64_t end_offset)
{
    pthread_mutex_lock(&p->lock);
    uint64_t number = p->next++;
    p->ring[number & (p->size - 1)] = end_offset << 1;
    pthread_mutex_unlock(&p->lock);
    return number;
}

bool prefix_settle(struct prefix *p, uint64_t number)
{
    pthread_mutex_lock(&p->lock);
    uint64_t before = p->first;
    if (number >= p->first && number < p->next)
        p->ring[number & (p->size - 1)] |= 1;
    while (p->first < p->next && (p->ring[p->first & (p->size - 1)] & 1) != 0)
        p->done_end = p->ring[p->first++ & (p->size - 1)] >> 1;
    bool grew = p->first != before;
    pthread_mutex_unlock(&p->lock);
    return grew;
}

uint64_t prefix_done(struct prefix *p, uint64_t *end_offset)
{
    pthread_mutex_lock(&p->lock);
    uint64_t number = p->first - 1;
    *end_offset = p->done_end;
    pthread_mutex_unlock(&p->lock);
    return number;
}
