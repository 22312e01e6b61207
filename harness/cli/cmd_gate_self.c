// SPDX-License-Identifier: Apache-2.0
// weir gate --self-test
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/place.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/gate_choose.h"
#include "cli/signals.h"
#include "cli/status_line.h"
#include "cli/values.h"
#include "gate/self_test.h"

struct self_watch {
    struct status_line line;
    uint64_t drawn_ns;
};

static void on_self_launch(void *context, const char *cell, double slowdown, size_t done, size_t planned)
{
    struct self_watch *w = context;
    uint64_t now = clock_mono_ns();
    char text[160];
    if (now - w->drawn_ns < 250 * NS_PER_MS)
        return;
    snprintf(text, sizeof text, "%s, %g %%: launch %zu of %zu", cell, 100 * slowdown, done, planned);
    status_line_draw(&w->line, text);
    w->drawn_ns = now;
}

static bool read_self_test(const struct options *o, struct gate_suite *suite, double *suites, double *seed,
                           struct error *e)
{
    const char *why;
    if (o->given[OPT_BASE] || o->given[OPT_CAND])
        return fail(e, EXIT_USAGE, "--self-test has sides of its own: leave --base and --cand out");
    if (o->given[OPT_DRY_RUN] || o->given[OPT_JSON] || o->given[OPT_REPORT] || o->given[OPT_STRICT] ||
        o->given[OPT_IDENTICAL])
        return fail(e, EXIT_USAGE,
                    "--self-test prints what it finds and writes DIR/summary.json: leave --dry-run, --json, "
                    "--report, --strict and --identical out");
    if (!o->given[OPT_OUT])
        return fail(e, EXIT_USAGE,
                    "--self-test wants --out DIR: what it measures is kept there, and gone on with");
    if (o->given[OPT_SUITES] &&
        (!units_parse(Q_COUNT, o->value[OPT_SUITES], suites, &why) || *suites < 1 || *suites > 100000))
        return fail(e, EXIT_USAGE, "--suites %s: not a count from 1 to 100000", o->value[OPT_SUITES]);
    if (o->given[OPT_SEED] && (!units_parse(Q_COUNT, o->value[OPT_SEED], seed, &why) || *seed > 9e15))
        return fail(e, EXIT_USAGE, "--seed %s: not a count up to 9e15", o->value[OPT_SEED]);
    if (o->given[OPT_SUITE] && o->given[OPT_QUEUE])
        return fail(e, EXIT_USAGE, "--suite and --queue: one of them says what is measured");
    if (o->given[OPT_SUITE] && !gate_suite_read(suite, o->value[OPT_SUITE], e))
        return false;
    if (o->given[OPT_SUITE] && suite->count == 0)
        return fail(e, EXIT_USAGE, "--suite %s: has no cells", o->value[OPT_SUITE]);
    if (o->given[OPT_QUEUE] && !gate_choose_queues(o, suite, e))
        return false;
    if (!o->given[OPT_SUITE] && !o->given[OPT_QUEUE])
        gate_suite_default(suite);
    return gate_choose_margin(o, suite, e);
}

// Prints what has been found so far, and keeps it.
static bool show(struct self_test *test, const char *folder, struct error *e)
{
    static struct gate_rates rates;
    struct error own = {0};
    self_test_rates(test, &rates);
    gate_rates_print(&rates, stdout);
    if (gate_rates_write(&rates, folder, &own) && gate_rates_keep(&rates, &own))
        return true;
    *e = own;
    return false;
}

int gate_self_test(const struct options *o)
{
    static struct gate_suite suite;
    struct self_watch watch = {0};
    struct self_test *test = NULL;
    struct error e = {0};
    char modules[PATH_MAX];
    double suites = 300, seed = 1;
    if (!read_self_test(o, &suite, &suites, &seed, &e))
        return tell_error(&e);
    if (!own_folder(modules, sizeof modules))
        return EXIT_INVALID;
    struct self_test_setup setup = {.suite = &suite,
                                    .modules = modules,
                                    .folder = o->value[OPT_OUT],
                                    .suites = (size_t)suites,
                                    .seed = (uint64_t)seed,
                                    .progress = on_self_launch,
                                    .cut = gate_cut,
                                    .context = &watch};
    status_line_start(&watch.line, o->given[OPT_QUIET]);
    signals_block();
    bool ok = self_test_run(&test, &setup, &e);
    status_line_clear(&watch.line);
    if (test && (ok || e.code == EXIT_INTERRUPTED))
        ok = show(test, setup.folder, &e) && ok;
    self_test_close(test);
    signals_restore();
    return ok ? finish_output(EXIT_OK) : tell_error(&e);
}
