// SPDX-License-Identifier: Apache-2.0
// What an edge's discipline (strategy/discipline.h) does with records on their way into the queue and out of
// it. Called by edge.c only.
#ifndef FLOW_QUEUEING_H
#define FLOW_QUEUEING_H

#include "flow/edge.h"

// Prepares the discipline's state, and where it brings a store of its own, the queue over it (e->ops and
// e->queue; NULL else). e->spec and e->name are set. False when memory ends.
bool queueing_open(struct flow *f, struct edge *e);
void queueing_close(struct flow *f, struct edge *e);

// Whether records have to go through queueing_enter instead of straight into the queue, and through
// queueing_take instead of straight out of it.
bool queueing_screens(const struct edge *e);
bool queueing_judges(const struct edge *e);

// Puts what is not yet inside of an offer of `count` records into the queue, one by one. A record that the
// discipline does not take is lost here, and counted as entered and dropped. False: the queue is full;
// o->pushed says how many have been dealt with.
bool queueing_enter(struct node *n, struct port *port, struct offer *o, struct record *const *records,
                    size_t count, uint64_t now_ns);

// Takes up to `count` records that the discipline delivers; what it drops on the way is lost here. Fewer than
// asked for: the queue was empty, or QUEUEING_DROPS_MAX records have been dropped and the caller should look
// at the time before it goes on.
size_t queueing_take(struct node *n, struct port *port, struct record **records, size_t count,
                     uint64_t now_ns);

// A push did not fit. Takes out what the discipline itself gives up for it, before the admission strategy is
// asked: true when there is more room now.
bool queueing_makes_room(struct node *n, struct port *port, size_t count, uint64_t now_ns);

// Takes out the record that an evicting admission strategy asks for. False when the queue was empty.
bool queueing_evict(struct node *n, struct port *port, enum weir_loss reason, uint64_t now_ns);

enum { QUEUEING_DROPS_MAX = 4096 };

#endif
