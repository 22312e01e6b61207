// SPDX-License-Identifier: Apache-2.0
// Counts what some runs ask of others: allocations of the C library, system calls of the kernel. The runs are
// made in a child, so that what crashes takes nobody along; its system calls are counted by ptrace.
#ifndef GATE_EFFECTS_H
#define GATE_EFFECTS_H

#include "gate/count.h"

struct effects {
    uint64_t allocations, system_calls;
};

struct effects_found {
    bool allocations, system_calls; // were counted
    char why_not[160];              // system calls were not
    // Otherwise than fine: the run in which the child ended, and how.
    bool ended;
    size_t run;
    char how[80]; // "SIGSEGV", "status 3"
};

// Calls function(context, 0), ... `runs` times in a child, once uncounted and once counted, and fills
// `counts`. False when the child did not come to the end (`ended`), or there is none for lack of memory or
// processes. Blocks; the caller has one thread.
bool count_effects(count_function *function, void *context, size_t runs, struct effects *counts,
                   struct effects_found *found);

#endif
