// SPDX-License-Identifier: Apache-2.0
#include "result/env.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/rng.h"
#include "result/jsonx.h"

#ifndef WEIR_GIT
#define WEIR_GIT ""
#endif
#ifndef WEIR_FLAGS
#define WEIR_FLAGS ""
#endif

#if defined(__clang__)
#define WEIR_COMPILER "clang " __clang_version__
#else
#define WEIR_COMPILER "gcc " __VERSION__
#endif

// First line of a small file, without spaces around it; "" when it cannot be read.
static void first_line(const char *path, char *to, size_t size)
{
    *to = 0;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return;
    if (fgets(to, (int)size, in) == NULL)
        *to = 0;
    fclose(in);
    size_t n = strlen(to);
    while (n > 0 && isspace((unsigned char)to[n - 1]))
        to[--n] = 0;
}

// The value behind "key : value" in a file such as /proc/cpuinfo, first occurrence.
static bool field_of(const char *path, const char *key, char *to, size_t size)
{
    *to = 0;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return false;
    char line[4096];
    bool found = false;
    while (!found && fgets(line, sizeof line, in)) {
        size_t n = strlen(key);
        if (strncmp(line, key, n) != 0 || (line[n] != ':' && !isspace((unsigned char)line[n])))
            continue;
        const char *value = strchr(line, ':');
        if (value == NULL)
            continue;
        value += 1 + strspn(value + 1, " \t");
        snprintf(to, size, "%.*s", (int)strcspn(value, "\n"), value);
        found = true;
    }
    fclose(in);
    return found;
}

// "always [madvise] never" -> "madvise"
static void chosen_word(char *text)
{
    char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
    if (close == NULL)
        return;
    *close = 0;
    memmove(text, open + 1, strlen(open + 1) + 1);
}

// One word for what can be a page: how many vulnerabilities are mitigated, left open, or do not apply.
static void mitigations_summary(char *to, size_t size)
{
    static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
    *to = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    unsigned mitigated = 0, vulnerable = 0, unaffected = 0;
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        char path[512], state[ENV_TEXT_MAX];
        if (*d->d_name == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        first_line(path, state, sizeof state);
        if (strncmp(state, "Mitigation", 10) == 0)
            mitigated++;
        else if (strncmp(state, "Not affected", 12) == 0)
            unaffected++;
        else
            vulnerable++;
    }
    closedir(dir);
    snprintf(to, size, "%u mitigated, %u open, %u not affected", mitigated, vulnerable, unaffected);
}

static unsigned usable_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

// The kernel does not name its hypervisor to everybody; the flag in cpuinfo is always there on a guest.
static void hypervisor_name(char *to, size_t size)
{
    char flags[4096];
    *to = 0;
    if (!field_of("/proc/cpuinfo", "flags", flags, sizeof flags) || strstr(flags, " hypervisor") == NULL)
        return;
#if defined(__x86_64__) || defined(__i386__)
    unsigned a, name[4] = {0}; // the leaf in which a hypervisor gives twelve letters
    __cpuid(0x40000000u, a, name[0], name[1], name[2]);
    snprintf(to, size, "%s", (const char *)name);
#endif
    if (*to == 0)
        snprintf(to, size, "unknown");
}

// Only what a reboot or a new host name does not change. Memory in whole GiB: the kernel keeps a varying
// part.
static void machine_id(struct env_facts *f)
{
    char text[2048], flags[4096], cache[ENV_TEXT_MAX];
    field_of("/proc/cpuinfo", "flags", flags, sizeof flags);
    field_of("/proc/cpuinfo", "cache size", cache, sizeof cache);
    long cores = sysconf(_SC_NPROCESSORS_CONF);
    snprintf(text, sizeof text, "%s|%ld|%llu|%s|%016llx|%s", f->cpu, cores,
             (unsigned long long)(f->memory_bytes >> 30), cache, (unsigned long long)hash_text(flags),
             f->hypervisor);
    snprintf(f->machine_id, sizeof f->machine_id, "%012llx",
             (unsigned long long)(hash_text(text) & 0xffffffffffffull));
}

