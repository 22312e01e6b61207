// SPDX-License-Identifier: Apache-2.0
// A record of which several copies are on their way: a stage's records go to every stage that names it in
// `after`, and to every sink. The copies are records of their own; what they share is a struct origin. The
// record ends when its last copy has ended, in the best state that any of them has reached.
#ifndef FLOW_WHOLE_H
#define FLOW_WHOLE_H

#include <stdatomic.h>

#include "flow/node.h"
#include "flow/record.h"

// The pool's memory is exhausted: who needs a copy looks again after this time, as records end meanwhile.
#define MEMORY_AGAIN_NS NS_PER_MS

// How a record or a copy can end, worst first: the whole ends as the best of its copies (and of equal ones as
// the first).
enum end_kind { END_NONE, END_UNSENT, END_REFUSED, END_LOST, END_FILTERED, END_IN_FLIGHT, END_DELIVERED };

// Where copies come together again. What goes on is the copy of the stage that `after` names first.
struct meeting {
    _Atomic uint32_t arrived;
    struct record *kept; // that copy, while it waits for the others; written before `arrived`
};

struct origin {
    _Atomic uint32_t live; // copies that have not ended; one that waits at a meeting counts no more
    _Atomic uint32_t best; // kind << 8 | reason
    bool at_sinks;         // each sink has its copy: from here on ends are the branches' own
    struct record *whole;  // stands for the record when it ends; this struct lies in its payload
    struct meeting meetings[];
};

// Makes `r` a copy (the first and only one) of a new origin, if it has none. False when memory ends.
bool whole_begin(struct node *n, struct record *r);
// Undoes it, for a record that was never passed on: all its copies are in the caller's hands.
void whole_undo(struct node *n, struct record *r);

// Another copy of `r`, which has an origin. NULL when memory ends. It lives once whole_add has counted it;
// whole_forget takes one back that nobody has seen.
struct record *whole_copy(struct node *n, const struct record *r);
void whole_add(struct record *r, unsigned copies);
void whole_forget(struct record *r);

// A copy arrives at a join. The last one to arrive is told which record goes on; the others get NULL, and
// their copy is gone.
struct record *whole_meet(struct node *n, struct record *r, int join, unsigned slot, uint64_t now_ns);

// One copy has ended (r->origin is set): called by the functions of end.c, which count wholes.
void whole_copy_ended(struct node *n, struct record *r, enum end_kind kind, enum weir_loss reason,
                      uint64_t now_ns);

#endif
