// SPDX-License-Identifier: Apache-2.0
// How full the queues of a cell were over its time, for a row of the table.
#ifndef RESULT_DEPTH_H
#define RESULT_DEPTH_H

#include <stdbool.h>

#include "result/summary.h"

enum { DEPTH_POINTS = 24 }; // parts of the longest cell of a group

// Reads DIR/series.csv and gives each row of the summary its first cell's depth: the most records in all
// queues together, in equal parts of time that are the same for all cells of a group. Rows of which the file
// says nothing are left as they are. False when there is no such file, or it has no such column.
bool depth_read(struct summary *s, const char *dir, const char *run_id);

#endif
