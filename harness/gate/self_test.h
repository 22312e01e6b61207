// SPDX-License-Identifier: Apache-2.0
// The gate measures itself: how often it raises a false alarm when nothing has changed, and how surely it
// finds a slowdown of a known size. Base and candidate are one module with a delay compiled in (slow.h),
// which differs in nothing but the delay's length; 0 is A/A. Launches are collected in one pool for each cell
// and slowdown, and kept in a file, so that hours of it can be interrupted. The pools are then cut into
// suites that share no launch, and each is decided by the code that decides a gate.
#ifndef GATE_SELF_TEST_H
#define GATE_SELF_TEST_H

#include <limits.h>
#include <stdio.h>

#include "base/error.h"
#include "gate/rates.h"
#include "gate/suite.h"

enum { SELF_TEST_LEVELS = 4 }; // none, 3, 5 and 10 per cent; of quantiles none and 10

struct self_test;

struct self_test_setup {
    const struct gate_suite *suite;
    const char *modules; // folder with weir-slow-NAME.so
    const char *folder;  // of launches.csv and delays.csv; is made
    size_t suites;       // launches enough for so many
    uint64_t seed;
    void (*progress)(void *context, const char *cell, double slowdown, size_t done, size_t planned);
    duet_cut *cut;
    void *context;
};

// Goes on with what the folder holds until there are launches enough, first of A/A; blocks for hours if they
// are many. False with *e: EXIT_USAGE (no modules, a folder of another suite), EXIT_INVALID, EXIT_INTERRUPTED
// (what was measured is kept). self_test_close in any case.
bool self_test_run(struct self_test **test, const struct self_test_setup *setup, struct error *e);

// False alarms and power of the launches that there are. The same launches always give the same.
void self_test_rates(struct self_test *test, struct gate_rates *rates);

void self_test_close(struct self_test *test); // NULL: nothing

#endif
