// SPDX-License-Identifier: Apache-2.0
// How noisy this machine is right now.
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include "result/env.h"

// Sleeps `sleeps` times for 1 ms and sends a cache line between two cores `pingpongs` times (about 10 ms
// each).
void machine_measure(struct env_noise *noise, unsigned sleeps, unsigned pingpongs);

#endif
