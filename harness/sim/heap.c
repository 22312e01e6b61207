// SPDX-License-Identifier: Apache-2.0
#include "sim/heap.h"

#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns;
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->order < b->order;
}

bool heap_push(struct heap *h, struct event e)
{
    if (h->count == h->room) {
        size_t room = h->room ? h->room * 2 : 256;
        struct event *bigger = realloc(h->list, room * sizeof *bigger);
        if (!bigger)
            return false;
        h->list = bigger;
        h->room = room;
    }
    e.order = h->inserted++;
    size_t i = h->count++;
    for (size_t up; i && before(&e, &h->list[up = (i - 1) / 2]); i = up)
        h->list[i] = h->list[up];
    h->list[i] = e;
    return true;
}

static void sift_down(struct heap *h, struct event e)
{
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < h->count; i = child) {
        if (child + 1 < h->count && before(&h->list[child + 1], &h->list[child]))
            child++;
        if (!before(&h->list[child], &e))
            break;
        h->list[i] = h->list[child];
    }
    h->list[i] = e;
}

bool heap_pop(struct heap *h, struct event *e)
{
    if (!h->count)
        return false;
    *e = h->list[0];
    struct event last = h->list[--h->count];
    if (h->count)
        sift_down(h, last);
    return true;
}

void heap_free(struct heap *h)
{
    free(h->list);
    *h = (struct heap){0};
}
