// SPDX-License-Identifier: Apache-2.0
// What is wrong with a scenario: a list of findings, each with its place.
#ifndef SCENARIO_REPORT_H
#define SCENARIO_REPORT_H

#include "scenario/tree.h"

enum finding_kind {
    FINDING_ERROR,      // can never be right: exit 2
    FINDING_IMPOSSIBLE, // a combination that cannot run: exit 2, or a skipped cell inside a matrix
};

struct finding {
    enum finding_kind kind;
    char *where; // "file:line:col" or "--set key=value"
    char *what;  // the message alone
};

struct report {
    const char *path; // of the file, borrowed
    struct finding *list;
    size_t count, room;
};

enum { REPORT_MAX = 20 }; // findings kept; the rest says nothing new

void report_add(struct report *r, enum finding_kind kind, struct place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define report_error(r, at, ...)      report_add(r, FINDING_ERROR, at, __VA_ARGS__)
#define report_impossible(r, at, ...) report_add(r, FINDING_IMPOSSIBLE, at, __VA_ARGS__)

bool report_full(const struct report *r);
bool report_holds(const struct report *r, const struct finding *f); // the same place and message
size_t report_count(const struct report *r, enum finding_kind kind);
void report_take(struct report *into, const struct finding *f); // adds a copy unless it is there
bool report_fail(const struct report *r, struct error *e);      // all findings as lines of e; answers false
void report_free(struct report *r);

// ---- did you mean ----

// A list of names by index, NULL after the last.
typedef const char *(*name_at)(const void *list, size_t index);

// "; did you mean \"x\"?", or "; there are: a, b, c" when nothing is close. The caller frees it.
char *hint_names(const char *word, name_at at, const void *list);

#endif
