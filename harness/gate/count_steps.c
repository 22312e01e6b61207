// SPDX-License-Identifier: Apache-2.0
// The steps of strategies, in a module that makes them (steps_module.h).
#include <dlfcn.h>
#include <stdio.h>

#include "bench/module_file.h"
#include "gate/count_subject.h"
#include "gate/steps_module.h"

enum { PATHS_MOST = 1000, PERIODS = 8, ROUNDS_MOST = 1 << 16 };

static const struct weir_steps_module *steps;

static void name(size_t path, char text[COUNT_NAME])
{
    if (!steps->name(path, text, COUNT_NAME))
        *text = '\0';
}

static size_t one(size_t path)
{
    (void)path;
    return 1;
}

static bool run(size_t path, size_t rounds)
{
    return steps->run(path, rounds);
}

const struct count_subject *count_steps_open(const char *path, bool tried, bool *other, char *why,
                                             size_t size)
{
    static struct count_subject subject = {.name = name, .items = one, .run = run};
    char text[COUNT_NAME];
    if (!tried && (!module_file_check(path, why, size) || !module_file_try(path, why, size)))
        return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(why, size, "%s", dlerror());
        return NULL;
    }
    steps = dlsym(handle, WEIR_STEPS_SYMBOL);
    if (steps == NULL)
        snprintf(why, size, "%s: exports no " WEIR_STEPS_SYMBOL, path);
    else if ((*other = steps->abi != WEIR_STEPS_ABI))
        snprintf(why, size, "%s: its steps are of version %u, this weir has %u", path, steps->abi,
                 (unsigned)WEIR_STEPS_ABI);
    else if (!steps->script || !steps->name || !steps->run || steps->period == 0 ||
             steps->period > ROUNDS_MOST / PERIODS)
        snprintf(why, size, "%s: its table of steps is not complete", path);
    else {
        subject.script = steps->script;
        subject.rounds = PERIODS * steps->period;
        for (subject.paths = 0; subject.paths < PATHS_MOST; subject.paths++)
            if (!steps->name(subject.paths, text, sizeof text))
                break;
        return &subject;
    }
    return NULL;
}
