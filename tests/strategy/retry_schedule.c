// SPDX-License-Identifier: Apache-2.0
#include "strategy/retry.h"

#include <limits.h>
#include <string.h>

#include "test.h"

static const uint64_t MS = 1000000;
static const uint64_t NEVER = UINT64_MAX;

static struct weir_retry_policy copy_of(const char *name)
{
    const struct weir_retry_policy *p = weir_retry_find(name);
    assert_non_null(p);
    return *p;
}

// Sends at 0 and is refused at once, again and again: the delay before each retry in milliseconds, until the
// policy gives up (0 ends the table; a table of `most` entries is cut there).
static void assert_delays(const struct weir_retry_policy *p, double uniform, const double *want_ms,
                          size_t most)
{
    struct weir_retry_view v = {.retryable = true, .uniform = uniform};
    size_t i = 0;
    for (; i < most && want_ms[i] > 0; i++) {
        uint64_t at = NEVER;
        if (!weir_retry_next(p, &v, &at))
            fail_msg("%s gives up after %u retries", p->name, v.retries_done);
        if (at - v.now_ns != (uint64_t)(want_ms[i] * 1e6 + 0.5))
            fail_msg("%s: retry %zu after %.6f ms, not %.6f", p->name, i + 1, (double)(at - v.now_ns) / 1e6,
                     want_ms[i]);
        v.now_ns = at;
        v.retries_done++;
    }
    uint64_t at = NEVER;
    if (i < most) {
        assert_false(weir_retry_next(p, &v, &at));
        assert_true(at == NEVER);
    }
}

// 1 + 1.5 + 2.25 + 3.375 = 8.125 s; the fifth delay of 5 s would end after the 10 s.
static void otel_js_without_jitter(void **state)
{
    (void)state;
    static const double ten_seconds[] = {1000, 1500, 2250, 3375, 0},
                        patient[] = {1000, 1500, 2250, 3375, 5000, 0};
    struct weir_retry_policy p = copy_of("otel_js");
    assert_delays(&p, 0.5, ten_seconds, 9);
    p.jitter = WEIR_JITTER_NONE;
    assert_delays(&p, 0.9, ten_seconds, 9);
    p.budget_ns = NEVER;
    assert_delays(&p, 0, patient, 9);
}

static void otel_js_jitter_is_a_fifth_either_way(void **state)
{
    (void)state;
    static const double low[] = {800, 1200, 1800, 2700, 0}, high[] = {1200, 1800, 2700, 4050, 0};
    struct weir_retry_policy p = copy_of("otel_js");
    p.max_retries = 4;
    assert_delays(&p, 0, low, 9);
    assert_delays(&p, 1, high, 9);
}

// 5 x 1.5^n up to 30 s; the twelve delays are 275.9375 s, a thirteenth would pass the 300.
static void otel_collector_without_jitter(void **state)
{
    (void)state;
    static const double want[] = {5000,  7500,  11250, 16875, 25312.5, 30000, 30000,
                                  30000, 30000, 30000, 30000, 30000,   0};
    static const double low[] = {2500, 3750, 5625, 8437.5, 12656.25, 15000, 15000};
    struct weir_retry_policy p = copy_of("otel_collector");
    assert_delays(&p, 0.5, want, 20);
    assert_delays(&p, 0, low, 7);
}

// Between 5 and 5 x 2^n s: for the middle (5 + 10) / 2, then with more retries than its one (5 + 20) / 2 and
// so on.
static void fluent_bit_without_jitter(void **state)
{
    (void)state;
    static const double low[] = {5000, 0}, middle[] = {7500, 0}, high[] = {10000, 0};
    static const double more[] = {7500, 12500, 22500, 42500, 82500, 162500, 322500, 642500, 1002500, 1002500};
    struct weir_retry_policy p = copy_of("fluent_bit");
    assert_delays(&p, 0, low, 3);
    assert_delays(&p, 0.5, middle, 3);
    assert_delays(&p, 1, high, 3);
    p.max_retries = UINT_MAX;
    assert_delays(&p, 0.5, more, 10);
}

