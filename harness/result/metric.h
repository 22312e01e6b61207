// SPDX-License-Identifier: Apache-2.0
// Expectations over a cell of the result document: which keys they may name, and how they came out.
#ifndef RESULT_METRIC_H
#define RESULT_METRIC_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "scenario/scenario.h"

// The value behind a key: a short name (lost, loss, p50, p99, p99_offered, age, goodput, high_water,
// recovery), a parameter or axis (queue, strategy, rate, ...), or a dotted key of the cell
// ("ledger.lost.total", "queue.parse.mean").
struct metric metric_of(const json_t *cell, const char *key);

// Checks before anything runs that every key which the plan's expectations name will exist. False with *e
// ("file:line: ...") otherwise.
bool metric_check(const struct plan *plan, struct error *e);

// Evaluates a scenario's expectations and puts them into the cell's "expect". Answers how many failed. A cell
// that is not "ok" measured nothing: its expectations are listed with ok = null.
unsigned metric_judge(json_t *cell, const struct scenario *scenario);

#endif
