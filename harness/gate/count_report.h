// SPDX-License-Identifier: Apache-2.0
// What was counted, as a part of the gate's reports. All write nothing when there is nothing to say.
#ifndef GATE_COUNT_REPORT_H
#define GATE_COUNT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "gate/instructions.h"

void counts_write_table(FILE *out, const struct gate_counts *counts);
void counts_write_markdown(FILE *out, const struct gate_counts *counts);
// Test cases of JUnit XML: what takes more is a failure, steps that crash are an error.
void counts_write_cases(FILE *out, const struct gate_counts *counts);
void counts_count_cases(const struct gate_counts *counts, size_t *tests, size_t *failures, size_t *errors);
void counts_write_annotations(FILE *out, const struct gate_counts *counts); // workflow commands of GitHub
json_t *counts_json(const struct gate_counts *counts);

// In how many rows that figure is more than the base's.
size_t counts_more(const struct gate_counts *counts, enum count_kind kind);

#endif
