// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <string.h>

#include "test.h"

#undef fail // cmocka's macro of that name hides the function under test

static void first_error_wins(void **state)
{
    (void)state;
    struct error e = {EXIT_OK, ""};
    assert_false(fail(&e, EXIT_USAGE, "%s:%d: what", "a.yaml", 3));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_string_equal(e.text, "a.yaml:3: what");
    assert_false(fail(&e, EXIT_INTERRUPTED, "later"));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_string_equal(e.text, "a.yaml:3: what");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct error e = {EXIT_OK, ""};
    fail(&e, EXIT_USAGE, "%2000d", 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_false(fail(NULL, EXIT_USAGE, "nobody listens"));
}

static void worse_code_in_the_contract_order(void **state)
{
    (void)state;
    static const enum exit_code order[] = {EXIT_INTERRUPTED, EXIT_USAGE, EXIT_INVALID,
                                           EXIT_REGRESSION,  EXIT_NOISY, EXIT_OK};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++)
            assert_int_equal(exit_code_worse(order[i], order[j]), order[i < j ? i : j]);
    }
    assert_int_equal(exit_code_worse(EXIT_OK, (enum exit_code)77), 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_wins),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(worse_code_in_the_contract_order),
    };
    return RUN(tests);
}
