// SPDX-License-Identifier: Apache-2.0
// The list of queues, the names of the waits, and the loader's refusals.
#include "bench/module.h"
#include "queue/queue.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void queues_are_listed_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"mutex", "channel", "unbounded", "spsc", "mpmc", "disruptor", "null"};
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(weir_queue_at(i)->name, names[i]);
        assert_ptr_equal(weir_queue_find(names[i]), weir_queue_at(i));
    }
    assert_null(weir_queue_at(7));
    assert_null(weir_queue_at(SIZE_MAX));
    assert_null(weir_queue_find("mute"));
    assert_null(weir_queue_find(""));
    assert_null(weir_queue_find(NULL));
}

static void flags_are_what_the_design_says(void **state)
{
    (void)state;
    uint32_t evict = 0, inside = 0, several = 0;
    for (size_t i = 0; i < 7; i++) {
        evict |= (weir_queue_at(i)->caps & WEIR_Q_EVICT) ? 1u << i : 0;
        inside |= (weir_queue_at(i)->caps & WEIR_Q_INLINE) ? 1u << i : 0;
        several |= (weir_queue_at(i)->caps & WEIR_Q_MULTI_CONSUMER) ? 1u << i : 0;
    }
    assert_int_equal(evict, 1 | 2 | 16);       // mutex, channel, mpmc
    assert_int_equal(inside, 64);              // null
    assert_int_equal(several, 1 | 2 | 4 | 16); // and unbounded
}

static void waits_are_parsed_and_named(void **state)
{
    (void)state;
    static const char *const names[] = {"spin", "yield", "sleep", "park"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(weir_wait_parse(names[i]), i);
        assert_string_equal(weir_wait_name((enum weir_wait_kind)i), names[i]);
        assert_non_null(weir_wait_summary((enum weir_wait_kind)i));
    }
    assert_int_equal(weir_wait_parse("parked"), -1);
    assert_int_equal(weir_wait_parse(NULL), -1);
    assert_null(weir_wait_name(WEIR_WAIT_KINDS));
}

static void expect_refusal(const char *path, const char *because)
{
    char error[256] = "";
    assert_null(weir_queue_load(path, error, sizeof error));
    if (strstr(error, because) == NULL)
        fail_msg("'%s' does not say '%s'", error, because);
}

static void loader_refuses_what_is_no_queue(void **state)
{
    (void)state;
    expect_refusal("nonsense", "no queue named 'nonsense'");
    expect_refusal("./does-not-exist.so", "does-not-exist.so: No such file");
    expect_refusal(WEIR_TEST_MODULES "/broken-abi.so", "rebuild");
    expect_refusal(WEIR_TEST_MODULES "/broken-table.so", "has no summary");
    expect_refusal(WEIR_TEST_MODULES "/broken-symbol.so", "exports no weir_queue_module");
}

static void loader_finds_built_in_and_modules(void **state)
{
    (void)state;
    char error[256] = "";
    for (size_t i = 0; weir_queue_at(i); i++) {
        const char *name = weir_queue_at(i)->name;
        char path[512];
        assert_string_equal(weir_queue_load(name, error, sizeof error)->ops->name, name);
        snprintf(path, sizeof path, "%s/weir-queue-%s.so", WEIR_BUILD_DIR, name);
        const struct weir_queue_module *m = weir_queue_load(path, error, sizeof error);
        if (m == NULL)
            fail_msg("%s", error);
        assert_string_equal(m->ops->name, name);
        assert_ptr_equal(weir_queue_load(path, error, sizeof error), m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_are_listed_in_order),
        cmocka_unit_test(flags_are_what_the_design_says),
        cmocka_unit_test(waits_are_parsed_and_named),
        cmocka_unit_test(loader_refuses_what_is_no_queue),
        cmocka_unit_test(loader_finds_built_in_and_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
