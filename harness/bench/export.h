// SPDX-License-Identifier: Apache-2.0
// Include last, after the queue and adapter.h: adds the measured loops and the symbol that weir_queue_load
// looks for. The bench's own instances define WEIR_MODULE_SYMBOL to get one symbol a queue.
#ifndef WEIR_BENCH_EXPORT_H
#define WEIR_BENCH_EXPORT_H

#include "bench/loop.h"
#include "bench/module.h"

#ifndef WEIR_MODULE_SYMBOL
#define WEIR_MODULE_SYMBOL weir_queue_module
#endif

WEIR_EXTERN_C_BEGIN
extern __attribute__((visibility("default"))) const struct weir_queue_module WEIR_MODULE_SYMBOL;
const struct weir_queue_module WEIR_MODULE_SYMBOL = {WEIR_SET(abi, WEIR_MODULE_ABI), WEIR_SET(ops, &q_ops),
                                                     WEIR_SET(loops, &q_loops), WEIR_SET(driver, NULL)};
WEIR_EXTERN_C_END

#endif
