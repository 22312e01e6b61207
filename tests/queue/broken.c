// SPDX-License-Identifier: Apache-2.0
// Modules that the loader must refuse; which one is chosen by a define.
#define WEIR_ADAPT
#include "queue/skeleton.h"

#include "queue/adapter.h"

#include "bench/loop.h"
#include "bench/module.h"

#if defined(BROKEN_ABI)
#define MODULE                                                                                               \
    {                                                                                                        \
        .abi = WEIR_MODULE_ABI + 1, .ops = &q_ops, .loops = &q_loops                                         \
    }
#elif defined(BROKEN_OPS_ABI)
static const struct weir_queue_ops older = {.abi = WEIR_QUEUE_ABI - 1, .name = "older"};
#define MODULE                                                                                               \
    {                                                                                                        \
        .abi = WEIR_MODULE_ABI, .ops = &older, .loops = &q_loops                                             \
    }
#elif defined(BROKEN_LOOPS_ABI)
static const struct bench_loops newer = {.abi = WEIR_BENCH_LOOP_ABI + 1};
#define MODULE                                                                                               \
    {                                                                                                        \
        .abi = WEIR_MODULE_ABI, .ops = &q_ops, .loops = &newer                                               \
    }
#elif defined(BROKEN_TABLE)
static const struct weir_queue_ops hole = {.abi = WEIR_QUEUE_ABI, .name = "hole", .create = q_create};
#define MODULE                                                                                               \
    {                                                                                                        \
        .abi = WEIR_MODULE_ABI, .ops = &hole, .loops = &q_loops                                              \
    }
#elif defined(BROKEN_NAME)
#undef Q_NAME
#define Q_NAME a b
static const struct weir_queue_ops named = Q_OPS;
#define MODULE                                                                                               \
    {                                                                                                        \
        .abi = WEIR_MODULE_ABI, .ops = &named, .loops = &q_loops                                             \
    }
#endif

#if defined(MODULE)
extern __attribute__((visibility("default"))) const struct weir_queue_module weir_queue_module;
const struct weir_queue_module weir_queue_module = MODULE;
#else // no symbol
__attribute__((visibility("default"))) const struct bench_loops *something_else(void);
const struct bench_loops *something_else(void)
{
    return &q_loops;
}
#endif
