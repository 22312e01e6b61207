// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

struct good {
    enum quantity q;
    const char *text;
    double value;
};

// Compared exactly: what people write must not come out one bit beside it.
static const struct good goods[] = {
    {Q_DURATION, "0", 0},
    {Q_DURATION, "0s", 0},
    {Q_DURATION, "1ns", 1},
    {Q_DURATION, "200us", 200e3},
    {Q_DURATION, "1.5ms", 1.5e6},
    {Q_DURATION, "0.1ms", 1e5},
    {Q_DURATION, "0.3us", 300},
    {Q_DURATION, "1.005us", 1005},
    {Q_DURATION, "10s", 1e10},
    {Q_DURATION, "5m", 300e9},
    {Q_DURATION, "2h", 7200e9},
    {Q_DURATION, "1e3ms", 1e9},
    {Q_DURATION, "2.5e-3s", 2.5e6},
    {Q_DURATION, "0000001s", 1e9},
    {Q_DURATION, "1.000000000000000000000000000000s", 1e9},
    {Q_DURATION, "9223372036s", 9223372036e9},
    {Q_SIZE, "0", 0},
    {Q_SIZE, "512", 512},
    {Q_SIZE, "200B", 200},
    {Q_SIZE, "64KiB", 65536},
    {Q_SIZE, "1MiB", 1048576},
    {Q_SIZE, "1.5GiB", 1610612736},
    {Q_SIZE, "1kB", 1000},
    {Q_SIZE, "3MB", 3e6},
    {Q_SIZE, "3GB", 3e9},
    {Q_RATE, "0", 0},
    {Q_RATE, "2000/s", 2000},
    {Q_RATE, "50k/s", 50e3},
    {Q_RATE, "1M/s", 1e6},
    {Q_RATE, "0.3M/s", 3e5},
    {Q_RATE, "2G/s", 2e9},
    {Q_RATE, "10/m", 10.0 / 60},
    {Q_RATE, "90/m", 1.5},
    {Q_RATE, "6k/m", 100},
    {Q_RATE, "1/h", 1.0 / 3600},
    {Q_RATE, "3.6M/h", 1000},
    {Q_COUNT, "0", 0},
    {Q_COUNT, "1024", 1024},
    {Q_COUNT, "1.5k", 1500},
    {Q_COUNT, "1M", 1e6},
    {Q_COUNT, "2G", 2e9},
    {Q_COUNT, "1e6", 1e6},
    {Q_SHARE, "5%", 0.05},
    {Q_SHARE, "12.5%", 0.125},
    {Q_SHARE, "0.1%", 0.001},
    {Q_SHARE, "100%", 1},
    {Q_SHARE, "0.05", 0.05},
    {Q_SHARE, "1", 1},
    {Q_SHARE, "0", 0},
    {Q_FACTOR, "x10", 10},
    {Q_FACTOR, "x0.5", 0.5},
    {Q_FACTOR, "x0", 0},
    {Q_NUMBER, "3", 3},
    {Q_NUMBER, "4.35", 4.35},
    {Q_NUMBER, "0.0000000000000005", 5e-16},
    {Q_NUMBER, "12345.678e20", 1234567800000000000000000.0},
    {Q_NUMBER, "-0.5", -0.5},
    {Q_NUMBER, "1e-3", 0.001},
    {Q_NUMBER, "1E+3", 1000},
    {Q_NUMBER, "0.000001", 1e-6},
    {Q_NUMBER, "123456789012345", 123456789012345},
    {Q_NUMBER, "0e999999999", 0},
    {Q_NUMBER, "1e-999999999", 0},
};

struct bad {
    enum quantity q;
    const char *text;
};

