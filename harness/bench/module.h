// SPDX-License-Identifier: Apache-2.0
// A queue in a shared object: BUILD/weir-queue-NAME.so, or a user's own made from impl/queue/skeleton.h.
#ifndef WEIR_BENCH_MODULE_H
#define WEIR_BENCH_MODULE_H

#include "bench/worker.h"
#include "queue/queue.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_MODULE_ABI (1000u * WEIR_QUEUE_ABI + WEIR_BENCH_LOOP_ABI)

struct bench_driver;

// What a module exports, under the name `weir_queue_module`. Nothing else needs to be visible.
struct weir_queue_module {
    uint32_t abi; // WEIR_MODULE_ABI
    const struct weir_queue_ops *ops;
    const struct bench_loops *loops;
    const struct bench_driver *driver; // of a program that measures itself (driver.h); NULL in any file
};

WEIR_EXTERN_C_BEGIN

// NULL, with a reason in `error`, when the file cannot be loaded, is no module, or was built for another ABI.
// It stays loaded until the process ends; loading it again gives the same. A name without a slash is looked
// up among the built-in queues and the peers instead. A driver is started, to see whether it is one. Not
// while other threads load.
const struct weir_queue_module *weir_queue_load(const char *path_or_name, char *error, size_t size);

// A copy of the file in memory, as a descriptor that vanishes with the process: each copy loads as code and
// data of its own, where the file itself would be loaded once. -1, with a reason in `error`.
int weir_queue_copy(const char *path, char *error, size_t size);

// Loads such a copy, as weir_queue_load does a file; `path` is what errors call it. Untried: whoever does not
// know the file calls from a process that may crash.
const struct weir_queue_module *weir_queue_load_copy(int copy, const char *path, char *error, size_t size);

WEIR_EXTERN_C_END

// Whether it is part of this program.
bool weir_queue_is_built_in(const struct weir_queue_module *module);

#endif