void env_read(struct env_facts *f)
{
    memset(f, 0, sizeof *f);
    if (!field_of("/proc/cpuinfo", "model name", f->cpu, sizeof f->cpu))
        field_of("/proc/cpuinfo", "CPU part", f->cpu, sizeof f->cpu); // ARM names no model
    f->cores = usable_cores();
    struct utsname u;
    if (uname(&u) == 0)
        snprintf(f->kernel, sizeof f->kernel, "%.*s", (int)sizeof f->kernel - 1, u.release);
    first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", f->clocksource,
               sizeof f->clocksource);
    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", f->governor, sizeof f->governor);
    first_line("/sys/kernel/mm/transparent_hugepage/enabled", f->thp, sizeof f->thp);
    chosen_word(f->thp);
    hypervisor_name(f->hypervisor, sizeof f->hypervisor);
    mitigations_summary(f->mitigations, sizeof f->mitigations);
    char memory[64];
    if (field_of("/proc/meminfo", "MemTotal", memory, sizeof memory))
        f->memory_bytes = strtoull(memory, NULL, 10) * 1024;
    machine_id(f);
}

// ---- JSON ----
static json_t *measured(double v)
{
    return v >= 0 ? jsonx_real(v) : json_null();
}

static json_t *noise_json(const struct env_noise *n)
{
    json_t *o = json_object();
    jsonx_set(o, "steal_share", measured(n->steal_share));
    jsonx_set(o, "load_1m", measured(n->load_1m));
    jsonx_set(o, "pingpong_min_ns", measured(n->pingpong_min_ns));
    jsonx_set(o, "pingpong_median_ns", measured(n->pingpong_median_ns));
    jsonx_set(o, "wake_late_p50_ns", measured(n->wake_late_p50_ns));
    jsonx_set(o, "wake_late_p99_ns", measured(n->wake_late_p99_ns));
    return o;
}

json_t *env_json(const struct env_facts *f, const struct env_noise *noise)
{
    json_t *o = json_object();
    jsonx_set(o, "cpu", jsonx_text(f->cpu));
    jsonx_set(o, "cores", jsonx_u64(f->cores));
    jsonx_set(o, "kernel", jsonx_text(f->kernel));
    jsonx_set(o, "clocksource", jsonx_text(f->clocksource));
    jsonx_set(o, "governor", jsonx_text(f->governor));
    jsonx_set(o, "machine_id", jsonx_text(f->machine_id));
    jsonx_set(o, "hypervisor", jsonx_text(f->hypervisor));
    jsonx_set(o, "thp", jsonx_text(f->thp));
    jsonx_set(o, "mitigations", jsonx_text(f->mitigations));
    jsonx_set(o, "memory_bytes", jsonx_u64(f->memory_bytes));
    jsonx_set(o, "noise", noise_json(noise));
    return o;
}

static void take_text(const json_t *env, const char *key, char *to)
{
    snprintf(to, ENV_TEXT_MAX, "%s", jsonx_string(env, key));
}

void env_from_json(const json_t *env, struct env_facts *f, struct env_noise *n)
{
    memset(f, 0, sizeof *f);
    take_text(env, "cpu", f->cpu);
    f->cores = (unsigned)jsonx_number(env, "cores", 0);
    take_text(env, "kernel", f->kernel);
    take_text(env, "clocksource", f->clocksource);
    take_text(env, "governor", f->governor);
    take_text(env, "hypervisor", f->hypervisor);
    take_text(env, "thp", f->thp);
    take_text(env, "mitigations", f->mitigations);
    f->memory_bytes = (uint64_t)jsonx_number(env, "memory_bytes", 0);
    snprintf(f->machine_id, sizeof f->machine_id, "%s", jsonx_string(env, "machine_id"));
    n->steal_share = jsonx_number(env, "noise.steal_share", -1);
    n->load_1m = jsonx_number(env, "noise.load_1m", -1);
    n->pingpong_min_ns = jsonx_number(env, "noise.pingpong_min_ns", -1);
    n->pingpong_median_ns = jsonx_number(env, "noise.pingpong_median_ns", -1);
    n->wake_late_p50_ns = jsonx_number(env, "noise.wake_late_p50_ns", -1);
    n->wake_late_p99_ns = jsonx_number(env, "noise.wake_late_p99_ns", -1);
}

const char *env_tool_version(void)
{
    return WEIR_VERSION;
}

json_t *env_tool_json(void)
{
    json_t *o = json_object();
    jsonx_set(o, "version", json_string(WEIR_VERSION));
    jsonx_set(o, "git", jsonx_text(WEIR_GIT));
    jsonx_set(o, "compiler", jsonx_text(WEIR_COMPILER));
    jsonx_set(o, "flags", jsonx_text(WEIR_FLAGS));
    return o;
}
