// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <math.h>

static struct expectation expectation(const char *text)
{
    struct expectation x = {.text = (char *)text, .line = 12};
    size_t column;
    char why[128];
    assert_true(expect_parse(text, &x.tree, &column, why, sizeof why));
    return x;
}

static void short_names_and_dotted_keys(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    json_t *c = world_cell(&w, 1, 0, 0);
    assert_float_equal(metric_of(c, "lost").number, 500, 0);
    assert_float_equal(metric_of(c, "loss").number, 0.5, 1e-12);
    assert_float_equal(metric_of(c, "goodput").number, 250, 1e-9);
    assert_float_equal(metric_of(c, "high_water").number, 1000, 0);
    assert_float_equal(metric_of(c, "queue.parse.mean").number, 3.5, 0);
    assert_float_equal(metric_of(c, "sink.service").number, 0.0002, 0);
    assert_int_equal(metric_of(c, "p99_offered").kind, METRIC_NULL);
    assert_int_equal(metric_of(c, "age").kind, METRIC_NUMBER);
    assert_string_equal(metric_of(c, "queue").text, "mpmc");
    assert_string_equal(metric_of(c, "engine").text, "live");
    assert_int_equal(metric_of(c, "ledger.lots").kind, METRIC_UNKNOWN);
    assert_int_equal(metric_of(c, "ledger").kind, METRIC_UNKNOWN);
    json_decref(c);
}

static void loss_counts_final_refusals(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.report.ledger.refused_final = 250;
    w.report.ledger.delivered = 250;
    json_t *c = world_cell(&w, 1, 0, 0);
    assert_float_equal(metric_of(c, "loss").number, 0.75, 1e-12);
    json_decref(c);
}

static void the_longest_recovery(void **state)
{
    (void)state;
    static const struct {
        const char *events;
        enum metric_kind kind;
        double longest;
    } cases[] = {{"[]", METRIC_UNKNOWN, 0},
                 {"[{\"recovered_ns\": 5}, {\"recovered_ns\": 9}, {\"recovered_ns\": 0}]", METRIC_NUMBER, 9},
                 {"[{\"recovered_ns\": 5}, {\"recovered_ns\": null}]", METRIC_NULL, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *cell = json_pack("{s:o}", "events", json_loads(cases[i].events, 0, NULL));
        struct metric m = metric_of(cell, "recovery");
        assert_int_equal(m.kind, cases[i].kind);
        if (m.kind == METRIC_NUMBER)
            assert_float_equal(m.number, cases[i].longest, 0);
        json_decref(cell);
    }
}

static void unknown_metrics_are_found_before_the_run(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    world_init(&w);
    struct expectation list[] = {expectation("ledger.unknown == 0"),
                                 expectation("queue.parse.high_water < 9"),
                                 expectation("strategy == block implies p99 < 1")};
    w.scenario[0].expects = list;
    w.scenario[0].expect_count = 3;
    struct plan plan = {.base = &w.scenario[0], .cells = w.cells, .cell_count = 1};
    assert_true(metric_check(&plan, &e));
    struct expectation wrong = expectation("queue.prase.high_water < 9");
    w.scenario[0].expects = &wrong;
    w.scenario[0].expect_count = 1;
    assert_false(metric_check(&plan, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_non_null(strstr(e.text, "slow-sink.yaml:12"));
    assert_non_null(strstr(e.text, "queue.prase.high_water"));
    for (int i = 0; i < 3; i++)
        expect_free(list[i].tree);
    expect_free(wrong.tree);
}

static void expectations_are_written_into_the_cell(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct expectation list[] = {expectation("lost == 500"), expectation("p99_offered < 5000")};
    w.scenario[1].expects = list;
    w.scenario[1].expect_count = 2;
    json_t *c = world_cell(&w, 1, 0, 0);
    assert_int_equal(metric_judge(c, &w.scenario[1]), 1);
    const json_t *expect = json_object_get(c, "expect");
    assert_true(json_is_true(json_object_get(json_array_get(expect, 0), "ok")));
    assert_true(
        json_is_false(json_object_get(json_array_get(expect, 1), "ok"))); // infinite is not below 5000
    assert_string_equal(jsonx_string(json_array_get(expect, 1), "text"), "p99_offered < 5000");
    json_decref(c);
    w.report.status = CELL_INVALID;
    c = world_cell(&w, 1, 0, 0);
    assert_int_equal(metric_judge(c, &w.scenario[1]), 0); // nothing was measured: nothing failed
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(c, "expect"), 1), "ok")));
    json_decref(c);
    expect_free(list[0].tree);
    expect_free(list[1].tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_names_and_dotted_keys),
        cmocka_unit_test(loss_counts_final_refusals),
        cmocka_unit_test(the_longest_recovery),
        cmocka_unit_test(unknown_metrics_are_found_before_the_run),
        cmocka_unit_test(expectations_are_written_into_the_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
