// SPDX-License-Identifier: Apache-2.0
// Wait strategies: how a thread passes the time until a queue has space or items.
//
//   spin   polls, with the core's pause instruction between
//   yield  polls a little, then gives up the core between polls
//   sleep  polls, yields, then sleeps 1 us, 2 us, ... up to 1 ms, never past the deadline
//   park   polls a little, yields once, polls less and less often for about as long as being woken takes,
//   then
//          sleeps in the kernel (futex) until somebody notifies
//
// Only `park` needs to be told: a pusher calls weir_event_notify after its push, which costs one atomic
// read-modify-write when nobody is parked. The others cost the other side nothing.
#ifndef WEIR_WAIT_H
#define WEIR_WAIT_H

#include "queue/port.h"
#include "queue/queue.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What threads park on: an eventcount (the idea is Reed and Kanodia, CACM 1979; the waiter count beside it is
// Vyukov's). One for the space and one for the items of a queue. Turn and counts are one word, so that who
// wakes takes those it wakes out of the count: who has been called once is not called by every push until it
// runs.
struct weir_event {
    // bits 0 to 31: the turn, which changes with every wake-up, and on which the kernel sleeps; 32 to 47:
    // those who sleep or are about to, at least; 48 to 63: those of them who want more than one
    WEIR_ALIGNED _Atomic(uint64_t) state;
};
#define WEIR_EVENT_TURNS ((uint64_t)1 << 32) // what is below is the turn

WEIR_EXTERN_C_BEGIN
void weir_event_init(struct weir_event *event);

// Any thread; a system call. Wakes `n` waiters, or all when one of them wants more than one thing.
void weir_event_wake(struct weir_event *event, size_t n);

// Any thread, after it has made n places or items available. Never blocks. See wait.c for why none is missed.
static inline void weir_event_notify(struct weir_event *event, size_t n)
{
    // Adds nothing: it is a read that takes its place among the other side's additions.
    if (atomic_fetch_add_explicit(&event->state, 0, memory_order_acq_rel) >= WEIR_EVENT_TURNS)
        weir_event_wake(event, n);
}

// What a poll answers. It must not change the queue.
enum weir_poll { WEIR_POLL_READY = WEIR_WAKE_READY, WEIR_POLL_CLOSED = WEIR_WAKE_CLOSED, WEIR_POLL_NOT_YET };
typedef enum weir_poll weir_poll_function(const struct weir_queue *q, size_t n);

// Blocks until poll(q, n) is something else than NOT_YET, or CLOCK_MONOTONIC passes deadline_ns (UINT64_MAX:
// never). Polls at least once, also when the deadline is past. `event` is used by `park` only. A waiter whom
// `park` wakes and who then answers READY has used up one wake-up: it must try.
enum weir_wake weir_wait(enum weir_wait_kind kind, struct weir_event *event, weir_poll_function *poll,
                         const struct weir_queue *q, size_t n, uint64_t deadline_ns);

WEIR_EXTERN_C_END

#endif
