// SPDX-License-Identifier: Apache-2.0
// The table at the end of a run: one row a point of the matrix, grouped by scenario.
#ifndef RESULT_TABLE_H
#define RESULT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "result/summary.h"
#include "result/text.h"

struct table_options {
    struct text_style style;
    bool wide; // every column and every figure, however long the lines get; the depth of queues over time
               // when it has been read (depth.h)
};

void table_print(FILE *out, const struct summary *s, const struct table_options *o);

#endif
