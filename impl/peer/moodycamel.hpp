// SPDX-License-Identifier: Apache-2.0
// moodycamel::ConcurrentQueue with a token for each producer and consumer and the bulk calls for batches, its
// memory allocated at the start. It grows without bound: a producer looks at size_approx only when the room
// it saw the last time is used up (peer_share), which costs nothing measurable, unlike a look at every push.
#ifndef WEIR_PEER_MOODYCAMEL_HPP
#define WEIR_PEER_MOODYCAMEL_HPP

#include "peer/peer.hpp"
#include <algorithm>
#include <concurrentqueue/concurrentqueue.h>
#include <vector>

template <class T> struct moodycamel_peer {
    explicit moodycamel_peer(const struct weir_queue_config &config)
        : queue(config.capacity, config.producers + 1, 0), capacity(config.capacity)
    {
        uint64_t name = peer_new_queue();
        peer_side_init(&producers, name, config.producers);
        peer_side_init(&consumers, name, config.consumers);
        for (unsigned i = 0; i < producers.count; i++)
            in.emplace_back(queue);
        for (unsigned i = 0; i < consumers.count; i++)
            out.emplace_back(queue);
    }

    size_t push(const T *items, size_t n)
    {
        struct peer_hand *hand = peer_join(&peer_producer, &producers);
        if (hand->credit < n)
            hand->credit = peer_share(capacity, queue.size_approx(), producers.count);
        size_t moved = std::min(n, hand->credit);
        if (moved == 0)
            return 0;
        bool good = n == 1 ? queue.enqueue(in[hand->index], *items)
                           : queue.enqueue_bulk(in[hand->index], items, moved);
        hand->credit -= good ? moved : 0;
        return good ? moved : 0;
    }

    size_t pop(T *items, size_t n)
    {
        struct peer_hand *hand = peer_join(&peer_consumer, &consumers);
        return n == 1 ? queue.try_dequeue(out[hand->index], *items)
                      : queue.try_dequeue_bulk(out[hand->index], items, n);
    }

    size_t length() const { return std::min(queue.size_approx(), capacity); }

    moodycamel::ConcurrentQueue<T> queue;
    size_t capacity;
    struct peer_side producers, consumers;
    std::vector<moodycamel::ProducerToken> in;
    std::vector<moodycamel::ConsumerToken> out;
};

#define Q_NAME    moodycamel
#define Q_SUMMARY "moodycamel::ConcurrentQueue with tokens"
#define Q_CONTRACT                                                                                           \
    "several producers may be over the capacity by their number; a try may fail while others work"
#define Q_CAPS (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH)
#define Q_TYPE peer_queue<moodycamel_peer>

#endif
