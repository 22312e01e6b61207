// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/pingpong.h"
#include "cli/commands.h"
#include "cli/machine.h"
#include "result/jsonx.h"
#include "result/text.h"

enum { SLEEPS = 400, PINGPONGS = 20, FINDINGS_MAX = 12 };

enum weight { GOOD, NOTED, UNFIT };

// One fact, what it means here, and whether measurements can be trusted in spite of it.
struct finding {
    const char *name;
    char text[200];
    enum weight weight;
};

struct findings {
    struct finding list[FINDINGS_MAX];
    size_t count;
};

static void __attribute__((format(printf, 4, 5)))
find(struct findings *f, const char *name, enum weight weight, const char *format, ...)
{
    struct finding *own = &f->list[f->count++];
    va_list a;
    own->name = name;
    own->weight = weight;
    va_start(a, format);
    vsnprintf(own->text, sizeof own->text, format, a);
    va_end(a);
}

// ---- judging ----
static void judge_cores(struct findings *f, const struct env_facts *m)
{
    if (m->cores < 2)
        find(f, "cores", UNFIT, "1: producers and consumers take turns instead of running side by side");
    else
        find(f, "cores", m->cores < 4 ? NOTED : GOOD, "%u%s", m->cores,
             m->cores < 4 ? ": pipelines of more threads share them, and the table says so" : "");
}

static void judge_clock(struct findings *f, const struct env_facts *m)
{
    bool slow = strcmp(m->clocksource, "hpet") == 0 || strcmp(m->clocksource, "acpi_pm") == 0 ||
                strcmp(m->clocksource, "jiffies") == 0;
    clock_calibrate();
    find(f, "clocksource", slow ? UNFIT : GOOD, "%s, read through %s%s",
         *m->clocksource ? m->clocksource : "unknown", clock_source_name(),
         slow ? ": a read costs a microsecond and is felt in every latency" : "");
}

static void judge_governor(struct findings *f, const struct env_facts *m)
{
    bool saves = strcmp(m->governor, "powersave") == 0 || strcmp(m->governor, "ondemand") == 0 ||
                 strcmp(m->governor, "conservative") == 0;
    if (*m->governor)
        find(f, "governor", saves ? NOTED : GOOD, "%s%s", m->governor,
             saves ? ": the clock rate follows the load" : "");
    else
        find(f, "governor", GOOD, "not visible here%s", *m->hypervisor ? " (virtual machine)" : "");
}

static void judge_pingpong(struct findings *f, const struct env_noise *n)
{
    char least[TEXT_NUMBER_MAX], median[TEXT_NUMBER_MAX];
    if (n->pingpong_median_ns < 0) {
        find(f, "ping-pong", NOTED, "not measured");
        return;
    }
    bool changes = pingpong_state_of(n->pingpong_min_ns) != pingpong_state_of(n->pingpong_median_ns);
    find(f, "ping-pong", changes ? NOTED : GOOD, "%s there and back (least %s): %s%s",
         text_time(n->pingpong_median_ns, median), text_time(n->pingpong_min_ns, least),
         pingpong_state_name(pingpong_state_of(n->pingpong_median_ns)),
         changes ? ", but it changes; near and far reps are told apart" : "");
}

static void judge_noise(struct findings *f, const struct env_facts *m, const struct env_noise *n)
{
    char p50[TEXT_NUMBER_MAX], p99[TEXT_NUMBER_MAX];
    if (n->steal_share >= 0)
        find(f, "steal",
             n->steal_share > 0.05   ? UNFIT
             : n->steal_share > 0.01 ? NOTED
                                     : GOOD,
             "%.1f %% of CPU time taken by the hypervisor", n->steal_share * 100);
    if (n->load_1m >= 0)
        find(f, "load",
             n->load_1m > m->cores         ? UNFIT
             : n->load_1m > 0.5 * m->cores ? NOTED
                                           : GOOD,
             "%.2f on %u cores over the last minute", n->load_1m, m->cores);
    if (n->wake_late_p99_ns >= 0)
        find(f, "timers",
             n->wake_late_p99_ns > 10e6  ? UNFIT
             : n->wake_late_p99_ns > 1e6 ? NOTED
                                         : GOOD,
             "a sleep of 1 ms ends %s late (p99 %s)", text_time(n->wake_late_p50_ns, p50),
             text_time(n->wake_late_p99_ns, p99));
}

static enum weight worst_of(const struct findings *f)
{
    enum weight worst = GOOD;
    for (size_t i = 0; i < f->count; i++)
        worst = f->list[i].weight > worst ? f->list[i].weight : worst;
    return worst;
}

// ---- printing ----
static const char *const weight_names[] = {"good", "noted", "unfit"};

static void print_text(const struct findings *f, const struct env_facts *m)
{
    printf("%-12s %s\n%-12s %s%s%s\n%-12s %s\n", "cpu", m->cpu, "kernel", m->kernel,
           *m->hypervisor ? ", on " : "", m->hypervisor, "machine id", m->machine_id);
    for (size_t i = 0; i < f->count; i++)
        printf("%-12s %-6s %s\n", f->list[i].name, weight_names[f->list[i].weight], f->list[i].text);
    if (worst_of(f) == UNFIT)
        puts("verdict: unfit to measure");
    else
        puts(worst_of(f) == NOTED ? "verdict: fit to measure, with what is noted above"
                                  : "verdict: fit to measure");
}

static void print_json(const struct findings *f, const struct env_facts *m, const struct env_noise *n)
{
    json_t *o = json_object(), *list = json_array();
    for (size_t i = 0; i < f->count; i++) {
        json_t *one = json_object();
        jsonx_set(one, "name", json_string(f->list[i].name));
        jsonx_set(one, "weight", json_string(weight_names[f->list[i].weight]));
        jsonx_set(one, "text", jsonx_text(f->list[i].text));
        json_array_append_new(list, one);
    }
    jsonx_set(o, "fit", json_boolean(worst_of(f) != UNFIT));
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
    struct findings f = {.count = 0};
    env_read(&machine);
    machine_measure(&noise, SLEEPS, PINGPONGS);
    judge_cores(&f, &machine);
    judge_clock(&f, &machine);
    judge_governor(&f, &machine);
    judge_pingpong(&f, &noise);
    judge_noise(&f, &machine, &noise);
    if (o->given[OPT_JSON])
        print_json(&f, &machine, &noise);
    else if (!o->given[OPT_QUIET])
        print_text(&f, &machine);
    return finish_output(worst_of(&f) == UNFIT ? EXIT_INVALID : EXIT_OK);
}
