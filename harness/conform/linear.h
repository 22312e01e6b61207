// SPDX-License-Identifier: Apache-2.0
// Is there an order of these calls, each at one instant between its invocation and its response, in which a
// queue of this capacity gives these answers? The search of Wing and Gong (Testing and verifying concurrent
// objects, JPDC 1993) with a memory of what was tried before (Lowe, Testing for linearizability, 2017).
#ifndef WEIR_CONFORM_LINEAR_H
#define WEIR_CONFORM_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINEAR_MAX 64 // calls of one history

enum linear_what { LINEAR_PUSH, LINEAR_POP, LINEAR_LEN, LINEAR_CLOSE };

struct linear_call {
    enum linear_what what;
    bool moved;                 // a push or pop that moved its item
    uint64_t value;             // the item pushed or popped, or the length answered
    uint64_t invoked, answered; // ticks: a call that was answered before another was invoked came before it
    unsigned thread;
};

struct linear_history {
    struct linear_call calls[LINEAR_MAX];
    size_t count;
    size_t capacity; // SIZE_MAX: no bound
    bool late_push;  // a push that overlaps the close may enter after it
};

enum linear_verdict { LINEAR_YES, LINEAR_NO, LINEAR_NO_MEMORY };

// Takes the tries out that found nothing while a call of another thread was under way: a relaxed queue may
// answer them so.
void linear_excuse(struct linear_history *h);

// Takes the lengths out, which are no instants: while a push or pop is under way its item may count or not.
// NULL when each was possible, otherwise the first that was not (of the history as it was), with what was.
const struct linear_call *linear_take_lengths(struct linear_history *h, struct linear_call *wrong,
                                              size_t *least, size_t *most);

// There are no lengths any more. LINEAR_NO with the reason in `why`: the longest beginning that has an order,
// and the calls that cannot follow it. Every value is pushed once. *states counts what was looked at.
enum linear_verdict linear_check(const struct linear_history *h, size_t *states, char *why, size_t size);

#endif
