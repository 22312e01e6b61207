// SPDX-License-Identifier: Apache-2.0
// Concurrency Kit's ck_ring: a single side uses the single-producer or single-consumer operations, unless
// CK_RING_MANY is defined (ck_ring_mp.h). Wide items are elements of the ring, copied by what
// CK_RING_PROTOTYPE expands to with their size as an argument. It has no batches.
#ifndef WEIR_PEER_CK_RING_H
#define WEIR_PEER_CK_RING_H

#include "peer/peer.h"
#include "queue/ring.h"
#include <ck_ring.h>

#ifndef CK_RING_MANY
#define CK_RING_MANY false
#define Q_NAME       ck_ring
#define Q_SUMMARY    "Concurrency Kit's ck_ring, single sides where the counts allow"
#endif

struct ck_peer {
    ck_ring_t ring;
    alignas(WEIR_LINE) ck_ring_buffer_t *buffer;
    bool many_producers, many_consumers;
    size_t item_bytes;
    struct peer_mark mark;
};

// A ring of n slots holds n - 1.
static inline size_t ck_peer_slots(const struct weir_queue_config *config)
{
    return weir_ring_slots(config->capacity);
}

static inline bool ck_peer_init(struct ck_peer *p, void *memory, const struct weir_queue_config *config)
{
    if (ck_peer_slots(config) > (size_t)1 << 30)
        return false;
    ck_ring_init(&p->ring, (unsigned)ck_peer_slots(config));
    p->buffer = (ck_ring_buffer_t *)memory;
    p->many_producers = CK_RING_MANY || config->producers > 1;
    p->many_consumers = CK_RING_MANY || config->consumers > 1;
    p->item_bytes = peer_item_bytes(config);
    atomic_store_explicit(&p->mark.closed, false, memory_order_relaxed);
    return true;
}

PEER_INLINE size_t ck_peer_push(struct ck_peer *p, const void *items, size_t n, size_t bytes)
{
    const char *item = (const char *)items;
    size_t moved = 0;
    if (p->many_producers)
        while (moved < n &&
               _ck_ring_enqueue_mp(&p->ring, p->buffer, item + moved * bytes, (unsigned)bytes, NULL))
            moved++;
    else
        while (moved < n &&
               _ck_ring_enqueue_sp(&p->ring, p->buffer, item + moved * bytes, (unsigned)bytes, NULL))
            moved++;
    return moved;
}

PEER_INLINE size_t ck_peer_pop(struct ck_peer *p, void *items, size_t n, size_t bytes)
{
    char *item = (char *)items;
    size_t moved = 0;
    if (p->many_consumers)
        while (moved < n && _ck_ring_dequeue_mc(&p->ring, p->buffer, item + moved * bytes, (unsigned)bytes))
            moved++;
    else
        while (moved < n && _ck_ring_dequeue_sc(&p->ring, p->buffer, item + moved * bytes, (unsigned)bytes))
            moved++;
    return moved;
}

#define Q_CONTRACT                 "holds one less than the next power of two; several producers wait for each other in turn"
#define Q_CAPS                     (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER)
#define Q_TYPE                     struct ck_peer
#define Q_BYTES(config)            (ck_peer_slots(config) * peer_item_bytes(config))
#define Q_INIT(q, memory, config)  ck_peer_init((q), (memory), (config))
#define Q_PUSH_N(q, items, n)      ck_peer_push((q), (items), (n), sizeof(uint64_t))
#define Q_POP_N(q, items, n)       ck_peer_pop((q), (items), (n), sizeof(uint64_t))
#define Q_COPY_PUSH_N(q, bytes, n) PEER_BY_SIZE((q)->item_bytes, ck_peer_push, (q), (bytes), (n))
#define Q_COPY_POP_N(q, bytes, n)  PEER_BY_SIZE((q)->item_bytes, ck_peer_pop, (q), (bytes), (n))
#define Q_LEN(q)                   ((size_t)ck_ring_size(&(q)->ring))
#define Q_CAPACITY(q)              ((size_t)ck_ring_capacity(&(q)->ring) - 1)
#define Q_CLOSE(q)                 peer_close(&(q)->mark)
#define Q_CLOSED(q)                peer_closed(&(q)->mark)

#endif
