// SPDX-License-Identifier: Apache-2.0
#include "conform/linear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What has taken place, and what is inside: the pushes, oldest first, by their index.
struct state {
    uint64_t done; // one bit a call
    uint8_t inside[LINEAR_MAX], count;
    uint8_t closed; // 1 + the index of the call that closed it; 0: open
};

// A state is known by `done` and the order of what is inside: which calls have taken place says what is
// inside, but pushes that overlap may have entered in either order.
struct memory {
    struct state *slots; // open addressing; a state with nothing done is free
    size_t size, used;
};

struct search {
    const struct linear_history *h;
    struct memory memory;
    bool out_of_memory;
    size_t states;
    struct state deepest; // the state in which most has taken place
    int most;
};

// --- what was tried before ----

static uint64_t hash_state(const struct state *s)
{
    uint64_t hash = s->done * 0x9e3779b97f4a7c15u;
    for (uint8_t i = 0; i < s->count; i++)
        hash = (hash ^ s->inside[i]) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

static bool same_state(const struct state *a, const struct state *b)
{
    return a->done == b->done && a->closed == b->closed && a->count == b->count &&
           memcmp(a->inside, b->inside, a->count) == 0;
}

static struct state *find_slot(const struct memory *m, const struct state *s)
{
    size_t at = (size_t)hash_state(s) & (m->size - 1);
    while (m->slots[at].done != 0 && !same_state(&m->slots[at], s))
        at = (at + 1) & (m->size - 1);
    return &m->slots[at];
}

static bool grow(struct memory *m)
{
    struct memory wider = {.size = m->size ? 2 * m->size : 256, .used = m->used};
    wider.slots = calloc(wider.size, sizeof *wider.slots);
    if (wider.slots == NULL)
        return false;
    for (size_t i = 0; i < m->size; i++)
        if (m->slots[i].done != 0)
            *find_slot(&wider, &m->slots[i]) = m->slots[i];
    free(m->slots);
    *m = wider;
    return true;
}

// True when the state is new.
static bool remember(struct search *s, const struct state *state)
{
    struct memory *m = &s->memory;
    if (2 * m->used >= m->size && !grow(m)) {
        s->out_of_memory = true;
        return false;
    }
    struct state *slot = find_slot(m, state);
    if (slot->done != 0)
        return false;
    *slot = *state;
    m->used++;
    return true;
}

// --- the queue ----

static bool takes_push(const struct linear_history *h, const struct state *s, const struct linear_call *push)
{
    if (s->count >= h->capacity)
        return false;
    return !s->closed || (h->late_push && push->invoked < h->calls[s->closed - 1].answered);
}

// Lets a call take place. False when its answer is not the one that a queue in this state gives.
static bool apply(const struct linear_history *h, struct state *s, size_t call)
{
    const struct linear_call *c = &h->calls[call];
    s->done |= (uint64_t)1 << call;
    switch (c->what) {
    case LINEAR_PUSH:
        if (!c->moved)
            return s->closed || s->count >= h->capacity;
        if (!takes_push(h, s, c))
            return false;
        s->inside[s->count++] = (uint8_t)call;
        return true;
    case LINEAR_POP:
        if (!c->moved)
            return s->count == 0;
        if (s->count == 0 || h->calls[s->inside[0]].value != c->value)
            return false;
        memmove(s->inside, s->inside + 1, --s->count);
        return true;
    case LINEAR_LEN: break; // taken out before
    case LINEAR_CLOSE: s->closed = s->closed ? s->closed : (uint8_t)(call + 1); return true;
    }
    return false;
}

// May be next: nothing that is still to come was answered before it was invoked.
static uint64_t first_answer(const struct linear_history *h, uint64_t done)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < h->count; i++)
        if (!(done >> i & 1) && h->calls[i].answered < first)
            first = h->calls[i].answered;
    return first;
}

static bool explain_rest(struct search *s, const struct state *from)
{
    const struct linear_history *h = s->h;
    int depth = __builtin_popcountll(from->done);
    if (depth > s->most) {
        s->most = depth;
        s->deepest = *from;
    }
    if ((size_t)depth == h->count)
        return true;
    uint64_t limit = first_answer(h, from->done);
    for (size_t i = 0; i < h->count; i++) {
        if ((from->done >> i & 1) || h->calls[i].invoked > limit)
            continue;
        struct state next = *from;
        s->states++;
        if (apply(h, &next, i) && remember(s, &next) && explain_rest(s, &next))
            return true;
    }
    return false;
}

