// SPDX-License-Identifier: Apache-2.0
// The pipeline of one cell: nodes joined by edges, built from a scenario for either executor, and the places
// where records end. What differs between the executors comes in through struct flow_world.
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdatomic.h>
#include <stdio.h>

#include "flow/branch.h"
#include "flow/check.h"
#include "flow/edge.h"
#include "flow/engine.h"
#include "flow/node.h"
#include "flow/ring.h"
#include "flow/shape.h"
#include "flow/sink.h"

// What an executor brings: queues, wires, files, locks, and (sim) the trace.
struct flow_world {
    // Sets e->ops and e->queue. False with *error.
    bool (*open_queue)(void *context, struct edge *e, struct error *error);
    void (*close_queue)(void *context, struct edge *e);
    // False when memory ends.
    bool (*open_ring)(void *context, const struct ring_setup *setup, struct ring *ring);
    struct wire *(*open_wire)(void *context, const struct wire_setup *setup, struct error *error);
    struct wire *(*open_link)(void *context, const struct link_setup *setup, struct error *error);
    struct sink_file *(*open_sink_file)(void *context, const char *path, struct error *error);
    struct spill_device *(*open_spill)(void *context, const char *folder, struct error *error);
    // A mutual exclusion between nodes, for state that several share. The simulator needs none: NULL.
    void *(*guard_create)(void *context);
    void (*guard_destroy)(void *guard);
    void (*guard_enter)(void *guard);
    void (*guard_leave)(void *guard);
    // Lets go on who waits for this signal. Any thread.
    void (*wake)(void *context, struct signal *signal);
    // Tells the user of a sink that fails: an errno, or (error 0) that there were so many more of the last
    // one. NULL: nobody is told.
    void (*complain)(void *context, const char *sink, int error, uint64_t more);
    // Called for everything that happens to a record. NULL: no trace is kept.
    void (*trace)(void *context, uint64_t now_ns, unsigned node, unsigned what, const struct record *r);
    // The records in memory have come to exceed the cell's limit, which ends the run. Called by any node's
    // thread.
    void (*memory_reached)(void *context);
    void *context;
    bool virtual_time; // computing takes no time by itself: it is told what it costs
};

// Below these numbers: a loss, by its reason.
enum trace_what {
    TRACE_ADMITTED = 100,
    TRACE_DELIVERED,
    TRACE_REFUSED,
    TRACE_TAKEN,
    TRACE_ENDED,
    TRACE_FILTERED,
    TRACE_PROCESSED = 1000, // plus the version of the chain
};

// The age of information: at each whole millisecond, now minus the intended time of the newest record
// delivered.
struct age_meter {
    atomic_flag busy; // a deliverer that finds it taken leaves the ticks to the one that holds it
    _Atomic uint64_t newest_ns, next_tick_ns, last_delivery_ns, longest_gap_ns;
    struct hist *hist;
};

// What the arena's root points to.
struct flow_root {
    struct report report;
    struct tally *tallies;
    struct edge_counts *edge_counts;
    // For who watches from outside (flow/watch.h).
    _Atomic uint64_t observed_ns; // the observer's last look
    uint64_t capacity;            // of all bounded edges together
    uint64_t series_count;        // rows there is room for
    _Atomic uint64_t pool_peak_bytes;
    _Atomic uint64_t left_on_disk; // records that a later run with the same folders would find now
    uint64_t memory_limit_bytes;   // 0: none
    uint64_t memory_reached_ns;    // when that was what the run died of; written before it dies
    volatile bool memory_reached;
    struct sink_counts *sink_counts;
    struct processing_counts *processing_counts;
};

struct flow {
    const struct run_setup *setup;
    const struct scenario *scenario;
    struct flow_world world;
    struct flow_root *root;
    struct record_pool *pool;

    struct edge *edges;
    size_t edge_count;
    unsigned spill_count;  // edges with an overflow
    struct pacer **pacers; // by their numbers, from 1
    size_t pacer_count;
    struct node **nodes; // senders, clients, receivers, workers, in this order
    size_t node_count;
    struct wire **wires; // one a source, NULL for synthetic ones
    struct sink_state *sinks;
    size_t sink_count;
    struct stage_state *stages;

    size_t *sender_base; // flat index of a source's first sender
    size_t sender_total; // all senders of all sources, with one more a source for foreign records
    _Atomic uint64_t *sender_generated; // sequence numbers used, by flat index
    _Atomic uint64_t *sender_newest;    // highest sequence number delivered + 1, by flat index
    _Atomic uint64_t reordered;
    struct check *checks; // one a delivering node and sink that it delivers to
    size_t check_count;
    _Atomic uint64_t *branch_newest; // as sender_newest, one row a sink; NULL with one sink
    _Atomic uint64_t *branch_reordered;

    size_t join_count;
    unsigned *join_sizes;        // how many copies each join waits for
    bool delivered_when_all_are; // barrier: a record is delivered with its last copy, not with its first

    // See flow/stop.c. Sources stop at stop_ns: the duration, or earlier when the run is told to; nodes stop
    // whatever they do at cut_ns: the drain later.
    _Atomic uint64_t stop_ns, cut_ns;
    _Atomic bool ending; // has been told to drain or to close
    struct age_meter age;

    // observer
    uint64_t tick_ns, next_tick_ns;
    uint32_t *depths; // all edges' lengths together, one a tick
    size_t depth_count, depth_room;
    double *edge_len_sum; // inside the measured window
    uint64_t window_ticks, worker_ticks;
};

