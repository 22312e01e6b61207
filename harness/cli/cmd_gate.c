// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/place.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/gate_choose.h"
#include "cli/gate_orders.h"
#include "cli/gate_record.h"
#include "cli/signals.h"
#include "cli/status_line.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "gate/rates.h"
#include "gate/report.h"
#include "gate/verdict.h"
#include "queue/queue.h"

// ---- what is measured ----

struct gate_request {
    struct gate_side base, candidate;
    bool sides; // the queues of two builds are measured; else behaviour alone
    struct gate_suite suite;
    struct gate_behaviour behaviour;
};

// A module is one queue: of a suite only its cells are measured.
static bool keep_cells_of(struct gate_suite *suite, const char *queue, struct error *e)
{
    size_t kept = 0;
    for (size_t i = 0; i < suite->count; i++)
        if (strcmp(suite->cells[i].queue, queue) == 0)
            suite->cells[kept++] = suite->cells[i];
    suite->count = kept;
    return kept > 0 || fail(e, EXIT_USAGE, "suite %s: has no cell of the queue '%s', which the module is",
                            suite->name, queue);
}

static bool choose_suite(const struct options *o, struct gate_request *r, struct error *e)
{
    const char *queue = r->candidate.kind == SIDE_FILE ? r->candidate.queue
                        : r->base.kind == SIDE_FILE    ? r->base.queue
                                                       : NULL;
    if (o->given[OPT_SUITE] && o->given[OPT_QUEUE])
        return fail(e, EXIT_USAGE, "--suite and --queue: one of them says what is measured");
    if (o->given[OPT_QUEUE] && queue)
        return fail(e, EXIT_USAGE, "--queue: a module is one queue, which is measured anyway");
    if (o->given[OPT_SUITE] && !gate_suite_read(&r->suite, o->value[OPT_SUITE], e))
        return false;
    if (o->given[OPT_SUITE] && queue && !keep_cells_of(&r->suite, queue, e))
        return false;
    if (o->given[OPT_QUEUE] && !gate_choose_queues(o, &r->suite, e))
        return false;
    if (!o->given[OPT_SUITE] && !o->given[OPT_QUEUE] && queue)
        gate_suite_of_queue(&r->suite, queue);
    else if (!o->given[OPT_SUITE] && !o->given[OPT_QUEUE])
        gate_suite_default(&r->suite);
    return gate_choose_margin(o, &r->suite, e);
}

// Which golden file, and which scenarios make it.
static bool choose_golden(const struct options *o, struct gate_request *r, struct error *e)
{
    const char *path = o->given[OPT_GOLDEN] ? o->value[OPT_GOLDEN] : r->suite.golden;
    struct gate_behaviour *b = &r->behaviour;
    b->asked = path && *path;
    if (!b->asked && (o->given[OPT_ACCEPT] || o->operand_count))
        return fail(e, EXIT_USAGE, "%s goes with --golden FILE, the behaviour that is kept",
                    o->given[OPT_ACCEPT] ? "--accept" : o->operands[0]);
    if (!b->asked)
        return true;
    if (!golden_open(&b->golden, path, e) ||
        (o->operand_count && !golden_take_files(&b->golden, o->operands, o->operand_count, e)))
        return false;
    if (!b->golden.there && !o->given[OPT_ACCEPT])
        return fail(e, EXIT_USAGE,
                    "%s: no such golden file; 'weir gate --golden %s --accept SCENARIO...' makes it", path,
                    path);
    return b->golden.file_count > 0 ||
           fail(e, EXIT_USAGE, "%s: a new golden file wants the scenarios that it is made from", path);
}

#define NO_CANDIDATE                                                                                         \
    "--cand and a golden file: that holds the behaviour of this weir, and no other is run; leave one of "    \
    "them out"

static bool check_request(const struct options *o, const struct gate_request *r, struct error *e)
{
    if (o->given[OPT_CAND] && r->behaviour.asked)
        return fail(e, EXIT_USAGE, NO_CANDIDATE);
    if (r->sides && r->suite.count == 0)
        return fail(e, EXIT_USAGE, "--suite %s: has no cells to hold against --base", o->value[OPT_SUITE]);
    return r->sides || (r->behaviour.asked && r->suite.count == 0) ||
           fail(e, EXIT_USAGE,
                "weir gate wants --base REF|BUILD_DIR|SO: what the candidate is held against; or --golden "
                "FILE "
                "alone, for behaviour");
}

