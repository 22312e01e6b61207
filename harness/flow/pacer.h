// SPDX-License-Identifier: Apache-2.0
// Pacing carried out: one pacer for each producer of an edge whose strategies pace it. edge_offer asks it
// before every offer; from the go until its end (flow/end.c) a record counts as in flight, and its end is the
// result the strategies learn from, in whichever thread that happens.
//
//   ask -> pause: wait for a time or for a result, ask again
//       -> go: the records carry the pacer's number, the time, and how many were in flight -> end -> result
//
// A record carries one such mark, so on its way it may pass one edge whose pacing waits for results; the
// scenario check sees to that. A copy has a mark of its own.
#ifndef FLOW_PACER_H
#define FLOW_PACER_H

#include "flow/edge.h"

// What the pacers of one edge have in common. Its figures lie in the arena.
struct pacing {
    void *guard;  // of the producers' states and of the figures
    bool results; // any of the strategies waits for results
    struct pacing_figures *figures;
};

struct pacer {
    struct edge *edge;
    struct signal results; // raised with each
    struct weir_strategy_state state[EDGE_PACINGS_MAX];
    uint32_t number; // from 1
    size_t in_flight;
    uint64_t level_ns; // when in_flight or the limit was last looked at; TIME_NEVER: never
    size_t limit;
    uint64_t weighed;
};

enum pacer_fate {
    PACER_DELIVERED, // or taken out by a processor: it was worked off
    PACER_FAILED,    // lost or refused
    PACER_FORGOTTEN, // the run is over, or it was never offered: nothing to learn from
};

// Sets up what the pacers of an edge share, when its specification has any; NULL: it has none.
// False when memory ends.
bool pacing_open(struct flow *f, struct edge *e);
void pacing_close(struct flow *f, struct edge *e);

// A new producer of an edge with pacing. The flow owns it. NULL when memory ends.
struct pacer *pacer_create(struct flow *f, struct edge *e);

// Asks for `count` records that are offered together. True: go, they are in flight. False: *answer is BLOCKED
// and says until when. Called again with the same offer until it goes.
bool pacer_ask(struct flow *f, struct pacer *p, struct offer *o, struct record *const *records, size_t count,
               uint64_t now_ns, struct offer_answer *answer);

// A record has come to an end; without a mark nothing happens. Any thread.
void pacer_result(struct flow *f, struct record *r, enum pacer_fate fate, uint64_t now_ns);

#endif
