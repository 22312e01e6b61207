// SPDX-License-Identifier: Apache-2.0
// boost::lockfree::spsc_queue, sized at run time; push(T) for one item, push(T *, n) for several.
#ifndef WEIR_PEER_BOOST_SPSC_HPP
#define WEIR_PEER_BOOST_SPSC_HPP

#include "peer/peer.h"
#include <boost/lockfree/spsc_queue.hpp>

struct boost_spsc {
    explicit boost_spsc(size_t capacity) : ring(capacity), mark() {}

    size_t push(const uint64_t *items, size_t n) { return n == 1 ? ring.push(*items) : ring.push(items, n); }

    size_t pop(uint64_t *items, size_t n) { return n == 1 ? ring.pop(*items) : ring.pop(items, n); }

    boost::lockfree::spsc_queue<uint64_t> ring;
    struct peer_mark mark;
};

#define Q_NAME                boost_spsc
#define Q_SUMMARY             "boost::lockfree::spsc_queue"
#define Q_CONTRACT            "strict; a push does not look at close"
#define Q_CAPS                (WEIR_Q_BATCH | WEIR_Q_STRICT)
#define Q_TYPE                boost_spsc
#define Q_INIT(q, memory, c)  peer_make((q), (c)->capacity)
#define Q_DESTROY(q)          (q)->~boost_spsc()
#define Q_PUSH_N(q, items, n) (q)->push((items), (n))
#define Q_POP_N(q, items, n)  (q)->pop((items), (n))
#define Q_LEN(q)              (q)->ring.read_available()
#define Q_CLOSE(q)            peer_close(&(q)->mark)
#define Q_CLOSED(q)           peer_closed(&(q)->mark)

#endif
