// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/machine.h"
#include "result/fitness.h"
#include "result/jsonx.h"

enum { SLEEPS = 400, PINGPONGS = 20 };

// ---- printing ----
static void print_text(const struct fitness *f, const struct env_facts *m)
{
    printf("%-12s %s\n%-12s %s%s%s\n%-12s %s\n", "cpu", m->cpu, "kernel", m->kernel,
           *m->hypervisor ? ", on " : "", m->hypervisor, "machine id", m->machine_id);
    for (size_t i = 0; i < f->count; i++)
        printf("%-12s %-6s %s\n", f->list[i].name, fitness_weight_name(f->list[i].weight), f->list[i].text);
    if (fitness_worst(f) == FITNESS_UNFIT)
        puts("verdict: unfit to measure");
    else
        puts(fitness_worst(f) == FITNESS_NOTED ? "verdict: fit to measure, with what is noted above"
                                               : "verdict: fit to measure");
}

static void print_json(const struct fitness *f, const struct env_facts *m, const struct env_noise *n)
{
    json_t *o = json_object(), *list = json_array();
    for (size_t i = 0; i < f->count; i++) {
        json_t *one = json_object();
        jsonx_set(one, "name", json_string(f->list[i].name));
        jsonx_set(one, "weight", json_string(fitness_weight_name(f->list[i].weight)));
        jsonx_set(one, "text", jsonx_text(f->list[i].text));
        json_array_append_new(list, one);
    }
    jsonx_set(o, "fit", json_boolean(fitness_worst(f) != FITNESS_UNFIT));
    jsonx_set(o, "env", env_json(m, n));
    jsonx_set(o, "findings", list);
    json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(o);
}

int cmd_doctor(const struct options *o)
{
    struct env_facts machine;
    struct env_noise noise;
    struct fitness f = {.count = 0};
    env_read(&machine);
    machine_measure(&noise, SLEEPS, PINGPONGS);
    clock_calibrate();
    fitness_judge(&f, &machine, &noise, clock_source_name());
    if (o->given[OPT_JSON])
        print_json(&f, &machine, &noise);
    else if (!o->given[OPT_QUIET])
        print_text(&f, &machine);
    return finish_output(fitness_worst(&f) == FITNESS_UNFIT ? EXIT_INVALID : EXIT_OK);
}
