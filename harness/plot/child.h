// SPDX-License-Identifier: Apache-2.0
// A program run to its end, without a shell and with a time limit.
#ifndef PLOT_CHILD_H
#define PLOT_CHILD_H

#include <stdbool.h>
#include <stddef.h>

struct plot_child {
    int status;       // as of waitpid
    int error;        // errno when it could not be started, else 0
    bool out_of_time; // it was killed for that
    char said[400];   // the last lines of what it wrote
};

// Runs argv[0] (a path) in the folder `dir` (NULL: this one), its input empty, its output kept. Blocks for at
// most `seconds`, then the program is killed; so it is when SIGINT, SIGTERM or SIGHUP is pending, which a
// caller who has something to clean up may block.
void plot_child_run(char *const argv[], const char *dir, unsigned seconds, struct plot_child *c);

#endif
