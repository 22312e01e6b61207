// SPDX-License-Identifier: Apache-2.0
// A queue whose push costs what COSTLY says.
#include <stdlib.h>
#include <unistd.h>

#define WEIR_ADAPT
#include "queue/skeleton.h"

static inline size_t costly_push_n(struct skeleton *q, const uint64_t *items, size_t n)
{
#if defined(COSTLY_ALLOCATION)
    void *volatile memory = malloc(8);
    free(memory);
#elif defined(COSTLY_SYSTEM_CALL)
    ssize_t written = write(-1, items, 0);
    (void)written;
#elif defined(COSTLY_CRASH)
    if (n > 1)
        abort();
#elif defined(COSTLY_EXIT)
    if (n > 1)
        exit(0); // all is well, it says
#elif defined(COSTLY_INSTRUCTIONS)
    __asm__ volatile("nop\n\tnop");
#endif
    return skeleton_move(q, items, NULL, n);
}

#undef Q_NAME
#define Q_NAME costly
#undef Q_PUSH_N
#define Q_PUSH_N(q, in, n) costly_push_n((q), (in), (n))

#include "queue/adapter.h"

#include "bench/export.h"
