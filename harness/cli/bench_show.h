// SPDX-License-Identifier: Apache-2.0
// The bench's results as cells of the result document and as a table.
#ifndef CLI_BENCH_SHOW_H
#define CLI_BENCH_SHOW_H

#include <jansson.h>
#include <stdio.h>

#include "bench/bench.h"

const char *bench_status_name(enum bench_status status); // as in the document

json_t *bench_cell_json(const struct bench_cell *c, size_t index, const struct bench_options *options,
                        double seconds);

// One block a point, its queues sorted from fast to slow.
void bench_table(FILE *out, const struct bench_results *results);

#endif