static bool read_request(const struct options *o, struct gate_request *r, struct error *e)
{
    if (o->given[OPT_CAND] && o->given[OPT_GOLDEN])
        return fail(e, EXIT_USAGE, NO_CANDIDATE);
    r->sides = o->given[OPT_BASE];
    if (r->sides && !(gate_side_open(&r->base, o->value[OPT_BASE], e) &&
                      gate_side_open(&r->candidate, o->value[OPT_CAND], e) && choose_suite(o, r, e)))
        return false;
    if (!r->sides && o->given[OPT_SUITE] && !gate_suite_read(&r->suite, o->value[OPT_SUITE], e))
        return false;
    return choose_golden(o, r, e) && check_request(o, r, e);
}

// ---- running ----

struct watch {
    struct status_line line;
    bool quiet;
    uint64_t drawn_ns;
};

static void on_launch(void *context, const struct gate_cell *cell, size_t launches, size_t until)
{
    struct watch *w = context;
    uint64_t now = clock_mono_ns();
    char text[256];
    if (!w->line.on || now - w->drawn_ns < 250 * NS_PER_MS)
        return;
    snprintf(text, sizeof text, "%s: launch %zu of %zu%s", cell->plan.name, launches, until,
             cell->alarmed ? ", again after an alarm" : "");
    status_line_draw(&w->line, text);
    w->drawn_ns = now;
}

// A module is one queue and has no strategies.
static bool counts_strategies(const struct gate_request *r)
{
    return r->suite.count_strategies && !r->suite.skip_instructions && r->base.kind != SIDE_FILE &&
           r->candidate.kind != SIDE_FILE;
}

static bool make_side(const struct gate_request *r, struct gate_side *side, bool quiet, struct error *e)
{
    const char *queues[GATE_CELLS_MOST];
    char name[400];
    size_t count = 0;
    for (size_t i = 0; i < r->suite.count; i++) {
        bool there = false;
        for (size_t k = 0; k < count; k++)
            there = there || strcmp(queues[k], r->suite.cells[i].queue) == 0;
        if (!there)
            queues[count++] = r->suite.cells[i].queue;
    }
    gate_side_sentence(side, name, sizeof name);
    if (side->kind == SIDE_COMMIT && !quiet)
        fprintf(stderr, "weir: %s: modules from the cache, or built now\n", name);
    return gate_side_make(side, queues, count, counts_strategies(r), gate_cut, NULL, e);
}

static void find_modules(struct gate *gate, const struct gate_request *r)
{
    for (size_t i = 0; i < gate->count; i++) {
        struct gate_cell *c = &gate->cells[i];
        gate_side_module(&r->base, c->plan.queue, c->base, sizeof c->base);
        gate_side_module(&r->candidate, c->plan.queue, c->candidate, sizeof c->candidate);
    }
    gate->has_steps = counts_strategies(r);
    gate_side_steps(&r->base, gate->steps[0], sizeof gate->steps[0]);
    gate_side_steps(&r->candidate, gate->steps[1], sizeof gate->steps[1]);
}

// A side cannot be made: no cell can be measured, and each says why.
static void make_all_invalid(struct gate *gate, const struct error *e)
{
    for (size_t i = 0; i < gate->count; i++) {
        struct gate_cell *c = &gate->cells[i];
        c->status = GATE_INVALID;
        snprintf(c->reason, sizeof c->reason, "%.*s", (int)strcspn(e->text, "\n"), e->text);
    }
}

static int show(const struct options *o, const struct gate_report *report, const struct gate_order *orders,
                size_t count)
{
    struct error e = {0};
    int code = gate_exit_code(report->gate, report->strict);
    for (size_t i = 0; i < count; i++)
        if (!gate_order_write(&orders[i], report, &e)) {
            code = exit_code_worse((enum exit_code)code, (enum exit_code)tell_error(&e));
            break;
        }
    (o->given[OPT_JSON] ? gate_write_json : gate_write_table)(stdout, report);
    gate_tell_github(report, o->given[OPT_JSON]);
    return finish_output(code);
}

static const char *own_program(void)
{
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return path;
}

