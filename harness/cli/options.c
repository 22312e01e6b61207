// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <string.h>

#include "cli/suggest.h"
#include "cli/values.h"

#define SHARED (CMD_RUN | CMD_PREVIEW)

const struct option_spec option_table[OPTION_COUNT] = {
    {OPT_ENGINE, "engine", 'e', "live|sim", "run on real threads or in virtual time", CMD_RUN, false,
     VALUE_NAME, value_engines},
    {OPT_QUEUE, "queue", 0, "A,B",
     "these queues, on every edge; a path loads a module. bench: also peers, drivers, 'all', 'peers'",
     SHARED | CMD_BENCH | CMD_GATE, false, VALUE_LIST, value_queues},
    {OPT_STRATEGY, "strategy", 0, "A,B", "these strategies, on every edge", SHARED, false, VALUE_LIST,
     value_strategies},
    {OPT_SET, "set", 's', "KEY=VALUE", "lay a value over the file; may be given several times", SHARED, true,
     VALUE_TEXT, NULL},
    {OPT_ONLY, "only", 0, "AXIS=VALUE", "only these points of the matrix; may be given several times",
     SHARED | CMD_COMPARE, true, VALUE_TEXT, NULL},
    {OPT_REPS, "reps", 'r', "N", "repeat every cell N times", CMD_RUN | CMD_BENCH, false, VALUE_NUMBER, NULL},
    {OPT_DURATION, "duration", 'd', "TIME", "length of each cell, warmup included", SHARED, false, VALUE_TIME,
     NULL},
    {OPT_WARMUP, "warmup", 0, "TIME", "what counts for nothing at the start of it", SHARED | CMD_BENCH, false,
     VALUE_TIME, NULL},
    {OPT_DRAIN, "drain", 0, "TIME", "longest wait at the end for what is in flight; 0s cuts", SHARED, false,
     VALUE_TIME, NULL},
    {OPT_SEED, "seed", 0, "N", "seed of the first rep; rep r uses seed + r",
     CMD_RUN | CMD_PREVIEW | CMD_BENCH | CMD_CONFORM | CMD_GATE, false, VALUE_NUMBER, NULL},
    {OPT_OUT, "out", 'o', "DIR",
     "write here: a run or bench (default results/<run-id>; refused when it holds something), pictures "
     "(default RUN/plots), a self-test",
     CMD_RUN | CMD_BENCH | CMD_PLOT | CMD_GATE, false, VALUE_FOLDER, NULL},
    {OPT_RESUME, "resume", 0, "DIR", "go on with the missing cells of an interrupted run", CMD_RUN, false,
     VALUE_FOLDER, NULL},
    {OPT_VERIFY, "verify", 0, NULL, "journal what is dropped and check the reasons as sets", CMD_RUN, false,
     VALUE_NONE, NULL},
    {OPT_QUEUE_STATS, "queue-stats", 0, NULL,
     "count what each queue does: tries, batches, waits, full and empty", CMD_RUN, false, VALUE_NONE, NULL},
    {OPT_METRICS, "metrics", 0, "TIME", "print a line on standard error for every TIME of a running cell",
     CMD_RUN, false, VALUE_TIME, NULL},
    {OPT_DRY_RUN, "dry-run", 'n', NULL,
     "print the cells, the time they take and the cores they want; run nothing",
     CMD_RUN | CMD_BENCH | CMD_GATE, false, VALUE_NONE, NULL},
    {OPT_PRODUCERS, "producers", 'p', "N", "producer threads", CMD_BENCH, false, VALUE_NUMBER, NULL},
    {OPT_CONSUMERS, "consumers", 'c', "N", "consumer threads", CMD_BENCH, false, VALUE_NUMBER, NULL},
    {OPT_BATCH, "batch", 'b', "N,M", "items moved by one call", CMD_BENCH, false, VALUE_NUMBER, NULL},
    {OPT_CAPACITY, "capacity", 0, "N,M", "slots of the queue", CMD_BENCH, false, VALUE_NUMBER, NULL},
    {OPT_ITEM, "item-bytes", 0, "SIZE,SIZE", "bytes of an item, all written, read and checked; 0: no payload",
     CMD_BENCH, false, VALUE_NUMBER, NULL},
    {OPT_WAIT, "wait", 'w', "spin,yield,sleep,park", "how a side waits", CMD_BENCH, false, VALUE_LIST,
     value_waits},
    {OPT_REGIME, "regime", 0, "free,full,empty,balanced", "which side is ahead", CMD_BENCH, false, VALUE_LIST,
     value_regimes},
    {OPT_PIN, "pin", 0, "auto|free|together", "where the threads may run", CMD_BENCH, false, VALUE_NAME,
     value_pins},
    {OPT_LOAD, "load", 0, "closed|RATE", "flat out, or so many items a second on schedule, each one timed",
     CMD_BENCH, false, VALUE_TEXT, value_loads},
    {OPT_SECONDS, "seconds", 0, "TIME", "length of one rep; by default all of them take some 25 s", CMD_BENCH,
     false, VALUE_TIME, NULL},
    {OPT_AGAINST, "against", 0, "NAME", "the queue that ratios are to; by default the fastest peer",
     CMD_BENCH, false, VALUE_NAME, value_bench_queues},
    {OPT_REST, "rest", 0, "TIME",
     "a spinning consumer that found nothing rests so long, for a fuller queue: throughput for latency",
     CMD_BENCH, false, VALUE_TIME, NULL},
    {OPT_CHECK, "check", 0, "A,B", "only these checks; see 'weir list checks'", CMD_CONFORM, false,
     VALUE_LIST, value_checks},
    {OPT_HISTORIES, "histories", 0, "N",
     "concurrent histories that are recorded and explained, per shape of threads", CMD_CONFORM, false,
     VALUE_NUMBER, NULL},
    {OPT_PATIENCE, "patience", 0, "TIME",
     "a check that takes longer, or a rep that much longer than planned, hangs", CMD_CONFORM | CMD_BENCH,
     false, VALUE_TIME, NULL},
    {OPT_SCHEMA, "schema", 0, NULL, "print the JSON Schema of scenario files", CMD_PREVIEW, false, VALUE_NONE,
     NULL},
    {OPT_WIDE, "wide", 0, NULL, "every column of the table, however long the lines get", CMD_RUN, false,
     VALUE_NONE, NULL},
    {OPT_MARKDOWN, "markdown", 0, NULL, "print the page of the strategies (docs/strategies.md)", CMD_LIST,
     false, VALUE_NONE, NULL},
    {OPT_OUTPUT, "output", 'o', "FILE.html", "write the report page there, as --format html=FILE.html does",
     CMD_REPORT, false, VALUE_FILE, NULL},
    {OPT_FORMAT, "format", 'f', "NAME[=FILE]",
     "a format, into FILE (- is standard output) or the run's folder; may be given several times", CMD_REPORT,
     true, VALUE_NAME_FILE, value_formats},
    {OPT_PICTURE, "format", 'f', "svg,pdf,png", "what pictures are written as (default: svg)", CMD_PLOT, true,
     VALUE_LIST, value_pictures},
    {OPT_FIGURE, "only", 0, "NAME,NAME", "only these figures; see 'weir list figures'", CMD_PLOT, true,
     VALUE_LIST, value_figures},
    {OPT_BACKEND, "backend", 'b', "gnuplot|matplotlib",
     "who draws (default: gnuplot where there is one, else matplotlib)", CMD_PLOT | CMD_HISTORY, false,
     VALUE_NAME, value_backends},
    {OPT_BASE, "base", 0, "REF|BUILD_DIR|SO",
     "what the candidate is held against: a commit (built as this weir is), a build folder or a module",
     CMD_GATE, false, VALUE_FILE, NULL},
    {OPT_CAND, "cand", 0, "REF|BUILD_DIR|SO", "the candidate (default: the modules of this build)", CMD_GATE,
     false, VALUE_FILE, NULL},
    {OPT_SUITE, "suite", 0, "FILE",
     "the cells to measure (docs/gate.md; default: six of the built-in queues)", CMD_GATE, false, VALUE_FILE,
     NULL},
    {OPT_MARGIN, "margin", 0, "SHARE", "a difference that does not matter (default 2% of time, 5% of p99)",
     CMD_GATE, false, VALUE_NUMBER, NULL},
    {OPT_STRICT, "strict", 0, NULL, "exit 4 when a cell cannot be told", CMD_GATE, false, VALUE_NONE, NULL},
    {OPT_IDENTICAL, "identical", 0, NULL,
     "measure also modules that are the same byte for byte (what is then found is noise)", CMD_GATE, false,
     VALUE_NONE, NULL},
    {OPT_GOLDEN, "golden", 0, "FILE",
     "behaviour in virtual time, compared exactly with what this file keeps (docs/gate.md)", CMD_GATE, false,
     VALUE_FILE, NULL},
    {OPT_ACCEPT, "accept", 0, NULL, "--golden: what is now becomes the golden file", CMD_GATE, false,
     VALUE_NONE, NULL},
    {OPT_REPORT, "report", 0, "NAME=FILE,...", "write junit, markdown, json or table to files", CMD_GATE,
     false, VALUE_NAME_FILE, value_gate_formats},
    {OPT_RECORD, "record", 0, "[=FILE]",
     "add what was measured to a history (default: weir-history.db; see weir history)", CMD_GATE, false,
     VALUE_FILE, NULL},
    {OPT_SELF_TEST, "self-test", 0, NULL,
     "measure the gate itself: false alarms, and slowdowns of 3, 5 and 10 % that it finds; goes on with "
     "--out",
     CMD_GATE, false, VALUE_NONE, NULL},
    {OPT_SUITES, "suites", 0, "N", "--self-test: launches enough for so many suites (default 300, hours)",
     CMD_GATE, false, VALUE_NUMBER, NULL},
    {OPT_CELL, "cell", 0, "NAME", "only this cell; may be given several times", CMD_HISTORY, true, VALUE_TEXT,
     NULL},
    {OPT_MACHINE, "machine", 0, "ID", "only machines whose id begins so (weir doctor prints it)", CMD_HISTORY,
     false, VALUE_TEXT, NULL},
    {OPT_REFERENCE, "reference", 0, "REF", "only references of this name, or whose commit or hash begins so",
     CMD_HISTORY, false, VALUE_TEXT, NULL},
    {OPT_LIMIT, "limit", 0, "N",
     "the newest N points of each series (default: 20 in a table, else all); changes are those of all",
     CMD_HISTORY, false, VALUE_NUMBER, NULL},
    {OPT_CSV, "csv", 0, NULL, "print CSV on standard output, a row a point", CMD_HISTORY, false, VALUE_NONE,
     NULL},
    {OPT_PLOT, "plot", 0, "FILE.svg",
     "draw it, too, as svg, pdf or png; what does not fit is in FILE-2.svg ...", CMD_HISTORY, false,
     VALUE_FILE, NULL},
    {OPT_METRIC, "metric", 'm', "NAME",
     "this figure, or a metric of 'weir list keys'; may be given several times", CMD_COMPARE, true,
     VALUE_TEXT, value_metrics},
    {OPT_SORT, "sort", 0, "point|change", "rows in A's order, or the largest changes first", CMD_COMPARE,
     false, VALUE_NAME, value_orders},
    {OPT_FORCE, "force", 0, NULL, "compare times that were measured on different machines, too", CMD_COMPARE,
     false, VALUE_NONE, NULL},
    {OPT_COLOR, "color", 0, "auto|always|never",
     "colour on standard output: on a terminal (auto, minding NO_COLOR and CLICOLOR_FORCE), always, or never",
     CMD_RUN | CMD_COMPARE, false, VALUE_NAME, value_colours},
    {OPT_MAN, "man", 0, "weir.1|weir-scenario.5", "print the source of a manual page (| man -l -)", CMD_HELP,
     false, VALUE_NAME, value_manuals},
    {OPT_JSON, "json", 0, NULL, "print JSON on standard output",
     CMD_RUN | CMD_BENCH | CMD_CONFORM | CMD_LIST | CMD_DOCTOR | CMD_COMPARE | CMD_GATE | CMD_HISTORY, false,
     VALUE_NONE, NULL},
    {OPT_QUIET, "quiet", 'q', NULL, "nothing but errors on standard error",
     CMD_RUN | CMD_BENCH | CMD_CONFORM | CMD_DOCTOR | CMD_PLOT | CMD_GATE | CMD_HISTORY, false, VALUE_NONE,
     NULL},
    {OPT_HELP, "help", 'h', NULL, "print this page", CMD_ALL, false, VALUE_NONE, NULL},
    {OPT_VERSION, "version", 'V', NULL, "print the version", CMD_ALL, false, VALUE_NONE, NULL},
};

