// SPDX-License-Identifier: Apache-2.0
#include "plot/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/place.h"
#include "plot/child.h"

enum {
    IMPORT_SECONDS = 120, // matplotlib's first start makes a list of all fonts
    DRAW_SECONDS = 60,
};

const char *plot_backend_name(enum plot_backend backend)
{
    return backend == PLOT_GNUPLOT ? "gnuplot" : "matplotlib";
}

// ---- programs ----
// The next folder's `name` that can be run, as an absolute path. *rest walks along PATH; false at its end.
static bool next_in_path(const char **rest, const char *name, char path[PATH_MAX])
{
    while (*rest) {
        size_t n = strcspn(*rest, ":");
        char folder[PATH_MAX];
        const char *own = *rest;
        *rest = own[n] ? own + n + 1 : NULL;
        if (n == 0 || n >= sizeof folder)
            continue; // an empty entry is this folder: nothing is started from there
        snprintf(folder, sizeof folder, "%.*s", (int)n, own);
        if (*folder != '/')
            continue;
        if ((size_t)snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static bool find_gnuplot(char path[PATH_MAX])
{
    const char *rest = getenv("PATH");
    return next_in_path(&rest, "gnuplot", path);
}

static bool can_import(const char *python)
{
    struct plot_child c;
    char *argv[] = {(char *)python, (char *)"-c", (char *)"import matplotlib, numpy", NULL};
    plot_child_run(argv, NULL, IMPORT_SECONDS, &c);
    return c.error == 0 && WIFEXITED(c.status) && WEXITSTATUS(c.status) == 0;
}

// The first python3 of PATH that has what the scripts need; else the system's own.
static bool find_python(char path[PATH_MAX])
{
    const char *rest = getenv("PATH");
    while (next_in_path(&rest, "python3", path))
        if (can_import(path))
            return true;
    snprintf(path, PATH_MAX, "/usr/bin/python3");
    return access(path, X_OK) == 0 && can_import(path);
}

static bool find_scripts(char scripts[PATH_MAX], struct error *e)
{
    static const char *const places[] = {"plots", "../share/weir/plots"};
    char folder[PATH_MAX], path[PATH_MAX + 32];
    const char *told = getenv("WEIR_PLOTS");
    if (told && *told) {
        snprintf(path, sizeof path, "%s/style.gp", told);
        return (realpath(told, scripts) && access(path, R_OK) == 0) ||
               fail(e, EXIT_USAGE, "WEIR_PLOTS=%s: no folder of plot scripts: no style.gp in it", told);
    }
    for (size_t i = 0; i < 2 && own_folder(folder, sizeof folder); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, places[i]);
        if (realpath(path, scripts))
            return true;
    }
    return fail(e, EXIT_USAGE,
                "no plot scripts beside the program; set WEIR_PLOTS to the folder plots/ of weir's sources");
}

bool plot_program_find(struct plot_program *p, const enum plot_backend *wanted, struct error *e)
{
    if (!find_scripts(p->scripts, e))
        return false;
    p->backend = PLOT_GNUPLOT;
    if ((wanted == NULL || *wanted == PLOT_GNUPLOT) && find_gnuplot(p->path))
        return true;
    if (wanted && *wanted == PLOT_GNUPLOT)
        return fail(
            e, EXIT_USAGE,
            "no gnuplot in PATH; on Debian: apt-get install gnuplot-nox, or draw with --backend matplotlib");
    p->backend = PLOT_MATPLOTLIB;
    if (find_python(p->path))
        return true;
    if (wanted)
        return fail(e, EXIT_USAGE,
                    "no python3 with matplotlib and numpy; on Debian: apt-get install python3-matplotlib, or "
                    "draw with "
                    "--backend gnuplot");
    return fail(e, EXIT_USAGE,
                "nothing to draw with: no gnuplot, and no python3 with matplotlib and numpy; on Debian: "
                "apt-get install "
                "gnuplot-nox (or python3-matplotlib)");
}

// ---- a picture ----
static bool tell(const struct plot_child *c, const char *figure, const char *script, struct error *e)
{
    if (c->error)
        return fail(e, EXIT_INVALID, "figure %s: %s: %s", figure, script, strerror(c->error));
    if (c->out_of_time)
        return fail(e, EXIT_INVALID, "figure %s: %s took longer than %d s a file and was stopped", figure,
                    script, DRAW_SECONDS);
    if (WIFSIGNALED(c->status))
        return fail(e, EXIT_INVALID, "figure %s: %s was ended by signal %d%s%s", figure, script,
                    WTERMSIG(c->status), *c->said ? ":\n" : "", c->said);
    if (WEXITSTATUS(c->status) != 0)
        return fail(e, EXIT_INVALID, "figure %s: %s failed with status %d%s%s", figure, script,
                    WEXITSTATUS(c->status), *c->said ? ":\n" : "", c->said);
    return true;
}

static bool with_gnuplot(const struct plot_program *p, char *script, const char *dir, const char *data,
                         const char *const *pictures, struct plot_child *c)
{
    char settings[640];
    char *argv[] = {(char *)p->path, (char *)"-d", (char *)"-e", settings, script, NULL};
    for (; *pictures; pictures++) {
        // Both names are of our own making: letters, digits, dots, slashes.
        snprintf(settings, sizeof settings, "data='%s'; out='%s'", data, *pictures);
        plot_child_run(argv, dir, DRAW_SECONDS, c);
        if (c->error || c->out_of_time || c->status != 0)
            return false;
    }
    return true;
}

// One start for all files, as starting it takes longer than drawing.
static bool with_python(const struct plot_program *p, char *script, const char *dir, const char *data,
                        const char *const *pictures, struct plot_child *c)
{
    char *argv[4 + PLOT_PICTURES_MAX + 1] = {(char *)p->path, (char *)"-B", script, (char *)data};
    unsigned count = 0;
    for (; pictures[count] && count < PLOT_PICTURES_MAX; count++)
        argv[4 + count] = (char *)pictures[count];
    plot_child_run(argv, dir, count * DRAW_SECONDS, c);
    return c->error == 0 && !c->out_of_time && c->status == 0;
}

bool plot_program_run(const struct plot_program *p, const char *figure, const char *dir, const char *data,
                      const char *const *pictures, struct error *e)
{
    struct plot_child c = {0};
    char script[PATH_MAX];
    bool gnuplot = p->backend == PLOT_GNUPLOT;
    if ((size_t)snprintf(script, sizeof script, "%s/%s.%s", p->scripts, figure, gnuplot ? "gp" : "py") >=
        sizeof script)
        return fail(e, EXIT_USAGE, "%s: path too long", p->scripts);
    if (access(script, R_OK) != 0)
        return fail(e, EXIT_USAGE, "figure %s: %s: %s", figure, script, strerror(errno));
    return (gnuplot ? with_gnuplot : with_python)(p, script, dir, data, pictures, &c) ||
           tell(&c, figure, script, e);
}
