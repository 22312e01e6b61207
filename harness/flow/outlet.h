// SPDX-License-Identifier: Apache-2.0
// How a node passes records on when each of its ways gets a copy: the same dialogue as edge_offer, over all
// of its outs. A node with one out and no join in front of it offers the records themselves; nothing is
// copied.
#ifndef FLOW_OUTLET_H
#define FLOW_OUTLET_H

#include "flow/edge.h"
#include "flow/whole.h"

// One way's share of an offer.
struct lane {
    struct record **records; // this way's copies
    size_t room;
    struct offer offer;
    enum lane_state { LANE_EMPTY, LANE_OPEN, LANE_IN, LANE_LOST, LANE_REFUSED, LANE_MERGED } state;
};

// A node's open offer over all its ways. Zero bytes: nothing is open, nothing allocated.
struct outlet {
    bool at_source;      // set once: an offer is the record's push at its source (record.sent_ns)
    struct offer single; // the one way's, without copies; its since_ns holds for every lane
    struct lane *lanes;  // one an out
    size_t count;        // records each lane holds; 0: nothing is open
    bool created;        // the records had no origin before
    bool met, spread;    // a join has been passed; every lane has its copies
    bool waits_for_memory;
    enum weir_loss reason;
    uint64_t retry_after_ns;
};

// Offers a group to every out of `n`. Each way's strategy decides for itself; the answer comes when all have
// decided: ADMITTED when any took the group, REFUSED when all refused, otherwise LOST. A way that makes the
// producer wait makes it wait here, while the other ways have theirs already.
// With `ended` in the answer the outlet has ended the records itself, whatever the result is.
// BLOCKED: obey outlet_wait, then call again with the same records. A group of more than one record needs
// outs without joins. Called by the node that owns the outs.
struct offer_answer outlet_offer(struct node *n, struct outlet *o, struct record *const *records,
                                 size_t count, uint64_t now_ns);

// What to wait for after BLOCKED, at most until limit_ns.
struct wait outlet_wait(const struct offer_answer *a, uint64_t limit_ns);

bool outlet_open(const struct outlet *o); // an offer has been made and not been answered for good
// Whether any strategy at a door has seen it: until then it can be taken back.
bool outlet_made(const struct node *n, const struct outlet *o);
// Whether any copy of the group is inside, or was decided about, for good.
bool outlet_begun(const struct node *n, const struct outlet *o);
// The node ends while an offer is open: what no way has decided about ends as `kind` (END_UNSENT or
// END_IN_FLIGHT), and with it the records.
void outlet_abandon(struct node *n, struct outlet *o, struct record *const *records, size_t count,
                    enum end_kind kind, uint64_t now_ns);
// The same when nothing has begun and the records go back to whom they came from: they are the caller's as
// they were.
void outlet_take_back(struct node *n, struct outlet *o, struct record *const *records, uint64_t now_ns);
void outlet_free(struct node *n, struct outlet *o); // before node_fini

#endif