// That command's option of the name, or another command's, or NULL.
static const struct option_spec *by_name(const char *name, size_t length, unsigned command)
{
    const struct option_spec *found = NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_table[i].name) == length && strncmp(option_table[i].name, name, length) == 0 &&
            (found == NULL || option_table[i].commands & command))
            found = &option_table[i];
    return found;
}

static const struct option_spec *by_letter(char letter, unsigned command)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].letter == letter && (option_table[i].commands & command))
            return &option_table[i];
    return NULL;
}

static bool unknown_option(const struct command *command, const char *text, struct error *e)
{
    size_t length = strcspn(text + 2, "=");
    if (strncmp(text, "--", 2) == 0 && by_name(text + 2, length, command->bit))
        return fail(e, EXIT_USAGE, "--%.*s is not an option of 'weir %s'; see 'weir help %s'", (int)length,
                    text + 2, command->name, command->name);
    struct suggestion best = {0};
    for (size_t i = 0; i < OPTION_COUNT && strncmp(text, "--", 2) == 0; i++) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), text + 2);
        if (option_table[i].commands & command->bit)
            suggest(&best, name, option_table[i].name);
    }
    if (best.text)
        return fail(e, EXIT_USAGE, "unknown option %s (did you mean --%s?)", text, best.text);
    return fail(e, EXIT_USAGE, "unknown option %s; see 'weir help %s'", text, command->name);
}

