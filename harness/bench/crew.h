// SPDX-License-Identifier: Apache-2.0
// The threads of one run in the turn's child: made, started together, stopped, joined, and their answers
// added up and compared.
#ifndef WEIR_BENCH_CREW_H
#define WEIR_BENCH_CREW_H

#include "bench/turn.h"

enum crew_task { CREW_MOVE, CREW_ALONE, CREW_ROUND_TRIP };

// Measures a step of work, once before the first run; some 10 ms. A forked child inherits it.
void crew_calibrate(void);

// What crew_run answers, this very pointer, when the machine and not the queue is to blame: again may do.
extern const char crew_disturbed[];

// Runs for `seconds`, and fills the answer's figures and the shape. `work_ns` is what the regime's slow side
// burns for each item. NULL, or what went wrong: then threads may still run, and the process must end.
const char *crew_run(const struct turn *turn, enum crew_task task, double seconds, double work_ns,
                     struct turn_answer *answer, struct turn_shape *shape);

// The core that thread i of `threads` of a turn runs on; -1: where it likes.
int crew_cpu(const struct turn *turn, unsigned thread, unsigned threads);

#endif
