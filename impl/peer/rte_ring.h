// SPDX-License-Identifier: Apache-2.0
// DPDK's rte_ring in ordinary memory, without its environment layer (rte_ring_init needs none). Batch 1 is
// rte_ring_enqueue_elem, more is the burst call, which moves as many as it can like ours. A single side uses
// the single-producer or single-consumer mode. Several on a side use the default mode, or, with more threads
// than cores, the relaxed tail sync (RTS) that DPDK has for that case; RTE_RING_MANY (rte_ring_mp.h) is the
// default multi mode on both sides in any case. Wide items are elements of the ring.
#ifndef WEIR_PEER_RTE_RING_H
#define WEIR_PEER_RTE_RING_H

#include "peer/peer.h"
#include "queue/ring.h"
#include <rte_ring.h>
#include <unistd.h>

#ifndef RTE_RING_MANY
#define RTE_RING_MANY false
#define Q_NAME        rte_ring
#define Q_SUMMARY     "DPDK's rte_ring (burst), single sides where the counts allow"
#endif

struct rte_peer {
    struct rte_ring *ring;
    size_t item_bytes;
    struct peer_mark mark;
};

// A ring of n slots holds n - 1.
static inline size_t rte_peer_slots(const struct weir_queue_config *config)
{
    return weir_ring_slots(config->capacity);
}

static inline unsigned rte_peer_flags(const struct weir_queue_config *config)
{
    cpu_set_t cores;
    unsigned threads = config->producers + config->consumers;
    bool crowded = sched_getaffinity(0, sizeof cores, &cores) == 0 && threads > (unsigned)CPU_COUNT(&cores);
    if (RTE_RING_MANY)
        return 0;
    unsigned push = config->producers <= 1 ? RING_F_SP_ENQ : crowded ? RING_F_MP_RTS_ENQ : 0;
    unsigned pop = config->consumers <= 1 ? RING_F_SC_DEQ : crowded ? RING_F_MC_RTS_DEQ : 0;
    return push | pop;
}

static inline bool rte_peer_init(struct rte_peer *p, void *memory, const struct weir_queue_config *config)
{
    p->ring = (struct rte_ring *)memory;
    p->item_bytes = peer_item_bytes(config);
    return rte_peer_slots(config) <= RTE_RING_SZ_MASK &&
           rte_ring_init(p->ring, "weir", (unsigned)rte_peer_slots(config), rte_peer_flags(config)) == 0;
}

PEER_INLINE size_t rte_peer_push(struct rte_peer *p, const void *items, size_t n, size_t bytes)
{
    if (__builtin_constant_p(n) && n == 1)
        return rte_ring_enqueue_elem(p->ring, (void *)(uintptr_t)items, (unsigned)bytes) == 0;
    return rte_ring_enqueue_burst_elem(p->ring, items, (unsigned)bytes, (unsigned)n, NULL);
}

PEER_INLINE size_t rte_peer_pop(struct rte_peer *p, void *items, size_t n, size_t bytes)
{
    if (__builtin_constant_p(n) && n == 1)
        return rte_ring_dequeue_elem(p->ring, items, (unsigned)bytes) == 0;
    return rte_ring_dequeue_burst_elem(p->ring, items, (unsigned)bytes, (unsigned)n, NULL);
}

#define Q_CONTRACT                 "holds one less than the next power of two; in the default mode producers wait in turn"
#define Q_CAPS                     (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH)
#define Q_TYPE                     struct rte_peer
#define Q_BYTES(config)            (sizeof(struct rte_ring) + rte_peer_slots(config) * peer_item_bytes(config))
#define Q_INIT(q, memory, config)  rte_peer_init((q), (memory), (config))
#define Q_PUSH_N(q, items, n)      rte_peer_push((q), (items), (n), sizeof(uint64_t))
#define Q_POP_N(q, items, n)       rte_peer_pop((q), (items), (n), sizeof(uint64_t))
#define Q_COPY_PUSH_N(q, bytes, n) PEER_BY_SIZE((q)->item_bytes, rte_peer_push, (q), (bytes), (n))
#define Q_COPY_POP_N(q, bytes, n)  PEER_BY_SIZE((q)->item_bytes, rte_peer_pop, (q), (bytes), (n))
#define Q_LEN(q)                   ((size_t)rte_ring_count((q)->ring))
#define Q_CAPACITY(q)              ((size_t)rte_ring_get_capacity((q)->ring))
#define Q_CLOSE(q)                 peer_close(&(q)->mark)
#define Q_CLOSED(q)                peer_closed(&(q)->mark)

#endif