static bool keep_repeated(const char **list, size_t *count, const struct option_spec *spec, const char *value,
                          struct error *e)
{
    if (*count == REPEATS_MAX)
        return fail(e, EXIT_USAGE, "--%s given more than %d times", spec->name, REPEATS_MAX);
    list[(*count)++] = value;
    return true;
}

static bool keep(struct options *o, const struct option_spec *spec, const char *value, struct error *e)
{
    o->given[spec->id] = true;
    o->value[spec->id] = value;
    if (spec->id == OPT_SET)
        return keep_repeated(o->sets, &o->set_count, spec, value, e);
    if (spec->id == OPT_FORMAT || spec->id == OPT_PICTURE)
        return keep_repeated(o->formats, &o->format_count, spec, value, e);
    if (spec->id == OPT_METRIC)
        return keep_repeated(o->metrics, &o->metric_count, spec, value, e);
    if (spec->id == OPT_CELL)
        return keep_repeated(o->cells, &o->cell_count, spec, value, e);
    if (spec->id == OPT_ONLY || spec->id == OPT_FIGURE)
        return keep_repeated(o->only, &o->only_count, spec, value, e);
    return true;
}

// One argument that begins with '-'. Uses *next when the value is an argument of its own.
struct cursor {
    int argc, at;
    char *const *argv;
};

