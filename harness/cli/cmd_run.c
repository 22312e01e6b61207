// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/modules.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "result/document.h"
#include "result/jsonx.h"
#include "result/metric.h"

static bool all_skipped(const struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (!jobs->list[i].skipped)
            return false;
    return true;
}

static bool refuse_empty(const struct jobs *jobs, struct error *e)
{
    if (!all_skipped(jobs))
        return true;
    if (jobs->count == 0)
        return fail(e, EXIT_USAGE, "nothing to run");
    const struct job *first = &jobs->list[0];
    return fail(e, EXIT_USAGE, "%s: no cell can run: %s", first->scenario->path,
                first->cell->skip_reason ? first->cell->skip_reason : "");
}

// Everything that can be wrong is found here, before anything is written.
static bool plan(struct run *run, const struct options *o, struct error *e)
{
    struct overrides over = overrides_of(o);
    run->options = o;
    modules_enable();
    if (!suite_load(o->operands, o->operand_count, &over, &run->runs, e))
        return false;
    for (size_t i = 0; i < run->runs.count; i++)
        if (!metric_check(run->runs.list[i].plan, e))
            return false;
    if (!jobs_make(&run->runs, &run->jobs))
        return fail(e, EXIT_INVALID, "out of memory");
    return refuse_empty(&run->jobs, e);
}

// What is said anew with each process, also when a run is resumed.
static bool read_show(struct run *run, const struct options *o, struct error *e)
{
    size_t colour = TEXT_COLOUR_AUTO;
    if (!value_read_name(o, OPT_COLOR, &colour, e))
        return false;
    run->json = o->given[OPT_JSON];
    run->quiet = o->given[OPT_QUIET];
    run->wide = o->given[OPT_WIDE];
    run->colour = (enum text_colour)colour;
    return !o->given[OPT_METRICS] || metrics_parse(o->value[OPT_METRICS], &run->metrics.every_ns, e);
}

static void clean(struct run *run)
{
    jobs_free(&run->jobs);
    suite_free(&run->runs);
    json_decref(run->document);
}

static int finish(struct run *run, bool ok, const struct error *e)
{
    int code = ok ? run_execute(run) : tell_error(e);
    clean(run);
    return code;
}

// ---- a new run ----
static int run_new(const struct options *o)
{
    struct run run = {0};
    struct error e = {0};
    if (!read_show(&run, o, &e) || !plan(&run, o, &e))
        return finish(&run, false, &e);
    if (o->given[OPT_DRY_RUN]) {
        run_dry(&run);
        clean(&run);
        return finish_output(EXIT_OK);
    }
    run_dir_name(&run.dir,
                 run.runs.list[0].suite ? run.runs.list[0].suite : run.runs.list[0].plan->base->name);
    signals_block();
    bool made = run_dir_create(&run.dir, o->value[OPT_OUT], &e);
    bool ok = made && run_begin(&run, &e);
    if (made && !ok)
        run_dir_undo(&run.dir);
    int code = finish(&run, ok, &e);
    signals_restore();
    return code;
}

// ---- going on with one ----
struct resumed {
    json_t *state, *document;
    char **argv;
    const char **operands;
    struct options options;
};

static bool recall(struct resumed *r, const char *dir, struct error *e)
{
    char path[PATH_MAX + 16];
    r->state = run_dir_recall(dir, e);
    if (r->state == NULL)
        return false;
    snprintf(path, sizeof path, "%s/result.json", dir);
    r->document = document_read(path, e);
    if (r->document == NULL)
        return false;
    const json_t *list = json_object_get(r->state, "argv");
    size_t n = json_array_size(list);
    r->argv = calloc(n + 1, sizeof *r->argv);
    r->operands = calloc(n + 1, sizeof *r->operands);
    for (size_t i = 0; r->argv && i < n; i++)
        r->argv[i] = (char *)json_string_value(json_array_get(list, i));
    if (r->argv == NULL || r->operands == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    return options_parse(command_find("run"), (int)n, r->argv, r->operands, &r->options, e);
}

static bool prepare(struct run *run, struct resumed *r, const char *dir, struct error *e)
{
    const char *cwd = jsonx_string(r->state, "cwd");
    snprintf(run->dir.path, sizeof run->dir.path, "%s", dir);
    if (chdir(cwd) != 0) // its scenario files were named from there
        return fail(e, EXIT_USAGE, "--resume %s: the folder it was begun in is gone: %s", dir, cwd);
    if (!plan(run, &r->options, e))
        return false;
    json_t *document = r->document;
    r->document = NULL;
    return run_take_over(run, document, e);
}

static int run_resume(const struct options *o)
{
    struct run run = {0};
    struct resumed r = {0};
    struct error e = {0};
    char dir[PATH_MAX];
    if (realpath(o->value[OPT_RESUME], dir) == NULL) {
        fail(&e, EXIT_USAGE, "--resume %s: no such folder", o->value[OPT_RESUME]);
        return tell_error(&e);
    }
    if (!read_show(&run, o, &e))
        return tell_error(&e);
    signals_block();
    bool ok = recall(&r, dir, &e) && prepare(&run, &r, dir, &e);
    int code = finish(&run, ok, &e);
    signals_restore();
    json_decref(r.document);
    json_decref(r.state);
    free(r.argv);
    free(r.operands);
    return code;
}

// A resumed run is the one that began: nothing about what it does may be said anew.
static bool check_resume(const struct options *o, struct error *e)
{
    static const enum option_id allowed[] = {OPT_RESUME, OPT_JSON,    OPT_QUIET,
                                             OPT_WIDE,   OPT_METRICS, OPT_COLOR};
    if (o->operand_count)
        return fail(e, EXIT_USAGE, "--resume takes the scenarios of the run that began; '%s' is too much",
                    o->operands[0]);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        bool fine = !o->given[i];
        for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
            fine = fine || i == (size_t)allowed[k];
        if (!fine)
            return fail(e, EXIT_USAGE, "--%s cannot be given with --resume", option_table[i].name);
    }
    return true;
}

int cmd_run(const struct options *o)
{
    struct error e = {0};
    if (o->given[OPT_RESUME])
        return check_resume(o, &e) ? run_resume(o) : tell_error(&e);
    if (o->operand_count == 0) {
        fail(&e, EXIT_USAGE, "weir run wants a scenario, suite or folder; see 'weir help run'");
        return tell_error(&e);
    }
    return run_new(o);
}
