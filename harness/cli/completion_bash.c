// SPDX-License-Identifier: Apache-2.0
// Completions for bash. They use nothing of the bash-completion package.
#include "cli/pages.h"

static const char head[] =
    "# bash completion for weir. Made by the program from its own tables: weir completion bash\n"
    "\n"
    "# Sets kind (what is to be completed) and words (its names) for an operand or an option of a command.\n";

// COMP_WORDBREAKS splits --queue=a at its =; what bash replaces is the part behind it.
static const char tail[] =
    "_weir_paths() { # FLAGS PATTERN: folders, and files that end so\n"
    "    local path\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r path; do\n"
    "        [[ -d $path || $path =~ $1 ]] && COMPREPLY+=(\"$path\")\n"
    "    done < <(compgen -f -- \"$2\")\n"
    "}\n"
    "\n"
    "_weir_value() { # WORD: what begins so\n"
    "    local kept= path\n"
    "    case $kind in\n"
    "    file) _weir_paths . \"$1\" ;;\n"
    "    folder) _weir_paths '^$' \"$1\" ;;\n"
    "    scenario) _weir_paths '\\.ya?ml$' \"$1\" ;;\n"
    "    run) _weir_paths '\\.json$' \"$1\" ;;\n"
    "    list)\n"
    "        [[ $1 == *,* ]] && kept=${1%,*},\n"
    "        compopt -o nospace 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$kept\" -W \"$words\" -- \"${1##*,}\")\n"
    "        ;;\n"
    "    name_file)\n"
    "        compopt -o nospace 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$1\")\n"
    "        ;;\n"
    "    name | text) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$1\") ;;\n"
    "    esac\n"
    "    # Where a name may be, so may the path of a module.\n"
    "    if [[ $1 == */* && $kind == @(name|list) ]]; then\n"
    "        _weir_paths . \"$1\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "_weir() {\n"
    "    local i word merged=() joined= command option kind words cur\n"
    "    COMPREPLY=()\n"
    "    # Put together again what was split at =.\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == '=' && ${#merged[@]} -gt 0 ]]; then\n"
    "            merged[-1]+='='\n"
    "            joined=1\n"
    "        elif [[ $joined ]]; then\n"
    "            merged[-1]+=$word\n"
    "            joined=\n"
    "        else\n"
    "            merged+=(\"$word\")\n"
    "        fi\n"
    "    done\n"
    "    cur=${merged[-1]}\n"
    "    command=${merged[1]-}\n"
    "    if ((${#merged[@]} <= 2)); then\n"
    "        words=\"$_weir_commands --help --version\" kind=name\n"
    "        _weir_value \"$cur\"\n"
    "        return\n"
    "    fi\n"
    "    if [[ $cur == --*=* ]]; then\n"
    "        _weir_about \"$command\" \"${cur%%=*}\"\n"
    "        word=${cur#*=}\n"
    "    else\n"
    "        _weir_about \"$command\" \"${merged[-2]}\"\n"
    "        word=$cur\n"
    "    fi\n"
    "    # An option that takes no value, or none: then an option or an operand stands here.\n"
    "    if [[ $kind == none || ${merged[-2]} != -* && $cur != --*=* ]]; then\n"
    "        if [[ $cur == -* ]]; then\n"
    "            _weir_about \"$command\" options\n"
    "        else\n"
    "            _weir_about \"$command\" operand\n"
    "        fi\n"
    "    fi\n"
    "    # NAME=FILE: behind the second = there is a path.\n"
    "    if [[ $kind == name_file && $word == *=* ]]; then\n"
    "        kind=file word=${word#*=}\n"
    "    fi\n"
    "    _weir_value \"$word\"\n"
    "    # Without = among the breaks the whole word is replaced.\n"
    "    if [[ $cur == *=* && $COMP_WORDBREAKS != *=* ]]; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]/#/${cur%%=*}=}\")\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _weir weir\n";

static const char *kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_NONE] = "none",           [VALUE_TEXT] = "text",
        [VALUE_NUMBER] = "text",         [VALUE_TIME] = "text",
        [VALUE_FILE] = "file",           [VALUE_FOLDER] = "folder",
        [VALUE_SCENARIO] = "scenario",   [VALUE_RUN] = "run",
        [VALUE_NAME] = "name",           [VALUE_LIST] = "list",
        [VALUE_NAME_FILE] = "name_file",
    };
    return names[kind];
}

static void put_kind(FILE *out, enum value_kind kind, value_names *values, unsigned command)
{
    const char *name;
    fprintf(out, " kind=%s words='", kind_name(kind));
    for (size_t i = 0; values && (name = values(command, i)) != NULL; i++)
        fprintf(out, "%s%s", i ? " " : "", name);
    fputs("' ;;\n", out);
}

static void put_options(FILE *out, const struct command *c)
{
    const char *between = "";
    fprintf(out, "    '%s options') kind=name words='", c->name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *s = &option_table[i];
        if (!(s->commands & c->bit))
            continue;
        fprintf(out, "%s--%s", between, s->name);
        between = " ";
        if (s->letter)
            fprintf(out, " -%c", s->letter);
    }
    fputs("' ;;\n", out);
}

static void put_command(FILE *out, const struct command *c)
{
    put_options(out, c);
    fprintf(out, "    '%s operand')", c->name);
    put_kind(out, c->operand, c->operand_values, c->bit);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *s = &option_table[i];
        if (!(s->commands & c->bit) || s->kind == VALUE_NONE)
            continue;
        fprintf(out, "    '%s --%s'", c->name, s->name);
        if (s->letter)
            fprintf(out, " | '%s -%c'", c->name, s->letter);
        fputc(')', out);
        put_kind(out, s->kind, s->values, c->bit);
    }
}

void completion_bash(FILE *out)
{
    fputs(head, out);
    fputs("_weir_about() { # COMMAND, OPTION or 'operand' or 'options'\n    case \"$1 $2\" in\n", out);
    for (const struct command *c = command_table; c->name; c++)
        put_command(out, c);
    fputs("    *) kind=none words= ;;\n    esac\n}\n\n_weir_commands='", out);
    for (const struct command *c = command_table; c->name; c++)
        fprintf(out, "%s%s", c == command_table ? "" : " ", c->name);
    fputs("'\n\n", out);
    fputs(tail, out);
}