bool option_value_is_optional(const struct option_spec *spec)
{
    return spec->argument && spec->argument[0] == '[';
}

static bool take_value(struct options *o, const struct option_spec *spec, const char *inlined,
                       struct cursor *c, struct error *e)
{
    if (spec->argument == NULL) {
        if (inlined)
            return fail(e, EXIT_USAGE, "--%s takes no value", spec->name);
        return keep(o, spec, NULL, e);
    }
    if (inlined == NULL && option_value_is_optional(spec))
        return keep(o, spec, NULL, e);
    if (inlined == NULL && c->at + 1 >= c->argc)
        return fail(e, EXIT_USAGE, "--%s wants a value: --%s %s", spec->name, spec->name, spec->argument);
    const char *value = inlined ? inlined : c->argv[++c->at];
    if (*value == 0)
        return fail(e, EXIT_USAGE, "--%s wants a value: --%s %s", spec->name, spec->name, spec->argument);
    return keep(o, spec, value, e);
}

static bool take_long(struct options *o, struct cursor *c, struct error *e)
{
    const char *text = c->argv[c->at];
    size_t length = strcspn(text + 2, "=");
    const struct option_spec *spec = by_name(text + 2, length, o->command->bit);
    if (spec == NULL || !(spec->commands & o->command->bit))
        return unknown_option(o->command, text, e);
    return take_value(o, spec, text[2 + length] == '=' ? text + 3 + length : NULL, c, e);
}

// "-q", "-qn", "-o DIR", "-oDIR"
static bool take_letters(struct options *o, struct cursor *c, struct error *e)
{
    const char *text = c->argv[c->at];
    for (const char *p = text + 1; *p; p++) {
        const struct option_spec *spec = by_letter(*p, o->command->bit);
        if (spec == NULL)
            return unknown_option(o->command, text, e);
        if (spec->argument)
            return take_value(o, spec, p[1] ? p + 1 : NULL, c, e);
        if (!keep(o, spec, NULL, e))
            return false;
    }
    return true;
}

static bool count_operands(const struct options *o, struct error *e)
{
    const struct command *c = o->command;
    if (o->given[OPT_HELP] || o->given[OPT_VERSION])
        return true;
    if (o->operand_count < c->operands_min)
        return fail(e, EXIT_USAGE, "weir %s wants %s; see 'weir help %s'", c->name, c->operands, c->name);
    if (o->operand_count > c->operands_max)
        return fail(e, EXIT_USAGE, "weir %s: '%s' is one argument too many; see 'weir help %s'", c->name,
                    o->operands[c->operands_max], c->name);
    return true;
}

bool options_parse(const struct command *command, int argc, char *const *argv, const char **operands,
                   struct options *o, struct error *e)
{
    *o = (struct options){.command = command, .operands = operands, .argc = argc, .argv = argv};
    struct cursor c = {.argc = argc, .at = 2, .argv = argv};
    bool only_operands = false;
    for (; c.at < argc; c.at++) {
        const char *text = argv[c.at];
        if (only_operands || text[0] != '-' || text[1] == 0)
            operands[o->operand_count++] = text;
        else if (strcmp(text, "--") == 0)
            only_operands = true;
        else if (!(text[1] == '-' ? take_long(o, &c, e) : take_letters(o, &c, e)))
            return false;
    }
    return count_operands(o, e);
}

const struct command *command_find(const char *name)
{
    for (const struct command *c = command_table; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}
