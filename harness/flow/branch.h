// SPDX-License-Identifier: Apache-2.0
// Several sinks: what each of them received, beside the whole. With one sink there are no branches.
#ifndef FLOW_BRANCH_H
#define FLOW_BRANCH_H

#include "flow/check.h"
#include "flow/tally.h"

struct flow;
struct node;
struct record;

// A node's share of one branch's figures. In the arena.
struct branch_tally {
    struct ledger ledger; // how copies on their way to this sink ended
    uint64_t replays, window_delivered;
    struct hist *response; // NULL where the node delivers nothing
};

// Room for the branches in a node's tally (delivers: with histograms).
void branch_tally_create(struct flow *f, struct tally *t, bool delivers);

// A record has arrived at one of several sinks: its order there.
void branch_arrival(struct node *n, const struct record *r, size_t sender);

// The branches' reports and the proof of the whole, which is the union of theirs: *unique distinct records
// arrived somewhere. After the leftovers are counted and r->ledger is summed. Uses up the checks.
struct sink_check branches_conclude(struct flow *f, const uint64_t *generated, uint64_t *unique);

// False with a sentence in `why` when a branch's ledger and its sink's proof do not agree.
bool branches_agree(const struct flow *f, char *why, size_t size);

#endif
