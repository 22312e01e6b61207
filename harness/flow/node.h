// SPDX-License-Identifier: Apache-2.0
// A node is a small state machine: a sender, a receiver, a retrying client, a worker. Its step is handed the
// time and what it can see, and answers with what it waits for. It never reads a clock, sleeps, locks or
// calls the kernel: the executor does, in real or in virtual time.
#ifndef FLOW_NODE_H
#define FLOW_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/signal.h"
#include "flow/tally.h"
#include "flow/wire.h"
#include "scenario/scenario.h"

struct edge;
struct flow;
struct check;
struct pacer;
struct seen;

enum wait_for {
    WAIT_NOTHING, // step again at once (with a fresh clock)
    WAIT_ITEMS,   // records on `edge`, its end, or until_ns
    WAIT_SPACE,   // `count` free slots on `edge`, or until_ns
    WAIT_TIME,    // until_ns
    WAIT_IO,      // `wire` can go on on this `side`, or until_ns
    WAIT_WORK,    // until_ns is a length: that much CPU work, then step again
    WAIT_SIGNAL,  // `signal` has moved on from `seen`, or until_ns
    WAIT_INLINE,  // `edge` has no hand-off: its consumer runs now, in this thread, until it is idle again
    WAIT_DONE,    // this node has ended
};

struct wait {
    enum wait_for what;
    struct edge *edge;
    size_t count;
    struct wire *wire;
    int side; // sender index, or -1 for the receiving side
    struct signal *signal;
    uint32_t seen;
    uint64_t until_ns;
};

struct node;

struct node_ops {
    const char *kind;
    // Who goes first at one instant of virtual time: lower ranks do. Departures before arrivals.
    unsigned rank;
    struct wait (*step)(struct node *n, uint64_t now_ns);
    void (*destroy)(struct node *n); // frees the node
};

// How many copies went through one end of an edge. One writer each; in the arena.
struct edge_counts {
    struct edge_counts *next;
    unsigned edge;
    uint64_t in, out, dropped; // entered, taken out, taken out and dropped (evicted)
};

// A node's hold on an edge, and what stands in front of it (see flow/shape.h).
struct port {
    struct edge *edge;
    struct edge_counts *counts;
    struct pacer *pacer; // asked before each offer; NULL: nothing paces this producer
    int join;            // -1: none
    unsigned slot;
    int branch; // -1: none
};

// Common head of every node.
struct node {
    const struct node_ops *ops;
    struct flow *flow;
    char name[REPORT_NAME_MAX];
    unsigned id;
    struct port in, out; // edge NULL where there is none; out: the first of outs
    struct port *outs;   // every way on: &out, or with several an array of its own
    size_t out_count;
    bool delayable; // what it offers loses nothing by waiting
    struct tally *tally;
    struct check *check; // nodes that deliver: one, or one a sink
    unsigned check_count;
    struct seen *ends; // --verify: the sequence numbers this node ended, per sender and kind
    void *executor;    // the executor's own
};

static inline struct wait wait_nothing(void)
{
    return (struct wait){.what = WAIT_NOTHING};
}
static inline struct wait wait_done(void)
{
    return (struct wait){.what = WAIT_DONE};
}
static inline struct wait wait_time(uint64_t until_ns)
{
    return (struct wait){.what = WAIT_TIME, .until_ns = until_ns};
}
static inline struct wait wait_work(uint64_t length_ns)
{
    return (struct wait){.what = WAIT_WORK, .until_ns = length_ns};
}
static inline struct wait wait_items(struct edge *edge, uint64_t until_ns)
{
    return (struct wait){.what = WAIT_ITEMS, .edge = edge, .until_ns = until_ns};
}
static inline struct wait wait_space(struct edge *edge, size_t count, uint64_t until_ns)
{
    return (struct wait){.what = WAIT_SPACE, .edge = edge, .count = count, .until_ns = until_ns};
}
static inline struct wait wait_inline(struct edge *edge)
{
    return (struct wait){.what = WAIT_INLINE, .edge = edge, .until_ns = TIME_NEVER};
}
static inline struct wait wait_signal(struct signal *signal, uint32_t seen, uint64_t until_ns)
{
    return (struct wait){.what = WAIT_SIGNAL, .signal = signal, .seen = seen, .until_ns = until_ns};
}
static inline struct wait wait_io(struct wire *wire, int side, uint64_t until_ns)
{
    return (struct wait){.what = WAIT_IO, .wire = wire, .side = side, .until_ns = until_ns};
}

static inline uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}
static inline uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
