// SPDX-License-Identifier: Apache-2.0
// An edge is a queue and a strategy. It carries out what the strategy decides and counts it.
#ifndef FLOW_EDGE_H
#define FLOW_EDGE_H

#include <stdatomic.h>

#include "flow/node.h"
#include "queue/queue.h"

struct pacing;
struct ring_ops;

struct edge {
    const struct edge_spec *spec;
    char name[REPORT_NAME_MAX];
    unsigned id;
    const struct weir_queue_ops *ops; // the real queue's, or the simulator's logical one
    struct weir_queue *queue;
    bool is_inline;        // no hand-off (null queue)
    struct node *consumer; // of an inline edge
    struct weir_strategy_state admission;
    void *guard; // serialises a stateful strategy; NULL where nothing has to be
    struct weir_strategy_state discipline;
    void *discipline_guard;      // likewise
    struct pacing *pacing;       // what the pacers of its producers share; NULL: nothing paces them
    const struct ring_ops *ring; // the edge is one stage's view of a ring (flow/ring.h); NULL: it is not
    struct edge *door;           // of that ring, also in the door itself
    struct edge_spill *spill;    // NULL: what finds no room is the admission's
    _Atomic unsigned open_producers;
    struct signal *closing;       // to be raised when the edge is closed; may be NULL
    _Atomic uint64_t *high_water; // in the arena
    uint64_t left;                // of a ring's door: records inside when the run had ended
};

enum offer_result {
    OFFER_ADMITTED,
    OFFER_LOST,    // the records are still the caller's: `reason`
    OFFER_REFUSED, // the records are still the caller's: `retry_after_ns`
    OFFER_SELF,    // the records are still the caller's, which takes them to the sink (flow/fallback.h)
    OFFER_BLOCKED, // wait (offer_wait says for what), then call again with the same records
};

struct offer_answer {
    enum offer_result result;
    enum weir_loss reason;
    struct edge *edge; // outlet_offer. BLOCKED: to wait at; ADMITTED: whose consumer runs now, or NULL
    bool ended;        // outlet_offer has ended the records itself
    uint64_t until_ns, retry_after_ns;
    size_t space; // OFFER_BLOCKED: how many free slots to wait for, if there is no signal
    // OFFER_BLOCKED by the edge's pacing: nothing has been offered yet; wait for a result if there is a
    // signal of them, else for until_ns.
    bool paused;
    struct signal *signal; // of results (paused), or of room on the disk behind the queue; has `seen` then
    uint32_t seen;
};

// A producer's open offer. Zero bytes: none is open. since_ns, set before the first call, is when the records
// came to the door, if that was earlier.
struct offer {
    bool open;
    bool past_door, held; // on_offer has let it through; has made it wait
    bool past_pacing;     // it may be offered
    bool paused;          // the pacing strategy whose turn it is has paused it before
    unsigned paced;       // how many of them have let it go
    uint64_t paused_ns;   // since when it is paused, plus 1
    uint64_t since_ns;
    unsigned turns;
    size_t pushed; // of a group: how many are inside already
    bool screened; // the next of them has been taken by the discipline, but is not inside yet
    uint64_t first_ns;
};

// Offers n records as a group that enters whole or not at all. Called again with the same arguments after
// OFFER_BLOCKED. On ADMITTED the records belong to the edge. Called by the node that owns `port`.
struct offer_answer edge_offer(struct node *n, struct port *port, struct offer *offer,
                               struct record *const *records, size_t count, uint64_t now_ns);

// What to wait for after BLOCKED, at most until limit_ns.
struct wait offer_wait(struct edge *e, const struct offer_answer *a, uint64_t limit_ns);

// Whether the strategies at the door have seen the offer: until then it can be taken back.
static inline bool offer_made(const struct offer *o)
{
    return o->open && o->past_pacing;
}

// Takes up to `count` records out; what the discipline drops on the way is lost. 0: there is nothing to be
// had now. Called by the node that owns `port`.
size_t edge_take(struct node *n, struct port *port, struct record **records, size_t count, uint64_t now_ns);

// Puts records in, past the door, and counts them; answers how many went in. edge_into_queue knows the queue
// only. For edge.c, queueing.c and edge_spill.c.
size_t edge_push(struct node *n, struct port *port, struct record *const *records, size_t count,
                 uint64_t now_ns);
size_t edge_into_queue(struct node *n, struct port *port, struct record *const *records, size_t count,
                       uint64_t now_ns);
void edge_note_length(struct edge *e); // for the high water
bool edge_ended(const struct edge *e); // closed and empty
bool edge_ready(const struct edge *e); // something can be taken (which what waits in a ring may not be yet)
size_t edge_len(const struct edge *e);

// A producer has ended; after the last one the edge is closed, and the answer is true.
bool edge_release(struct edge *e);

#endif
