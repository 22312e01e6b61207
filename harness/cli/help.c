// SPDX-License-Identifier: Apache-2.0
// Help pages, shaped like man pages.
#include <string.h>

#include "cli/pages.h"
#include "result/env.h"

const struct page_line page_exit_status[] = {
    {"0", "done, expectations met"},
    {"1", "an expectation failed, or the gate found a regression"},
    {"2", "usage or scenario error; nothing was run"},
    {"3", "invalid measurement"},
    {"4", "too noisy to tell, with --strict"},
    {"130", "interrupted; what finished is kept (weir run --resume goes on)"},
    {NULL, NULL},
};

static void print_exit_status(FILE *out)
{
    fputs("\nEXIT STATUS\n", out);
    for (const struct page_line *line = page_exit_status; line->name; line++)
        fprintf(out, "    %-3s  %s\n", line->name, line->text);
}

static void indented(FILE *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(out, n ? "    %.*s\n" : "%.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void print_option(FILE *out, const struct option_spec *s)
{
    char left[80];
    int n = s->letter ? snprintf(left, sizeof left, "-%c, --%s", s->letter, s->name)
                      : snprintf(left, sizeof left, "    --%s", s->name);
    if (s->argument)
        snprintf(left + n, sizeof left - (size_t)n, "%s%s", option_value_is_optional(s) ? "" : " ",
                 s->argument);
    fprintf(out, "    %-28s  %s\n", left, s->help);
}

void help_command(FILE *out, const struct command *c)
{
    fprintf(out, "NAME\n    weir %s - %s\n\n", c->name, c->summary);
    fprintf(out, "SYNOPSIS\n    weir %s [OPTION]... %s\n\n", c->name, c->operands);
    fprintf(out, "DESCRIPTION\n");
    indented(out, c->description);
    fprintf(out, "\nOPTIONS\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].commands & c->bit)
            print_option(out, &option_table[i]);
    if (c->more)
        c->more(out);
    print_exit_status(out);
    if (c->examples) {
        fprintf(out, "\nEXAMPLES\n");
        indented(out, c->examples);
    }
}

void help_overview(FILE *out)
{
    fprintf(out, "NAME\n    weir - " PAGE_TITLE "\n\n"
                 "SYNOPSIS\n    weir COMMAND [OPTION]... [ARGUMENT]...\n"
                 "    weir help COMMAND\n\n"
                 "COMMANDS\n");
    for (const struct command *c = command_table; c->name; c++)
        fprintf(out, "    %-10s  %s\n", c->name, c->summary);
    print_exit_status(out);
    fprintf(out, "\nVERSION\n    %s\n", env_tool_version());
}