static void promtail_without_jitter(void **state)
{
    (void)state;
    static const double want[] = {500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 0};
    static const double half[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 0};
    static const double capped[] = {500,   1000,  2000,   4000,   8000,   16000,
                                    32000, 64000, 128000, 256000, 300000, 300000};
    struct weir_retry_policy p = copy_of("promtail");
    assert_delays(&p, 0.5, half, 20);
    p.jitter = WEIR_JITTER_NONE;
    assert_delays(&p, 0, want, 20);
    p.max_retries = 100;
    assert_delays(&p, 0, capped, 12);
}

static void vector_without_jitter(void **state)
{
    (void)state;
    static const double want[] = {1000, 2000, 3000, 5000, 8000, 13000, 21000, 30000, 30000, 30000};
    static const double half[] = {500, 1000, 1500, 2500, 4000, 6500, 10500, 15000, 15000, 15000};
    struct weir_retry_policy p = copy_of("vector");
    assert_delays(&p, 0.5, half, 10);
    p.jitter = WEIR_JITTER_NONE;
    assert_delays(&p, 0, want, 10);
}

static bool next_after(const char *name, uint64_t retry_after, unsigned done, uint64_t now, uint64_t *at)
{
    struct weir_retry_view v = {.now_ns = now,
                                .retries_done = done,
                                .retryable = true,
                                .has_retry_after = true,
                                .retry_after_ns = retry_after,
                                .uniform = 0.5};
    struct weir_retry_policy p = copy_of(name);
    return weir_retry_next(&p, &v, at);
}

static void otel_js_takes_retry_after_as_it_is(void **state)
{
    (void)state;
    uint64_t at = 0;
    for (unsigned done = 0; done < 5; done++) {
        assert_true(next_after("otel_js", 1000 * MS, done, done * 1000 * MS, &at));
        assert_int_equal(at, (done + 1) * 1000 * MS);
    }
    assert_false(next_after("otel_js", 1000 * MS, 5, 5000 * MS, &at));
    assert_true(next_after("otel_js", 0, 0, 36 * MS, &at)); // at once
    assert_int_equal(at, 36 * MS);
    assert_false(next_after("otel_js", 30000 * MS, 0, 56 * MS, &at)); // longer than the ten seconds
    assert_true(next_after("otel_js", 10000 * MS, 0, 0, &at));
    assert_false(next_after("otel_js", 10000 * MS + 1, 0, 0, &at));
    assert_false(next_after("otel_js", 3000 * MS, 1, 7001 * MS, &at));
    assert_false(next_after("otel_js", NEVER, 0, 1, &at)); // and nothing overflows
}

static void otel_collector_waits_for_the_longer_of_the_two(void **state)
{
    (void)state;
    uint64_t at = 0;
    assert_true(next_after("otel_collector", 1000 * MS, 0, 0, &at));
    assert_int_equal(at, 5000 * MS);
    assert_true(next_after("otel_collector", 60000 * MS, 0, 0, &at));
    assert_int_equal(at, 60000 * MS);
    assert_false(next_after("otel_collector", 301000 * MS, 0, 0, &at));
}

static void the_others_do_not_look_at_retry_after(void **state)
{
    (void)state;
    uint64_t at = 0;
    assert_true(next_after("fluent_bit", 60000 * MS, 0, 0, &at));
    assert_int_equal(at, 7500 * MS);
    assert_true(next_after("promtail", 60000 * MS, 0, 0, &at));
    assert_int_equal(at, 250 * MS);
    assert_true(next_after("vector", 60000 * MS, 0, 0, &at));
    assert_int_equal(at, 500 * MS);
}

static void retry_after_can_be_cut(void **state)
{
    (void)state;
    struct weir_retry_policy p = copy_of("otel_js");
    p.retry_after_cap_ns = 2000 * MS;
    struct weir_retry_view v = {.retryable = true, .has_retry_after = true, .retry_after_ns = 60000 * MS};
    uint64_t at = 0;
    assert_true(weir_retry_next(&p, &v, &at));
    assert_int_equal(at, 2000 * MS);
}

