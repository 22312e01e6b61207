// SPDX-License-Identifier: Apache-2.0
#include "figure/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- how values are written ----
static void trim(char *text)
{
    if (strchr(text, '.') == NULL || strchr(text, 'e'))
        return;
    size_t n = strlen(text);
    while (text[n - 1] == '0')
        n--;
    text[text[n - 1] == '.' ? n - 1 : n] = 0;
}

// Three significant digits, no exponent between 0.001 and 10^6, nothing after a point that says nothing.
static void put_digits(double value, char *text, size_t size)
{
    double v = fabs(value);
    int before = v >= 1 ? (int)floor(log10(v) + 1e-9) + 1 : 1;
    if (v > 0 && v < 1)
        before = (int)floor(log10(v) + 1e-9) + 1;
    int after = 3 - before;
    if (after > 9 || before > 9)
        snprintf(text, size, "%.3g", value);
    else
        snprintf(text, size, "%.*f", after < 0 ? 0 : after, value);
    trim(text);
}

static void put_scaled(double value, const char *const names[], const double scales[], size_t count,
                       const char *gap, char *text, size_t size)
{
    char digits[32];
    size_t i = 0;
    while (i + 1 < count && fabs(value) * (1 + 1e-9) >= scales[i + 1])
        i++;
    put_digits(value / scales[i], digits, sizeof digits);
    if (strcmp(digits, "1000") == 0 && i + 1 < count)
        put_digits(value / scales[++i], digits, sizeof digits);
    snprintf(text, size, "%s%s%s", digits, *names[i] ? gap : "", names[i]);
}

static void put_seconds(double value, char *text, size_t size)
{
    static const char *const names[] = {"ns", "µs", "ms", "s"};
    static const double scales[] = {1e-9, 1e-6, 1e-3, 1};
    if (value == 0)
        snprintf(text, size, "0");
    else
        put_scaled(value, names, scales, 4, " ", text, size);
}

static void put_count(double value, const char *unit, char *text, size_t size)
{
    static const char *const names[] = {"", "k", "M", "G"};
    static const double scales[] = {1, 1e3, 1e6, 1e9};
    put_scaled(value, names, scales, 4, " ", text, size);
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s", value == 0 ? "" : unit);
}

// As many digits as tell it from 1.
static void put_quantile(double tail, char *text, size_t size)
{
    double p = 1 - 1 / tail;
    int digits = tail > 100.5 ? (int)ceil(log10(tail) - 2 - 1e-9) : 0;
    snprintf(text, size, "%.*f %%", digits, 100 * p);
}

void axis_write(enum axis_unit unit, double value, char *text, size_t size)
{
    char digits[32];
    switch (unit) {
    case AXIS_NUMBER: put_count(value, "", text, size); return;
    case AXIS_RATE: put_count(value, "/s", text, size); return;
    case AXIS_SECONDS: put_seconds(value, text, size); return;
    case AXIS_QUANTILE: put_quantile(value, text, size); return;
    case AXIS_SHARE:
        put_digits(100 * value, digits, sizeof digits);
        snprintf(text, size, "%s %%", digits);
        return;
    case AXIS_FACTOR:
        put_digits(value, digits, sizeof digits);
        snprintf(text, size, "×%.20s", digits);
        return;
    case AXIS_NONE: *text = 0; return;
    }
}

// ---- ranges ----
bool axis_wants_log(double lo, double hi)
{
    return lo > 0 && hi / lo > 50;
}

// A step of 1, 2 or 5 times a power of ten, not below `least`.
static double whole_step(double least)
{
    double power = pow(10, floor(log10(least) + 1e-12));
    double part = least / power;
    return power * (part <= 1 + 1e-9 ? 1 : part <= 2 + 1e-9 ? 2 : part <= 5 + 1e-9 ? 5 : 10);
}

void axis_round(bool log, double *lo, double *hi)
{
    if (log) {
        static const double parts[] = {1, 2, 5, 10};
        double power = pow(10, floor(log10(*lo) + 1e-9));
        for (int i = 3; i >= 0; i--)
            if (parts[i] * power <= *lo * (1 + 1e-9)) {
                *lo = parts[i] * power;
                break;
            }
        power = pow(10, floor(log10(*hi) - 1e-9));
        for (int i = 0; i < 4; i++)
            if (parts[i] * power >= *hi * (1 - 1e-9)) {
                *hi = parts[i] * power;
                break;
            }
        if (*hi <= *lo)
            *hi = *lo * 10;
        return;
    }
    if (*hi <= *lo)
        *hi = *lo + (*lo != 0 ? fabs(*lo) : 1);
    double step = whole_step((*hi - *lo) / 5);
    *lo = step * floor(*lo / step + 1e-9);
    *hi = step * ceil(*hi / step - 1e-9);
}

// ---- ticks ----
// As many digits as its step has.
static void write_factor(double value, double step, char *text, size_t size)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.*f", (int)ceil(-log10(step) - 1e-9), value);
    trim(digits);
    snprintf(text, size, "×%.20s", digits);
}

static size_t linear_ticks(enum axis_unit unit, double lo, double hi, size_t wanted, struct axis_tick *ticks)
{
    size_t count = 0;
    double step = whole_step((hi - lo) / (wanted ? (double)wanted : 1));
    for (double k = ceil(lo / step - 1e-6); k * step <= hi + step * 1e-6 && count < AXIS_TICKS_MAX; k++) {
        ticks[count].at = k * step + 0.0;                      // never -0
        if (unit == AXIS_FACTOR && step < 0.01 && step > 1e-9) // ×1.005, which three digits make ×1.01
            write_factor(ticks[count].at, step, ticks[count].label, sizeof ticks->label);
        else
            axis_write(unit, ticks[count].at, ticks[count].label, sizeof ticks->label);
        count++;
    }
    return count;
}

// Labels at powers of ten (every 1st, 2nd, 3rd ... of them), or at 1, 2, 5 where there are few decades; marks
// without labels between.
static size_t log_ticks(enum axis_unit unit, double lo, double hi, size_t wanted, struct axis_tick *ticks)
{
    size_t count = 0;
    double decades = log10(hi / lo);
    double room = (double)(wanted ? wanted : 1);
    int every = (int)ceil(decades / room);
    bool twos = decades * 3 <= room && unit != AXIS_QUANTILE, any = decades * 1.5 <= room || decades < 2;
    if (every < 1)
        every = 1;
    for (int power = (int)floor(log10(lo) - 1e-9); power <= (int)ceil(log10(hi) + 1e-9); power++)
        for (int part = 1; part < 10 && count < AXIS_TICKS_MAX; part++) {
            double at = part * pow(10, power);
            bool labelled = part == 1 ? power % every == 0 : twos && (part == 2 || part == 5);
            if (at < lo * (1 - 1e-9) || at > hi * (1 + 1e-9) || (!labelled && part > 1 && !any))
                continue;
            if (unit == AXIS_QUANTILE && !labelled)
                continue;
            ticks[count].at = at;
            *ticks[count].label = 0;
            if (labelled)
                axis_write(unit, at, ticks[count].label, sizeof ticks->label);
            count++;
        }
    return count;
}

size_t axis_ticks(enum axis_unit unit, bool log, double lo, double hi, size_t wanted,
                  struct axis_tick ticks[AXIS_TICKS_MAX])
{
    if (unit == AXIS_NONE)
        return 0;
    return log ? log_ticks(unit, lo, hi, wanted, ticks) : linear_ticks(unit, lo, hi, wanted, ticks);
}
