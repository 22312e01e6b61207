// SPDX-License-Identifier: Apache-2.0
// From a C++ queue, as a class template over its elements, to what adapter.h asks for. A peer is
//
//   template <class T> struct NAME_peer {
//       explicit NAME_peer(const struct weir_queue_config &config);   may throw
//       size_t push(const T *items, size_t n);                        how many moved
//       size_t pop(T *items, size_t n);
//       size_t length() const;
//   };
//
// and Q_NAME, Q_SUMMARY, Q_CONTRACT, Q_CAPS and Q_TYPE, which is peer_queue<NAME_peer>; the other macros are
// here. T is uint64_t, or an element of one of the sizes below, which the queue copies.
#ifndef WEIR_PEER_HPP
#define WEIR_PEER_HPP

#include "peer/peer.h"
#include <new>

template <size_t Bytes> struct peer_element {
    uint64_t words[Bytes / sizeof(uint64_t)];
};

// Is there an element of this size?
constexpr bool peer_has_element(size_t bytes)
{
    return bytes >= 16 && bytes <= 1024 && (bytes & (bytes - 1)) == 0;
}

// Calls `function` with the peer at `place` as what it is, and an element. The usual sizes are inlined.
template <template <class> class Peer, class Function>
__attribute__((noinline)) size_t peer_rarely(void *place, size_t bytes, Function &&function)
{
    switch (bytes) {
    case 16: return function(static_cast<Peer<peer_element<16>> *>(place), peer_element<16>());
    case 32: return function(static_cast<Peer<peer_element<32>> *>(place), peer_element<32>());
    case 128: return function(static_cast<Peer<peer_element<128>> *>(place), peer_element<128>());
    case 512: return function(static_cast<Peer<peer_element<512>> *>(place), peer_element<512>());
    case 1024: return function(static_cast<Peer<peer_element<1024>> *>(place), peer_element<1024>());
    default: return 0;
    }
}

template <template <class> class Peer, class Function>
__attribute__((always_inline)) inline size_t peer_typed(void *place, size_t bytes, Function &&function)
{
    if (bytes == 64)
        return function(static_cast<Peer<peer_element<64>> *>(place), peer_element<64>());
    if (bytes == 256)
        return function(static_cast<Peer<peer_element<256>> *>(place), peer_element<256>());
    return peer_rarely<Peer>(place, bytes, function);
}

// One peer, made for 8-byte items or for wide ones; the other stays empty.
template <template <class> class Peer> struct peer_queue {
    union {
        Peer<uint64_t> narrow;
        char unused;
    };
    void *wide;
    size_t item_bytes;
    enum weir_wait_kind wait;
    struct peer_mark mark;

    peer_queue() = delete;
    ~peer_queue() = delete;

    // In memory that is all zeros.
    bool init(const struct weir_queue_config *config)
    try {
        item_bytes = peer_item_bytes(config);
        wait = config->wait;
        if (item_bytes == sizeof(uint64_t)) {
            new (&narrow) Peer<uint64_t>(*config);
            return true;
        }
        return peer_typed<Peer>(nullptr, item_bytes, [&](auto *none, auto) {
            using peer = std::remove_pointer_t<decltype(none)>;
            wide = new peer(*config);
            return 1;
        });
    } catch (...) {
        return false;
    }

    void destroy()
    {
        if (wide == nullptr)
            narrow.~Peer<uint64_t>();
        else
            peer_typed<Peer>(wide, item_bytes, [](auto *peer, auto) {
                delete peer;
                return 1;
            });
    }

    size_t copy_push(const void *bytes, size_t n)
    {
        return peer_typed<Peer>(wide, item_bytes, [&](auto *peer, auto element) {
            return peer->push(static_cast<const decltype(element) *>(bytes), n);
        });
    }

    size_t copy_pop(void *bytes, size_t n)
    {
        return peer_typed<Peer>(wide, item_bytes, [&](auto *peer, auto element) {
            return peer->pop(static_cast<decltype(element) *>(bytes), n);
        });
    }

    size_t length() const
    {
        if (wide == nullptr)
            return narrow.length();
        return peer_typed<Peer>(wide, item_bytes, [](auto *peer, auto) { return peer->length(); });
    }
};

#define Q_INIT(q, memory, config)  (q)->init(config)
#define Q_DESTROY(q)               (q)->destroy()
#define Q_PUSH_N(q, items, n)      (q)->narrow.push((items), (n))
#define Q_POP_N(q, items, n)       (q)->narrow.pop((items), (n))
#define Q_COPY_TAKES(bytes)        peer_has_element(bytes)
#define Q_COPY_PUSH_N(q, bytes, n) (q)->copy_push((bytes), (n))
#define Q_COPY_POP_N(q, bytes, n)  (q)->copy_pop((bytes), (n))
#define Q_LEN(q)                   (q)->length()
#define Q_CLOSE(q)                 peer_close(&(q)->mark)
#define Q_CLOSED(q)                peer_closed(&(q)->mark)

// Moves up to n items by a function that moves the one of a number.
template <class Move> size_t peer_one_by_one(size_t n, Move &&move)
{
    size_t moved = 0;
    while (moved < n && move(moved))
        moved++;
    return moved;
}

#endif
