// SPDX-License-Identifier: Apache-2.0
// What the numbers were measured on: the machine's fingerprint and how noisy it was.
#ifndef RESULT_ENV_H
#define RESULT_ENV_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { ENV_TEXT_MAX = 128 };

struct env_facts {
    char cpu[ENV_TEXT_MAX];
    unsigned cores; // this process may use
    char kernel[ENV_TEXT_MAX];
    char clocksource[ENV_TEXT_MAX];
    char governor[ENV_TEXT_MAX];   // "" when the kernel does not say (virtual machines)
    char hypervisor[ENV_TEXT_MAX]; // "" on bare metal
    char thp[ENV_TEXT_MAX];        // transparent huge pages: always, madvise, never
    char mitigations[ENV_TEXT_MAX];
    uint64_t memory_bytes;
    char machine_id[17]; // hash of hardware facts, the same after a reboot and under another host name
};

// How much else goes on. A figure that was not measured is negative.
struct env_noise {
    double steal_share; // of CPU time, taken by the hypervisor while it was measured
    double load_1m;
    double pingpong_min_ns, pingpong_median_ns;
    double wake_late_p50_ns, wake_late_p99_ns; // a sleep of 1 ms ends so much late
};

void env_read(struct env_facts *facts);
void env_noise_none(struct env_noise *noise);
void env_noise_measure(struct env_noise *noise, unsigned sleeps); // takes about sleeps x 1 ms; no ping-pong

// Time of all cores since the machine began, in ticks of 10 ms, and what of it the hypervisor took. 0:
// unknown.
void env_cpu_time(double *steal, double *all);

json_t *env_json(const struct env_facts *facts, const struct env_noise *noise);
// The way back, from a document's "env". What is missing there is "", 0 or not measured.
void env_from_json(const json_t *env, struct env_facts *facts, struct env_noise *noise);
json_t *env_tool_json(void);

const char *env_tool_version(void);

#endif
