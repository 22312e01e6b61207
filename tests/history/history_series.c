// SPDX-License-Identifier: Apache-2.0
// What a history is read as: which points continue each other, where they change, and what names may hold.
#include "history/report.h"
#include "result/jsonx.h"

#include "made.h"

static void open_all(const struct made *m, struct history *h, const struct history_choice *choice)
{
    struct error e = {0};
    const struct history_choice all = {0};
    if (!history_read(h, m->path, choice ? choice : &all, &e))
        fail_msg("%s", e.text);
}

static void an_empty_history(void **state)
{
    struct made m;
    struct history h;
    sqlite3 *db;
    struct error e = {0};
    (void)state;
    made_begin(&m);
    made_write(&m, "", 0);
    open_all(&m, &h, NULL);
    assert_int_equal(h.count + h.measurements, 0);
    history_free(&h);
    assert_true(history_open_to_record(&db, m.path, &e));
    history_close(db);
    open_all(&m, &h, NULL);
    assert_int_equal(h.count + h.measurements, 0);
    history_free(&h);
    made_end(&m);
}

static void a_step_is_a_change_between_two_commits(void **state)
{
    struct made m;
    struct history h;
    (void)state;
    made_begin(&m);
    for (int i = 0; i < 24; i++) {
        snprintf(m.sides.revision, sizeof m.sides.revision, "%040d", i);
        made_measure(&m, (i >= 14 ? 0.05 : 0) + (i % 3 - 1) * 0.001);
    }
    open_all(&m, &h, NULL);
    assert_int_equal(h.count, m.gate.count);
    for (size_t i = 0; i < h.count; i++) {
        const struct history_series *s = &h.series[i];
        assert_int_equal(s->count, 24);
        assert_int_equal(s->change_count, 1);
        assert_int_equal(s->changes[0].at, 14);
        assert_string_equal(s->points[14].revision, "0000000000000000000000000000000000000014");
        const struct interval f = s->changes[0].factor;
        assert_true(fabs(f.median - exp(0.05)) < 0.002);
        assert_true(f.lo <= f.median && f.median <= f.hi && f.lo > 1.04 && f.hi < 1.06);
        assert_true(s->changes[0].coverage >= 0.95 && s->changes[0].p <= E_DIVISIVE_ERROR);
    }
    history_free(&h);
    made_end(&m);
}

// Another machine, another reference, another way of measuring under the same name: series of their own.
static void series_are_not_mixed(void **state)
{
    struct made m;
    struct history h;
    (void)state;
    made_begin(&m);
    for (int i = 0; i < 20; i++)
        made_measure(&m, i % 2 * 0.001);
    made_run(&m, "UPDATE measurement SET machine = 'other' WHERE id > 10");
    open_all(&m, &h, NULL);
    assert_int_equal(h.count, 2 * m.gate.count);
    for (size_t i = 0; i < h.count; i++)
        assert_int_equal(h.series[i].count, 10);
    history_free(&h);
    made_run(&m, "UPDATE point SET reference = 'sha256:3333' WHERE measurement > 15");
    made_run(&m, "UPDATE point SET definition = 'alone mutex with more' WHERE cell = 'mutex alone' AND "
                 "measurement < 4");
    open_all(&m, &h, NULL);
    assert_int_equal(h.count,
                     3 * m.gate.count + made_ask(&m, "SELECT count(DISTINCT cell) FROM point WHERE cell = "
                                                     "'mutex alone'"));
    history_free(&h);
    const struct history_choice other = {.machine = "oth", .reference = "3333"};
    open_all(&m, &h, &other);
    assert_int_equal(h.count, m.gate.count);
    for (size_t i = 0; i < h.count; i++) {
        assert_string_equal(h.series[i].machine, "other");
        assert_int_equal(h.series[i].count, 5);
    }
    history_free(&h);
    const struct history_choice named = {.reference = "v1.0"}, none = {.machine = "nowhere"};
    open_all(&m, &h, &named);
    assert_true(h.count > 2 * m.gate.count);
    history_free(&h);
    open_all(&m, &h, &none);
    assert_int_equal(h.count, 0);
    history_free(&h);
    made_end(&m);
}