static const struct bad bads[] = {
    {Q_DURATION, ""},
    {Q_DURATION, " "},
    {Q_DURATION, "s"},
    {Q_DURATION, "5"},
    {Q_DURATION, "00.5"},
    {Q_DURATION, "-1s"},
    {Q_DURATION, "-0"},
    {Q_DURATION, "+1s"},
    {Q_DURATION, "1 s"},
    {Q_DURATION, " 1s"},
    {Q_DURATION, "1s "},
    {Q_DURATION, "1sec"},
    {Q_DURATION, "1s2"},
    {Q_DURATION, "1.s"},
    {Q_DURATION, ".5s"},
    {Q_DURATION, "1,5s"},
    {Q_DURATION, "1.5.2s"},
    {Q_DURATION, "0x10s"},
    {Q_DURATION, "1S"},
    {Q_DURATION, "1Ms"},
    {Q_DURATION, "nan"},
    {Q_DURATION, "inf"},
    {Q_DURATION, "infs"},
    {Q_DURATION, "9223372037s"},
    {Q_DURATION, "1e400s"},
    {Q_DURATION, "1e999999999999h"},
    {Q_DURATION, "1es"},
    {Q_DURATION, "5%"},
    {Q_DURATION, "64KiB"},
    {Q_DURATION, "null"},
    {Q_SIZE, "-5B"},
    {Q_SIZE, "5b"},
    {Q_SIZE, "5k"},
    {Q_SIZE, "5Kib"},
    {Q_SIZE, "8589934592GiB"},
    {Q_SIZE, "1s"},
    {Q_RATE, "50k"},
    {Q_RATE, "50"},
    {Q_RATE, "50k/"},
    {Q_RATE, "/s"},
    {Q_RATE, "50 k/s"},
    {Q_RATE, "50K/s"},
    {Q_RATE, "-1/s"},
    {Q_RATE, "1/d"},
    {Q_RATE, "1/s/s"},
    {Q_COUNT, "1.5"},
    {Q_COUNT, "-1"},
    {Q_COUNT, "1K"},
    {Q_COUNT, "1e30"},
    {Q_COUNT, ""},
    {Q_COUNT, "ten"},
    {Q_SHARE, "101%"},
    {Q_SHARE, "1.01"},
    {Q_SHARE, "-1%"},
    {Q_SHARE, "5 %"},
    {Q_SHARE, "%"},
    {Q_SHARE, "5%%"},
    {Q_FACTOR, "10"},
    {Q_FACTOR, "x"},
    {Q_FACTOR, "x-1"},
    {Q_FACTOR, "xx1"},
    {Q_FACTOR, "10x"},
    {Q_FACTOR, "x1e999"},
    {Q_NUMBER, "--1"},
    {Q_NUMBER, "-"},
    {Q_NUMBER, "+1"},
    {Q_NUMBER, "1k"},
    {Q_NUMBER, "nan"},
    {Q_NUMBER, "-inf"},
    {Q_NUMBER, "1e999"},
    {Q_NUMBER, "-1e999"},
    {Q_NUMBER, "1e"},
};

static void check_goods(void)
{
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        double value = NAN;
        const char *why = NULL;
        bool ok = units_parse(goods[i].q, goods[i].text, &value, &why);
        if (!ok || value != goods[i].value)
            fail_msg("\"%s\" as a %s: got %.17g, not %.17g", goods[i].text, quantity_name(goods[i].q), value,
                     goods[i].value);
        assert_non_null(why);
    }
}

static void good_texts_parse_exactly(void **state)
{
    (void)state;
    check_goods();
}

static void bad_texts_are_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        double value = 4711;
        const char *why = NULL;
        if (units_parse(bads[i].q, bads[i].text, &value, &why))
            fail_msg("\"%s\" passed for a %s of %.17g", bads[i].text, quantity_name(bads[i].q), value);
        assert_non_null(why);
        assert_true(value == 4711);
    }
    const char *why;
    double value;
    assert_false(units_parse(Q_DURATION, "5", &value, &why));
    assert_string_equal(why, "a duration like 200us, 5ms or 10s");
}

// A locale with a decimal comma must change nothing. Where none is installed, only the C locale is tested.
static void locale_plays_no_part(void **state)
{
    (void)state;
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < 3; i++)
        setlocale(LC_ALL, commas[i]);
    check_goods();
    char buf[32];
    assert_string_equal(units_print(Q_DURATION, 1.25e6, buf, sizeof buf), "1.25ms");
    setlocale(LC_ALL, "C");
}

struct printed {
    enum quantity q;
    double value;
    const char *text;
};

