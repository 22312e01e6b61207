// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// A unit is the exact fraction num / den of the base unit. Folding it into the one division at the end keeps
// what people write exact: 0.1ms is 100000 and not 100000.00000000001.
struct unit {
    const char *text;
    double num, den;
    bool prints; // these come first, the largest ahead: units_print takes the first that fits
};

static const struct unit duration_units[] = {
    {"h", 3600e9, 1, true}, {"m", 60e9, 1, true}, {"s", 1e9, 1, true}, {"ms", 1e6, 1, true},
    {"us", 1e3, 1, true},   {"ns", 1, 1, true},   {NULL, 0, 0, false},
};
static const struct unit size_units[] = {
    {"GiB", 1073741824, 1, true}, {"MiB", 1048576, 1, true}, {"KiB", 1024, 1, true}, {"B", 1, 1, true},
    {"GB", 1e9, 1, false},        {"MB", 1e6, 1, false},     {"kB", 1e3, 1, false},  {"", 1, 1, false},
    {NULL, 0, 0, false},
};
static const struct unit rate_units[] = {
    {"G/s", 1e9, 1, true},   {"M/s", 1e6, 1, true},     {"k/s", 1e3, 1, true},     {"/s", 1, 1, true},
    {"/m", 1, 60, true},     {"/h", 1, 3600, true},     {"G/m", 1e9, 60, false},   {"M/m", 1e6, 60, false},
    {"k/m", 1e3, 60, false}, {"G/h", 1e9, 3600, false}, {"M/h", 1e6, 3600, false}, {"k/h", 1e3, 3600, false},
    {NULL, 0, 0, false},
};
static const struct unit count_units[] = {
    {"G", 1e9, 1, true}, {"M", 1e6, 1, true}, {"k", 1e3, 1, true}, {"", 1, 1, true}, {NULL, 0, 0, false},
};
static const struct unit share_units[] = {{"%", 1, 100, true}, {"", 1, 1, false}, {NULL, 0, 0, false}};
static const struct unit plain_units[] = {{"", 1, 1, true}, {NULL, 0, 0, false}};

// 2^63: what is parsed here ends up in 64-bit integers, which must not overflow.
#define INTEGER_LIMIT 9223372036854775808.0
// The largest power of ten that a double holds exactly.
enum { EXACT_POWER = 22 };

struct quantity_spec {
    const char *name, *why;
    const char *prefix; // written before the number
    const struct unit *units;
    const char *zero_unit; // with which a zero is printed
    double below;          // values must be smaller
    bool share, whole, negative;
};

static const struct quantity_spec specs[] = {
    [Q_DURATION] = {.name = "duration",
                    .why = "a duration like 200us, 5ms or 10s",
                    .units = duration_units,
                    .zero_unit = "s",
                    .below = INTEGER_LIMIT,
                    .prefix = ""},
    [Q_SIZE] = {.name = "size",
                .why = "a size like 200B, 64KiB or 1MB",
                .units = size_units,
                .zero_unit = "B",
                .below = INTEGER_LIMIT,
                .prefix = ""},
    [Q_RATE] = {.name = "rate",
                .why = "a rate like 2000/s, 50k/s or 10/m",
                .units = rate_units,
                .zero_unit = "/s",
                .below = INTEGER_LIMIT,
                .prefix = ""},
    [Q_COUNT] = {.name = "count",
                 .why = "a whole number like 1024, 50k or 1M",
                 .units = count_units,
                 .zero_unit = "",
                 .below = INTEGER_LIMIT,
                 .whole = true,
                 .prefix = ""},
    [Q_SHARE] = {.name = "share",
                 .why = "a share like 5% or 0.05, from 0 to 1",
                 .units = share_units,
                 .zero_unit = "%",
                 .below = INTEGER_LIMIT,
                 .share = true,
                 .prefix = ""},
    [Q_FACTOR] = {.name = "factor",
                  .why = "a factor like x10 or x0.5",
                  .units = plain_units,
                  .zero_unit = "",
                  .below = HUGE_VAL,
                  .prefix = "x"},
    [Q_NUMBER] = {.name = "number",
                  .why = "a number like 3 or -0.5",
                  .units = plain_units,
                  .zero_unit = "",
                  .below = HUGE_VAL,
                  .negative = true,
                  .prefix = ""},
};

const char *quantity_name(enum quantity q)
{
    return specs[q].name;
}

