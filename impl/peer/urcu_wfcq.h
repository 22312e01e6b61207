// SPDX-License-Identifier: Apache-2.0
// Userspace RCU's wait-free concurrent queue (wfcqueue), in its inlined form, which is under the LGPL, as is
// the module then. The queue links nodes; here they come from a ring of nodes a producer, which bounds it: a
// node goes back by a flag in itself, so that nothing else is shared. Wide items lie in their node.
//
// A producer makes a chain of a batch and appends it at once (splice). The one consumer takes all there is
// and eats from that (splice, then its own queue); several take turns under the queue's own lock.
#ifndef WEIR_PEER_URCU_WFCQ_H
#define WEIR_PEER_URCU_WFCQ_H

#define _LGPL_SOURCE
#include "peer/peer.h"
#include <string.h>
#include <urcu/wfcqueue.h>

struct urcu_node {
    struct cds_wfcq_node link;
    _Atomic(uint64_t) busy; // from the push until the item has been read
    uint64_t words[];       // the item
};

// A queue of one thread: the consumer's, of what it has taken and not yet eaten.
struct urcu_own {
    alignas(WEIR_LINE) struct __cds_wfcq_head head;
    struct cds_wfcq_tail tail;
};

struct urcu_peer {
    alignas(WEIR_LINE) struct cds_wfcq_head head; // the consumers'
    struct urcu_own taken;
    alignas(WEIR_LINE) struct cds_wfcq_tail tail; // the producers'
    alignas(WEIR_LINE) char *nodes;
    size_t node_bytes, nodes_each, item_bytes;
    bool many_consumers;
    struct peer_side producers;
    struct peer_mark mark;
};

static inline size_t urcu_nodes_each(const struct weir_queue_config *config)
{
    size_t producers = config->producers > 0 ? config->producers : 1;
    return (config->capacity + producers - 1) / producers;
}

// Nodes on lines of their own once they are that long.
static inline size_t urcu_node_bytes(const struct weir_queue_config *config)
{
    size_t bytes = sizeof(struct urcu_node) + peer_item_bytes(config);
    return bytes <= 32 ? 32 : (bytes + 63) / 64 * 64;
}

static inline size_t urcu_bytes(const struct weir_queue_config *config)
{
    size_t producers = config->producers > 0 ? config->producers : 1;
    return producers * urcu_nodes_each(config) * urcu_node_bytes(config);
}

static inline bool urcu_init(struct urcu_peer *p, void *memory, const struct weir_queue_config *config)
{
    cds_wfcq_init(&p->head, &p->tail);
    __cds_wfcq_init(&p->taken.head, &p->taken.tail);
    p->nodes = (char *)memory;
    p->node_bytes = urcu_node_bytes(config);
    p->nodes_each = urcu_nodes_each(config);
    p->item_bytes = peer_item_bytes(config);
    p->many_consumers = config->consumers > 1;
    peer_side_init(&p->producers, peer_new_queue(), config->producers);
    return true;
}

// --- push ----

// The producer's next node with the item in it, or NULL while it is still on its way.
PEER_INLINE struct urcu_node *urcu_fill(struct urcu_peer *p, struct peer_hand *hand, const void *item,
                                        size_t bytes)
{
    char *own = p->nodes + hand->index * p->nodes_each * p->node_bytes;
    struct urcu_node *node = (struct urcu_node *)(void *)(own + hand->next * p->node_bytes);
    if (atomic_load_explicit(&node->busy, memory_order_acquire)) // pairs with urcu_read
        return NULL;
    atomic_store_explicit(&node->busy, 1, memory_order_relaxed); // the queue publishes
    memcpy(node->words, item, bytes);
    cds_wfcq_node_init(&node->link);
    hand->next = hand->next + 1 == p->nodes_each ? 0 : hand->next + 1;
    return node;
}

PEER_INLINE size_t urcu_push(struct urcu_peer *p, const void *items, size_t n, size_t bytes)
{
    struct peer_hand *hand = peer_join(&peer_producer, &p->producers);
    if (n == 1) {
        struct urcu_node *node = urcu_fill(p, hand, items, bytes);
        if (node)
            cds_wfcq_enqueue(&p->head, &p->tail, &node->link);
        return node != NULL;
    }
    struct urcu_own chain;
    __cds_wfcq_init(&chain.head, &chain.tail);
    size_t moved = 0;
    for (; moved < n; moved++) {
        struct urcu_node *node = urcu_fill(p, hand, (const char *)items + moved * bytes, bytes);
        if (node == NULL)
            break;
        cds_wfcq_enqueue(&chain.head, &chain.tail, &node->link);
    }
    if (moved > 0)
        __cds_wfcq_splice_nonblocking(&p->head, &p->tail, &chain.head, &chain.tail);
    return moved;
}

