// SPDX-License-Identifier: Apache-2.0
// Where code and data of a launch come to lie, drawn anew for each one.
#ifndef GATE_DUET_LAYOUT_H
#define GATE_DUET_LAYOUT_H

#include "base/rng.h"
#include "bench/module.h"
#include "gate/duet.h"

// Loads the modules of all arms, in random order and at random distances of each other, behind an environment
// of random length; the answer says which one is being loaded. In the launch's process: what it maps stays.
// NULL, or what went wrong.
const char *duet_layout_load(const struct weir_queue_module *module[ARMS], const struct duet_modules *modules,
                             struct rng *layout, struct duet_answer *answer);

// The numbers below `count` in random order.
void duet_layout_shuffle(unsigned *order, unsigned count, struct rng *layout);

#endif
