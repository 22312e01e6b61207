// SPDX-License-Identifier: Apache-2.0
// Adaptive LIFO with controlled delay: Ben Maurer, "Fail at Scale", ACM Queue 13 (8), 2015. While all is
// well, first in, first out; when a queue stands, the newest first, because of the oldest somebody has most
// likely given up waiting.
//
// The queue stands when it has not been empty for the last `interval` (N, 100 ms). A record that comes while
// it stands may wait for `target` (M, 5 ms), any other for `interval`; one that waited longer is lost as
// expired instead of served. The article sets the limit when a record is queued, and so does this.
//
// The two kinds of record have a ring each, in which limits end in the order of arrival. What is too old goes
// first of all at every take, and before a full queue asks the door. The oldest is also what an evicting door
// takes out.
#include "strategy/store.h"

#include "strategy/instant.h"

enum { TARGET, INTERVAL };
enum { CALM, STANDING, RINGS };

static const struct weir_param_spec params[] = {
    [TARGET] = {"target", WEIR_PARAM_DURATION, 5e6, 0, 3600e9, "longest wait while the queue stands"},
    [INTERVAL] = {"interval", WEIR_PARAM_DURATION, 100e6, 1, 3600e9,
                  "longest wait else; a queue not empty for that long stands"},
    {.key = NULL},
};

struct waiting {
    uint64_t item, number, until_ns; // number: in order of arrival
};

struct ring {
    struct waiting *slots;
    size_t head, len;
};

struct lifo {
    size_t capacity;
    uint64_t arrivals, empty_ns; // when it was empty last
    double target_ns, interval_ns;
    struct ring rings[RINGS];
};

static size_t bytes(const struct weir_strategy_state *s, size_t capacity)
{
    (void)s;
    return sizeof(struct lifo) + RINGS * capacity * sizeof(struct waiting);
}

static void init(void *store, const struct weir_strategy_state *s, size_t capacity, uint64_t seed)
{
    (void)seed;
    struct lifo *q = store;
    q->capacity = capacity;
    q->target_ns = s->params[TARGET];
    q->interval_ns = s->params[INTERVAL];
    q->rings[CALM].slots = (struct waiting *)(q + 1);
    q->rings[STANDING].slots = q->rings[CALM].slots + capacity;
}

static size_t len(const void *store)
{
    const struct lifo *q = store;
    return q->rings[CALM].len + q->rings[STANDING].len;
}

static bool stands(const struct lifo *q, uint64_t now_ns)
{
    return now_ns > time_after(q->empty_ns, q->interval_ns);
}

static void put(void *store, const struct weir_store_item *item)
{
    struct lifo *q = store;
    uint64_t now_ns = item->enqueued_ns;
    if (len(q) == 0 && now_ns > q->empty_ns)
        q->empty_ns = now_ns;
    bool standing = stands(q, now_ns);
    struct ring *r = &q->rings[standing ? STANDING : CALM];
    r->slots[(r->head + r->len++) % q->capacity] =
        (struct waiting){.item = item->item,
                         .number = q->arrivals++,
                         .until_ns = time_after(now_ns, standing ? q->target_ns : q->interval_ns)};
}

// ---- out ----

static struct waiting *oldest(const struct lifo *q, size_t ring)
{
    const struct ring *r = &q->rings[ring];
    return r->len ? &r->slots[r->head] : NULL;
}

static struct waiting *newest(const struct lifo *q, size_t ring)
{
    const struct ring *r = &q->rings[ring];
    return r->len ? &r->slots[(r->head + r->len - 1) % q->capacity] : NULL;
}

static struct weir_taken remove_oldest(struct lifo *q, size_t ring)
{
    struct ring *r = &q->rings[ring];
    uint64_t item = r->slots[r->head].item;
    r->head = (r->head + 1) % q->capacity;
    r->len--;
    return (struct weir_taken){.item = item};
}

static struct weir_taken remove_newest(struct lifo *q, size_t ring)
{
    uint64_t item = newest(q, ring)->item;
    q->rings[ring].len--;
    return (struct weir_taken){.item = item};
}

static bool expired(void *store, uint64_t now_ns, struct weir_taken *out)
{
    struct lifo *q = store;
    for (size_t i = 0; i < RINGS; i++) {
        const struct waiting *w = oldest(q, i);
        if (w == NULL || now_ns <= w->until_ns)
            continue;
        *out = remove_oldest(q, i);
        out->fate = (struct weir_fate){.drop = true, .reason = WEIR_LOSS_EXPIRED};
        return true;
    }
    return false;
}

static bool take(void *store, uint64_t now_ns, struct weir_taken *out)
{
    struct lifo *q = store;
    bool any = expired(q, now_ns, out);
    if (!any && len(q) > 0) {
        bool last_first = stands(q, now_ns);
        const struct waiting *a = last_first ? newest(q, CALM) : oldest(q, CALM);
        const struct waiting *b = last_first ? newest(q, STANDING) : oldest(q, STANDING);
        size_t ring = a && (!b || (a->number < b->number) != last_first) ? CALM : STANDING;
        *out = last_first ? remove_newest(q, ring) : remove_oldest(q, ring);
        any = true;
    }
    if (len(q) == 0 && now_ns > q->empty_ns)
        q->empty_ns = now_ns;
    return any;
}

static bool victim(void *store, struct weir_taken *out)
{
    struct lifo *q = store;
    const struct waiting *a = oldest(q, CALM), *b = oldest(q, STANDING);
    if (a == NULL && b == NULL)
        return false;
    *out = remove_oldest(q, a && (!b || a->number < b->number) ? CALM : STANDING);
    return true;
}

static const struct weir_store_ops store = {
    .bytes = bytes, .init = init, .put = put, .take = take, .victim = victim, .expired = expired, .len = len};

const struct weir_discipline_ops weir_discipline_adaptive_lifo = {
    .name = "adaptive_lifo",
    .summary = "when the queue stands the newest record comes first, and what waited too long is lost",
    .flags = WEIR_S_STATEFUL | WEIR_S_LOSES,
    .params = params,
    .store = &store,
};
