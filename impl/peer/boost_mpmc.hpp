// SPDX-License-Identifier: Apache-2.0
// boost::lockfree::queue with fixed_sized<true>: no allocation after the start, and links of 16 bits, which
// bound it to 65534 items. It has no batches and no length.
#ifndef WEIR_PEER_BOOST_MPMC_HPP
#define WEIR_PEER_BOOST_MPMC_HPP

#include "peer/peer.hpp"
#include <boost/lockfree/queue.hpp>
#include <stdexcept>

template <class T> struct boost_mpmc_peer {
    explicit boost_mpmc_peer(const struct weir_queue_config &config)
        : queue(config.capacity <= 65534 ? config.capacity : throw std::length_error("links of 16 bits"))
    {
    }

    size_t push(const T *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.push(items[i]); });
    }

    size_t pop(T *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.pop(items[i]); });
    }

    size_t length() const { return queue.empty() ? 0 : 1; }

    boost::lockfree::queue<T, boost::lockfree::fixed_sized<true>> queue;
};

#define Q_NAME                       boost_mpmc
#define Q_SUMMARY                    "boost::lockfree::queue, fixed size"
#define Q_CONTRACT                   "at most 65534 items; the length is only known to be none or some"
#define Q_CAPS                       (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER)
#define Q_TYPE                       peer_queue<boost_mpmc_peer>
#define Q_WAIT_SPACE(q, n, deadline) ((void)(n), (void)(deadline), peer_wait_blindly((q)->wait))

#endif