// A stage's service times, shared by its workers.
struct stage_state {
    struct rng rng;
    void *guard; // NULL with one worker

    // Workers below this index work; the others are dormant and wait for their turn.
    _Atomic unsigned active;
    struct signal turn;            // `active` has changed, or the edge has closed
    _Atomic uint64_t next_look_ns; // scaled: when `active` may change next
    // With a dispatcher: a queue for every worker, and the word that one of them has become shorter.
    struct edge_spec own_spec;
    struct edge *own_edges;
    struct signal taken;
    uint64_t active_ticks, peaked_ns; // the observer's: sum of `active` over its looks, first time at most
    unsigned active_max;
};

// Builds everything: queues, wires, files, nodes, tallies. False with *e; what was built is taken down.
bool flow_create(struct flow *f, const struct run_setup *setup, const struct flow_world *world,
                 struct error *e);
void flow_destroy(struct flow *f);
void flow_plan_end(struct flow *f); // the end as the scenario plans it; part of flow_create

// Looks at every edge; call it each f->tick_ns while nodes run (late is fine). Single thread.
void flow_observe(struct flow *f, uint64_t now_ns);

// After every node has ended: counts what is still inside, concludes the proof and fills in the report.
// end_ns: when the last node ended.
void flow_conclude(struct flow *f, uint64_t end_ns);

// ---- where records end; each takes the record back into the pool ----
void flow_deliver(struct node *n, struct record *r, uint64_t now_ns);
void flow_lose(struct node *n, struct record *r, enum weir_loss reason, uint64_t now_ns);
void flow_leave_in_flight(struct node *n, struct record *r, uint64_t now_ns);
void flow_refuse_finally(struct node *n, struct record *r, uint64_t now_ns);
void flow_unsend(struct node *n, struct record *r, uint64_t now_ns);
void flow_filter(struct node *n, struct record *r, uint64_t now_ns); // a processor took it out on purpose

// Whether the payload is what it was when the record was made, received or last rewritten.
bool flow_payload_ok(const struct flow *f, const struct record *r);
struct identity flow_identity(const struct flow *f, const struct record *r);

// For the last copy of a record: counts the delivery of the whole; lets the source know that it has ended,
// and takes it back into the pool.
void flow_count_delivery(struct node *n, struct record *r, uint64_t now_ns);
void flow_settle(struct node *n, struct record *r);
// Raises *newest to seq + 1; true when something newer was there before.
bool flow_passes_newest(_Atomic uint64_t *newest, uint64_t seq);

// Counts a record of this identity as generated / as never sent, without a record in hand.
void flow_generated(struct node *n, unsigned source, unsigned sender, uint64_t intended_ns);
void flow_unsent(struct node *n, unsigned source, unsigned sender, uint64_t seq);

// Marks the end of one sequence number for --verify.
void flow_mark_end(struct node *n, unsigned source, unsigned sender, uint64_t seq);

void flow_trace(struct node *n, uint64_t now_ns, unsigned what, const struct record *r);
bool flow_in_window(const struct flow *f, uint64_t intended_ns);
uint64_t flow_stop_ns(const struct flow *f);

// Tells a running pipeline to end before its time; the executor then wakes the nodes. Sources stop now, then:
// drain: what was admitted is delivered, for at most the scenario's drain; close: everything stops now, what
// is inside stays in flight. One of the two, once: false (closed already) when either was called before.
// Any thread.
bool flow_drain(struct flow *f, uint64_t now_ns);
bool flow_close(struct flow *f, uint64_t now_ns);

// Raises a signal: whoever waits for it goes on. Any thread.
static inline void flow_raise(const struct flow *f, struct signal *signal)
{
    if (signal_count(signal))
        f->world.wake(f->world.context, signal);
}

// The cell's memory limit has been reached: leaves the reason where flow_salvage finds it.
void flow_note_memory(struct flow *f, uint64_t now_ns);

static inline void guard_enter(const struct flow *f, void *guard)
{
    if (guard)
        f->world.guard_enter(guard);
}

static inline void guard_leave(const struct flow *f, void *guard)
{
    if (guard)
        f->world.guard_leave(guard);
}

// Node constructors; NULL when memory ends. Each file documents its machine.
struct node *sender_create(struct flow *f, unsigned source, unsigned sender, const struct ways *to);
struct node *receiver_create(struct flow *f, unsigned source, const struct ways *to);
struct node *client_create(struct flow *f, unsigned source, unsigned sender);
struct node *collector_create(struct flow *f, unsigned source, const struct ways *to);
struct node *scaler_create(struct flow *f, size_t stage);
struct node *dispatcher_create(struct flow *f, size_t stage);
struct node *worker_create(struct flow *f, const struct stage *stage, unsigned index, struct edge *from,
                           const struct ways *to, struct sink_state *sink);

// Shared set-up of the head of a node (node.c); used by the constructors. `use`: enum tally_use. False when
// memory ends.
bool node_init(struct node *n, struct flow *f, const struct node_ops *ops, const char *name, unsigned use);
bool node_attach_in(struct node *n, struct edge *e);
bool node_attach_out(struct node *n, struct edge *e); // one more way on
bool node_attach_ways(struct node *n, const struct ways *ways);
void node_release_outs(struct node *n); // it has ended: gives up its hold on every edge it offered to
void node_fini(struct node *n);

// The queue of a sink; NULL when it has none.
struct edge *flow_sink_edge(const struct flow *f, size_t sink);

#endif
