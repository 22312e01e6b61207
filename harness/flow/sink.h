// SPDX-License-Identifier: Apache-2.0
// The end of a pipeline: null, a modelled service, a file. Called by the worker that delivers; several
// workers may share a sink, then its guard serialises them.
#ifndef FLOW_SINK_H
#define FLOW_SINK_H

#include "flow/node.h"

struct flow;

struct sink_state {
    const struct sink *spec;
    struct rng rng;
    void *guard;        // NULL with one deliverer
    uint64_t *slot_end; // planned end of each concurrent service
    struct sink_file *file;
    unsigned char *buffer;
    size_t buffered, room;   // room: the spec's buffer, more after a line that is longer
    struct record **pending; // in the buffer, not yet handed to the kernel
    size_t pending_count, pending_room;
    uint64_t last_sync_ns;
    int error; // of the last failed write; 0 after the next good one
    char path[512];
};

// Plans the service of a batch that is ready since ready_ns: answers when it ends. Services are drawn in
// order of this call. A late caller does not shift the plan: the service starts at max(planned end of the one
// before, ready_ns), and the answer may be in the past.
uint64_t sink_plan(struct node *n, struct sink_state *s, uint64_t ready_ns);

// The planned end has come: takes the records. They are delivered now, or (file) once the buffer is written.
void sink_take(struct node *n, struct sink_state *s, struct record **records, size_t count, uint64_t now_ns);

// Writes what is buffered: the worker has nothing else to do, or ends. False when nothing was there.
bool sink_flush(struct node *n, struct sink_state *s, uint64_t now_ns);
void sink_close(struct flow *f, struct sink_state *s);

#endif
