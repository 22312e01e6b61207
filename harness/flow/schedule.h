// SPDX-License-Identifier: Apache-2.0
// When a sender's records are due: a pure function of seed and timeline, identical in both engines.
//
// Arrivals are made in operational time: each needs an amount of integrated rate that is fixed (constant),
// exponential (poisson, on_off, mmpp, diurnal) or Pareto (pareto), with mean 1; so a rate that changes on the
// timeline bends the schedule without redrawing it.
//
// - mmpp: the states follow each other in a circle, exponential stays in real time. The first is drawn from
//   the long-run shares, so that the process is stationary from 0 on. All senders of a source share the
//   states, each has its part of the rate: together they are the one process that was asked for.
// - diurnal: made at the peak rate and thinned (Lewis, Shedler: "Simulation of nonhomogeneous Poisson
//   processes by thinning", 1979): exact, whatever the timeline does to the rate.
// - trace: the rows of the file; senders take them in turns.
#ifndef FLOW_SCHEDULE_H
#define FLOW_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "scenario/scenario.h"

enum { SCHEDULE_CHUNK = 256 };

struct schedule {
    const struct source *source;
    unsigned sender;
    uint64_t end_ns; // nothing is due at or after this
    struct rng gaps, sizes, classes, thinks;
    struct rng states, thinning;  // mmpp (the same of every sender), diurnal
    size_t state;                 // mmpp
    double state_end_ns;          // mmpp: when the next begins
    double state_mean;            // mmpp: of `rates`, over the long run
    double at_ns;                 // time reached
    uint64_t sized, classed;      // trace: rows whose size and class were asked for
    uint64_t made, limit;         // records so far; limit 0: none
    uint64_t due[SCHEDULE_CHUNK]; // generated ahead
    unsigned next, count;
    bool ended;
};

void schedule_init(struct schedule *s, const struct source *source, unsigned sender, uint64_t seed,
                   uint64_t end_ns);

// Open loop: the next due time, without taking it. False: nothing more before the end.
bool schedule_peek(struct schedule *s, uint64_t *due_ns);
void schedule_pop(struct schedule *s);

// Closed loop: whether one more may be made, and the pause before it.
bool schedule_closed_more(struct schedule *s);
uint64_t schedule_think(struct schedule *s);

uint32_t schedule_size(struct schedule *s); // payload bytes of the next record
uint8_t schedule_class(struct schedule *s);

#endif