// digits x 10^exponent, as read: exact up to 19 digits; what follows only moves the exponent.
struct decimal {
    uint64_t digits;
    int exponent;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void take_digit(struct decimal *d, char c, bool fraction)
{
    if (d->digits < UINT64_MAX / 10 - 1) {
        d->digits = d->digits * 10 + (uint64_t)(c - '0');
        d->exponent -= fraction;
    } else {
        d->exponent += !fraction;
    }
}

static const char *read_digits(const char *p, struct decimal *d, bool fraction)
{
    for (; is_digit(*p); p++)
        take_digit(d, *p, fraction);
    return p;
}

static const char *read_exponent(const char *p, struct decimal *d)
{
    if (*p != 'e' && *p != 'E')
        return p;
    const char *q = p + 1;
    bool negative = *q == '-';
    if (*q == '-' || *q == '+')
        q++;
    if (!is_digit(*q))
        return p;
    int e = 0;
    for (; is_digit(*q); q++)
        e = e < 100000 ? e * 10 + (*q - '0') : e;
    d->exponent += negative ? -e : e;
    return q;
}

// Reads 12, 12.5 or 1.25e3 without strtod, whose decimal point depends on the locale and which takes hex and
// nan. NULL when there is no number.
static const char *read_decimal(const char *p, struct decimal *d)
{
    *d = (struct decimal){0, 0};
    if (!is_digit(*p))
        return NULL;
    p = read_digits(p, d, false);
    if (*p == '.') {
        if (!is_digit(p[1]))
            return NULL;
        p = read_digits(p + 1, d, true);
    }
    return read_exponent(p, d);
}

// x * 10^e, in steps that stay exact as long as 10^|e| is.
static double scale_ten(double x, int e)
{
    static const double powers[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    for (; e > EXACT_POWER && x < HUGE_VAL; e -= EXACT_POWER)
        x *= powers[EXACT_POWER];
    for (; e < -EXACT_POWER && x > 0; e += EXACT_POWER)
        x /= powers[EXACT_POWER];
    if (e > EXACT_POWER || e < -EXACT_POWER)
        return x; // infinite or zero already
    return e >= 0 ? x * powers[e] : x / powers[-e];
}

static double decimal_times(struct decimal d, const struct unit *u)
{
    double scaled = (double)d.digits * u->num;
    if (d.exponent >= -13 && d.exponent < 0)
        return scaled / (scale_ten(1, -d.exponent) * u->den); // the divisor is exact: one rounding
    return scale_ten(scaled, d.exponent) / u->den;
}

static const struct unit *find_unit(const struct unit *units, const char *text)
{
    for (const struct unit *u = units; u->text != NULL; u++) {
        if (strcmp(u->text, text) == 0)
            return u;
    }
    return NULL;
}

static bool in_range(const struct quantity_spec *spec, double value)
{
    return value < spec->below && (!spec->share || value <= 1) &&
           (!spec->whole || value == (double)(uint64_t)value);
}

bool units_parse(enum quantity q, const char *text, double *value, const char **why)
{
    static const struct unit none = {"", 1, 1, false};
    const struct quantity_spec *spec = &specs[q];
    *why = spec->why;
    bool negative = spec->negative && *text == '-';
    size_t prefix = strlen(spec->prefix);
    if (strncmp(text, spec->prefix, prefix) != 0)
        return false;
    struct decimal d;
    const char *rest = read_decimal(text + prefix + negative, &d);
    if (rest == NULL)
        return false;
    const struct unit *unit = find_unit(spec->units, rest);
    if (unit == NULL && d.digits == 0 && *rest == '\0')
        unit = &none; // a zero needs no unit
    if (unit == NULL)
        return false;
    double v = decimal_times(d, unit);
    if (!in_range(spec, v))
        return false;
    *value = negative ? -v : v;
    return true;
}

// --- printing ---

enum { SIGNIFICANT_LIMIT = 1000 }; // three digits

// A number as digits x 10^-decimals, rounded to three significant digits; from 1000 on to a whole number.
struct rounded {
    uint64_t digits;
    int decimals;
};

static struct rounded round_three(double v)
{
    struct rounded r = {0, 0};
    double scaled = v;
    if (v <= 0)
        return r;
    while (scaled < SIGNIFICANT_LIMIT / 10 && r.decimals < 20) {
        scaled *= 10;
        r.decimals++;
    }
    r.digits = (uint64_t)(scaled + 0.5);
    while (r.decimals > 0 && r.digits % 10 == 0) {
        r.digits /= 10;
        r.decimals--;
    }
    return r;
}

static double in_unit(double value, const struct unit *u)
{
    return value * u->den / u->num;
}

// The largest unit of which there is at least one once rounded: 999.9us is 1ms. A value below every unit gets
// the smallest.
static const struct unit *unit_for(const struct quantity_spec *spec, double value)
{
    const struct unit *smallest = spec->units;
    if (value <= 0)
        return find_unit(spec->units, spec->zero_unit);
    for (const struct unit *u = spec->units; u->text != NULL && u->prints; u++) {
        smallest = u;
        if (in_unit(value, u) >= 0.9995)
            break;
    }
    return smallest;
}

static void print_rounded(struct rounded r, char *buf, size_t size)
{
    uint64_t power = 1;
    for (int i = 0; i < r.decimals && i < 19; i++)
        power *= 10;
    if (r.decimals == 0)
        snprintf(buf, size, "%llu", (unsigned long long)r.digits);
    else
        snprintf(buf, size, "%llu.%0*llu", (unsigned long long)(r.digits / power), r.decimals,
                 (unsigned long long)(r.digits % power));
}

// Too large or too small for plain digits: 1.25e+20. Built by hand, as printf's point is the locale's.
static void print_scientific(double v, char *buf, size_t size)
{
    int e = 0;
    for (; v >= 9.995; e++)
        v /= 10;
    for (; v < 0.9995; e--)
        v *= 10;
    print_rounded(round_three(v), buf, size);
    size_t used = strlen(buf);
    snprintf(buf + used, size - used, "e%d", e);
}

char *units_print(enum quantity q, double value, char *buf, size_t size)
{
    const struct quantity_spec *spec = &specs[q];
    if (!(value - value == 0)) { // nan or infinite
        snprintf(buf, size, "%s", value != value ? "nan" : value > 0 ? "inf" : "-inf");
        return buf;
    }
    double magnitude = value < 0 ? -value : value;
    const struct unit *u = unit_for(spec, magnitude);
    double v = in_unit(magnitude, u);
    char number[64];
    if (v >= 1e15 || (v > 0 && v < 1e-6))
        print_scientific(v, number, sizeof number);
    else
        print_rounded(round_three(v), number, sizeof number);
    snprintf(buf, size, "%s%s%s%s", value < 0 ? "-" : "", spec->prefix, number, u->text);
    return buf;
}
