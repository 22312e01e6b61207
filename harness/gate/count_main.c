// SPDX-License-Identifier: Apache-2.0
// weir-count [--steps] MODULE: what the steps of a queue's module, or with --steps of the strategies
// (weir-steps.so), take on one thread with nobody in the way, an item or a step: user instructions,
// allocations, system calls. A line each, with tabs between: "1-and-1 x1", 85.12, 0, 0; "-" where it could
// not be counted. Before them a line "=SCRIPT" (counts of another script do not compare), and one "!WHAT WAS
// NOT COUNTED and why" for each reason. A process of its own, so that a module that crashes takes nobody
// along. Exit (with a line "!" but for 0): 0, 3 the module cannot be used, 4 it is of another version, 5 it
// ends the process in its steps.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate/count.h"
#include "gate/count_subject.h"
#include "gate/effects.h"

enum { CANNOT_USE = 3, OTHER_VERSION = 4, ENDS = 5, REASON = 400 };

static const struct count_subject *subject;

// An even run is short, the odd one behind it twice as long: their difference is what the rounds cost.
static void run_path(void *context, size_t run)
{
    char name[COUNT_NAME];
    (void)context;
    subject->name(run / 2, name);
    if (*name && !subject->run(run / 2, run % 2 ? 2 * subject->rounds : subject->rounds))
        _exit(CANNOT_USE);
}

static double each(uint64_t shorter, uint64_t longer, size_t path)
{
    return ((double)longer - (double)shorter) / (double)subject->rounds / (double)subject->items(path);
}

static void print_figure(bool counted, double value)
{
    if (counted)
        printf("\t%.6f", value);
    else
        printf("\t-");
}

static void print_rows(const uint64_t *instructions, const struct effects *effects,
                       const struct effects_found *found)
{
    for (size_t path = 0; path < subject->paths; path++) {
        char name[COUNT_NAME];
        const struct effects *e = effects + 2 * path;
        subject->name(path, name);
        if (*name == '\0')
            continue;
        fputs(name, stdout);
        print_figure(instructions != NULL,
                     instructions ? each(instructions[2 * path], instructions[2 * path + 1], path) : 0);
        print_figure(found->allocations, each(e[0].allocations, e[1].allocations, path));
        print_figure(found->system_calls, each(e[0].system_calls, e[1].system_calls, path));
        putchar('\n');
    }
}

static int refuse(const char *why)
{
    printf("!%s\n", why);
    return CANNOT_USE;
}

static int refuse_end(const char *file, const struct effects_found *found)
{
    char name[COUNT_NAME], why[REASON];
    if (!found->ended)
        return refuse("no memory, or no process, to count in");
    subject->name(found->run / 2, name);
    if (strcmp(found->how, "status 3") == 0) {
        snprintf(why, sizeof why, "%.200s: does not do its steps (%s)", file, name);
        return refuse(why);
    }
    snprintf(why, sizeof why, "%.200s: ends in its steps (%s): %s", file, name, found->how);
    refuse(why);
    return ENDS;
}

static int count(const char *const *self, const char *file)
{
    char why[REASON];
    size_t runs = 2 * subject->paths;
    uint64_t *instructions = calloc(runs + 1, sizeof *instructions);
    struct effects *effects = calloc(runs + 1, sizeof *effects);
    struct effects_found found;
    if (instructions == NULL || effects == NULL)
        return refuse("out of memory");
    int code = 0;
    if (!count_effects(run_path, NULL, runs, effects, &found)) {
        code = refuse_end(file, &found);
    } else {
        bool counted = count_all(self, run_path, NULL, runs, instructions, why, sizeof why);
        printf("=%s\n", subject->script);
        if (!counted)
            printf("!instructions were NOT counted: %s\n", why);
        if (!found.allocations)
            printf("!allocations were NOT counted: a sanitizer, or another C library than glibc, has them\n");
        if (!found.system_calls)
            printf("!system calls were NOT counted: %s\n", found.why_not);
        print_rows(counted ? instructions : NULL, effects, &found);
    }
    free(instructions);
    free(effects);
    return code;
}

int main(int argc, char **argv)
{
    char why[REASON], self[PATH_MAX];
    bool other = false, steps = argc > 1 && strcmp(argv[1], "--steps") == 0;
    bool alone = argc == 3 + steps && strcmp(argv[2 + steps], COUNT_ALONE) == 0;
    if (argc != 2 + steps && !alone) {
        fputs("usage: weir-count [--steps] MODULE\n", stderr);
        return 2;
    }
    const char *file = argv[1 + steps];
    subject = steps ? count_steps_open(file, alone, &other, why, sizeof why)
                    : count_queue_open(file, alone, why, sizeof why);
    if (subject == NULL) {
        int code = refuse(why);
        return other ? OTHER_VERSION : code;
    }
    if (alone) {
        count_alone(run_path, NULL, 2 * subject->paths);
        return 0;
    }
    const char *again[] = {self, steps ? "--steps" : file, steps ? file : COUNT_ALONE,
                           steps ? COUNT_ALONE : NULL, NULL};
    if (realpath("/proc/self/exe", self) == NULL)
        return refuse("/proc is not there");
    return count(again, file);
}