// Rows that no weir has written.
static void rows_that_are_no_measurements_are_left_out(void **state)
{
    static const char *const wrong[] = {"ratio = -1",
                                        "lo = 9e999",
                                        "hi = -9e999",
                                        "lo = 2 * ratio",
                                        "margin = -1",
                                        "launches = -5",
                                        "coverage = 7",
                                        "verdict = 'a' || char(0)",
                                        "verdict = hex(zeroblob(40))",
                                        "ratio = 9e999, hi = 9e999"};
    enum { WRONG = sizeof wrong / sizeof *wrong };
    struct made m;
    struct history h;
    char sql[200];
    (void)state;
    made_begin(&m);
    for (size_t i = 0; i <= WRONG; i++)
        made_measure(&m, 0);
    for (size_t i = 0; i < WRONG; i++) {
        snprintf(sql, sizeof sql, "UPDATE point SET %s WHERE measurement = %zu", wrong[i], i + 1);
        made_run(&m, sql);
    }
    open_all(&m, &h, NULL);
    assert_int_equal(h.unfit, WRONG * m.gate.count);
    for (size_t i = 0; i < h.count; i++)
        assert_int_equal(h.series[i].count, 1);
    history_free(&h);
    made_run(&m, "UPDATE point SET cell = hex(zeroblob(1000))");
    open_all(&m, &h, NULL);
    assert_int_equal(h.count, 0);
    assert_int_equal(h.unfit, (WRONG + 1) * m.gate.count);
    history_free(&h);
    made_end(&m);
}

// Names are data: in the statements, in the table, in CSV and JSON.
static void names_may_hold_anything(void **state)
{
    static const char *const names[] = {"x'); DROP TABLE point; --", "\x1b[31mred\x1b[0m\r\n\"two\",lines\t",
                                        "\xff\xfe no UTF-8", "Ünïcode ✓ 测试"};
    enum { NAMES = sizeof names / sizeof *names };
    struct made m;
    struct history h;
    (void)state;
    made_begin(&m);
    for (size_t i = 0; i < NAMES; i++)
        snprintf(m.gate.cells[i].plan.name, sizeof m.gate.cells[i].plan.name, "%s", names[i]);
    snprintf(m.gate.suite.name, sizeof m.gate.suite.name, "%s", names[0]);
    snprintf(m.base.text, sizeof m.base.text, "%s", names[1]);
    snprintf(m.candidate.text, sizeof m.candidate.text, "%s", names[0]);
    for (int i = 0; i < 3; i++)
        made_measure(&m, 0);
    for (size_t i = 0; i < NAMES; i++) {
        const struct history_choice one = {.cells = &names[i], .cell_count = 1};
        open_all(&m, &h, &one);
        assert_int_equal(h.count, 1);
        assert_int_equal(h.series[0].count, 3);
        assert_string_equal(h.series[0].cell, names[i]);
        assert_string_equal(h.series[0].points[0].suite, names[0]);
        history_free(&h);
    }
    open_all(&m, &h, NULL);
    struct history_report report = {&h, m.path, HISTORY_EVERYTHING};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    history_write_table(out, &report);
    fclose(out);
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\n') || (unsigned char)text[i] == 0xff)
            fail_msg("byte %#x in the table", (unsigned)text[i]);
    assert_non_null(strstr(text, "测试"));
    free(text);
    json_t *json = history_json(&report);
    char *dump = json_dumps(json, 0);
    assert_non_null(dump);
    assert_int_equal(json_array_size(json_object_get(json, "series")), m.gate.count);
    free(dump);
    json_decref(json);
    out = open_memstream(&text, &size);
    history_write_csv(out, &report);
    fclose(out);
    assert_non_null(
        strstr(text, "\"\x1b[31mred\x1b[0m\r\n\"\"two\"\",lines\t\"")); // quoted, and nothing lost
    free(text);
    history_free(&h);
    made_end(&m);
}

static void the_limit_shortens_lists_alone(void **state)
{
    struct made m;
    struct history h;
    (void)state;
    made_begin(&m);
    for (int i = 0; i < 30; i++)
        made_measure(&m, i >= 10 ? 0.1 : 0);
    open_all(&m, &h, NULL);
    struct history_report report = {&h, m.path, 5};
    json_t *json = history_json(&report), *one = json_array_get(json_object_get(json, "series"), 0);
    assert_int_equal(json_array_size(json_object_get(one, "points")), 5);
    assert_true(jsonx_number(one, "first", 0) == 25 && jsonx_number(one, "count", 0) == 30);
    const json_t *change = json_array_get(json_object_get(one, "changes"), 0);
    assert_true(jsonx_number(change, "index", 0) == 10);
    assert_true(fabs(jsonx_number(change, "ratio", 0) - exp(0.1)) < 1e-6);
    json_decref(json);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    history_write_table(out, &report);
    fclose(out);
    assert_non_null(strstr(text, "25 earlier ones are not listed"));
    assert_non_null(strstr(text, "CHANGE +10.52 %"));
    free(text);
    history_free(&h);
    made_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_empty_history),
                                       cmocka_unit_test(a_step_is_a_change_between_two_commits),
                                       cmocka_unit_test(series_are_not_mixed),
                                       cmocka_unit_test(rows_that_are_no_measurements_are_left_out),
                                       cmocka_unit_test(names_may_hold_anything),
                                       cmocka_unit_test(the_limit_shortens_lists_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
