// SPDX-License-Identifier: Apache-2.0
// What the adapters of the peers share. A peer is measured, not offered: its adapter is what adapter.h asks
// for and no more, so that nothing stands between the loop and the peer's own code.
//
// None of them can be closed. The bench closes a queue when the last item has come out, to send the consumers
// home: here that is a mark beside the peer, which pushes do not look at. Nor is a capacity always exact;
// what differs is said in the adapter's contract.
#ifndef WEIR_PEER_H
#define WEIR_PEER_H

#include "queue/port.h"
#include "queue/queue.h"
#include <sched.h>
#include <time.h>

#define PEER_INLINE static inline __attribute__((always_inline, unused))

// --- close ----

struct peer_mark {
    alignas(WEIR_LINE) _Atomic(bool) closed;
};

PEER_INLINE void peer_close(struct peer_mark *mark)
{
    atomic_store_explicit(&mark->closed, true, memory_order_release);
}

PEER_INLINE bool peer_closed(const struct peer_mark *mark)
{
    return atomic_load_explicit(&mark->closed, memory_order_acquire);
}

// --- waiting ----

// For a peer that cannot say how full it is: the wait is one turn of giving way, then the try itself tells.
PEER_INLINE enum weir_wake peer_wait_blindly(enum weir_wait_kind wait)
{
    struct timespec span = {0, 1000};
    if (wait == WEIR_WAIT_SPIN)
        weir_cpu_pause();
    else if (wait == WEIR_WAIT_SLEEP)
        nanosleep(&span, NULL);
    else
        sched_yield();
    return WEIR_WAKE_READY;
}

// --- what a thread keeps to itself ----

// Of one queue at a time. `initial-exec`: reached without a call, though this is a module.
struct peer_hand {
    uint64_t queue; // whose this is
    unsigned index; // among those of its side
    size_t next;    // slot of a pool of its own
    size_t credit;  // items that may go in before the length has to be looked at again
};
#define PEER_THREAD static __thread __attribute__((tls_model("initial-exec"), unused))
PEER_THREAD struct peer_hand peer_producer;
PEER_THREAD struct peer_hand peer_consumer;

// A number that no other queue of this module has.
PEER_INLINE uint64_t peer_new_queue(void)
{
    static _Atomic(uint64_t) last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

// How the threads of one side get their indices: who comes first.
struct peer_side {
    uint64_t queue;
    unsigned count; // how many there are at most; more share
    _Atomic(unsigned) joined;
};

PEER_INLINE struct peer_hand *peer_join(struct peer_hand *hand, struct peer_side *side)
{
    if (hand->queue != side->queue) {
        unsigned turn = atomic_fetch_add_explicit(&side->joined, 1, memory_order_relaxed);
        hand->queue = side->queue;
        hand->index = turn % side->count;
        hand->next = hand->credit = 0;
    }
    return hand;
}

PEER_INLINE void peer_side_init(struct peer_side *side, uint64_t queue, unsigned count)
{
    side->queue = queue;
    side->count = count > 0 ? count : 1;
    atomic_store_explicit(&side->joined, 0, memory_order_relaxed);
}

// Bounds a queue without bounds of its own. A producer may put in what it has credit for; when that is used
// up it gets its share of the room there is then. Exact with one producer; several may be over by their
// number.
PEER_INLINE size_t peer_share(size_t capacity, size_t length, unsigned producers)
{
    if (length >= capacity)
        return 0;
    size_t share = (capacity - length) / producers;
    return share > 0 ? share : 1;
}

// --- elements ----

// Calls `function` with the size of the elements, as a constant where it is one of the usual ones, so that it
// is compiled for it.
#define PEER_BY_SIZE(bytes, function, ...)                                                                   \
    ((bytes) == 64    ? function(__VA_ARGS__, 64)                                                            \
     : (bytes) == 256 ? function(__VA_ARGS__, 256)                                                           \
                      : function(__VA_ARGS__, (bytes)))

PEER_INLINE size_t peer_item_bytes(const struct weir_queue_config *config)
{
    return config->item_bytes > sizeof(uint64_t) ? config->item_bytes : sizeof(uint64_t);
}

#endif
