// SPDX-License-Identifier: Apache-2.0
// The sink's own proof: one bit for every sequence number of every sender, in lazy chunks; a full chunk
// collapses to a mark. Independent of all counters.
#ifndef FLOW_CHECK_H
#define FLOW_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/ledger.h"

// A set of sequence numbers, dense from 0.
struct seen {
    uint64_t **chunks; // NULL: none of the chunk's 4096 bits, seen_full: all of them
    uint16_t *filled;  // bits set in each chunk
    size_t chunk_count;
    uint64_t count; // bits set in all
};

// True when it was not in the set before. False also when the number is beyond all bounds (2^40) or memory
// ends.
bool seen_add(struct seen *s, uint64_t seq);
bool seen_has(const struct seen *s, uint64_t seq);
// Moves what `from` holds into `into`; answers how many were in both.
uint64_t seen_merge(struct seen *into, const struct seen *from);
// Members below `limit`, and the longest run of numbers below `limit` that are not members.
uint64_t seen_below(const struct seen *s, uint64_t limit, uint64_t *longest_gap);
void seen_free(struct seen *s);

// One delivering node's share of the proof: a set per sender, and what it noticed by itself.
struct check {
    struct seen *senders; // flat index over all senders of all sources
    size_t sender_count;
    unsigned branch; // the sink it belongs to
    uint64_t duplicated, corrupted, invented;
};

bool check_init(struct check *c, size_t sender_count);
void check_free(struct check *c);
void check_arrival(struct check *c, size_t sender, uint64_t seq, bool payload_ok);

// Adds what `from` has seen to `into`, in which it may be already.
void check_union(struct check *into, const struct check *from);

// Adds all shards together. generated[i]: how many sequence numbers sender i has used. *unique: distinct
// records that arrived. The shards are emptied.
struct sink_check check_conclude(struct check *shards, size_t shard_count, const uint64_t *generated,
                                 size_t sender_count, uint64_t *unique);

#endif
