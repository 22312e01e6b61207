// SPDX-License-Identifier: Apache-2.0
// Modules that the loader must refuse; which one is chosen by a define.
#define WEIR_ADAPT
#include "queue/skeleton.h"

#include "queue/adapter.h"

#include "bench/loop.h"
#include "bench/module.h"

#if defined(BROKEN_ABI)
extern const struct weir_queue_module weir_queue_module;
__attribute__((visibility("default"))) const struct weir_queue_module weir_queue_module = {
    .abi = WEIR_MODULE_ABI + 1, .ops = &q_ops, .loops = &q_loops};
#elif defined(BROKEN_TABLE)
static const struct weir_queue_ops hole = {.abi = WEIR_QUEUE_ABI, .name = "hole", .create = q_create};
extern const struct weir_queue_module weir_queue_module;
__attribute__((visibility("default")))
const struct weir_queue_module weir_queue_module = {.abi = WEIR_MODULE_ABI, .ops = &hole, .loops = &q_loops};
#else // no symbol
__attribute__((visibility("default"))) const struct bench_loops *something_else(void);
const struct bench_loops *something_else(void)
{
    return &q_loops;
}
#endif
