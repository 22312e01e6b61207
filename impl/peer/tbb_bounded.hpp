// SPDX-License-Identifier: Apache-2.0
// oneTBB's concurrent_bounded_queue by try_push and try_pop. It has no batches.
#ifndef WEIR_PEER_TBB_BOUNDED_HPP
#define WEIR_PEER_TBB_BOUNDED_HPP

#include "peer/peer.hpp"
#include <tbb/concurrent_queue.h>

template <class T> struct tbb_bounded_peer {
    explicit tbb_bounded_peer(const struct weir_queue_config &config)
    {
        queue.set_capacity((std::ptrdiff_t)config.capacity);
    }

    size_t push(const T *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.try_push(items[i]); });
    }

    size_t pop(T *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.try_pop(items[i]); });
    }

    // Negative while poppers wait.
    size_t length() const
    {
        std::ptrdiff_t size = queue.size();
        return size > 0 ? (size_t)size : 0;
    }

    tbb::concurrent_bounded_queue<T> queue;
};

#define Q_NAME     tbb_bounded
#define Q_SUMMARY  "oneTBB's concurrent_bounded_queue"
#define Q_CONTRACT "exact"
#define Q_CAPS     (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER)
#define Q_TYPE     peer_queue<tbb_bounded_peer>

#endif
