// SPDX-License-Identifier: Apache-2.0
// weir.1, from the tables of commands and options.
#include <stdlib.h>
#include <string.h>

#include "cli/pages.h"
#include "cli/roff.h"

static const char about[] = "When producers outrun a consumer, which queue and which backpressure strategy "
                            "should be used, and what does it "
                            "cost in loss, latency, memory and CPU? weir runs the same scripted scenario "
                            "over interchangeable queues and "
                            "strategies, on real threads, sockets and files or in deterministic virtual "
                            "time, proves where every record "
                            "went, and says what it saw: as a table, as a document that other programs read, "
                            "and as an exit status.\n\n"
                            "Data goes to standard output, everything else to standard error. On a terminal "
                            "a line on standard error shows "
                            "how far a run or a bench has come.";

static const struct page_line files[] = {
    {"results/_RUN-ID_/result.json", "every figure of every cell; docs/result.schema.json describes it"},
    {"results/_RUN-ID_/cells.csv", "the same, one observation a row"},
    {"results/_RUN-ID_/series.csv", "figures per 100 ms"},
    {"results/_RUN-ID_/histograms.jsonl", "every bucket of the latency histograms"},
    {"~/.cache/weir/builds", "modules of commits that 'weir gate' has built"},
    {"weir-history.db", "what 'weir gate --record' adds to, and 'weir history' shows"},
    {"results/_RUN-ID_/resume.json", "what 'weir run --resume' goes on from"},
    {"_FILE_.yaml", "scenarios and suites; see weir-scenario(5)"},
    {NULL, NULL},
};

static const struct page_line environment[] = {
    {"*NO_COLOR*", "When set and not empty, output has no colours unless --color asks for them."},
    {"*CLICOLOR_FORCE*",
     "When set and not 0, standard output has colours also where it is no terminal; NO_COLOR goes first."},
    {"*TERM*", "A terminal that is 'dumb', or of which nothing is said, gets neither colours nor a line that "
               "is drawn anew."},
    {"*CI*", "When set, no line is drawn anew: each cell that ended is one."},
    {"*COLUMNS*", "How wide tables may be where standard output is no terminal; 140 without it."},
    {"*LC_ALL, LC_CTYPE, LANG*", "The first one that is set says whether output may hold UTF-8; numbers are "
                                 "written alike in all locales."},
    {"*PATH*", "Where 'weir plot' and 'weir history' look for gnuplot and for python3, and 'weir gate' for "
               "git, tar and cmake."},
    {"*XDG_CACHE_HOME, HOME*", "'weir gate' keeps the modules of commits that it has built in "
                               "$XDG_CACHE_HOME/weir, or ~/.cache/weir."},
    {"*XDG_STATE_HOME, HOME*", "'weir gate --self-test' keeps what it found on this machine in "
                               "$XDG_STATE_HOME/weir/self-test, or below ~/.local/state, for the reports of "
                               "'weir gate'."},
    {"*TMPDIR*", "Where 'weir gate --golden' keeps the run that it compares; /tmp without it."},
    {"*WEIR_SLOW*", "'weir gate --self-test' tells its modules by it how much slower to be; set by itself."},
    {"*GITHUB_ACTIONS*",
     "When true, 'weir gate' prints an annotation for each cell that is not all right, and "
     "appends its Markdown to the file that *GITHUB_STEP_SUMMARY* names."},
    {"*WEIR_PLOTS*", "The folder of the plots' scripts, instead of the one beside the program."},
    {"*WEIR_PLOT_PLAIN*", "When set, pictures name no commit, machine and date: for those that are kept."},
    {NULL, NULL},
};

static void put_lines(FILE *out, const struct page_line *list)
{
    for (; list->name; list++) {
        roff_tag(out, list->name);
        roff_text(out, list->text);
    }
}

static void put_exit_status(FILE *out)
{
    for (const struct page_line *line = page_exit_status; line->name; line++) {
        char tag[32];
        snprintf(tag, sizeof tag, "*%s*", line->name);
        roff_tag(out, tag);
        roff_text(out, line->text);
    }
}

// ---- commands ----
static void put_synopsis(FILE *out)
{
    for (const struct command *c = command_table; c->name; c++) {
        char line[256];
        snprintf(line, sizeof line, "*weir %s* [_OPTION_]...%s%s", c->name, *c->operands ? " " : "",
                 c->operands);
        roff_marked(out, line);
        fputs(c[1].name ? ".br\n" : "", out);
    }
}

// Columns that are two spaces apart, as one sentence.
static void put_columns(FILE *out, const char *columns)
{
    char text[512] = "";
    for (columns += strspn(columns, " "); *columns; columns += strspn(columns, " ")) {
        const char *end = strstr(columns, "  ");
        size_t n = end ? (size_t)(end - columns) : strlen(columns), used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%.*s", used ? ": " : "", (int)n, columns);
        columns += n;
    }
    roff_text(out, text);
}

