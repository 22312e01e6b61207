// SPDX-License-Identifier: Apache-2.0
// What weir-count counts: a module's steps on one thread, by paths. Only one is open at a time.
#ifndef GATE_COUNT_SUBJECT_H
#define GATE_COUNT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

enum { COUNT_NAME = 96 };

struct count_subject {
    const char *script; // two counts compare only when these are the same
    size_t paths;
    // Rounds of a short run; a multiple of every period, so that what comes once a lap is shared fairly.
    size_t rounds;
    void (*name)(size_t path, char text[COUNT_NAME]); // "1-and-1 x16"; an empty text: there is no such path
    size_t (*items)(size_t path);                     // of a round
    bool (*run)(size_t path, size_t rounds);          // false: it does not do what it should
};

// Loads a module: NULL, with the reason in `why`, when it cannot be used. `tried`: it was loaded before, in
// another process, and does not crash. `*other` is set when it
// is fine but of another version.
const struct count_subject *count_queue_open(const char *path, bool tried, char *why, size_t size);
const struct count_subject *count_steps_open(const char *path, bool tried, bool *other, char *why,
                                             size_t size);

#endif
