// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/stats.h"
#include "result/env.h"

enum { SLEEPS_MAX = 1000, SLEEP_NS = 1000000 };

// /proc/stat: user nice system idle iowait irq softirq steal ...
void env_cpu_time(double *steal, double *all)
{
    *steal = *all = 0;
    FILE *in = fopen("/proc/stat", "re");
    if (in == NULL)
        return;
    double v[8] = {0};
    if (fscanf(in, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
               &v[7]) == 8)
        for (int i = 0; i < 8; i++)
            *all += v[i];
    *steal = v[7];
    fclose(in);
}

void env_noise_none(struct env_noise *n)
{
    *n = (struct env_noise){.steal_share = -1,
                            .load_1m = -1,
                            .pingpong_min_ns = -1,
                            .pingpong_median_ns = -1,
                            .wake_late_p50_ns = -1,
                            .wake_late_p99_ns = -1};
}

// How late a sleeper wakes up: what every generator and every parked consumer pays on this machine.
static void measure_wakes(struct env_noise *n, unsigned sleeps)
{
    double late[SLEEPS_MAX];
    for (unsigned i = 0; i < sleeps; i++) {
        uint64_t due = clock_mono_ns() + SLEEP_NS;
        struct timespec t = {.tv_sec = (time_t)(due / 1000000000u), .tv_nsec = (long)(due % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        uint64_t now = clock_mono_ns();
        late[i] = now > due ? (double)(now - due) : 0;
    }
    n->wake_late_p50_ns = stats_quantile(late, sleeps, 0.5);
    n->wake_late_p99_ns = stats_quantile(late, sleeps, 0.99);
}

void env_noise_measure(struct env_noise *n, unsigned sleeps)
{
    env_noise_none(n);
    double load[1];
    if (getloadavg(load, 1) == 1)
        n->load_1m = load[0];
    if (sleeps > SLEEPS_MAX)
        sleeps = SLEEPS_MAX;
    double steal_before, all_before, steal, all;
    env_cpu_time(&steal_before, &all_before);
    if (sleeps > 0)
        measure_wakes(n, sleeps);
    env_cpu_time(&steal, &all);
    if (all > all_before)
        n->steal_share = (steal - steal_before) / (all - all_before);
}
