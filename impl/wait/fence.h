// SPDX-License-Identifier: Apache-2.0
// Asymmetric fences: one side passes its fence with every operation, the other hardly ever.
//
// Together a light and a heavy fence order like two sequentially consistent ones: if the light one comes
// first, what was written before it is seen after the heavy one; if the heavy one comes first, what was
// written before it is seen after the light one. The light one costs no instruction; it only holds the
// compiler. The heavy one is a system call that makes every core of the process pass a full fence
// (membarrier, Linux 4.14; the idea is that of Dice, Huang, Yang: "Asymmetric Dekker synchronization", 2001).
#ifndef WEIR_FENCE_H
#define WEIR_FENCE_H

#include "queue/cxx.h"
#include <stdatomic.h>
#include <stdbool.h>

#define WEIR_FENCE_LIGHT() atomic_signal_fence(memory_order_seq_cst)

WEIR_EXTERN_C_BEGIN

// Whether weir_fence_heavy works here. A system call; before the first fence of either kind.
bool weir_fence_ready(void);

// Any thread, after weir_fence_ready has said true. Some microseconds.
void weir_fence_heavy(void);

WEIR_EXTERN_C_END

#endif
