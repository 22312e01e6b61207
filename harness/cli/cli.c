// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "result/env.h"

const struct command command_table[] = {
    {"run", CMD_RUN, "SCENARIO|SUITE|FOLDER...", 0, SIZE_MAX, "run scenarios and say what each choice costs",
     "Runs every cell of each scenario's matrix, rep by rep in random order, each in a process of its own, "
     "and\n"
     "prints one row a cell: what was offered and delivered, what was lost and why, latency, age and CPU.\n"
     "The folder of the run holds result.json (every figure), cells.csv, series.csv (per 100 ms) and\n"
     "histograms.jsonl; 'weir report' makes other formats of them.\n"
     "Data goes to standard output, everything else to standard error.",
     "weir run scenarios/slow-sink.yaml\n"
     "weir run --engine sim --strategy block,drop_oldest scenarios/slow-sink.yaml\n"
     "weir run --set sink.service=80us --only queue=mpmc --reps 5 --json scenarios/slow-sink.yaml\n"
     "weir run --resume results/20300101T120000Z-slow-sink-beef\n",
     cmd_run, NULL, VALUE_SCENARIO, NULL},
    {"bench", CMD_BENCH, "", 0, 0, "what one hand-off through a queue costs",
     "Moves items through each queue and prints nanoseconds an item, with its 95 % interval, beside the "
     "harness's own\n"
     "floor and the machine's limit; every item is written, read and checked. Without --queue: the built-in "
     "queues and\n"
     "the peers that are installed. Reps of all queues are interleaved in random order, and each is "
     "bracketed "
     "by the\n"
     "way between two cores; near and far reps are never mixed. --queue, --batch, --capacity, --item-bytes, "
     "--wait and\n"
     "--regime take lists, every combination of which is measured. docs/semantics.md says what the figures "
     "count.",
     "weir bench\n"
     "weir bench --queue spsc,boost_spsc --batch 1,16 --capacity 1024,64k --reps 15 --against boost_spsc\n"
     "weir bench --queue spsc,channel --load 10k/s --batch 1 --wait spin,yield,sleep,park\n"
     "weir bench --queue ./mine.so --producers 2 --regime full,empty --seconds 100ms\n",
     cmd_bench, NULL, VALUE_NONE, NULL},
    {"conform", CMD_CONFORM, "QUEUE...", 1, SIZE_MAX, "does a queue keep the contract?",
     "Runs the conformance checks on queues: built-in ones, peers, or modules of your own (a path with a "
     "slash;\n"
     "docs/bring-your-own-queue.md). One line a check: passed, FAILED with what was seen, or skipped with "
     "the\n"
     "reason. Each check is a process of its own, so a queue that crashes or hangs fails that check alone. "
     "Exit\n"
     "status 0: all passed, 1: one failed.",
     "weir conform ./mine.so\n"
     "weir conform spsc mpmc --check histories --histories 20000\n",
     cmd_conform, NULL, VALUE_NAME, value_bench_queues},
    {"report", CMD_REPORT, "RUN", 1, 1, "results as a page to read, and in the formats that other tools read",
     "RUN is the folder of a run or bench, or a document by its own name (also of 'weir conform --json').\n"
     "-o writes a page for people: questions, verdicts, tables, plots and ledgers in one HTML file. Without "
     "it and\n"
     "without --format: Markdown on standard output. A format without a file goes into the run's folder, "
     "under\n"
     "the name that stands beside it below. All that was asked for is made before any of it is written. "
     "Cells\n"
     "that are invalid, failed or skipped are named with their reason and never exported as results.",
     "weir report results/20300101T120000Z-slow-sink-beef -o report.html\n"
     "weir report results/20300101T120000Z-slow-sink-beef\n"
     "weir report RUN --format junit=junit.xml --format hlog --format cells=-\n"
     "weir report bench.json --format go-benchmark=new.txt && benchstat -col /queue new.txt\n",
     cmd_report, report_help, VALUE_RUN, NULL},
    {"compare", CMD_COMPARE, "A B", 2, 2, "two runs side by side, point by point",
     "A and B are folders of runs or benches, or documents by their own names. A table a figure has a row a\n"
     "point of both: A, B, each with the range over its repetitions, and the change from A to B (of shares "
     "in\n"
     "percentage points, pp). What only one side has, what changed its status or an expectation, and what "
     "else\n"
     "differs (machine, version, scenario file, engine) is said before. Repetitions enough for it (8 with "
     "the same\n"
     "seeds, or 5 a side) are tested with the statistics of the gate. It is no gate: the exit status is 0\n"
     "whatever differs, 2 when a side cannot be read, they have nothing in common, or a figure is a time "
     "that\n"
     "was measured on different machines (--force compares it all the same).",
     "weir compare results/before results/after\n"
     "weir compare A B --only queue=mpmc --metric p99 --metric age_ns.p90 --sort change\n"
     "weir compare A B --json\n",
     cmd_compare, compare_help, VALUE_RUN, NULL},
    {"plot", CMD_PLOT, "RUN", 1, 1, "a run's figures as pictures",
     "Draws every figure that the run can feed, from its folder alone, with gnuplot or with matplotlib: both "
     "show the\n"
     "same. Pictures go to RUN/plots, with the CSV that each is drawn from in plots/data; plots/README.md "
     "says "
     "what they\n"
     "show and how to draw one by hand. A figure that the run cannot feed is one line on standard error. "
     "Cells "
     "that are\n"
     "invalid, failed or skipped are counted under the picture and never drawn as results. The pictures' "
     "names "
     "are printed\n"
     "on standard output.",
     "weir plot results/20300101T120000Z-slow-sink-beef\n"
     "weir plot RUN --only latency --format pdf --out figures\n"
     "weir plot RUN --backend matplotlib --format svg,png\n",
     cmd_plot, plot_help, VALUE_RUN, NULL},
    {"gate", CMD_GATE, "[SCENARIO...]", 0, 64, "has the candidate become slower than the base?",
     "Holds two builds of the queues against each other in one process, by turns of a millisecond, with a "
     "copy\n"
     "of the base as a control, in many short launches with random layouts. A cell is REGRESSED when it is\n"
     "slower than the margin and is so again with fresh launches, UNCHANGED when any difference is within "
     "the\n"
     "margin, UNDERPOWERED when all launches do not tell. docs/gate.md says how and how well it decides.\n"
     "With --golden what scenarios come to in virtual time is compared exactly with a file that is kept; "
     "any\n"
     "difference is told as loss, latency and recovery, and --accept makes it the golden file. SCENARIOs "
     "are\n"
     "those it is made from, and are wanted only to make it or to choose others.\n"
     "Exit status 1: a regression or another behaviour, 3: a side that cannot be built, loaded or measured, "
     "or an unfit machine,\n"
     "4: with --strict, cells that cannot be told.",
     "weir gate --base HEAD~1\n"
     "weir gate --base v1.0 --suite gate.yaml --report junit=gate.xml,markdown=gate.md\n"
     "weir gate --base ./old.so --cand ./new.so --margin 3%\n"
     "weir gate --golden golden.json --accept scenarios/burst.yaml   # once, and after each change that is "
     "meant\n"
     "weir gate --golden golden.json\n",
     cmd_gate, NULL, VALUE_SCENARIO, NULL},
    {"history", CMD_HISTORY, "[FILE]", 0, 1, "what gates have recorded, and where it changed",
     "Lists what 'weir gate --record' has added to FILE (default: weir-history.db): of each cell the ratios "
     "to "
     "one\n"
     "frozen reference on one machine, in the order in which they were measured, and the points at which "
     "their level\n"
     "changed (E-divisive with means, at p 0.01), each with the size of the change, its interval and the "
     "commits\n"
     "between which it came. From 12 points on; docs/gate.md says how. It reports and never blocks: the exit "
     "status\n"
     "is 0 whatever changed, 2 when FILE cannot be read.",
     "weir gate --base v1.0 --record          # each night, after the build\n"
     "weir history\n"
     "weir history --cell 'mpmc hand-off' --plot history.svg\n"
     "weir history weir-history.db --json >history.json; weir plot history.json --out pictures\n",
     cmd_history, NULL, VALUE_FILE, NULL},
    {"list", CMD_LIST, "KIND [FOLDER]", 1, 2, "what a scenario can name",
     "KIND is one of queues, waits, strategies, sources, sinks, arrivals, scenarios, peers, checks, formats, "
     "figures, keys. "
     "FOLDER is "
     "where\n"
     "scenarios are looked for (default: scenarios). keys are the metrics an expectation can name.",
     "weir list strategies\nweir list queues --json\n", cmd_list, NULL, VALUE_NAME, list_kind_at},
    {"preview", CMD_PREVIEW, "SCENARIO...", 0, SIZE_MAX,
     "offered load and timeline as a chart, without running",
     "Draws the offered load over time with the capacity of each stage beside it and the timeline's events "
     "below.\n"
     "--schema prints the JSON Schema of scenario files for editors.",
     "weir preview scenarios/slow-sink.yaml\nweir preview --schema > weir.schema.json\n", cmd_preview, NULL,
     VALUE_SCENARIO, NULL},
    {"doctor", CMD_DOCTOR, "", 0, 0, "is this machine fit to measure?",
     "Measures what disturbs a measurement here (stolen time, load, the way between two cores, late "
     "wake-ups) and\n"
     "judges it. Exit status 0: fit, 3: unfit.",
     "weir doctor\nweir doctor --json\n", cmd_doctor, NULL, VALUE_NONE, NULL},
    {"completion", CMD_COMPLETION, "SHELL", 1, 1, "completions for a shell",
     "Prints the completions for bash, zsh or fish. They know every command, option and name, and need weir "
     "no more\n"
     "once they are written. 'cmake --install' puts them, and the manual pages, where the shells look.",
     "weir completion bash > ~/.local/share/bash-completion/completions/weir\n"
     "weir completion zsh > ~/.zfunc/_weir\n"
     "weir completion fish > ~/.config/fish/completions/weir.fish\n",
     cmd_completion, NULL, VALUE_NAME, value_shells},
    {"help", CMD_HELP, "[COMMAND]", 0, 1, "print the page of a command",
     "Prints the help page of a command; --man prints the manual pages, for those who have not installed "
     "them.",
     "weir help run\nweir help --man weir.1 | man -l -\nweir help --man weir-scenario.5 | man -l -\n",
     cmd_help, NULL, VALUE_NAME, value_commands},
    {0},
};

