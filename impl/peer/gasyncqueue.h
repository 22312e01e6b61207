// SPDX-License-Identifier: Apache-2.0
// GLib's GAsyncQueue, which blocks on its own lock and condition: a batch moves under one lock, and who finds
// nothing waits in it. It has no bound: a producer looks at the length, under the lock it holds anyway, and a
// full queue is waited for by sleeping a little. Items are pointers, so wide ones travel by pointer.
#ifndef WEIR_PEER_GASYNCQUEUE_H
#define WEIR_PEER_GASYNCQUEUE_H

#include "peer/peer.h"
#include "queue/ring.h"
#include <glib.h>

struct gasync_peer {
    GAsyncQueue *queue;
    size_t capacity;
    struct peer_mark mark;
};

// An item that a wait has popped, for the next pop of the same thread. NULL: none.
PEER_THREAD gpointer gasync_pocket;

static inline bool gasync_init(struct gasync_peer *p, const struct weir_queue_config *config)
{
    p->queue = g_async_queue_new();
    p->capacity = config->capacity;
    return true;
}

static inline size_t gasync_push(struct gasync_peer *p, const uint64_t *items, size_t n)
{
    g_async_queue_lock(p->queue);
    gint length = g_async_queue_length_unlocked(p->queue); // negative: consumers that wait
    size_t room = length >= (gint)p->capacity ? 0 : p->capacity - (size_t)(length > 0 ? length : 0);
    size_t moved = n < room ? n : room;
    for (size_t i = 0; i < moved; i++)
        g_async_queue_push_unlocked(p->queue, (gpointer)(uintptr_t)items[i]);
    g_async_queue_unlock(p->queue);
    return moved;
}

static inline size_t gasync_pop(struct gasync_peer *p, uint64_t *items, size_t n)
{
    size_t moved = 0;
    if (gasync_pocket) {
        items[moved++] = (uint64_t)(uintptr_t)gasync_pocket;
        gasync_pocket = NULL;
    }
    if (moved == n)
        return moved;
    g_async_queue_lock(p->queue);
    for (gpointer item; moved < n && (item = g_async_queue_try_pop_unlocked(p->queue)) != NULL;)
        items[moved++] = (uint64_t)(uintptr_t)item;
    g_async_queue_unlock(p->queue);
    return moved;
}

static inline size_t gasync_length(const struct gasync_peer *p)
{
    gint length = g_async_queue_length(p->queue);
    return length > 0 ? (size_t)length : 0;
}

// In short waits, because close does not reach into GLib's.
static inline enum weir_wake gasync_wait_items(struct gasync_peer *p, uint64_t deadline_ns)
{
    enum { SHORT_US = 2000 };
    while (!gasync_pocket) {
        bool closed = peer_closed(&p->mark); // first: what is empty after it stays empty
        uint64_t wait_us = SHORT_US, now_us = (uint64_t)g_get_monotonic_time();
        if (deadline_ns / 1000 < now_us + wait_us)
            wait_us = deadline_ns / 1000 > now_us ? deadline_ns / 1000 - now_us : 0;
        gasync_pocket = closed || wait_us == 0 ? g_async_queue_try_pop(p->queue)
                                               : g_async_queue_timeout_pop(p->queue, wait_us);
        if (!gasync_pocket && closed)
            return WEIR_WAKE_CLOSED;
        if (!gasync_pocket && deadline_ns / 1000 <= (uint64_t)g_get_monotonic_time())
            return WEIR_WAKE_TIMEOUT;
    }
    return WEIR_WAKE_READY;
}

static inline enum weir_wake gasync_wait_space(struct gasync_peer *p, size_t n, uint64_t deadline_ns)
{
    struct timespec span = {0, 50000};
    while (p->capacity - weir_min_size(gasync_length(p), p->capacity) < n) {
        if (peer_closed(&p->mark))
            return WEIR_WAKE_CLOSED;
        if (deadline_ns / 1000 <= (uint64_t)g_get_monotonic_time())
            return WEIR_WAKE_TIMEOUT;
        nanosleep(&span, NULL);
    }
    return WEIR_WAKE_READY;
}

#define Q_NAME                       gasyncqueue
#define Q_SUMMARY                    "GLib's GAsyncQueue"
#define Q_CONTRACT                   "exact; items are never 0"
#define Q_CAPS                       (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_NATIVE_BLOCKING)
#define Q_TYPE                       struct gasync_peer
#define Q_INIT(q, memory, config)    gasync_init((q), (config))
#define Q_DESTROY(q)                 g_async_queue_unref((q)->queue)
#define Q_PUSH_N(q, items, n)        gasync_push((q), (items), (n))
#define Q_POP_N(q, items, n)         gasync_pop((q), (items), (n))
#define Q_LEN(q)                     gasync_length(q)
#define Q_WAIT_SPACE(q, n, deadline) gasync_wait_space((q), (n), (deadline))
#define Q_WAIT_ITEMS(q, deadline)    gasync_wait_items((q), (deadline))
#define Q_CLOSE(q)                   peer_close(&(q)->mark)
#define Q_CLOSED(q)                  peer_closed(&(q)->mark)

#endif
