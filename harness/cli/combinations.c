// SPDX-License-Identifier: Apache-2.0
#include "cli/combinations.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenario/strategies.h"

static void write_scenario(FILE *out)
{
    const struct weir_queue_ops *q;
    const char *name;
    fputs("name: combinations\nduration: 1s\n"
          "sources: [{name: app, type: synthetic, arrival: {process: constant, rate: 1/s}}]\n"
          "pipeline: [{stage: work, service: 1us}]\nsink: {type: \"null\"}\nmatrix:\n  queue: [",
          out);
    for (size_t i = 0; (q = weir_queue_at(i)) != NULL; i++)
        fprintf(out, "%s\"%s\"", i ? ", " : "", q->name);
    fputs("]\n  strategy: [", out);
    for (size_t i = 0; (name = edge_strategy_name_at(i)) != NULL; i++)
        fprintf(out, "%s%s", i ? ", " : "", name);
    fputs("]\n", out);
}

struct plan *combinations_load(struct error *e)
{
    static const struct overrides as_it_is;
    struct plan *plan = NULL;
    char path[64];
    int fd = memfd_create("combinations", MFD_CLOEXEC);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out == NULL) {
        fail(e, EXIT_INVALID, "no memory for a file: %s", strerror(errno));
        return NULL;
    }
    write_scenario(out);
    fflush(out);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!plan_load(path, &as_it_is, &plan, e))
        plan = NULL;
    fclose(out);
    return plan;
}

static const char *param(const struct cell_plan *cell, const char *key)
{
    for (size_t i = 0; i < cell->param_count; i++)
        if (strcmp(cell->params[i].key, key) == 0)
            return cell->params[i].text;
    return "";
}

const char *combination_refused(const struct plan *plan, const char *queue, const char *strategy)
{
    for (size_t i = 0; i < plan->cell_count; i++)
        if (strcmp(param(&plan->cells[i], "queue"), queue) == 0 &&
            strcmp(param(&plan->cells[i], "strategy"), strategy) == 0)
            return plan->cells[i].skip_reason;
    return "no such pair";
}
