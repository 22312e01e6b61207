// SPDX-License-Identifier: Apache-2.0
// From the hands of a worker into the sinks: one sink, or several with a barrier, where each gets a copy and
// the worker waits until all are done. Several leaf stages in front of the sinks join here: whoever brings
// the last copy of a record hands it over. Pure like every node; one thread.
//
//   begin -> meet the other leaves -> a copy for each sink -> deliver (delivery.h) until all are done
#ifndef FLOW_HANDOVER_H
#define FLOW_HANDOVER_H

#include "flow/delivery.h"
#include "flow/shape.h"

struct handover {
    struct delivery *deliveries; // one a sink
    struct record ***copies;     // each sink's batch; of the first one the worker's own array
    size_t sink_count, room;
    struct way way; // the join in front of the sinks
    enum handover_phase { HANDOVER_IDLE, HANDOVER_MEET, HANDOVER_SPREAD, HANDOVER_DELIVER } phase;
    struct record **records;
    size_t count, spread;
    uint64_t ready_ns;
};

// For node n, which has been initialised. `sinks` are sink_count states in a row; batches have at most `room`
// records. False when memory ends.
bool handover_init(struct node *n, struct handover *h, struct sink_state *sinks, size_t sink_count,
                   size_t room, const struct way *way);
void handover_free(struct handover *h);

// As delivery_begin, _step, _is_due and _cut. What `records` points to is reordered.
void handover_begin(struct handover *h, struct record **records, size_t count, uint64_t ready_ns);
struct wait handover_step(struct node *n, struct handover *h, uint64_t now_ns);
bool handover_is_due(const struct handover *h, uint64_t now_ns);
void handover_cut(struct node *n, struct handover *h, uint64_t now_ns);

// delivery_flush and _end for all of them; the nearest of their times.
bool handover_flush(struct node *n, struct handover *h, uint64_t now_ns, uint64_t *until_ns);
void handover_end(struct node *n, struct handover *h, uint64_t now_ns);

#endif
