// SPDX-License-Identifier: Apache-2.0
// The store contract: the place where records wait, for a discipline that hands them out in another order
// than that of their arrival. A pure data structure in memory that the caller brings: it never allocates,
// locks or looks at a clock, and the caller serialises all calls.
#ifndef WEIR_STORE_H
#define WEIR_STORE_H

#include "strategy/discipline.h"

struct weir_store_item {
    uint64_t item;        // the caller's; never looked at
    uint64_t flow;        // whose it is
    uint64_t enqueued_ns; // the now of its put
    uint32_t bytes;
};

struct weir_taken {
    uint64_t item;
    struct weir_fate fate; // dropped instead of delivered, or made room
};

enum { WEIR_STORE_CAPACITY_MAX = 1 << 28 };

struct weir_store_ops {
    // How much memory (aligned for any type, all zero) a store of that capacity, at most
    // WEIR_STORE_CAPACITY_MAX, needs with these parameters. Untouched memory stays untouched until it is
    // used.
    size_t (*bytes)(const struct weir_strategy_state *params, size_t capacity);
    void (*init)(void *store, const struct weir_strategy_state *params, size_t capacity, uint64_t seed);

    void (*put)(void *store, const struct weir_store_item *item); // only while len < capacity

    // The next record and its fate, or false when there is none. After a drop the caller asks again with the
    // same now_ns.
    bool (*take)(void *store, uint64_t now_ns, struct weir_taken *out);

    // The record that an evicting admission strategy takes out. False when there is none.
    bool (*victim)(void *store, struct weir_taken *out);

    // The store is full. Records that would be dropped in any case when their turn came: asked, one by one,
    // before the admission strategy is, until it answers false. NULL: there are never any.
    bool (*expired)(void *store, uint64_t now_ns, struct weir_taken *out);

    // The store is full and nobody chose an admission strategy: records that make room, one by one until it
    // answers false. NULL: it has no way of its own, a full queue is the admission strategy's business.
    bool (*overflow)(void *store, struct weir_taken *out);

    size_t (*len)(const void *store);
};

#endif
