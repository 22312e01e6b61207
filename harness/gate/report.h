// SPDX-License-Identifier: Apache-2.0
// What a gate found, for people, for programs and for the places where continuous integration shows results.
#ifndef GATE_REPORT_H
#define GATE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "gate/gate.h"
#include "gate/rates.h"
#include "gate/side.h"

struct gate_report {
    const struct gate *gate;
    const struct gate_side *base, *candidate; // NULL: no queues were measured
    const struct gate_rates *rates;           // of a self-test on this machine; NULL: none was made
    bool strict;                              // underpowered cells count
};

void gate_write_table(FILE *out, const struct gate_report *report);
void gate_write_markdown(FILE *out, const struct gate_report *report);
// JUnit XML: a regression is a failure, an invalid cell an error, what cannot be told is skipped (with
// `strict` a failure).
void gate_write_junit(FILE *out, const struct gate_report *report);
// One test case of it. `tag` is "failure", "error" or "skipped", NULL when it has passed; `type` may be NULL.
struct gate_case {
    const char *suite, *name, *tag, *type, *message;
    double seconds;
};
void gate_write_case(FILE *out, const struct gate_case *c);
// Workflow commands of GitHub: a line for each cell that is not all right.
void gate_write_annotations(FILE *out, const struct gate_report *report);
// One of them; `level` is "error" or "notice".
void gate_write_annotation(FILE *out, const char *level, const char *title, const char *message);
json_t *gate_json(const struct gate_report *report); // the caller owns it

// One line: what the whole comes to, such as "1 of 6 cells is slower than the base". At least 160 bytes.
void gate_sentence(const struct gate_report *report, char *text, size_t size);
// One line on a cell, such as "+5.1 % (+4.6 .. +5.6 %), margin 2 %". At least 200 bytes.
void gate_cell_sentence(const struct gate_cell *cell, char *text, size_t size);
// "HEAD~1 (7bdf889a12)", or the path.
void gate_side_sentence(const struct gate_side *side, char *text, size_t size);

#endif