// --- pop ----

PEER_INLINE bool urcu_read(struct cds_wfcq_node *link, void *item, size_t bytes)
{
    if (link == NULL || link == CDS_WFCQ_WOULDBLOCK)
        return false;
    struct urcu_node *node = caa_container_of(link, struct urcu_node, link);
    memcpy(item, node->words, bytes);
    atomic_store_explicit(&node->busy, 0, memory_order_release); // pairs with urcu_fill
    return true;
}

PEER_INLINE size_t urcu_pop_locked(struct urcu_peer *p, void *items, size_t n, size_t bytes)
{
    size_t moved = 0;
    if (cds_wfcq_empty(&p->head, &p->tail))
        return 0;
    cds_wfcq_dequeue_lock(&p->head, &p->tail);
    while (moved < n && urcu_read(__cds_wfcq_dequeue_nonblocking(&p->head, &p->tail),
                                  (char *)items + moved * bytes, bytes))
        moved++;
    cds_wfcq_dequeue_unlock(&p->head, &p->tail);
    return moved;
}

PEER_INLINE size_t urcu_pop(struct urcu_peer *p, void *items, size_t n, size_t bytes)
{
    if (p->many_consumers)
        return urcu_pop_locked(p, items, n, bytes);
    if (cds_wfcq_empty(&p->taken.head, &p->taken.tail))
        __cds_wfcq_splice_nonblocking(&p->taken.head, &p->taken.tail, &p->head, &p->tail);
    size_t moved = 0;
    while (moved < n && urcu_read(__cds_wfcq_dequeue_nonblocking(&p->taken.head, &p->taken.tail),
                                  (char *)items + moved * bytes, bytes))
        moved++;
    return moved;
}

static inline bool urcu_has_item(const struct urcu_peer *p)
{
    struct urcu_peer *q = (struct urcu_peer *)(uintptr_t)p;
    return !cds_wfcq_empty(&q->head, &q->tail) || !cds_wfcq_empty(&q->taken.head, &q->taken.tail);
}

// Of the producer that asks: is its next node back? (Nodes come back in the order in which they went.)
static inline bool urcu_has_space(const struct urcu_peer *p, size_t n)
{
    struct peer_hand *hand = &peer_producer;
    if (hand->queue != p->producers.queue)
        return true;
    size_t slot = (hand->next + n - 1) % p->nodes_each;
    const char *own = p->nodes + hand->index * p->nodes_each * p->node_bytes;
    const struct urcu_node *node = (const struct urcu_node *)(const void *)(own + slot * p->node_bytes);
    return n <= p->nodes_each && !atomic_load_explicit(&node->busy, memory_order_acquire);
}

#define Q_NAME    urcu_wfcq
#define Q_SUMMARY "Userspace RCU's wfcqueue with pooled nodes"
#define Q_CONTRACT                                                                                           \
    "a producer's share of the capacity is its own; the length is only known to be none or some"
#define Q_CAPS                     (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH)
#define Q_TYPE                     struct urcu_peer
#define Q_BYTES(config)            urcu_bytes(config)
#define Q_INIT(q, memory, config)  urcu_init((q), (memory), (config))
#define Q_DESTROY(q)               cds_wfcq_destroy(&(q)->head, &(q)->tail)
#define Q_PUSH_N(q, items, n)      urcu_push((q), (items), (n), sizeof(uint64_t))
#define Q_POP_N(q, items, n)       urcu_pop((q), (items), (n), sizeof(uint64_t))
#define Q_COPY_PUSH_N(q, bytes, n) PEER_BY_SIZE((q)->item_bytes, urcu_push, (q), (bytes), (n))
#define Q_COPY_POP_N(q, bytes, n)  PEER_BY_SIZE((q)->item_bytes, urcu_pop, (q), (bytes), (n))
#define Q_LEN(q)                   (urcu_has_item(q) ? (size_t)1 : (size_t)0)
#define Q_HAS_SPACE(q, n)          urcu_has_space((q), (n))
#define Q_CLOSE(q)                 peer_close(&(q)->mark)
#define Q_CLOSED(q)                peer_closed(&(q)->mark)

#endif
