// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *operands[32];
static struct options o;
static struct error e;

static bool parse(const char *command, int argc, const char *const *argv)
{
    memset(&e, 0, sizeof e);
    return options_parse(command_find(command), argc, (char *const *)argv, operands, &o, &e);
}

#define PARSE(command, ...)                                                                                  \
    parse(command, (int)(sizeof((const char *[]){"weir", command, __VA_ARGS__}) / sizeof(char *)),           \
          (const char *[]){"weir", command, __VA_ARGS__})

static void values_in_every_spelling(void **state)
{
    (void)state;
    assert_true(
        PARSE("run", "--seed", "7", "-oDIR", "--queue=a,b", "-qn", "x.yaml", "-r", "3", "--", "--odd.yaml"));
    assert_string_equal(o.value[OPT_SEED], "7");
    assert_string_equal(o.value[OPT_OUT], "DIR");
    assert_string_equal(o.value[OPT_QUEUE], "a,b");
    assert_string_equal(o.value[OPT_REPS], "3");
    assert_true(o.given[OPT_QUIET] && o.given[OPT_DRY_RUN] && !o.given[OPT_JSON]);
    assert_int_equal(o.operand_count, 2);
    assert_string_equal(o.operands[1], "--odd.yaml");
}

static void repeated_options_are_all_kept(void **state)
{
    (void)state;
    assert_true(PARSE("run", "--set", "a=1", "x", "-sb=2", "--only=queue=mpmc"));
    assert_int_equal(o.set_count, 2);
    assert_string_equal(o.sets[1], "b=2");
    assert_int_equal(o.only_count, 1);
    assert_true(PARSE("run", "--seed=1", "--seed=2", "x"));
    assert_string_equal(o.value[OPT_SEED], "2"); // the last one holds
}

static void refused(bool parsed, const char *part)
{
    assert_false(parsed);
    assert_int_equal(e.code, EXIT_USAGE);
    if (strstr(e.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, part);
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    refused(PARSE("run", "--stratgy", "block", "x"), "did you mean --strategy?");
    refused(PARSE("run", "--xyzzy"), "unknown option --xyzzy");
    refused(PARSE("run", "-Z"), "unknown option -Z");
    refused(PARSE("list", "queues", "--seed", "1"), "--seed is not an option of 'weir list'");
    refused(PARSE("run", "x", "--seed"), "--seed wants a value");
    refused(PARSE("run", "x", "--out="), "--out wants a value");
    refused(PARSE("run", "x", "--json=yes"), "--json takes no value");
    refused(PARSE("doctor", "x"), "one argument too many");
    refused(parse("list", 2, (const char *[]){"weir", "list"}), "weir list wants KIND");
}

static void the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *a = &option_table[i];
        assert_int_equal(a->id, i);
        assert_true(a->commands != 0 && *a->help);
        assert_int_equal(a->kind == VALUE_NONE, a->argument == NULL);
        if (a->kind == VALUE_NAME || a->kind == VALUE_LIST || a->kind == VALUE_NAME_FILE)
            assert_non_null(a->values);
        for (size_t k = 0; k < i; k++) {
            const struct option_spec *b = &option_table[k];
            if (strcmp(a->name, b->name) == 0) // what it takes differs from command to command
                assert_int_equal(a->commands & b->commands, 0);
            if (a->letter && a->letter == b->letter)
                assert_int_equal(a->commands & b->commands, 0);
        }
    }
}

static void suggestions_stay_close(void **state)
{
    (void)state;
    struct suggestion s = {0};
    suggest(&s, "rnu", "run");
    assert_string_equal(s.text, "run");
    s = (struct suggestion){0};
    suggest(&s, "frobnicate", "run");
    suggest(&s, "warm", "workers"); // more than a third of it would have to change
    assert_null(s.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_every_spelling), cmocka_unit_test(repeated_options_are_all_kept),
        cmocka_unit_test(mistakes_are_explained),   cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(suggestions_stay_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
