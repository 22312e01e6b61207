// SPDX-License-Identifier: Apache-2.0
// From one queue's inline functions to its table of operations: include the queue with WEIR_ADAPT defined
// (which gives the Q_ macros), then this file. It generates static functions q_*, static inline so that a
// measured loop or a test in the same file sees through them, and the table `q_ops` that points at them.
//
// A queue must define
//   Q_NAME Q_SUMMARY Q_CONTRACT Q_CAPS     identifier, two strings, enum weir_queue_cap flags
//   Q_TYPE                                 the struct
//   Q_INIT(q, memory, config)              true when it worked
//   Q_PUSH_N(q, items, n) Q_POP_N(q, items, n)   never block, answer how many moved
//   Q_LEN(q) Q_CLOSE(q) Q_CLOSED(q)
// and may define
//   Q_BYTES(config)                        size of `memory` (default 0)
//   Q_DESTROY(q)
//   Q_CAPACITY(q)                          default: what the configuration said
//   Q_RETRACTED(q)                         after a push of nothing: it may have looked like one under way
//   Q_HAS_SPACE(q, n) Q_HAS_ITEM(q)        would a try succeed? Default: by Q_LEN
//   Q_WAIT_SPACE(q, n, deadline) Q_WAIT_ITEMS(q, deadline)   only with WEIR_Q_NATIVE_BLOCKING
//   Q_RESERVE(q, n, &first) Q_SLOT(q, first, i) Q_COMMIT(q, first, n)   in-place writing
//   Q_PEEK(q, n, &first) Q_RELEASE(q, first, n)                         in-place reading
//   Q_RUN(q, first, i, n)                  how many of n slots lie side by side from the i-th on; default 1
//   Q_COPY_PUSH_N(q, bytes, n) Q_COPY_POP_N(q, bytes, n)   copy elements of config->item_bytes each; never
//                                          block, answer how many moved
//   Q_COPY_TAKES(bytes)                    elements of this size? Default: of any. Else they travel by
//   pointer
// With WEIR_Q_IN_PLACE, Q_SLOT answers where slots of config->item_bytes begin, and Q_BYTES allows for them.
// One queue per C file: the macros are not undefined, and the names are the same for every queue.
//
// With WEIR_QUEUE_COUNTED defined before the queue is included, the table's operations also count what they
// do (counted.h); the inline functions do not.
#ifndef WEIR_QUEUE_ADAPTER_H
#define WEIR_QUEUE_ADAPTER_H

#include "queue/port.h"
#include "queue/queue.h"
#include "queue/ring.h"
#include "wait/wait.h"
#include <string.h>
#ifdef WEIR_QUEUE_COUNTED
#include "queue/counters.h"
#endif

#define Q_STRING_(x)    #x
#define Q_STRING(x)     Q_STRING_(x)
#define Q_MAY_BE_UNUSED __attribute__((unused))

struct weir_queue {
    Q_TYPE q;
    size_t capacity;
    enum weir_wait_kind wait;
    struct weir_event space, items; // aligned to lines of their own
#ifdef WEIR_QUEUE_COUNTED
    struct weir_counters counters;
#endif
};

// --- creation ----

static inline bool q_can(uint32_t flags)
{
    return ((uint32_t)(Q_CAPS)&flags) != 0;
}

static bool q_config_fits(const struct weir_queue_config *config)
{
    if (config->capacity == 0 || (unsigned)config->wait >= WEIR_WAIT_KINDS)
        return false;
    if (config->item_bytes % sizeof(uint64_t) || config->item_bytes > WEIR_ITEM_BYTES_MAX)
        return false;
#ifndef Q_COPY_PUSH_N
    if (config->item_bytes > sizeof(uint64_t) && !q_can(WEIR_Q_IN_PLACE))
        return false;
#endif
    if (config->capacity > WEIR_RING_MAX && !q_can(WEIR_Q_UNBOUNDED | WEIR_Q_INLINE))
        return false;
    return (config->producers <= 1 || q_can(WEIR_Q_MULTI_PRODUCER)) &&
           (config->consumers <= 1 || q_can(WEIR_Q_MULTI_CONSUMER));
}

static size_t q_round_up(size_t bytes)
{
    return (bytes + WEIR_LINE - 1) / WEIR_LINE * WEIR_LINE;
}

static struct weir_queue *q_create(const struct weir_queue_config *config)
{
    if (!q_config_fits(config))
        return NULL;
    size_t head = q_round_up(sizeof(struct weir_queue)), slots = 0;
#ifdef Q_BYTES
    slots = q_round_up(Q_BYTES(config));
#endif
    char *memory = (char *)aligned_alloc(WEIR_LINE, head + slots);
    if (memory == NULL)
        return NULL;
    memset(memory, 0, head + slots); // touched now, not by the first lap
    struct weir_queue *w = (struct weir_queue *)memory;
    w->capacity = config->capacity;
    w->wait = config->wait;
    weir_event_init(&w->space);
    weir_event_init(&w->items);
    if (!Q_INIT(&w->q, (void *)(memory + head), config)) {
        free(memory);
        return NULL;
    }
    return w;
}

static void q_destroy(struct weir_queue *w)
{
    if (w == NULL)
        return;
#ifdef Q_DESTROY
    Q_DESTROY(&w->q);
#endif
    free(w);
}

// --- moving items ----

static inline void q_notify(struct weir_queue *w, struct weir_event *event, size_t n)
{
    if (!q_can(WEIR_Q_NATIVE_BLOCKING) && w->wait == WEIR_WAIT_PARK && n > 0)
        weir_event_notify(event, n);
}

