// SPDX-License-Identifier: Apache-2.0
// The cores that this process may run on, and a thread's place on one of them.
#ifndef BASE_CORES_H
#define BASE_CORES_H

#include <stdbool.h>

// Their numbers, ascending, at most `most`; answers how many were written. 0: the kernel does not say.
unsigned cores_allowed(int *cpus, unsigned most);

// Keeps the calling thread on `cpu` from now on. False when it may not run there (as on -1, which callers use
// for "where it likes"); then nothing has changed.
bool cores_pin(int cpu);

#endif
