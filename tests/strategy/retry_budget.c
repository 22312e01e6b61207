// SPDX-License-Identifier: Apache-2.0
#include "strategy/retry_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint64_t SECOND = 1000000000;

// One first attempt a millisecond, and as many retries as are allowed after each.
static uint64_t retries_in(struct weir_retry_budget *b, uint64_t from_s, uint64_t seconds)
{
    uint64_t allowed = 0;
    for (uint64_t ms = 0; ms < seconds * 1000; ms++) {
        uint64_t now = from_s * SECOND + ms * 1000000;
        weir_retry_budget_first(b, now);
        for (int i = 0; i < 3; i++)
            allowed += weir_retry_budget_take(b, now);
    }
    return allowed;
}

static void adds_a_tenth(void **state)
{
    (void)state;
    struct weir_retry_budget b = {.share = 0.1};
    assert_int_equal(retries_in(&b, 0, 10), 1000);
    assert_in_range(retries_in(&b, 10, 100), 9990, 10010); // for ever
}

static void no_share_no_limit(void **state)
{
    (void)state;
    struct weir_retry_budget b = {0};
    assert_int_equal(retries_in(&b, 0, 1), 3000);
}

static void the_past_is_forgotten(void **state)
{
    (void)state;
    struct weir_retry_budget b = {.share = 0.1};
    retries_in(&b, 0, 10); // ten thousand firsts, all of their budget spent
    // Much later neither counts: ten are free, and nothing has been earned.
    for (int i = 0; i < 10; i++)
        assert_true(weir_retry_budget_take(&b, 60 * SECOND));
    assert_false(weir_retry_budget_take(&b, 60 * SECOND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_a_tenth),
        cmocka_unit_test(no_share_no_limit),
        cmocka_unit_test(the_past_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
