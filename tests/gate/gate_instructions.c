// SPDX-License-Identifier: Apache-2.0
#include "gate/command.h"
#include "gate/instructions.h"

#include <stdio.h>
#include <string.h>

#include "../base/test.h"

static void one_instruction_and_half_a_per_cent(void **state)
{
    (void)state;
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 100, 100), COUNT_SAME);
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 100, 101), COUNT_SAME); // not more than one
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 100, 101.01), COUNT_MORE);
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 100, 98.9), COUNT_FEWER);
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 1000, 1005), COUNT_SAME); // not more than 0.5 %
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 1000, 1005.1), COUNT_MORE);
    assert_int_equal(gate_count_judge(COUNT_INSTRUCTIONS, 10, 10.9), COUNT_SAME);
}

static void any_allocation_and_any_system_call(void **state)
{
    (void)state;
    for (enum count_kind k = COUNT_ALLOCATIONS; k <= COUNT_SYSTEM_CALLS; k++) {
        assert_int_equal(gate_count_judge(k, 0, 0), COUNT_SAME);
        assert_int_equal(gate_count_judge(k, 2, 2), COUNT_SAME);
        assert_int_equal(gate_count_judge(k, 0, 1.0 / 65536), COUNT_MORE); // once in all rounds
        assert_int_equal(gate_count_judge(k, 1, 0), COUNT_FEWER);
    }
}

static void rows_are_joined_by_their_paths(void **state)
{
    (void)state;
    static struct gate_counts c;
    const char *base =
        "=queue\n!no matter\n1-and-1 x1\t85.12\t0\t0\n1-and-1 x16\t20.8\t0\t0\nseveral x1\t90\t0\t-\n";
    const char *candidate =
        "several x1\t90\t1\t0\nnonsense\n\t1\t1\t1\nx\t1\t1\nx\t1\t1\t1\t1\n1-and-1 x1\t85.13\t0\t0\n";
    assert_int_equal(gate_count_join(&c, "spsc", base, candidate), 2);
    assert_int_equal(c.count, 2);
    assert_string_equal(c.rows[0].path, "1-and-1 x1");
    assert_int_equal(count_row_verdict(&c.rows[0]), COUNT_SAME);
    assert_string_equal(c.rows[1].path, "several x1");
    assert_int_equal(c.rows[1].figures[COUNT_INSTRUCTIONS].verdict, COUNT_SAME);
    assert_int_equal(c.rows[1].figures[COUNT_ALLOCATIONS].verdict, COUNT_MORE);
    assert_false(c.rows[1].figures[COUNT_SYSTEM_CALLS].counted); // of the base it was not
    assert_int_equal(count_row_verdict(&c.rows[1]), COUNT_MORE);
    assert_int_equal(gate_count_join(&c, "spsc", "", candidate), 0);
    assert_int_equal(gate_count_join(&c, NULL, base, base), 3);
    assert_true(c.rows[2].strategy && !c.rows[0].strategy);
    for (int i = 0; i < COUNT_ROWS_MOST; i++) // never more than there is room for
        gate_count_join(&c, "spsc", base, base);
    assert_int_equal(c.count, COUNT_ROWS_MOST);
}

static void what_cannot_be_counted_is_said(void **state)
{
    (void)state;
    static struct gate_counts c;
    struct count_sides sides = {.tool = "/nonexistent/weir-count", .base = "a", .candidate = "b"};
    assert_true(gate_count_queue(&c, &sides, "spsc"));
    assert_string_equal(c.skipped, "spsc of the base was NOT counted: weir-count is not beside this weir");
    const char *const argv[] = {"sleep", "100", NULL};
    assert_int_equal(command_run(&(struct command_run){.argv = argv, .limit_s = 1}), COMMAND_FAILED);
    sides.tool = "false";
    assert_true(gate_count_queue(&c, &sides, "mutex"));
    assert_non_null(strstr(c.skipped, "mutex of the base was NOT counted: "));
    size_t length = strlen(c.skipped);
    assert_true(gate_count_queue(&c, &sides, "mutex")); // each reason once
    assert_int_equal(strlen(c.skipped), length);
    for (int i = 0; i < 100; i++) {
        char reason[40];
        snprintf(reason, sizeof reason, "reason %d is one of very many", i);
        gate_count_skip(&c, reason);
    }
    assert_true(strlen(c.skipped) < sizeof c.skipped);
    assert_int_equal(c.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_instruction_and_half_a_per_cent),
        cmocka_unit_test(any_allocation_and_any_system_call),
        cmocka_unit_test(rows_are_joined_by_their_paths),
        cmocka_unit_test(what_cannot_be_counted_is_said),
    };
    return RUN(tests);
}
