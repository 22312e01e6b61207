// SPDX-License-Identifier: Apache-2.0
// Expectations: `metric op value`, joined by not, and, or, implies (in this order of binding) and
// parentheses.
//
// A value may have a unit. Durations compare in nanoseconds, or in seconds with keys that the document gives
// in seconds: those that end in _s, `seconds`, `duration`, `warmup`, `drain`, and a matrix' own dotted keys
// such as sink.service (a dotted key without _ns in it). Shares compare as 0..1, sizes in bytes, rates in
// items per second. `null` (and `inf`) is an infinite number. Text is compared with == and != only; quotes
// are needed around spaces.
#ifndef SCENARIO_EXPECT_H
#define SCENARIO_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

struct expect_node; // opaque syntax tree

struct expectation {
    char *text;          // as written
    size_t line, column; // in the scenario file, 1-based
    struct expect_node *tree;
};

enum metric_kind { METRIC_NUMBER, METRIC_TEXT, METRIC_NULL, METRIC_UNKNOWN };

struct metric {
    enum metric_kind kind; // NULL compares as infinite
    double number;
    const char *text;
};

// Looks a metric up by its dotted key ("ledger.lost.total", "p99", "strategy").
typedef struct metric (*metric_lookup)(void *context, const char *key);

// False with *column (1-based) and why (a static or buffer text) on a syntax error.
bool expect_parse(const char *text, struct expect_node **tree, size_t *column, char *why, size_t why_size);
void expect_free(struct expect_node *tree);

// Both sides of and, or, implies are always evaluated, so that a mistyped metric never hides.
// 1 true, 0 false, -1 when it names a metric the lookup does not know (then *unknown is that key).
int expect_eval(const struct expect_node *tree, metric_lookup lookup, void *context, const char **unknown);

// Calls `each` with every key that the expression names and that is not a plain value's right side.
void expect_keys(const struct expect_node *tree, void (*each)(void *context, const char *key), void *context);

#endif
