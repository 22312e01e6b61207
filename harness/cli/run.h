// SPDX-License-Identifier: Apache-2.0
// A run from its first cell to its last: what cmd_run has planned is carried out, kept and shown.
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/jobs.h"
#include "cli/metrics.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/run_dir.h"
#include "result/text.h"
#include "scenario/suite.h"

struct run {
    const struct options *options; // what the run was begun with (also when it is resumed)
    bool json, quiet, wide;        // how it is shown this time
    enum text_colour colour;       // ... and its standard output
    struct suite_runs runs;
    struct jobs jobs;
    struct run_dir dir;
    json_t *document;
    struct progress progress;
    struct metrics metrics; // this time's, as json and quiet are
    enum exit_code code;    // worst so far of what the document does not tell
    size_t tried, begun;    // jobs that ended in this process, and those of them that measured something
};

// A document with the skipped cells in it and everything of the machine.
bool run_begin(struct run *run, struct error *e);
// Takes the document of an interrupted run over and marks its cells as done. False with *e (EXIT_USAGE) when
// what would be run is not what was begun.
bool run_take_over(struct run *run, json_t *document, struct error *e);
// Runs what is not done, writes and prints everything. Answers the exit code.
int run_execute(struct run *run);

void run_dry(const struct run *run); // --dry-run: prints what would be done

#endif
