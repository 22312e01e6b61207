// SPDX-License-Identifier: Apache-2.0
#include "result/fitness.h"

#include <stdarg.h>
#include <string.h>

#include "base/pingpong.h"
#include "result/text.h"

static void __attribute__((format(printf, 4, 5)))
find(struct fitness *f, const char *name, enum fitness_weight weight, const char *format, ...)
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
static void judge_cores(struct fitness *f, const struct env_facts *m)
{
    if (m->cores < 2)
        find(f, "cores", FITNESS_UNFIT,
             "1: producers and consumers take turns instead of running side by side");
    else
        find(f, "cores", m->cores < 4 ? FITNESS_NOTED : FITNESS_GOOD, "%u%s", m->cores,
             m->cores < 4 ? ": pipelines of more threads share them, and the table says so" : "");
}

static void judge_clock(struct fitness *f, const struct env_facts *m, const char *read_through)
{
    bool slow = strcmp(m->clocksource, "hpet") == 0 || strcmp(m->clocksource, "acpi_pm") == 0 ||
                strcmp(m->clocksource, "jiffies") == 0;
    find(f, "clocksource", slow ? FITNESS_UNFIT : FITNESS_GOOD, "%s%s%s%s",
         *m->clocksource ? m->clocksource : "unknown", read_through ? ", read through " : "",
         read_through ? read_through : "",
         slow ? ": a read costs a microsecond and is felt in every latency" : "");
}

static void judge_governor(struct fitness *f, const struct env_facts *m)
{
    bool saves = strcmp(m->governor, "powersave") == 0 || strcmp(m->governor, "ondemand") == 0 ||
                 strcmp(m->governor, "conservative") == 0;
    if (*m->governor)
        find(f, "governor", saves ? FITNESS_NOTED : FITNESS_GOOD, "%s%s", m->governor,
             saves ? ": the clock rate follows the load" : "");
    else
        find(f, "governor", FITNESS_GOOD, "not visible here%s", *m->hypervisor ? " (virtual machine)" : "");
}

static void judge_pingpong(struct fitness *f, const struct env_noise *n)
{
    char least[TEXT_NUMBER_MAX], median[TEXT_NUMBER_MAX];
    if (n->pingpong_median_ns < 0) {
        find(f, "ping-pong", FITNESS_NOTED, "not measured");
        return;
    }
    bool changes = pingpong_state_of(n->pingpong_min_ns) != pingpong_state_of(n->pingpong_median_ns);
    find(f, "ping-pong", changes ? FITNESS_NOTED : FITNESS_GOOD, "%s there and back (least %s): %s%s",
         text_time(n->pingpong_median_ns, median), text_time(n->pingpong_min_ns, least),
         pingpong_state_name(pingpong_state_of(n->pingpong_median_ns)),
         changes ? ", but it changes; near and far reps are told apart" : "");
}

static void judge_noise(struct fitness *f, const struct env_facts *m, const struct env_noise *n)
{
    char p50[TEXT_NUMBER_MAX], p99[TEXT_NUMBER_MAX];
    if (n->steal_share >= 0)
        find(f, "steal",
             n->steal_share > 0.05   ? FITNESS_UNFIT
             : n->steal_share > 0.01 ? FITNESS_NOTED
                                     : FITNESS_GOOD,
             "%.1f %% of CPU time taken by the hypervisor", n->steal_share * 100);
    if (n->load_1m >= 0)
        find(f, "load",
             n->load_1m > m->cores         ? FITNESS_UNFIT
             : n->load_1m > 0.5 * m->cores ? FITNESS_NOTED
                                           : FITNESS_GOOD,
             "%.2f on %u cores over the last minute", n->load_1m, m->cores);
    if (n->wake_late_p99_ns >= 0)
        find(f, "timers",
             n->wake_late_p99_ns > 10e6  ? FITNESS_UNFIT
             : n->wake_late_p99_ns > 1e6 ? FITNESS_NOTED
                                         : FITNESS_GOOD,
             "a sleep of 1 ms ends %s late (p99 %s)", text_time(n->wake_late_p50_ns, p50),
             text_time(n->wake_late_p99_ns, p99));
}

enum fitness_weight fitness_worst(const struct fitness *f)
{
    enum fitness_weight worst = FITNESS_GOOD;
    for (size_t i = 0; i < f->count; i++)
        worst = f->list[i].weight > worst ? f->list[i].weight : worst;
    return worst;
}

void fitness_judge(struct fitness *f, const struct env_facts *machine, const struct env_noise *noise,
                   const char *read_through)
{
    f->count = 0;
    judge_cores(f, machine);
    judge_clock(f, machine, read_through);
    judge_governor(f, machine);
    judge_pingpong(f, noise);
    judge_noise(f, machine, noise);
}

const char *fitness_weight_name(enum fitness_weight weight)
{
    static const char *const names[] = {"good", "noted", "unfit"};
    return names[weight];
}
