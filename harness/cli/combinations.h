// SPDX-License-Identifier: Apache-2.0
// Which strategies run on which queues: not a table of its own but what the checker of scenarios says about a
// matrix of all of them.
#ifndef CLI_COMBINATIONS_H
#define CLI_COMBINATIONS_H

#include "scenario/scenario.h"

// A plan of one small cell for each queue and each strategy of an edge. NULL with *e. plan_free it.
struct plan *combinations_load(struct error *e);

// Why this pair does not run; NULL when it does. Valid as long as the plan.
const char *combination_refused(const struct plan *plan, const char *queue, const char *strategy);

#endif
