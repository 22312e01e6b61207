// SPDX-License-Identifier: Apache-2.0
// What `weir run` was given: scenario files, suite files and folders, flattened to a list of runs.
#ifndef SCENARIO_SUITE_H
#define SCENARIO_SUITE_H

#include "scenario/scenario.h"

struct suite_run {
    char *suite; // name of the suite, NULL for a plain scenario
    struct plan *plan;
};

struct suite_runs {
    struct suite_run *list;
    size_t count;
};

// Each path is a scenario file, a suite file (`suite: NAME`, `run: [{scenario, engine, set, only, reps}]`,
// scenario paths relative to the suite file) or a folder (its *.yaml in name order, suites left out). The
// command line's overrides come on top of the suite's own. Nothing is run when anything is wrong.
bool suite_load(const char *const *paths, size_t path_count, const struct overrides *over,
                struct suite_runs *runs, struct error *e);
void suite_free(struct suite_runs *runs);

#endif
