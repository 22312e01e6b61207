// SPDX-License-Identifier: Apache-2.0
#include "cli/gate_choose.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/signals.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "queue/queue.h"

bool gate_choose_margin(const struct options *o, struct gate_suite *suite, struct error *e)
{
    double margin = 0;
    const char *why;
    if (!o->given[OPT_MARGIN])
        return true;
    if (!units_parse(Q_SHARE, o->value[OPT_MARGIN], &margin, &why))
        return fail(e, EXIT_USAGE, "--margin %s: not %s", o->value[OPT_MARGIN], why);
    if (margin < 0.001 || margin > 0.5)
        return fail(e, EXIT_USAGE, "--margin %s: out of range (0.1%% to 50%%)", o->value[OPT_MARGIN]);
    gate_suite_set_margin(suite, false, margin);
    gate_suite_set_margin(suite, true, margin);
    return true;
}

static bool append_queue(struct gate_suite *suite, const char *name, struct error *e)
{
    struct gate_suite one;
    struct suggestion best = {0};
    const struct weir_queue_ops *q;
    for (size_t i = 0; (q = weir_queue_at(i)) != NULL; i++)
        suggest(&best, name, q->name);
    if (weir_queue_find(name) == NULL)
        return fail_unknown(e, "--queue", "queue", name, &best, "queues");
    gate_suite_of_queue(&one, name);
    for (size_t i = 0; i < one.count; i++) {
        for (size_t k = 0; k < suite->count; k++)
            if (strcmp(suite->cells[k].name, one.cells[i].name) == 0)
                return fail(e, EXIT_USAGE, "--queue: '%s' is there twice", name);
        if (suite->count == GATE_CELLS_MOST)
            return fail(e, EXIT_USAGE, "--queue: more than %d cells", GATE_CELLS_MOST);
        suite->cells[suite->count++] = one.cells[i];
    }
    return true;
}

bool gate_choose_queues(const struct options *o, struct gate_suite *suite, struct error *e)
{
    bool ok = true;
    *suite = (struct gate_suite){.name = "queues", .launches = GATE_LAUNCHES};
    for (const char *p = o->value[OPT_QUEUE]; ok; p++) {
        char name[64];
        size_t n = strcspn(p, ",");
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), p);
        ok = append_queue(suite, name, e);
        p += n;
        if (*p == '\0')
            break;
    }
    return ok;
}

bool gate_cut(void *context)
{
    (void)context;
    signals_wait(NULL, 0, 0); // signals are only seen while waiting
    return signals_interrupted();
}
