// SPDX-License-Identifier: Apache-2.0
// Histograms of a cell over time as JSON, for histograms.jsonl; histograms.h says what they look like.
#ifndef RESULT_INTERVALS_H
#define RESULT_INTERVALS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// `counts`: COARSE_COUNTS a row. Of more than HISTOGRAMS_ROWS_MAX rows as few as it takes are joined to one.
// NULL when there is nothing in them.
json_t *intervals_json(const uint32_t *counts, size_t rows, uint64_t step_ns);

bool intervals_are_whole(const json_t *o);
// *count rows of COARSE_COUNTS; the caller frees them. NULL when `o` is none of these or memory is short.
uint64_t *intervals_restore(const json_t *o, size_t *count, uint64_t *step_ns);

#endif
