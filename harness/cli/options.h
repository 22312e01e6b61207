// SPDX-License-Identifier: Apache-2.0
// The command line: one table of options drives parsing, --help, the man page and completions.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

enum command_bit {
    CMD_RUN = 1u << 0,
    CMD_BENCH = 1u << 1,
    CMD_LIST = 1u << 2,
    CMD_PREVIEW = 1u << 3,
    CMD_DOCTOR = 1u << 4,
    CMD_HELP = 1u << 5,
    CMD_CONFORM = 1u << 6,
    CMD_REPORT = 1u << 7,
    CMD_COMPARE = 1u << 8,
    CMD_PLOT = 1u << 9,
    CMD_COMPLETION = 1u << 10,
    CMD_GATE = 1u << 11,
    CMD_HISTORY = 1u << 12,
    CMD_ALL = (1u << 13) - 1,
};

enum option_id {
    OPT_ENGINE,
    OPT_QUEUE,
    OPT_STRATEGY,
    OPT_SET,
    OPT_ONLY,
    OPT_REPS,
    OPT_DURATION,
    OPT_WARMUP,
    OPT_DRAIN,
    OPT_SEED,
    OPT_OUT,
    OPT_RESUME,
    OPT_VERIFY,
    OPT_QUEUE_STATS,
    OPT_METRICS,
    OPT_DRY_RUN,
    OPT_PRODUCERS,
    OPT_CONSUMERS,
    OPT_BATCH,
    OPT_CAPACITY,
    OPT_ITEM,
    OPT_WAIT,
    OPT_REGIME,
    OPT_PIN,
    OPT_LOAD,
    OPT_SECONDS,
    OPT_AGAINST,
    OPT_REST,
    OPT_CHECK,
    OPT_HISTORIES,
    OPT_PATIENCE,
    OPT_SCHEMA,
    OPT_WIDE,
    OPT_MARKDOWN,
    OPT_OUTPUT,
    OPT_FORMAT,
    OPT_PICTURE,
    OPT_FIGURE,
    OPT_BACKEND,
    OPT_BASE,
    OPT_CAND,
    OPT_SUITE,
    OPT_MARGIN,
    OPT_STRICT,
    OPT_IDENTICAL,
    OPT_GOLDEN,
    OPT_ACCEPT,
    OPT_REPORT,
    OPT_RECORD,
    OPT_SELF_TEST,
    OPT_SUITES,
    OPT_CELL,
    OPT_MACHINE,
    OPT_REFERENCE,
    OPT_LIMIT,
    OPT_CSV,
    OPT_PLOT,
    OPT_METRIC,
    OPT_SORT,
    OPT_FORCE,
    OPT_COLOR,
    OPT_MAN,
    OPT_JSON,
    OPT_QUIET,
    OPT_HELP,
    OPT_VERSION,
    OPTION_COUNT
};

// What a value is: for completions, the man page and who checks it.
enum value_kind {
    VALUE_NONE,      // no value: a switch
    VALUE_TEXT,      // anything; `values` holds what may stand there besides
    VALUE_NUMBER,    // one or a list of them; units are allowed where the option is a size or a rate
    VALUE_TIME,      // with its unit
    VALUE_FILE,      // a path
    VALUE_FOLDER,    // a path of a folder
    VALUE_SCENARIO,  // a path of a scenario, a suite or a folder of them
    VALUE_RUN,       // a path of a run's folder or of a document
    VALUE_NAME,      // one of `values`
    VALUE_LIST,      // some of `values`, commas between
    VALUE_NAME_FILE, // one of `values`, then perhaps = and a path
};

// Name `index` of those that the value can be with this command (enum command_bit); NULL after the last.
typedef const char *value_names(unsigned command, size_t index);

struct option_spec {
    enum option_id id;
    const char *name;
    char letter; // 0: none
    const char
        *argument; // what stands for its value in help; NULL: a switch; "[=...]": a value may be left out
    const char *help;
    unsigned commands; // enum command_bit
    bool repeats;
    enum value_kind kind;
    value_names *values; // NULL: they are not a few names
};

// Whether the option may stand without a value; one that it has then is joined by =.
bool option_value_is_optional(const struct option_spec *spec);

struct options;

struct command {
    const char *name;
    unsigned bit;
    const char *operands; // as the synopsis shows them
    size_t operands_min, operands_max;
    const char *summary;     // one line
    const char *description; // paragraphs, wrapped by hand
    const char *examples;
    int (*run)(const struct options *o);
    void (*more)(FILE *out); // further sections of its help page; NULL: none
    enum value_kind operand; // what its operands are, for completions
    value_names *operand_values;
};

enum { REPEATS_MAX = 64 };

struct options {
    const struct command *command;
    bool given[OPTION_COUNT];
    const char *value[OPTION_COUNT]; // the last one when it was given several times
    const char *sets[REPEATS_MAX], *only[REPEATS_MAX], *formats[REPEATS_MAX], *metrics[REPEATS_MAX],
        *cells[REPEATS_MAX];
    size_t set_count, only_count, format_count, metric_count, cell_count;
    const char *const *operands;
    size_t operand_count;
    int argc; // the whole command line, for the result document
    char *const *argv;
};

extern const struct option_spec option_table[OPTION_COUNT];
extern const struct command command_table[]; // ends with name NULL

const struct command *command_find(const char *name); // NULL when there is none

// Parses argv[2...] for the command. `operands` has room for argc pointers. False with *e (code EXIT_USAGE).
bool options_parse(const struct command *command, int argc, char *const *argv, const char **operands,
                   struct options *o, struct error *e);

void help_command(FILE *out, const struct command *command);
void help_overview(FILE *out);

#endif
