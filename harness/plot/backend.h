// SPDX-License-Identifier: Apache-2.0
// The programs that draw: gnuplot, or Python with matplotlib.
#ifndef PLOT_BACKEND_H
#define PLOT_BACKEND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum plot_backend { PLOT_GNUPLOT, PLOT_MATPLOTLIB, PLOT_BACKENDS };

const char *plot_backend_name(enum plot_backend backend);

struct plot_program {
    enum plot_backend backend;
    char path[PATH_MAX];    // of the program
    char scripts[PATH_MAX]; // the folder of style.gp and its like
};

// Looks for the one asked for, or (NULL) for gnuplot and then matplotlib; and for the scripts: $WEIR_PLOTS,
// else "plots" beside the running program, else ../share/weir/plots from there. Starts Python to see whether
// it has what it needs. False with *e (EXIT_USAGE), one line that says what to install.
bool plot_program_find(struct plot_program *p, const enum plot_backend *wanted, struct error *e);

enum { PLOT_PICTURES_MAX = 3 };

// Draws one picture, as the files that `pictures` names (at most PLOT_PICTURES_MAX, then NULL); they and
// `data` are paths from the folder `dir`, in which the script runs. Blocks, for at most a minute a file.
// False with *e when the script fails; then files may be there and are none.
bool plot_program_run(const struct plot_program *p, const char *figure, const char *dir, const char *data,
                      const char *const *pictures, struct error *e);

#endif
