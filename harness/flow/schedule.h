// SPDX-License-Identifier: Apache-2.0
// When a sender's records are due: a pure function of seed and timeline, identical in both engines.
//
// Arrivals are made in operational time: each needs a fixed (constant) or exponential (poisson, on_off)
// amount of integrated rate, so a rate that changes on the timeline bends the schedule without redrawing it.
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
    double at_ns;                 // time reached
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
