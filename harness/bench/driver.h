// SPDX-License-Identifier: Apache-2.0
// A queue of another language, which a program of its own measures: a driver. It is found like a peer's
// module, as the executable weir-peer-NAME beside weir, and runs from the first of its turns until the bench
// ends, idle between them, so that what it has warmed up stays warm. It speaks lines:
//
//   from it  weir-driver 1 producers=64 consumers=1    when it has started: how many it takes at most
//   to it    turn producers=1 consumers=1 batch=16 capacity=1024 item_bytes=8 wait=spin seconds=0.1
//   from it  ready        its threads, named weir-p0, ... and weir-c0, ..., wait for the start; now they are
//   pinned to it    go from it  {"items":N,"ns_per_item":X}   may add cpu_ns_per_item and
//   consumer_cpu_ns_per_item;
//            {"error":"text"}              instead of it, or of `ready`
//
// The end of its input is its end. Items, the time that counts, and the checks (sum, order, payload) are
// those of loop.h: a driver that cannot vouch for them answers an error.
#ifndef WEIR_BENCH_DRIVER_H
#define WEIR_BENCH_DRIVER_H

#include "bench/module.h"
#include <stdbool.h>

struct turn;
struct turn_answer;
struct bench_driver;

// Is there a driver at this path? Any program whose name does not end in .so.
bool driver_is_at(const char *path);

// The driver at this path, started, as a module without operations of its own: its name (that of the file,
// without weir-peer-), caps and `driver` are set. The same for the same path. NULL, with a reason in `error`,
// when it does not greet as one in time.
const struct weir_queue_module *driver_module(const char *path, char *error, size_t size);

// Starts its program if it does not run. Call before the fork of the turn. NULL, or what went wrong.
const char *driver_start(const struct bench_driver *driver);

// In the turn's child: runs for `seconds` with thread i on cpus[i] (producers first; -1: where it likes).
// Blocks as long as the driver does. NULL, or what went wrong, in static memory.
const char *driver_turn(const struct bench_driver *driver, const struct turn *turn, double seconds,
                        const int *cpus, struct turn_answer *answer);

// Ends its program: after a turn that failed (it may be anywhere in its lines), and all at the end of a
// bench.
void driver_stop(const struct bench_driver *driver);
void driver_stop_all(void);

#endif