static int measure(const struct options *o, struct gate_request *r, const struct gate_order *orders,
                   size_t orders_count, struct gate_record *record)
{
    static struct gate gate;
    char count_tool[PATH_MAX] = "";
    struct error e = {0};
    struct watch watch = {.quiet = o->given[OPT_QUIET]};
    const char *why;
    double seed = 1;
    if (o->given[OPT_SEED] && (!units_parse(Q_COUNT, o->value[OPT_SEED], &seed, &why) || seed > 9e15)) {
        fprintf(stderr, "weir: --seed %s: not a count up to 9e15\n", o->value[OPT_SEED]);
        return EXIT_USAGE;
    }
    status_line_start(&watch.line, watch.quiet);
    signals_block();
    bool ready = !r->sides ||
                 (make_side(r, &r->base, watch.quiet, &e) && make_side(r, &r->candidate, watch.quiet, &e));
    if (!gate_open(&gate, &r->suite))
        ready = fail(&e, EXIT_INVALID, "out of memory");
    gate.behaviour = r->behaviour;
    if (!ready && (e.code != EXIT_INVALID || gate.cells == NULL)) {
        gate_close(&gate);
        signals_restore();
        return tell_error(&e);
    }
    gate.seed = (uint64_t)seed;
    gate.even_identical = o->given[OPT_IDENTICAL];
    static struct gate_rates rates;
    struct gate_report report = {&gate, r->sides ? &r->base : NULL, r->sides ? &r->candidate : NULL,
                                 gate_rates_find(&rates, &gate.suite) ? &rates : NULL, o->given[OPT_STRICT]};
    if (!ready) {
        tell_error(&e);
        make_all_invalid(&gate, &e);
        int code = show(o, &report, orders, orders_count);
        gate_close(&gate);
        signals_restore();
        return code;
    }
    if (r->sides)
        find_modules(&gate, r);
    if (!gate_record_name_sides(record, &report, &e)) {
        gate_close(&gate);
        signals_restore();
        return tell_error(&e);
    }
    gate.cut = gate_cut;
    gate.progress = on_launch;
    gate.context = &watch;
    if (gate.behaviour.asked) {
        status_line_draw(&watch.line, "behaviour in virtual time");
        gate.interrupted =
            !behaviour_run(&gate.behaviour, own_program(), o->given[OPT_ACCEPT], gate_cut, NULL);
    }
    if (r->sides && !gate.interrupted) {
        if (own_folder(count_tool, sizeof count_tool - 12))
            strcat(count_tool, "/weir-count");
        gate.count_tool = count_tool;
        gate_run(&gate);
    }
    status_line_clear(&watch.line);
    int code = show(o, &report, orders, orders_count);
    code = gate_record_finish(record, &report, watch.quiet, code);
    gate_close(&gate);
    signals_restore();
    return code;
}

static int dry_run(const struct gate_request *r)
{
    struct verdict_rule rule;
    for (size_t i = 0; i < r->behaviour.golden.file_count; i++)
        printf("behaviour of %s\n", r->behaviour.golden.files[i]);
    if (!r->sides)
        return finish_output(EXIT_OK);
    verdict_rule_set(&rule, 0, r->suite.launches);
    for (size_t i = 0; i < r->suite.count; i++) {
        const struct duet_cell *c = &r->suite.cells[i];
        printf("%-24s  %u threads, margin %g %%\n", c->name, duet_threads(c), 100 * c->margin);
    }
    printf("%zu cells, %.1f s when the first %zu launches tell, at most %zu launches\n", r->suite.count,
           gate_suite_seconds(&r->suite), rule.launches[0], rule.launches[rule.looks - 1]);
    return finish_output(EXIT_OK);
}

static int tell_error_of(struct error *e, const char *text)
{
    fail(e, EXIT_USAGE, "%s", text);
    return tell_error(e);
}

int cmd_gate(const struct options *o)
{
    static struct gate_request request;
    static struct gate_order orders[GATE_ORDERS_MOST];
    struct gate_record record;
    size_t count;
    struct error e = {0};
    if (o->given[OPT_SELF_TEST] && o->given[OPT_RECORD])
        return tell_error_of(&e, "--self-test measures the gate and no build: leave --record out");
    if (o->given[OPT_SELF_TEST] && (o->given[OPT_GOLDEN] || o->given[OPT_ACCEPT] || o->operand_count))
        return tell_error_of(&e, "--self-test measures times: leave --golden, --accept and scenarios out");
    if (o->given[OPT_SELF_TEST])
        return gate_self_test(o);
    if (o->given[OPT_RECORD] && !o->given[OPT_BASE])
        return tell_error_of(
            &e, "--record keeps ratios to --base, the reference: a commit or module that stays the same");
    if (o->given[OPT_SUITES])
        return tell_error_of(&e, "--suites is of --self-test");
    if (o->given[OPT_OUT])
        return tell_error_of(&e, "--out is of --self-test; --report names files");
    bool ok = read_request(o, &request, &e) && gate_orders_read(o, orders, &count, &e);
    if (ok && !o->given[OPT_DRY_RUN] && gate_record_open(&record, o, &e)) {
        int code = measure(o, &request, orders, count, &record); // takes the golden file over
        gate_record_close(&record);
        return code;
    }
    int code = e.code == EXIT_OK ? dry_run(&request) : tell_error(&e);
    golden_close(&request.behaviour.golden);
    return code;
}
