// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

__extension__ typedef unsigned __int128 wide;

enum {
    NS_PER_MS = 1000 * 1000,
    SAMPLES = 9,       // points of the calibration line
    SAMPLE_TRIES = 24, // readings per point, the tightest wins
    SAMPLE_GAP_MS = 6, // between points: (9 - 1) x 6 = 48 ms in all
    BURN_RUNS = 16,
    BURN_RUN_STEPS = 1 << 19, // about 1 ms
};

// Written by clock_calibrate before threads start, only read afterwards.
static struct {
    uint64_t base_tsc, base_ns;
    uint64_t mult; // nanoseconds per tick x 2^32; 0 = no TSC
    double hz;
} tsc;

// Steps of the burning chain per nanosecond x 2^32. The start value, half a step, is right within a small
// factor on today's machines and only serves who forgot to calibrate.
static uint64_t burn_rate = (uint64_t)1 << 31;

uint64_t clock_mono_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#if defined(__x86_64__)

// A counter that stops in deep sleep or changes its pace with the frequency is no clock.
static bool tsc_is_invariant(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
}

// The kernel watches the TSC against other clocks and across sockets; where it chose another source, it knows
// why.
static bool kernel_trusts_tsc(void)
{
    FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    char name[32] = "";
    if (f == NULL)
        return false;
    bool read = fgets(name, sizeof name, f) != NULL;
    fclose(f);
    return read && strcmp(name, "tsc\n") == 0;
}

static uint64_t ticks(void)
{
    return __rdtsc();
}

// The fences keep the reading between the two clock calls around it.
static uint64_t ticks_fenced(void)
{
    _mm_lfence();
    uint64_t t = __rdtsc();
    _mm_lfence();
    return t;
}

struct sample {
    uint64_t tsc, ns, width; // width: ticks between the readings that enclose the clock call
};

// One simultaneous reading of both clocks: of several, the one least disturbed. A preemption in between makes
// the bracket wide, so it never wins unless every try was hit.
static struct sample take_sample(void)
{
    struct sample best = {0, 0, UINT64_MAX};
    for (int i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = ticks_fenced();
        uint64_t ns = clock_mono_ns();
        uint64_t width = ticks_fenced() - before;
        if (width < best.width)
            best = (struct sample){before + width / 2, ns, width};
    }
    return best;
}

static void sleep_ms(long ms)
{
    struct timespec t = {0, ms * NS_PER_MS};
    nanosleep(&t, NULL); // an early return only shortens the line by one gap
}

// The median of the slopes of all pairs of points (Theil and Sen): up to 29 % of bad points cannot move it.
// Pairs closer than half the line are left out, as the error of their ends weighs too much.
static double median_slope(const struct sample *s)
{
    double slopes[SAMPLES * SAMPLES];
    size_t n = 0;
    for (int i = 0; i < SAMPLES; i++) {
        for (int j = i + SAMPLES / 2; j < SAMPLES; j++) {
            if (s[j].ns > s[i].ns)
                slopes[n++] = (double)(s[j].tsc - s[i].tsc) / (double)(s[j].ns - s[i].ns);
        }
    }
    qsort(slopes, n, sizeof *slopes, by_value);
    return n == 0 ? 0 : slopes[n / 2];
}

static const struct sample *tightest(const struct sample *s)
{
    const struct sample *best = s;
    for (int i = 1; i < SAMPLES; i++) {
        if (s[i].width < best->width)
            best = &s[i];
    }
    return best;
}

// How many points lie within 2 us of the line: fewer than two thirds means that this was not a straight line.
static bool fits(const struct sample *s, const struct sample *base, double slope)
{
    int near = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double expected = ((double)s[i].tsc - (double)base->tsc) / slope;
        double error = (double)s[i].ns - (double)base->ns - expected;
        near += error < 2000 && error > -2000;
    }
    return near * 3 >= SAMPLES * 2;
}

static bool calibrate_once(void)
{
    struct sample s[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        if (i > 0)
            sleep_ms(SAMPLE_GAP_MS);
        s[i] = take_sample();
    }
    double slope = median_slope(s); // ticks per nanosecond
    const struct sample *base = tightest(s);
    if (!(slope > 0.05 && slope < 50) || !fits(s, base, slope))
        return false;
    tsc.base_tsc = base->tsc;
    tsc.base_ns = base->ns;
    tsc.hz = slope * 1e9;
    tsc.mult = (uint64_t)(4294967296.0 / slope + 0.5);
    return true;
}

void clock_calibrate(void)
{
    tsc.mult = 0;
    tsc.hz = 0;
    if (!tsc_is_invariant() || !kernel_trusts_tsc())
        return;
    for (int tries = 0; tries < 3; tries++) {
        if (calibrate_once())
            return;
    }
}

#else // no counter that we know how to read

static uint64_t ticks(void)
{
    return 0;
}

void clock_calibrate(void) {}

#endif

uint64_t clock_scale(uint64_t ticks, uint64_t mult)
{
    return (uint64_t)((wide)ticks * mult >> 32);
}

uint64_t clock_now_ns(void)
{
    if (tsc.mult == 0)
        return clock_mono_ns();
    // The counters of two cores may differ by a few ticks: a reading from before the base counts backwards
    // from it.
    uint64_t now = ticks();
    if (now < tsc.base_tsc)
        return tsc.base_ns - clock_scale(tsc.base_tsc - now, tsc.mult);
    return tsc.base_ns + clock_scale(now - tsc.base_tsc, tsc.mult);
}

bool clock_uses_tsc(void)
{
    return tsc.mult != 0;
}

const char *clock_source_name(void)
{
    return clock_uses_tsc() ? "tsc" : "clock_gettime";
}

double clock_tsc_hz(void)
{
    return tsc.hz;
}

// Each step needs the result of the one before, so that a wide core cannot overlap them, and the empty
// assembly claims to change x, so that no compiler can fold steps or drop the chain.
__attribute__((noinline)) static void burn_steps(uint64_t steps)
{
    uint64_t x = steps;
    for (; steps > 0; steps--) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        __asm__ volatile("" : "+r"(x));
    }
}

// The shortest of several runs: whatever disturbs a run only makes it longer.
void burn_calibrate(void)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < BURN_RUNS; i++) {
        uint64_t start = clock_mono_ns();
        burn_steps(BURN_RUN_STEPS);
        uint64_t took = clock_mono_ns() - start;
        if (took > 0 && took < best)
            best = took;
    }
    burn_rate = ((uint64_t)BURN_RUN_STEPS << 32) / best;
}

void burn_ns(uint64_t ns)
{
    burn_steps(clock_scale(ns, burn_rate));
}
