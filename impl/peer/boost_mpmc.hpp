// SPDX-License-Identifier: Apache-2.0
// boost::lockfree::queue with fixed_sized<true>: no allocation after the start, and links of 16 bits, which
// bound it to 65534 items. It has no batches and no length.
#ifndef WEIR_PEER_BOOST_MPMC_HPP
#define WEIR_PEER_BOOST_MPMC_HPP

#include "peer/peer.h"
#include <boost/lockfree/queue.hpp>

struct boost_mpmc {
    explicit boost_mpmc(const struct weir_queue_config *c) : queue(c->capacity), mark(), wait(c->wait) {}

    size_t push(const uint64_t *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.push(items[i]); });
    }

    size_t pop(uint64_t *items, size_t n)
    {
        return peer_one_by_one(n, [&](size_t i) { return queue.pop(items[i]); });
    }

    boost::lockfree::queue<uint64_t, boost::lockfree::fixed_sized<true>> queue;
    struct peer_mark mark;
    enum weir_wait_kind wait;
};

#define Q_NAME                       boost_mpmc
#define Q_SUMMARY                    "boost::lockfree::queue, fixed size"
#define Q_CONTRACT                   "a push does not look at close; the length is only known to be none or some"
#define Q_CAPS                       (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER)
#define Q_TYPE                       boost_mpmc
#define Q_INIT(q, memory, c)         ((c)->capacity <= 65534 && peer_make((q), (c)))
#define Q_DESTROY(q)                 (q)->~boost_mpmc()
#define Q_PUSH_N(q, items, n)        (q)->push((items), (n))
#define Q_POP_N(q, items, n)         (q)->pop((items), (n))
#define Q_LEN(q)                     ((q)->queue.empty() ? (size_t)0 : (size_t)1)
#define Q_WAIT_SPACE(q, n, deadline) ((void)(n), (void)(deadline), peer_wait_blindly((q)->wait))
#define Q_CLOSE(q)                   peer_close(&(q)->mark)
#define Q_CLOSED(q)                  peer_closed(&(q)->mark)

#endif
