// SPDX-License-Identifier: Apache-2.0
// What the channel of behaviour found, as a part of the gate's reports. All write nothing when it was not
// asked.
#ifndef GATE_BEHAVIOUR_REPORT_H
#define GATE_BEHAVIOUR_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "gate/behaviour.h"

void behaviour_write_table(FILE *out, const struct gate_behaviour *b);
void behaviour_write_markdown(FILE *out, const struct gate_behaviour *b);
// Test cases of JUnit XML: what differs is a failure, what is invalid an error.
void behaviour_write_cases(FILE *out, const struct gate_behaviour *b);
void behaviour_count_cases(const struct gate_behaviour *b, size_t *tests, size_t *failures, size_t *errors);
void behaviour_write_annotations(FILE *out, const struct gate_behaviour *b); // workflow commands of GitHub
json_t *behaviour_json(const struct gate_behaviour *b);                      // null when it was not asked

// "3 of 10 points behave as in golden.json". At least 400 bytes.
void behaviour_sentence(const struct gate_behaviour *b, char *text, size_t size);

#endif
