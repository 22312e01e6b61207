// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "cli/commands.h"
#include "cli/pages.h"
#include "cli/suggest.h"
#include "cli/values.h"

static const struct {
    const char *name;
    void (*write)(FILE *out);
} shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};

enum { SHELLS = sizeof shells / sizeof *shells };

const char *value_shells(unsigned command, size_t index)
{
    (void)command;
    return index < SHELLS ? shells[index].name : NULL;
}

int cmd_completion(const struct options *o)
{
    struct suggestion best = {0};
    for (size_t i = 0; i < SHELLS; i++) {
        if (strcmp(o->operands[0], shells[i].name) == 0) {
            shells[i].write(stdout);
            return finish_output(EXIT_OK);
        }
        suggest(&best, o->operands[0], shells[i].name);
    }
    fprintf(stderr, "weir: no completions for '%s'", o->operands[0]);
    if (best.text)
        fprintf(stderr, " (did you mean '%s'?)\n", best.text);
    else
        fputs("; there are bash, zsh and fish\n", stderr);
    return EXIT_USAGE;
}

// ---- manual pages ----
static const struct {
    const char *name;
    bool (*write)(FILE *out, struct error *e);
} manuals[] = {{"weir.1", man_weir}, {"weir-scenario.5", man_weir_scenario}};

enum { MANUALS = sizeof manuals / sizeof *manuals };

const char *value_manuals(unsigned command, size_t index)
{
    (void)command;
    return index < MANUALS ? manuals[index].name : NULL;
}

int print_manual(const struct options *o)
{
    struct error e = {0};
    size_t index = 0;
    if (!value_read_name(o, OPT_MAN, &index, &e) || !manuals[index].write(stdout, &e))
        return tell_error(&e);
    return finish_output(EXIT_OK);
}
