// SPDX-License-Identifier: Apache-2.0
// Stages that share a disruptor ring: `queue: {type: disruptor, ring: NAME}`.
#ifndef SCENARIO_RINGS_H
#define SCENARIO_RINGS_H

#include "scenario/document.h"

// Before the stages are sorted: a ring without a type is a disruptor; with another type the stage has a queue
// of its own, so that a matrix can hold the two against each other.
void rings_settle_types(struct document *d);

// After the stages are sorted: who shares a ring, whether that can work, and what the ring's stages have in
// common (capacity, wait, strategy), which its first stage says.
void rings_build(struct document *d);

#endif
