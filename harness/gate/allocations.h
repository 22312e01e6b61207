// SPDX-License-Identifier: Apache-2.0
// Counts what is asked of the C library's allocator: malloc and its relatives, by this program's own
// functions of these names, which every module that it loads is bound to. Only of weir-count. An allocator
// that a module brings itself is not seen; what it asks of the kernel is a system call.
#ifndef GATE_ALLOCATIONS_H
#define GATE_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// Whether they can be counted in this build: not where a sanitizer has the allocator, or another C library.
bool allocations_countable(void);

// From now on each allocation of this process adds one to *counter; NULL: no longer. Memory that is freed or
// grown in place by realloc is not told apart: each call of realloc is an allocation.
void allocations_count(_Atomic uint64_t *counter);

// The allocator gets plenty from the kernel and keeps it, so that whether it asks for more later does not
// depend on where memory happens to lie.
void allocations_keep_memory(void);

#endif
