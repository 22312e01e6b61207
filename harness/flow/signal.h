// SPDX-License-Identifier: Apache-2.0
// A signal wakes nodes that wait for something other nodes do: a paused producer for a result, a dormant
// worker for its turn. It carries nothing but that something has happened; a node reads `signal_seen`, looks
// at what it waits for, and then waits for the signal to move on from what it has seen. So nothing that
// happens in between is missed.
//
// Zero bytes are a signal that nobody has raised. Any thread may raise one. Lives as long as the flow.
#ifndef FLOW_SIGNAL_H
#define FLOW_SIGNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct signal {
    _Atomic uint32_t count;    // live: also the futex word
    _Atomic uint32_t sleepers; // without any, raising wakes nobody and costs no call
};

static inline uint32_t signal_seen(struct signal *s)
{
    return atomic_load(&s->count);
}

// Whether somebody has to be woken: the executor does that (flow_raise in flow.h).
static inline bool signal_count(struct signal *s)
{
    atomic_fetch_add(&s->count, 1);
    return atomic_load(&s->sleepers) > 0;
}

#endif
