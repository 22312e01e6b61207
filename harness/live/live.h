// SPDX-License-Identifier: Apache-2.0
// Executor 1: a thread a node, the real clock, real queues, files and sockets. See flow/engine.h for
// live_run.
//
// The same state machines as in the simulator: this file's part is to carry out what a step waits for.
// Threads sleep until the deadline they were given; nothing polls. A run ends by
// its own clock: each wait has a deadline that is never behind the cut.
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include <pthread.h>
#include <stdatomic.h>

#include "flow/flow.h"

struct live {
    struct flow flow;
    _Atomic uint64_t epoch_ns;  // CLOCK_MONOTONIC at time 0
    int stop_event;             // eventfd that the wires watch too
    _Atomic uint32_t stop_word; // futex: bumped when the run is told to end early
    pthread_barrier_t start;
    pthread_t *threads;
    size_t thread_count;
    _Atomic size_t running;
    _Atomic uint32_t done_word; // futex: bumped when a thread ends
    _Atomic uint64_t last_end_ns;
    bool pinned;
    uint64_t wake_io_ns; // next time, once the run is told to end
};

// What a process used, from the kernel's accounts.
struct usage {
    double user_s, system_s;
    uint64_t voluntary, involuntary, major_faults;
};

struct usage usage_now(void);
void usage_forget_peak(void); // the peak counts from here
uint64_t usage_peak_bytes(void);

#endif
