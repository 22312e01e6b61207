// SPDX-License-Identifier: Apache-2.0
#include "base/law.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

// ln 2 in two parts: the first has 32 trailing zero bits, so that its product with any exponent is exact.
static const double LN2_HIGH = 0x1.62e42feep-1;
static const double LN2_LOW = 0x1.a39ef35793c76p-33;

static uint64_t bits_of(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static double double_of(uint64_t b)
{
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

static double power_of_two(int k) // -1022 <= k <= 1023
{
    return double_of((uint64_t)(k + 1023) << 52);
}

// sum of c[i] z^i
static double polynomial(const double *c, int n, double z)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        sum = sum * z + c[i];
    return sum;
}

// Splits x > 0 into m 2^k with m between sqrt(1/2) and sqrt(2), so that log m is small and log 1 is 0.
static double split_exponent(double x, int *k)
{
    int e = 0;
    if (x < 0x1p-1022) { // subnormal
        x *= 0x1p54;
        e = -54;
    }
    uint64_t b = bits_of(x);
    e += (int)(b >> 52) - 1023;
    double m = double_of((b & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000));
    if (m > 0x1.6a09e667f3bcdp0) {
        m *= 0.5;
        e++;
    }
    *k = e;
    return m;
}

// With f = m - 1 and s = f / (2 + f): log m = 2 artanh s = 2 s + s R, where R = 2 s^2/3 + 2 s^4/5 + ... Since
// 2 s = f - s f and s f = f^2/2 - s f^2/2, this is f - (f^2/2 - s (f^2/2 + R)): the leading term f is exact
// and only the small correction is rounded. |s| <= 0.172, so that eleven terms of the series are enough for
// 53 bits.
double own_log(double x)
{
    static const double series[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
                                    2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
    if (x > 0x1.fffffffffffffp1023)
        return HUGE_VAL;
    int k;
    double f = split_exponent(x, &k) - 1;
    double s = f / (2 + f), z = s * s;
    double rest = z * polynomial(series, sizeof series / sizeof *series, z);
    double half_square = 0.5 * f * f;
    double correction = half_square - (s * (half_square + rest) + k * LN2_LOW);
    return k * LN2_HIGH - (correction - f);
}

// exp x = 2^k exp r with k the nearest integer to x / ln 2, so |r| <= 0.347; r is exact to the last bit or
// two and its Taylor series needs fourteen terms.
double own_exp(double x)
{
    static const double series[] = {1.0 / 2,
                                    1.0 / 6,
                                    1.0 / 24,
                                    1.0 / 120,
                                    1.0 / 720,
                                    1.0 / 5040,
                                    1.0 / 40320,
                                    1.0 / 362880,
                                    1.0 / 3628800.0,
                                    1.0 / 39916800.0,
                                    1.0 / 479001600.0,
                                    1.0 / 6227020800.0,
                                    1.0 / 87178291200.0};
    if (x > 709.79)
        return HUGE_VAL;
    if (x < -745.2)
        return 0;
    int k = (int)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
    double rest = r * r * polynomial(series, sizeof series / sizeof *series, r);
    double lost = (high - r) - low; // what rounding took from r
    double e = 1 + (r + (rest + lost));
    int half = k / 2; // in two steps, as 2^k itself may lie outside the range
    return e * power_of_two(half) * power_of_two(k - half);
}

// sine and cosine of 2 pi r, |r| <= 1/8, by their Taylor series in y = 2 pi r, |y| <= 0.786.
static double sin_small(double r)
{
    static const double series[] = {1.0,
                                    -1.0 / 6,
                                    1.0 / 120,
                                    -1.0 / 5040,
                                    1.0 / 362880,
                                    -1.0 / 39916800,
                                    1.0 / 6227020800.0,
                                    -1.0 / 1307674368000.0,
                                    1.0 / 355687428096000.0};
    double y = r * 0x1.921fb54442d18p2;
    return y * polynomial(series, sizeof series / sizeof *series, y * y);
}

static double cos_small(double r)
{
    static const double series[] = {1.0,
                                    -1.0 / 2,
                                    1.0 / 24,
                                    -1.0 / 720,
                                    1.0 / 40320,
                                    -1.0 / 3628800,
                                    1.0 / 479001600.0,
                                    -1.0 / 87178291200.0,
                                    1.0 / 20922789888000.0,
                                    -1.0 / 6402373705728000.0};
    double y = r * 0x1.921fb54442d18p2;
    return polynomial(series, sizeof series / sizeof *series, y * y);
}

// Working in turns makes the reduction exact: subtracting whole turns and quarters loses no bit.
double own_sin_turn(double turns)
{
    if (!(turns < 0x1p52 && turns > -0x1p52))
        return 0;                              // every such number is whole (or none)
    double t = turns - (double)(int64_t)turns; // -1 < t < 1
    int quarter = (int)(t * 4 + (t < 0 ? -0.5 : 0.5));
    double r = t - quarter * 0.25;
    switch (quarter & 3) {
    case 0: return sin_small(r);
    case 1: return cos_small(r);
    case 2: return -sin_small(r);
    default: return -cos_small(r);
    }
}

struct law law_constant(double value)
{
    return (struct law){.kind = LAW_CONSTANT, .mean = value};
}

static double draw_exponential(const struct law *law, struct rng *r)
{
    return -law->mean * own_log(1 - rng_unit(r)); // 1 - u is in (0, 1]: never log 0
}

static double draw_uniform(const struct law *law, struct rng *r)
{
    return law->min + rng_unit(r) * (law->max - law->min);
}

// Box and Muller. The second normal number is thrown away: one value always costs two draws, whatever came
// before.
static double draw_lognormal(const struct law *law, struct rng *r)
{
    double radius = sqrt(-2 * own_log(1 - rng_unit(r)));
    double normal = radius * own_sin_turn(rng_unit(r));
    return law->median * own_exp(law->sigma * normal);
}

static double draw_pareto(const struct law *law, struct rng *r)
{
    double value = law->min * own_exp(-own_log(1 - rng_unit(r)) / law->alpha);
    return law->max > 0 && value > law->max ? law->max : value;
}

static double draw_any(const struct law *law, struct rng *r)
{
    switch (law->kind) {
    case LAW_CONSTANT: return law->mean;
    case LAW_EXPONENTIAL: return draw_exponential(law, r);
    case LAW_UNIFORM: return draw_uniform(law, r);
    case LAW_LOGNORMAL: return draw_lognormal(law, r);
    case LAW_PARETO: return draw_pareto(law, r);
    case LAW_BIMODAL: return rng_unit(r) < law->p ? law->high : law->low;
    }
    return 0;
}

double law_draw(const struct law *law, struct rng *r)
{
    double value = draw_any(law, r);
    return value > 0 ? value : 0; // also turns -0 into 0, which matters to a digest
}

// Of min(X, max): the tail above max counts as max. The integral of the survival function (min/x)^alpha.
static double pareto_mean(const struct law *law)
{
    double a = law->alpha, m = law->min;
    if (law->max <= 0)
        return a > 1 ? a * m / (a - 1) : HUGE_VAL;
    if (law->max <= m)
        return law->max;
    double span = own_log(law->max / m), slope = a - 1;
    if (slope < 1e-9 && slope > -1e-9)
        return m + m * span;
    return m + m * (1 - own_exp(-slope * span)) / slope;
}

double law_mean(const struct law *law)
{
    switch (law->kind) {
    case LAW_CONSTANT:
    case LAW_EXPONENTIAL: return law->mean;
    case LAW_UNIFORM: return 0.5 * (law->min + law->max);
    case LAW_LOGNORMAL: return law->median * own_exp(0.5 * law->sigma * law->sigma);
    case LAW_PARETO: return pareto_mean(law);
    case LAW_BIMODAL: return law->low * (1 - law->p) + law->high * law->p;
    }
    return 0;
}

bool law_is_zero(const struct law *law)
{
    return law->kind == LAW_CONSTANT && law->mean == 0;
}
