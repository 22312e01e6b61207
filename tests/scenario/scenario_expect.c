// SPDX-License-Identifier: Apache-2.0
// Truth tables, binding, units, null, and what is not an expectation.
#include "scenario/expect.h"

#include <math.h>

#include "with_file.h"

// t is true and f false; a few real-looking metrics.
static struct metric lookup(void *context, const char *key)
{
    (void)context;
    static const struct {
        const char *key;
        struct metric metric;
    } known[] = {
        {"t", {METRIC_NUMBER, 1, NULL}},
        {"f", {METRIC_NUMBER, 0, NULL}},
        {"lost", {METRIC_NUMBER, 0, NULL}},
        {"loss", {METRIC_NUMBER, 0.05, NULL}},
        {"p99", {METRIC_NUMBER, 5e6, NULL}},
        {"seconds", {METRIC_NUMBER, 2, NULL}},
        {"cpu.user_s", {METRIC_NUMBER, 0.5, NULL}},
        {"response_ns.p99", {METRIC_NUMBER, 5e6, NULL}},
        {"sink.service", {METRIC_NUMBER, 40e-6, "40us"}},
        {"goodput", {METRIC_NUMBER, 20000, NULL}},
        {"strategy", {METRIC_TEXT, 0, "block"}},
        {"p99_offered", {METRIC_NULL, 0, NULL}},
        {"bytes", {METRIC_NUMBER, 65536, NULL}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].key, key) == 0)
            return known[i].metric;
    return (struct metric){METRIC_UNKNOWN, 0, NULL};
}

static int eval(const char *text)
{
    struct expect_node *tree;
    size_t column = 0;
    char why[160] = "";
    if (!expect_parse(text, &tree, &column, why, sizeof why))
        fail_msg("%s: %zu: %s", text, column, why);
    const char *unknown = NULL;
    int result = expect_eval(tree, lookup, NULL, &unknown);
    assert_int_equal(result < 0, unknown != NULL);
    expect_free(tree);
    return result;
}

// Writes "T and F" style text out as comparisons.
static int truth(const char *pattern)
{
    char text[512] = "";
    for (const char *c = pattern; *c; c++)
        if (*c == 'T' || *c == 'F')
            strcat(text, *c == 'T' ? "t == 1" : "f == 1");
        else
            strncat(text, c, 1);
    return eval(text);
}

static void truth_tables(void **state)
{
    (void)state;
    assert_true(truth("T and T") && !truth("T and F") && !truth("F and T") && !truth("F and F"));
    assert_true(truth("T or T") && truth("T or F") && truth("F or T") && !truth("F or F"));
    assert_true(truth("T implies T") && !truth("T implies F") && truth("F implies T") &&
                truth("F implies F"));
    assert_true(truth("not F") && !truth("not T") && truth("not not T"));
}

static void binding(void **state)
{
    (void)state;
    assert_true(truth("not F and T"));  // (not F) and T
    assert_false(truth("not F and F")); // not (F and F) would be true
    assert_true(truth("T or F and F")); // T or (F and F)
    assert_true(truth("T or T and F"));
    assert_false(truth("(T or T) and F"));
    assert_true(truth("F and F or T"));
    assert_true(truth("F implies F or F"));  // F implies (F or F)
    assert_false(truth("T or F implies F")); // (T or F) implies F
    assert_true(truth("T or (F implies F)"));
    assert_true(truth("F implies T implies F")); // to the right; the other way round it would be false
    assert_false(truth("(F implies T) implies F"));
    assert_true(truth("not (T and F)"));
}