static void what_is_not_retryable_is_given_up(void **state)
{
    (void)state;
    const struct weir_retry_policy *p;
    for (size_t i = 0; (p = weir_retry_at(i)) != NULL; i++) {
        struct weir_retry_view v = {.retryable = false, .uniform = 0.5};
        uint64_t at = NEVER;
        assert_false(weir_retry_next(p, &v, &at));
        assert_true(at == NEVER);
    }
}

static void huge_counts_end_at_the_cap(void **state)
{
    (void)state;
    struct weir_retry_policy p = copy_of("vector"), flat = copy_of("otel_collector");
    struct weir_retry_view v = {.now_ns = 5, .retries_done = UINT_MAX, .retryable = true, .uniform = 1};
    uint64_t at = 0;
    assert_true(weir_retry_next(&p, &v, &at));
    assert_int_equal(at, 5 + 30000 * MS);
    flat.factor = 1;
    flat.jitter = WEIR_JITTER_NONE;
    assert_true(weir_retry_next(&flat, &v, &at));
    assert_int_equal(at, 5 + 5000 * MS);
    p.cap_ns = NEVER;
    v.now_ns = NEVER - 1;
    assert_true(weir_retry_next(&p, &v, &at));
    assert_true(at == NEVER);
}

static void http_answers(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *retried_by; // initials: otel_js, otel_collector, fluent_bit, promtail, vector
    } table[] = {{0, "jcfpv"},   {200, ""},      {400, ""},   {401, ""},  {404, ""},      {408, "v"},
                 {413, ""},      {429, "jcfpv"}, {500, "pv"}, {501, "p"}, {502, "jcfpv"}, {503, "jcfpv"},
                 {504, "jcfpv"}, {505, "pv"},    {599, "pv"}, {600, ""}};
    static const char *const names[] = {"otel_js", "otel_collector", "fluent_bit", "promtail", "vector"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t k = 0; k < 5; k++) {
            bool want = strchr(table[i].retried_by, "jcfpv"[k]) != NULL;
            if (weir_retry_http_retryable(weir_retry_find(names[k]), table[i].status) != want)
                fail_msg("%s and %d", names[k], table[i].status);
        }
    }
    struct weir_retry_policy mine = copy_of("promtail");
    mine.base_ns = 1;
    assert_true(weir_retry_http_retryable(&mine, 500));
    mine.name = "mine";
    assert_false(weir_retry_http_retryable(&mine, 500));
    mine.name = NULL;
    assert_true(weir_retry_http_retryable(&mine, 503));
}

static void profiles_are_listed(void **state)
{
    (void)state;
    static const char *const names[] = {"otel_js", "otel_collector", "fluent_bit", "promtail", "vector"};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(weir_retry_at(i)->name, names[i]);
        assert_ptr_equal(weir_retry_find(names[i]), weir_retry_at(i));
        assert_true(strlen(weir_retry_at(i)->summary) > 0);
    }
    assert_null(weir_retry_at(5));
    assert_null(weir_retry_find("curl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otel_js_without_jitter),
        cmocka_unit_test(otel_js_jitter_is_a_fifth_either_way),
        cmocka_unit_test(otel_collector_without_jitter),
        cmocka_unit_test(fluent_bit_without_jitter),
        cmocka_unit_test(promtail_without_jitter),
        cmocka_unit_test(vector_without_jitter),
        cmocka_unit_test(otel_js_takes_retry_after_as_it_is),
        cmocka_unit_test(otel_collector_waits_for_the_longer_of_the_two),
        cmocka_unit_test(the_others_do_not_look_at_retry_after),
        cmocka_unit_test(retry_after_can_be_cut),
        cmocka_unit_test(what_is_not_retryable_is_given_up),
        cmocka_unit_test(huge_counts_end_at_the_cap),
        cmocka_unit_test(http_answers),
        cmocka_unit_test(profiles_are_listed),
    };
    return RUN(tests);
}
