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

struct peer_mark {
    alignas(WEIR_LINE) _Atomic(bool) closed;
};

static inline void peer_close(struct peer_mark *mark)
{
    atomic_store_explicit(&mark->closed, true, memory_order_release);
}

static inline bool peer_closed(const struct peer_mark *mark)
{
    return atomic_load_explicit(&mark->closed, memory_order_acquire);
}

// For a peer that cannot say how full it is: the wait for space is one turn of giving way, then the try
// itself tells.
static inline enum weir_wake peer_wait_blindly(enum weir_wait_kind wait)
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

#ifdef __cplusplus
#include <new>
#include <utility>

// Constructs a T in memory that the adapter has given; false when memory is short.
template <class T, class... Arguments> bool peer_make(T *memory, Arguments &&...arguments)
{
    try {
        new (memory) T(std::forward<Arguments>(arguments)...);
        return true;
    } catch (...) {
        return false;
    }
}

// Moves up to n items by a function that moves one.
template <class Move> size_t peer_one_by_one(size_t n, Move &&move)
{
    size_t moved = 0;
    while (moved < n && move(moved))
        moved++;
    return moved;
}
#endif

#endif
