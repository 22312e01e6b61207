// SPDX-License-Identifier: Apache-2.0
#include "wait/fence.h"
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of <linux/membarrier.h>, which older systems lack.
enum { EXPEDITED = 1 << 3, REGISTER_EXPEDITED = 1 << 4 };

static bool membarrier(int command)
{
#ifdef SYS_membarrier
    return syscall(SYS_membarrier, command, 0, 0) == 0;
#else
    (void)command;
    return false;
#endif
}

// Registers the process, which does it no harm to repeat.
bool weir_fence_ready(void)
{
    return membarrier(REGISTER_EXPEDITED);
}

void weir_fence_heavy(void)
{
    // A process that was forked since then may have to register first.
    if (!membarrier(EXPEDITED) && !(weir_fence_ready() && membarrier(EXPEDITED)))
        abort(); // it was promised
}
