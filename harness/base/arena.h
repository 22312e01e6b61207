// SPDX-License-Identifier: Apache-2.0
// Memory shared between the supervisor and the child that runs a cell: mapped before fork, at the same
// address in both, so plain pointers inside it stay valid. What a child counted survives its crash.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

// A reserve of address space (MAP_SHARED, MAP_NORESERVE): memory is used as it is touched. NULL when it
// cannot be had. The caller destroys it; a child that exits need not.
struct arena *arena_create(size_t reserve_bytes);
void arena_destroy(struct arena *a); // every pointer into it dies; NULL is allowed

// Forgets every allocation and the root and gives the pages back. No child may be using it.
void arena_reset(struct arena *a);

// Zeroed, 64-byte aligned, freed only by reset or destroy. One thread at a time, of all processes that share
// the arena. When the reserve is exhausted it says so on stderr and aborts.
void *arena_alloc(struct arena *a, size_t bytes);

void arena_set_root(struct arena *a,
                    void *root);         // what the other process looks up first; points into the arena
void *arena_root(const struct arena *a); // NULL until set

#endif
