// SPDX-License-Identifier: Apache-2.0
#include "base/coarse.h"

#include "test.h"

static void buckets_follow_each_other_without_gap(void **state)
{
    (void)state;
    assert_int_equal(coarse_lowest(0), 0);
    for (unsigned i = 0; i < COARSE_COUNTS; i++) {
        uint64_t low = coarse_lowest(i), next = coarse_lowest(i + 1);
        assert_true(low < next);
        assert_int_equal(coarse_index(low), i);
        assert_int_equal(coarse_index(next - 1), i);
        assert_true((next - low) * 16 <= (low > 16 ? low : 16)); // at most 1/16 of its values wide
    }
}

static void the_last_bucket_takes_the_rest(void **state)
{
    (void)state;
    assert_int_equal(coarse_lowest(COARSE_COUNTS - 1), (uint64_t)31 << 42);
    assert_int_equal(coarse_index((uint64_t)1 << 47), COARSE_COUNTS - 1);
    assert_int_equal(coarse_index(UINT64_MAX), COARSE_COUNTS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_follow_each_other_without_gap),
        cmocka_unit_test(the_last_bucket_takes_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
