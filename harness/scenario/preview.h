// SPDX-License-Identifier: Apache-2.0
// `weir preview`: the offered load and the timeline of a scenario as text, without running it.
#ifndef SCENARIO_PREVIEW_H
#define SCENARIO_PREVIEW_H

#include <stdio.h>

#include "scenario/scenario.h"

// Per source: mean and peak offered rate, a chart of offered load over time (columns wide), the capacity of
// each stage and sink beside it, the timeline's events under the axis, and the topology in one line. UTF-8
// when `utf8`.
void preview_print(FILE *out, const struct plan *plan, unsigned columns, bool utf8);

// The JSON Schema of scenario files, generated from the table that the checker uses.
void schema_print(FILE *out);

#endif
