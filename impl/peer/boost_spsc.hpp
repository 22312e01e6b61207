// SPDX-License-Identifier: Apache-2.0
// boost::lockfree::spsc_queue, sized at run time: push(T) for one item, push(T *, n) for several.
#ifndef WEIR_PEER_BOOST_SPSC_HPP
#define WEIR_PEER_BOOST_SPSC_HPP

#include "peer/peer.hpp"
#include <boost/lockfree/spsc_queue.hpp>

template <class T> struct boost_spsc_peer {
    explicit boost_spsc_peer(const struct weir_queue_config &config) : ring(config.capacity) {}

    size_t push(const T *items, size_t n) { return n == 1 ? ring.push(*items) : ring.push(items, n); }

    size_t pop(T *items, size_t n) { return n == 1 ? ring.pop(*items) : ring.pop(items, n); }

    size_t length() const { return ring.read_available(); }

    boost::lockfree::spsc_queue<T> ring;
};

#define Q_NAME     boost_spsc
#define Q_SUMMARY  "boost::lockfree::spsc_queue"
#define Q_CONTRACT "exact"
#define Q_CAPS     (WEIR_Q_BATCH | WEIR_Q_STRICT)
#define Q_TYPE     peer_queue<boost_spsc_peer>

#endif
