// SPDX-License-Identifier: Apache-2.0
// Completions for fish.
#include <string.h>

#include "cli/pages.h"

static void put_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++)
        fprintf(out, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('\'', out);
}

static void put_names(FILE *out, value_names *values, unsigned command)
{
    const char *name;
    for (size_t i = 0; values && (name = values(command, i)) != NULL; i++)
        fprintf(out, "%s%s", i ? " " : "", name);
}

// -x: wants a value and takes no files, -r: wants one and files are offered, too.
static void put_value(FILE *out, enum value_kind kind, value_names *values, unsigned command)
{
    switch (kind) {
    case VALUE_NONE: return;
    case VALUE_FILE: fputs(" -r -F", out); return;
    case VALUE_FOLDER: fputs(" -x -a '(__fish_complete_directories (commandline -ct))'", out); return;
    case VALUE_SCENARIO: fputs(" -x -a '(__fish_complete_suffix .yaml)'", out); return;
    case VALUE_RUN: fputs(" -x -a '(__fish_complete_suffix .json)'", out); return;
    case VALUE_LIST: fputs(" -x -a '(__weir_list ", out); break;
    case VALUE_NAME_FILE: fputs(" -x -a '(__weir_name_file ", out); break;
    default: fputs(" -x", out);
    }
    bool function = kind == VALUE_LIST || kind == VALUE_NAME_FILE;
    if (!function && values == NULL)
        return;
    fputs(function ? "" : " -a '", out);
    put_names(out, values, command);
    fputs(function ? ")'" : "'", out);
}

static void put_command(FILE *out, const struct command *c)
{
    fprintf(out, "\ncomplete -c weir -n __weir_first -a %s -d ", c->name);
    put_quoted(out, c->summary);
    fputc('\n', out);
    if (c->operands_max > 0) {
        fprintf(out, "complete -c weir -n '__weir_is %s'", c->name);
        put_value(out, c->operand, c->operand_values, c->bit);
        fputc('\n', out);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *s = &option_table[i];
        if (!(s->commands & c->bit))
            continue;
        fprintf(out, "complete -c weir -n '__weir_is %s' -l %s", c->name, s->name);
        if (s->letter)
            fprintf(out, " -s %c", s->letter);
        if (option_value_is_optional(s))
            fputs(" -F", out);
        else
            put_value(out, s->kind, s->values, c->bit);
        fputs(" -d ", out);
        put_quoted(out, s->help);
        fputc('\n', out);
    }
}

void completion_fish(FILE *out)
{
    fputs("# fish completion for weir. Made by the program from its own tables: weir completion fish\n\n"
          "function __weir_first\n"
          "    test (count (commandline -opc)) -eq 1\n"
          "end\n\n"
          "function __weir_is\n"
          "    set -l before (commandline -opc)\n"
          "    test (count $before) -ge 2; and contains -- $before[2] $argv\n"
          "end\n\n"
          "# The word behind --option=, or the whole one.\n"
          "function __weir_word\n"
          "    commandline -ct | string replace -r -- '^--[^=]*=' ''\n"
          "end\n\n"
          "# Names with commas between: what is there stays.\n"
          "function __weir_list\n"
          "    set -l kept (__weir_word | string replace -r -- '[^,]*$' '')\n"
          "    printf '%s\\n' $kept$argv\n"
          "end\n\n"
          "# NAME or NAME=FILE\n"
          "function __weir_name_file\n"
          "    set -l parts (__weir_word | string split -m 1 -- '=')\n"
          "    if test (count $parts) -eq 2\n"
          "        for path in (__fish_complete_path $parts[2])\n"
          "            printf '%s=%s\\n' $parts[1] $path\n"
          "        end\n"
          "    else\n"
          "        printf '%s\\n' $argv\n"
          "    end\n"
          "end\n\n"
          "complete -c weir -f\n"
          "complete -c weir -n __weir_first -s h -l help -d 'print the overview'\n"
          "complete -c weir -n __weir_first -s V -l version -d 'print the version'\n",
          out);
    for (const struct command *c = command_table; c->name; c++)
        put_command(out, c);
}
