// SPDX-License-Identifier: Apache-2.0
// moodycamel::ReaderWriterQueue, bounded by try_enqueue, which uses only the memory allocated at the start.
// It has no batches.
#ifndef WEIR_PEER_MOODYCAMEL_RW_HPP
#define WEIR_PEER_MOODYCAMEL_RW_HPP

#include "peer/peer.hpp"
#include <algorithm>
#include <readerwriterqueue/readerwriterqueue.h>

template <class T> struct moodycamel_rw_peer {
    explicit moodycamel_rw_peer(const struct weir_queue_config &config)
        : queue(config.capacity), capacity(config.capacity)
    {
    }

    size_t push(const T *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.try_enqueue(items[i]); });
    }

    size_t pop(T *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.try_dequeue(items[i]); });
    }

    size_t length() const { return std::min(queue.size_approx(), capacity); }

    moodycamel::ReaderWriterQueue<T> queue;
    size_t capacity;
};

#define Q_NAME     moodycamel_rw
#define Q_SUMMARY  "moodycamel::ReaderWriterQueue"
#define Q_CONTRACT "holds the capacity and up to a block of 511 more"
#define Q_CAPS     WEIR_Q_STRICT
#define Q_TYPE     peer_queue<moodycamel_rw_peer>

#endif
