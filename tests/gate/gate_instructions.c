// SPDX-License-Identifier: Apache-2.0
#include "gate/command.h"
#include "gate/instructions.h"

#include "../base/test.h"

static void one_instruction_and_half_a_per_cent(void **state)
{
    (void)state;
    assert_int_equal(gate_count_judge(100, 100), COUNT_SAME);
    assert_int_equal(gate_count_judge(100, 101), COUNT_SAME); // not more than one
    assert_int_equal(gate_count_judge(100, 101.01), COUNT_MORE);
    assert_int_equal(gate_count_judge(100, 98.9), COUNT_FEWER);
    assert_int_equal(gate_count_judge(1000, 1005), COUNT_SAME); // not more than 0.5 %
    assert_int_equal(gate_count_judge(1000, 1005.1), COUNT_MORE);
    assert_int_equal(gate_count_judge(10, 10.9), COUNT_SAME);
}

static void rows_are_joined_by_their_paths(void **state)
{
    (void)state;
    static struct gate_counts c;
    const char *base = "1-and-1 x1 85.12\n1-and-1 x16 20.8\nseveral x1 90\n";
    const char *candidate = "several x1 95\nnonsense\n1-and-1 x1 85.13\n";
    assert_int_equal(gate_count_join(&c, "spsc", base, candidate), 2);
    assert_int_equal(c.count, 2);
    assert_string_equal(c.rows[0].path, "1-and-1 x1");
    assert_int_equal(c.rows[0].verdict, COUNT_SAME);
    assert_string_equal(c.rows[1].path, "several x1");
    assert_true(c.rows[1].base == 90 && c.rows[1].candidate == 95);
    assert_int_equal(c.rows[1].verdict, COUNT_MORE);
    assert_int_equal(gate_count_join(&c, "spsc", "", candidate), 0);
    for (int i = 0; i < 100; i++) // never more than there is room for
        gate_count_join(&c, "spsc", base, base);
    assert_int_equal(c.count, COUNT_ROWS_MOST);
}

static void what_cannot_be_counted_is_said(void **state)
{
    (void)state;
    static struct gate_counts c;
    assert_true(gate_count(&c, "/nonexistent/weir-count", "spsc", "a", "b", NULL, NULL));
    assert_string_equal(c.skipped, "weir-count is not beside this weir");
    const char *const argv[] = {"sleep", "100", NULL};
    assert_int_equal(command_run(&(struct command_run){.argv = argv, .limit_s = 1}), COMMAND_FAILED);
    assert_true(gate_count(&c, "false", "spsc", "a", "b", NULL, NULL));
    assert_string_equal(c.skipped, "a module could not be counted");
    assert_int_equal(c.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_instruction_and_half_a_per_cent),
        cmocka_unit_test(rows_are_joined_by_their_paths),
        cmocka_unit_test(what_cannot_be_counted_is_said),
    };
    return RUN(tests);
}
