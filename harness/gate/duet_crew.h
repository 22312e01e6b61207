// SPDX-License-Identifier: Apache-2.0
// The inside of a launch: its threads and their turns.
#ifndef GATE_DUET_CREW_H
#define GATE_DUET_CREW_H

#include "base/rng.h"
#include "gate/duet.h"

// In the launch's process, which ends after it whatever happens: loads the modules, runs all rounds and fills
// the answer but for the noise that is not its threads' own. NULL, or what went wrong: then threads may still
// run.
const char *duet_crew_run(const struct duet_modules *modules, const struct duet_cell *cell, uint64_t items,
                          struct rng *layout, struct duet_answer *answer);

#endif
