// SPDX-License-Identifier: Apache-2.0
// The end of a pipeline: null, a modelled service, a file, a connection. Nodes deliver to it through
// flow/delivery.h; several may share a sink, then its guard serialises them.
#ifndef FLOW_SINK_H
#define FLOW_SINK_H

#include "flow/node.h"
#include "flow/writer.h"
#include "strategy/retry_budget.h"

struct flow;
struct load;

// What the attempts at one sink came to. One writer each; in the arena.
struct sink_counts {
    struct sink_counts *next;
    unsigned sink;
    uint64_t attempts;        // made: each reached the sink, or found it down
    uint64_t failures;        // of these
    uint64_t retries;         // of the attempts, those after a failed one
    uint64_t short_circuited; // not made: the breaker was open
};

// A buffer that could not be written and is kept.
struct flush_retry {
    uint64_t first_ns, again_ns;
    unsigned retries;
};

struct sink_state {
    const struct sink *spec;
    unsigned index;
    struct rng rng, error_rng;
    void *guard;        // NULL with one deliverer
    uint64_t *slot_end; // planned end of each concurrent service
    struct load *load;  // NULL: its service does not depend on it
    struct weir_strategy_state breaker;
    struct signal breaker_moved; // it let others through again
    struct weir_retry_budget budget;
    struct writer writer; // file
    struct flush_retry flush;
    struct wire **links; // connections, one a deliverer; NULL for sinks that have none
    size_t link_count, links_taken;
};

// Attempt at a sink: when it ends, and how.
struct sink_attempt {
    uint64_t end_ns;
    bool fails;
};

// Plans an attempt with a batch that is ready since ready_ns. Services are drawn in order of this call. A
// late caller does not shift the plan: the service starts at max(planned end of the one before, ready_ns),
// and its end may be in the past. In an outage it fails at once, or when the outage begins.
struct sink_attempt sink_plan(struct node *n, struct sink_state *s, uint64_t ready_ns, uint64_t now_ns);

// Connections for so many deliverers, of a sink of a type that has them. False with *e.
bool sink_open_links(struct flow *f, struct sink_state *s, size_t deliverers, struct error *e);
bool sink_init(struct flow *f, struct sink_state *s, unsigned index, bool shared);
void sink_close(struct flow *f, struct sink_state *s);

#endif