int tell_error(const struct error *e)
{
    const char *text = e->text;
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(stderr, "weir: %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
    return e->code;
}

int finish_output(int code)
{
    bool failed = ferror(stdout) != 0;
    if ((fflush(stdout) == 0 && !failed) || errno == EPIPE) // a reader who has seen enough is no error
        return code;
    fprintf(stderr, "weir: standard output: %s\n", strerror(errno));
    return (int)exit_code_worse((enum exit_code)code, EXIT_INVALID);
}

struct overrides overrides_of(const struct options *o)
{
    return (struct overrides){.queues = o->value[OPT_QUEUE],
                              .strategies = o->value[OPT_STRATEGY],
                              .sets = o->sets,
                              .set_count = o->set_count,
                              .only = o->only,
                              .only_count = o->only_count,
                              .engine = o->value[OPT_ENGINE],
                              .duration = o->value[OPT_DURATION],
                              .warmup = o->value[OPT_WARMUP],
                              .drain = o->value[OPT_DRAIN],
                              .seed = o->value[OPT_SEED],
                              .reps = o->value[OPT_REPS]};
}

static int unknown_command(const char *name)
{
    struct suggestion best = {0};
    for (const struct command *c = command_table; c->name; c++)
        suggest(&best, name, c->name);
    if (best.text)
        fprintf(stderr, "weir: unknown command '%s' (did you mean '%s'?)\n", name, best.text);
    else
        fprintf(stderr, "weir: unknown command '%s'; see 'weir help'\n", name);
    return EXIT_USAGE;
}

int cmd_help(const struct options *o)
{
    if (o->given[OPT_MAN])
        return print_manual(o);
    const struct command *c = o->operand_count ? command_find(o->operands[0]) : NULL;
    if (o->operand_count && c == NULL)
        return unknown_command(o->operands[0]);
    if (c)
        help_command(stdout, c);
    else
        help_overview(stdout);
    return finish_output(EXIT_OK);
}

static int print_version(void)
{
    json_t *tool = env_tool_json();
    const char *git = json_string_value(json_object_get(tool, "git"));
    printf("weir %s%s%s%s\n", env_tool_version(), *git ? " (" : "", git, *git ? ")" : "");
    json_decref(tool);
    return finish_output(EXIT_OK);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct options o;
    struct error e = {0};
    const char **operands = calloc((size_t)argc + 1, sizeof *operands);
    if (operands == NULL)
        return EXIT_INVALID;
    int code;
    if (!options_parse(command, argc, argv, operands, &o, &e)) {
        code = tell_error(&e);
    } else if (o.given[OPT_HELP]) {
        help_command(stdout, command);
        code = finish_output(EXIT_OK);
    } else if (o.given[OPT_VERSION]) {
        code = print_version();
    } else {
        code = command->run(&o);
    }
    free(operands);
    return code;
}

int cli_main(int argc, char **argv)
{
    if (argc < 2) {
        help_overview(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return print_version();
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        help_overview(stdout);
        return finish_output(EXIT_OK);
    }
    const struct command *command = command_find(word);
    return command ? run_command(command, argc, argv) : unknown_command(word);
}