// --- words ----

static int print_call(char *text, size_t size, const struct linear_call *c)
{
    static const char *const names[] = {"push", "pop", "len", "close"};
    unsigned long long value = c->value;
    int n = snprintf(text, size, "thread %u: %s", c->thread, names[c->what]);
    if (n < 0 || (size_t)n >= size)
        return n;
    switch (c->what) {
    case LINEAR_PUSH:
        return n + snprintf(text + n, size - (size_t)n, " of %llu %s", value,
                            c->moved ? "went in" : "was refused");
    case LINEAR_POP:
        return n + (c->moved ? snprintf(text + n, size - (size_t)n, " gave %llu", value)
                             : snprintf(text + n, size - (size_t)n, " found nothing"));
    default: return n;
    }
}

static void explain(const struct search *s, char *why, size_t size)
{
    const struct linear_history *h = s->h;
    const struct state *d = &s->deepest;
    uint64_t limit = first_answer(h, d->done);
    size_t n = (size_t)snprintf(
        why, size, "no order of %zu calls explains their answers; after %d of them, with", h->count, s->most);
    for (uint8_t i = 0; i < d->count && n < size; i++)
        n += (size_t)snprintf(why + n, size - n, "%s%llu", i ? ", " : " ",
                              (unsigned long long)h->calls[d->inside[i]].value);
    if (n < size)
        n += (size_t)snprintf(why + n, size - n,
                              "%s inside%s, none of these can be next:", d->count ? "" : " nothing",
                              d->closed ? " and closed" : "");
    for (size_t i = 0, told = 0; i < h->count; i++) {
        if ((d->done >> i & 1) || h->calls[i].invoked > limit || n >= size)
            continue;
        n += (size_t)snprintf(why + n, size - n, "%s", told++ ? "; " : " ");
        if (n < size)
            n += (size_t)print_call(why + n, size - n, &h->calls[i]);
    }
}

// --- what others see ----

static bool overlap(const struct linear_call *a, const struct linear_call *b)
{
    return a->thread != b->thread && a->invoked < b->answered && b->invoked < a->answered;
}

static bool is_excused(const struct linear_history *h, const struct linear_call *c)
{
    if (c->moved || (c->what != LINEAR_PUSH && c->what != LINEAR_POP))
        return false;
    for (size_t i = 0; i < h->count; i++)
        if (h->calls[i].what != LINEAR_LEN && overlap(c, &h->calls[i]))
            return true;
    return false;
}

void linear_excuse(struct linear_history *h)
{
    const struct linear_history all = *h;
    h->count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (!is_excused(&all, &all.calls[i]))
            h->calls[h->count++] = all.calls[i];
}

static void bound_length(const struct linear_history *h, const struct linear_call *len, size_t *least,
                         size_t *most)
{
    size_t in = 0, in_most = 0, out = 0, out_most = 0;
    for (size_t i = 0; i < h->count; i++) {
        const struct linear_call *c = &h->calls[i];
        if (!c->moved)
            continue;
        bool before = c->answered < len->invoked, begun = c->invoked < len->answered;
        *(c->what == LINEAR_PUSH ? &in : &out) += before;
        *(c->what == LINEAR_PUSH ? &in_most : &out_most) += begun;
    }
    *least = in > out_most ? in - out_most : 0;
    *most = in_most > out ? in_most - out : 0;
}

const struct linear_call *linear_take_lengths(struct linear_history *h, struct linear_call *wrong,
                                              size_t *least, size_t *most)
{
    const struct linear_history all = *h;
    h->count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (all.calls[i].what != LINEAR_LEN) {
            h->calls[h->count++] = all.calls[i];
            continue;
        }
        bound_length(&all, &all.calls[i], least, most);
        *wrong = all.calls[i];
        if (wrong->value < *least || wrong->value > *most)
            return wrong;
    }
    return NULL;
}

enum linear_verdict linear_check(const struct linear_history *h, size_t *states, char *why, size_t size)
{
    struct search s = {.h = h, .most = -1};
    struct state empty = {0};
    bool found = explain_rest(&s, &empty);
    *states += s.states;
    free(s.memory.slots);
    if (found)
        return LINEAR_YES;
    if (s.out_of_memory)
        return LINEAR_NO_MEMORY;
    explain(&s, why, size);
    return LINEAR_NO;
}