static void values(void **state)
{
    (void)state;
    assert_true(eval("p99 == 5ms") && eval("p99 <= 5ms") && !eval("p99 < 5ms") && eval("p99 < 5.1ms"));
    assert_true(eval("p99 == 5000000") && eval("response_ns.p99 == 5ms"));
    assert_true(eval("loss == 5%") && eval("loss < 6%") && eval("loss == 0.05") && eval("loss > 0"));
    assert_true(eval("seconds == 2s") && eval("seconds == 2") && eval("cpu.user_s < 600ms"));
    assert_true(eval("sink.service == 40us") && eval("sink.service < 41us"));
    assert_true(eval("goodput == 20k") && eval("goodput == 20k/s") && eval("bytes == 64KiB"));
    assert_true(eval("lost != 1") && !eval("lost != 0") && eval("lost >= 0") && eval("lost>-1"));
    assert_true(eval("strategy == block") && !eval("strategy == drop_newest") &&
                eval("strategy != drop_newest"));
    assert_true(eval("strategy == 'block'") && eval("strategy == \"block\""));
    assert_false(eval("lost == block")); // a number is no text
    assert_true(eval("lost != block"));
}

static void null_is_infinite(void **state)
{
    (void)state;
    assert_false(eval("p99_offered < 5ms"));
    assert_true(eval("p99_offered > 100h") && eval("p99_offered == null") && eval("p99_offered >= inf"));
    assert_true(eval("p99 < null") && eval("p99 != null"));
    assert_false(eval("p99_offered == block"));
}

static void unknown_metrics(void **state)
{
    (void)state;
    assert_int_equal(eval("nothing == 0"), -1);
    assert_int_equal(eval("strategy == other implies nothing == 0"), -1); // also where it does not matter
    assert_int_equal(eval("t == 1 or nothing == 0"), -1);
    assert_int_equal(eval("not nothing == 0"), -1);
}

static void collect(void *context, const char *key)
{
    strcat(strcat(context, key), " ");
}

static void keys(void **state)
{
    (void)state;
    struct expect_node *tree;
    size_t column;
    char why[160], got[200] = "";
    assert_true(expect_parse("strategy == block and not lost > 0 implies (p99 < 5ms or a.b-c == d)", &tree,
                             &column, why, sizeof why));
    expect_keys(tree, collect, got);
    assert_string_equal(got, "strategy lost p99 a.b-c ");
    expect_free(tree);
}

static void refuse_text(const char *text, size_t column, const char *why)
{
    struct expect_node *tree;
    size_t got = 0;
    char said[160] = "";
    assert_false(expect_parse(text, &tree, &got, said, sizeof said));
    assert_string_equal(said, why);
    assert_int_equal(got, column);
}

static void syntax_errors(void **state)
{
    (void)state;
    refuse_text("", 1, "expected a metric, such as lost, p99 or ledger.unknown");
    refuse_text("lost", 5, "expected ==, !=, <, <=, > or >=");
    refuse_text("lost = 0", 6, "one = is not a comparison; write ==");
    refuse_text("lost == ", 9, "expected a value, such as 0, 5ms, 1% or block");
    refuse_text("lost == and", 9, "expected a value, such as 0, 5ms, 1% or block");
    refuse_text("lost == 0 lost == 0", 11, "expected and, or, implies or the end");
    refuse_text("(lost == 0", 1, "the parenthesis is not closed");
    refuse_text("(lost == 0 lost", 12, "expected and, or, implies or )");
    refuse_text("lost == 0)", 10, "this parenthesis closes nothing");
    refuse_text("lost == 0 and", 14, "expected a metric, such as lost, p99 or ledger.unknown");
    refuse_text("lost < block", 1, "<, <=, > and >= need a number on the right");
    refuse_text("a == 'x", 6, "the quote is not closed");
    refuse_text("5 == lost", 1, "expected a metric, such as lost, p99 or ledger.unknown");
    char deep[5001];
    memset(deep, '(', 5000);
    deep[5000] = '\0';
    refuse_text(deep, 33, "nested too deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_tables),     cmocka_unit_test(binding),         cmocka_unit_test(values),
        cmocka_unit_test(null_is_infinite), cmocka_unit_test(unknown_metrics), cmocka_unit_test(keys),
        cmocka_unit_test(syntax_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