static inline size_t q_try_push_n(struct weir_queue *w, const uint64_t *items, size_t n)
{
    size_t moved = Q_PUSH_N(&w->q, items, n);
    q_notify(w, &w->items, moved);
#ifdef Q_RETRACTED
    if (moved == 0 && Q_RETRACTED(&w->q)) // a waiter for the end may have taken it for an item to come
        q_notify(w, &w->items, SIZE_MAX);
#endif
    return moved;
}

static inline size_t q_try_pop_n(struct weir_queue *w, uint64_t *items, size_t n)
{
    size_t moved = Q_POP_N(&w->q, items, n);
    q_notify(w, &w->space, moved);
    return moved;
}

// --- looking ----

static size_t q_len(const struct weir_queue *w)
{
    return Q_LEN(&w->q);
}

static size_t q_capacity(const struct weir_queue *w)
{
#ifdef Q_CAPACITY
    return Q_CAPACITY(&w->q);
#else
    return w->capacity;
#endif
}

static bool q_closed(const struct weir_queue *w)
{
    return Q_CLOSED(&w->q);
}

// --- waiting ----

static inline bool q_has_space(const struct weir_queue *w, size_t n)
{
#ifdef Q_HAS_SPACE
    return Q_HAS_SPACE(&w->q, n);
#else
    return q_capacity(w) - q_len(w) >= n;
#endif
}

static inline bool q_has_item(const struct weir_queue *w)
{
#ifdef Q_HAS_ITEM
    return Q_HAS_ITEM(&w->q);
#else
    return q_len(w) > 0;
#endif
}

Q_MAY_BE_UNUSED static enum weir_poll q_poll_space(const struct weir_queue *w, size_t n)
{
    if (q_closed(w))
        return WEIR_POLL_CLOSED;
    return q_has_space(w, n) ? WEIR_POLL_READY : WEIR_POLL_NOT_YET;
}

Q_MAY_BE_UNUSED static enum weir_poll q_poll_items(const struct weir_queue *w, size_t n)
{
    (void)n;
    bool closed = q_closed(w); // first: what is empty after it stays empty
    if (q_has_item(w))
        return WEIR_POLL_READY;
    return closed && q_len(w) == 0 ? WEIR_POLL_CLOSED : WEIR_POLL_NOT_YET;
}

static enum weir_wake q_wait_space(struct weir_queue *w, size_t n, uint64_t deadline_ns)
{
#ifdef Q_WAIT_SPACE
    return Q_WAIT_SPACE(&w->q, n, deadline_ns);
#else
    return weir_wait(w->wait, &w->space, q_poll_space, w, n, deadline_ns);
#endif
}

static enum weir_wake q_wait_items(struct weir_queue *w, uint64_t deadline_ns)
{
#ifdef Q_WAIT_ITEMS
    return Q_WAIT_ITEMS(&w->q, deadline_ns);
#else
    return weir_wait(w->wait, &w->items, q_poll_items, w, 1, deadline_ns);
#endif
}

static void q_close(struct weir_queue *w)
{
    Q_CLOSE(&w->q);
    q_notify(w, &w->space, SIZE_MAX);
    q_notify(w, &w->items, SIZE_MAX);
}

// --- in place ----

#ifdef Q_RESERVE
static size_t q_reserve(struct weir_queue *w, size_t n, uint64_t *first)
{
    return Q_RESERVE(&w->q, n, first);
}

static size_t q_peek(struct weir_queue *w, size_t n, uint64_t *first)
{
    return Q_PEEK(&w->q, n, first);
}

static uint64_t *q_slot(struct weir_queue *w, uint64_t first, size_t i)
{
    return Q_SLOT(&w->q, first, i);
}

static void q_commit(struct weir_queue *w, uint64_t first, size_t n)
{
    Q_COMMIT(&w->q, first, n);
    q_notify(w, &w->items, n);
}

static void q_release(struct weir_queue *w, uint64_t first, size_t n)
{
    Q_RELEASE(&w->q, first, n);
    q_notify(w, &w->space, n);
}

static const struct weir_queue_in_place q_in_place = {q_reserve, q_peek, q_slot, q_commit, q_release};
#define Q_IN_PLACE_TABLE &q_in_place
#else
#define Q_IN_PLACE_TABLE NULL
#endif

// --- the table ----

#ifdef WEIR_QUEUE_COUNTED
#include "queue/counted.h"
#define Q_OPERATION(name) q_counted_##name
#define Q_STATS           q_counted_stats
#else
#define Q_OPERATION(name) q_##name
#define Q_STATS           NULL
#endif

#define Q_OPS                                                                                                \
    {                                                                                                        \
        WEIR_SET(abi, WEIR_QUEUE_ABI), WEIR_SET(caps, Q_CAPS), WEIR_SET(name, Q_STRING(Q_NAME)),             \
            WEIR_SET(summary, Q_SUMMARY), WEIR_SET(contract, Q_CONTRACT),                                    \
            WEIR_SET(create, Q_OPERATION(create)), WEIR_SET(destroy, q_destroy),                             \
            WEIR_SET(try_push_n, Q_OPERATION(try_push_n)), WEIR_SET(try_pop_n, Q_OPERATION(try_pop_n)),      \
            WEIR_SET(wait_space, Q_OPERATION(wait_space)), WEIR_SET(wait_items, Q_OPERATION(wait_items)),    \
            WEIR_SET(close, q_close), WEIR_SET(closed, q_closed), WEIR_SET(len, q_len),                      \
            WEIR_SET(capacity, q_capacity), WEIR_SET(stats, Q_STATS), WEIR_SET(in_place, Q_IN_PLACE_TABLE),  \
    }
Q_MAY_BE_UNUSED static const struct weir_queue_ops q_ops = Q_OPS;

#endif
