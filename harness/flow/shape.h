// SPDX-License-Identifier: Apache-2.0
// The shape of a pipeline, read off the scenario: where the records of a source or a stage go on to, and
// where branches come together again.
#ifndef FLOW_SHAPE_H
#define FLOW_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

struct edge;
struct flow;
struct scenario;

// One way on for a record. Ways of one place that have the same join pass it together.
struct way {
    struct edge *edge; // NULL: to the sinks, handed over without a queue
    int join;          // number of the join in front of it; -1: none
    unsigned slot;     // which of those that the join waits for this place is
    int branch;        // the sink it leads to when there are several; -1: none, or all of them
};

struct ways {
    struct way *list; // the caller frees it
    size_t count;
};

// All ways from the sources, or from a stage. False when memory ends.
bool shape_from_sources(const struct flow *f, struct ways *ways);
bool shape_from_stage(const struct flow *f, size_t stage, struct ways *ways);

// How many joins there are, and how many copies the join of this number waits for.
size_t shape_joins(const struct scenario *s);
unsigned shape_join_size(const struct scenario *s, size_t join);

// How many nodes hand records to this sink.
unsigned shape_deliverers(const struct scenario *s, size_t sink);

#endif