static const struct printed prints[] = {
    {Q_DURATION, 0, "0s"},
    {Q_DURATION, 1, "1ns"},
    {Q_DURATION, 0.5, "0.5ns"},
    {Q_DURATION, 999, "999ns"},
    {Q_DURATION, 999.9, "1us"},
    {Q_DURATION, 1.25e6, "1.25ms"},
    {Q_DURATION, 1.2549e6, "1.25ms"},
    {Q_DURATION, 999.4e6, "999ms"},
    {Q_DURATION, 999.6e6, "1s"},
    {Q_DURATION, 90e9, "1.5m"},
    {Q_DURATION, 7200e9, "2h"},
    {Q_DURATION, 1234 * 3600e9, "1234h"},
    {Q_SIZE, 0, "0B"},
    {Q_SIZE, 200, "200B"},
    {Q_SIZE, 65536, "64KiB"},
    {Q_SIZE, 1000, "1000B"},
    {Q_SIZE, 1.5 * 1073741824, "1.5GiB"},
    {Q_RATE, 0, "0/s"},
    {Q_RATE, 50e3, "50k/s"},
    {Q_RATE, 12345, "12.3k/s"},
    {Q_RATE, 10.0 / 60, "10/m"},
    {Q_RATE, 1.0 / 3600, "1/h"},
    {Q_RATE, 0.1 / 3600, "0.1/h"},
    {Q_COUNT, 0, "0"},
    {Q_COUNT, 7, "7"},
    {Q_COUNT, 1500, "1.5k"},
    {Q_SHARE, 0, "0%"},
    {Q_SHARE, 0.125, "12.5%"},
    {Q_SHARE, 0.00012, "0.012%"},
    {Q_SHARE, 1, "100%"},
    {Q_FACTOR, 10, "x10"},
    {Q_FACTOR, 0.5, "x0.5"},
    {Q_NUMBER, -0.5, "-0.5"},
    {Q_NUMBER, 0.00123, "0.00123"},
    {Q_NUMBER, 12345, "12345"},
    {Q_NUMBER, 1.5e20, "1.5e20"},
    {Q_NUMBER, 1.234e-9, "1.23e-9"},
};

static void prints_three_digits_and_the_unit_that_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
        char buf[32];
        assert_ptr_equal(units_print(prints[i].q, prints[i].value, buf, sizeof buf), buf);
        assert_string_equal(buf, prints[i].text);
    }
    char tiny[4];
    assert_string_equal(units_print(Q_DURATION, 1.25e6, tiny, sizeof tiny), "1.2");
    assert_string_equal(units_print(Q_NUMBER, NAN, tiny, sizeof tiny), "nan");
    assert_string_equal(units_print(Q_NUMBER, HUGE_VAL, tiny, sizeof tiny), "inf");
}

static void round_trip(enum quantity q, double value)
{
    char first[32], second[32];
    const char *why;
    double back = NAN;
    units_print(q, value, first, sizeof first);
    if (!units_parse(q, first, &back, &why))
        fail_msg("%s: %.17g prints as %s, which does not parse", quantity_name(q), value, first);
    if (!(fabs(back - value) <= 0.0051 * fabs(value)))
        fail_msg("%s: %.17g prints as %s, which reads as %.17g", quantity_name(q), value, first, back);
    assert_string_equal(units_print(q, back, second, sizeof second), first);
}

static void what_it_prints_it_parses(void **state)
{
    (void)state;
    for (double v = 1; v < 9e18; v = floor(v * 1.37) + 1) {
        round_trip(Q_DURATION, v);
        round_trip(Q_SIZE, v);
        round_trip(Q_RATE, v);
        round_trip(Q_COUNT, v);
    }
    for (double v = 1e-12; v <= 1; v *= 1.7) {
        round_trip(Q_SHARE, v);
        round_trip(Q_RATE, v);
    }
    for (double v = 1e-30; v < 1e30; v *= 3.3) {
        round_trip(Q_NUMBER, v);
        round_trip(Q_NUMBER, -v);
        round_trip(Q_FACTOR, v);
    }
    round_trip(Q_NUMBER, 1.2e308);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts_parse_exactly),
        cmocka_unit_test(bad_texts_are_refused_with_a_reason),
        cmocka_unit_test(locale_plays_no_part),
        cmocka_unit_test(prints_three_digits_and_the_unit_that_fits),
        cmocka_unit_test(what_it_prints_it_parses),
    };
    return RUN(tests);
}
