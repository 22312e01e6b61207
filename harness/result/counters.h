// SPDX-License-Identifier: Apache-2.0
// A queue's counters as the document shows them.
#ifndef RESULT_COUNTERS_H
#define RESULT_COUNTERS_H

#include <jansson.h>

#include "queue/stats.h"

// {"push": {...}, "pop": {...}}; null for stats NULL.
json_t *counters_json(const struct weir_queue_stats *stats);

#endif