// A section of a help page: a title in capitals, then lines of columns that are two spaces apart.
static void put_more(FILE *out, const char *text)
{
    while (*text) {
        char line[512], tag[160];
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
        if (*line && *line != ' ') {
            roff_paragraph(out);
            snprintf(tag, sizeof tag, "*%.100s*", line);
            roff_marked(out, tag);
        }
        char *name = line + strspn(line, " "), *rest = strstr(name, "  ");
        if (*line != ' ' || *name == 0)
            continue;
        if (rest)
            *rest = 0;
        snprintf(tag, sizeof tag, "*%.100s*", name);
        roff_tag(out, tag);
        put_columns(out, rest ? rest + 1 : "");
    }
}

static bool put_command(FILE *out, const struct command *c)
{
    char title[256], *more = NULL;
    size_t size = 0;
    snprintf(title, sizeof title, "weir %s%s%s", c->name, *c->operands ? " " : "", c->operands);
    roff_subsection(out, title);
    char summary[256];
    snprintf(summary, sizeof summary, "%c%s%s", c->summary[0] - (c->summary[0] >= 'a' ? 'a' - 'A' : 0),
             c->summary + 1, strchr(c->summary, '?') ? "" : ".");
    roff_text(out, summary);
    roff_paragraph(out);
    roff_text(out, c->description);
    if (c->more == NULL)
        return true;
    FILE *text = open_memstream(&more, &size);
    if (text == NULL)
        return false;
    c->more(text);
    fclose(text);
    put_more(out, more);
    free(more);
    return true;
}

// ---- options ----
static void put_commands_of(FILE *out, const struct option_spec *s)
{
    char list[256] = "";
    size_t n = 0;
    if (s->commands == CMD_ALL) {
        fputs("(every command)\n", out);
        return;
    }
    for (const struct command *c = command_table; c->name; c++)
        if (s->commands & c->bit) {
            size_t used = strlen(list);
            snprintf(list + used, sizeof list - used, "%s%s", n++ ? ", " : "", c->name);
        }
    fprintf(out, "(%s)\n", list);
}

// The names that an argument such as NAME stands for; "auto|always" says them itself.
static void put_values(FILE *out, const struct option_spec *s)
{
    char text[2048] = "Values: ";
    const char *name = s->values ? s->values(s->commands, 0) : NULL;
    if (name == NULL || strstr(s->argument, name))
        return;
    for (size_t i = 0; (name = s->values(s->commands, i)) != NULL; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "", name);
    }
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, ".");
    roff_text(out, text);
}

static void put_option(FILE *out, const struct option_spec *s)
{
    char tag[256], help[512];
    size_t used = 0;
    if (s->letter)
        used = (size_t)snprintf(tag, sizeof tag, "*-%c*, ", s->letter);
    used += (size_t)snprintf(tag + used, sizeof tag - used, "*--%s*", s->name);
    if (s->argument)
        snprintf(tag + used, sizeof tag - used, "%s_%s_", option_value_is_optional(s) ? "" : " ",
                 s->argument);
    roff_tag(out, tag);
    snprintf(help, sizeof help, "%c%s.",
             s->help[0] - (s->help[0] >= 'a' && s->help[0] <= 'z' ? 'a' - 'A' : 0), s->help + 1);
    roff_text(out, help);
    put_values(out, s);
    put_commands_of(out, s);
}

bool man_weir(FILE *out, struct error *e)
{
    roff_begin(out, "weir", 1, "User Commands");
    roff_section(out, "NAME");
    fputs("weir \\- " PAGE_TITLE "\n", out);
    roff_section(out, "SYNOPSIS");
    put_synopsis(out);
    roff_section(out, "DESCRIPTION");
    roff_text(out, about);
    roff_section(out, "COMMANDS");
    for (const struct command *c = command_table; c->name; c++)
        if (!put_command(out, c))
            return fail(e, EXIT_INVALID, "out of memory");
    roff_section(out, "OPTIONS");
    roff_text(
        out,
        "Options may stand anywhere behind the command; -- ends them. A long one takes its value as the next "
        "argument or behind =. Behind each stand the commands that take it.");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        put_option(out, &option_table[i]);
    roff_section(out, "EXIT STATUS");
    put_exit_status(out);
    roff_section(out, "FILES");
    put_lines(out, files);
    roff_section(out, "ENVIRONMENT");
    put_lines(out, environment);
    roff_section(out, "EXAMPLES");
    roff_text(out, "Of each command:");
    for (const struct command *c = command_table; c->name; c++)
        if (c->examples)
            roff_verbatim(out, c->examples);
    roff_section(out, "SEE ALSO");
    roff_marked(out, "*weir-scenario*(5), *gnuplot*(1)");
    return true;
}
