// SPDX-License-Identifier: Apache-2.0
// Completions for zsh: a function for its own _arguments.
#include <string.h>

#include "cli/pages.h"

// In single quotes; \ before what _arguments would read as the end of the text.
static void put_quoted(FILE *out, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fprintf(out, strchr(special, *text) ? "\\%c" : "%c", *text);
    }
}

static void put_names(FILE *out, value_names *values, unsigned command)
{
    const char *name;
    for (size_t i = 0; values && (name = values(command, i)) != NULL; i++)
        fprintf(out, "%s%s", i ? " " : "", name);
}

// "MESSAGE:ACTION" of a value.
static void put_action(FILE *out, const char *message, enum value_kind kind, value_names *values,
                       unsigned command)
{
    put_quoted(out, message, ":\\");
    fputc(':', out);
    switch (kind) {
    case VALUE_FILE: fputs("_files", out); break;
    case VALUE_FOLDER: fputs("_files -/", out); break;
    case VALUE_SCENARIO: fputs("_files -g \"*.(yaml|yml)\"", out); break;
    case VALUE_RUN: fputs("_files -g \"*.json\"", out); break;
    case VALUE_LIST:
        fputs("_sequence -s , _weir_names ", out);
        put_names(out, values, command);
        break;
    case VALUE_NAME_FILE:
        fputs("_weir_name_file ", out);
        put_names(out, values, command);
        break;
    default:
        if (values == NULL) {
            fputc(' ', out); // anything: only the message is shown
            break;
        }
        fputs(kind == VALUE_NAME ? "_weir_names " : "_weir_words ", out);
        put_names(out, values, command);
    }
}

static void put_option(FILE *out, const struct option_spec *s, unsigned command)
{
    const char *value = option_value_is_optional(s) ? "=-" : s->argument ? "=" : "";
    fputs("            ", out);
    if (s->letter && s->repeats)
        fprintf(out, "'*'{-%c%s,--%s%s}'", s->letter, s->argument ? "+" : "", s->name, value);
    else if (s->letter)
        fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'", s->letter, s->name, s->letter, s->argument ? "+" : "",
                s->name, value);
    else
        fprintf(out, "'%s--%s%s", s->repeats ? "*" : "", s->name, value);
    fputc('[', out);
    put_quoted(out, s->help, "[]\\");
    fputc(']', out);
    if (s->argument) {
        fputs(option_value_is_optional(s) ? "::" : ":", out);
        put_action(out, s->argument, s->kind, s->values, command);
    }
    fputs("' \\\n", out);
}

static void put_command(FILE *out, const struct command *c)
{
    fprintf(out, "    %s)\n        _arguments -s -S \\\n", c->name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].commands & c->bit)
            put_option(out, &option_table[i], c->bit);
    if (c->operands_max == 0) {
        fputs("            && return\n        ;;\n", out);
        return;
    }
    fputs("            '*:", out);
    put_action(out, c->operands, c->operand, c->operand_values, c->bit);
    fputs("' && return\n        ;;\n", out);
}

void completion_zsh(FILE *out)
{
    fputs("#compdef weir\n"
          "# zsh completion for weir. Made by the program from its own tables: weir completion zsh\n\n"
          "# Names; behind a slash the path of a module. _sequence hands its own flags on first.\n"
          "_weir_names() {\n"
          "    local -a flags\n"
          "    while [[ $1 == -* ]]; do\n"
          "        flags+=($1)\n"
          "        if [[ $1 == -[SsPpqrRIiJVXxMF] ]]; then\n"
          "            flags+=(\"$2\")\n"
          "            shift\n"
          "        fi\n"
          "        shift\n"
          "    done\n"
          "    if [[ $PREFIX == */* ]]; then\n"
          "        _files\n"
          "    else\n"
          "        compadd \"${flags[@]}\" -- $@\n"
          "    fi\n"
          "}\n\n"
          "# What may stand there besides anything else.\n"
          "_weir_words() {\n"
          "    compadd -- $@\n"
          "}\n\n"
          "_weir_name_file() {\n"
          "    if compset -P '*='; then\n"
          "        _files\n"
          "    else\n"
          "        compadd -S '' -- $@\n"
          "    fi\n"
          "}\n\n"
          "_weir() {\n"
          "    local -a commands\n"
          "    commands=(\n",
          out);
    for (const struct command *c = command_table; c->name; c++) {
        fprintf(out, "        '%s:", c->name);
        put_quoted(out, c->summary, "");
        fputs("'\n", out);
    }
    fputs("    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe -t commands 'weir command' commands\n"
          "        return\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $command in\n",
          out);
    for (const struct command *c = command_table; c->name; c++)
        put_command(out, c);
    fputs("    esac\n"
          "    return 1\n"
          "}\n\n"
          "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
          "    _weir \"$@\"\n"
          "else\n"
          "    compdef _weir weir\n"
          "fi\n",
          out);
}
