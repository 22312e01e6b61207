// SPDX-License-Identifier: Apache-2.0
// What is kept of a self-test, where, and what reports say of it.
#include "gate/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/test.h"
#include "base/folders.h"
#include "result/jsonx.h"

static char folder[] = "/tmp/weir-test-XXXXXX";

static struct gate_suite *built_in(void)
{
    static struct gate_suite suite;
    gate_suite_default(&suite);
    return &suite;
}

static void fill(struct gate_rates *r, const struct gate_suite *suite, size_t alarms, size_t suites)
{
    static const double levels[] = {0.03, 0.05, 0.10};
    gate_rates_begin(r, suite);
    r->launches = 20 * suites;
    r->alarms = (struct gate_rate){alarms, suites};
    r->invalid = (struct gate_rate){0, suites};
    r->undecided = (struct gate_rate){3, suites * suite->count};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 3; k++) {
            struct gate_found *row = &r->rows[r->row_count++];
            *row = (struct gate_found){
                .level = levels[k], .measured = levels[k], .launches = 960, .found = {16 + 2 * k, 20}};
            snprintf(row->cell, sizeof row->cell, "%s", suite->cells[i].name);
        }
    struct gate_found *trip = &r->rows[r->row_count++];
    *trip = (struct gate_found){.level = 0.1, .measured = 0.2, .quantile = true, .found = {9, 10}};
    snprintf(trip->cell, sizeof trip->cell, "%s", suite->cells[5].name);
}

// Three hundred suites without an alarm are what it takes to promise a per cent.
static void the_promise_is_one_sided(void **state)
{
    (void)state;
    assert_true(gate_rate_at_most((struct gate_rate){0, 300}) < 0.01);
    assert_true(gate_rate_at_most((struct gate_rate){0, 290}) > 0.01);
    assert_true(fabs(gate_rate_at_most((struct gate_rate){0, 300}) - (1 - pow(0.05, 1.0 / 300))) < 1e-6);
    assert_true(gate_rate_at_most((struct gate_rate){1, 300}) > 0.015);
}

static void cells_of_a_level_are_added_up(void **state)
{
    (void)state;
    static struct gate_rates r;
    fill(&r, built_in(), 0, 300);
    struct gate_rate three = gate_rates_power(&r, false, 0.03), ten = gate_rates_power(&r, false, 0.10);
    struct gate_rate trips = gate_rates_power(&r, true, 0.10), none = gate_rates_power(&r, true, 0.03);
    assert_true(three.hits == 32 && three.of == 40);
    assert_true(ten.hits == 40 && ten.of == 40);
    assert_true(trips.hits == 9 && trips.of == 10);
    assert_int_equal(none.of, 0);
}

static void reports_say_it_in_a_line(void **state)
{
    (void)state;
    static struct gate_rates r;
    char text[512];
    gate_rates_sentence(NULL, text, sizeof text);
    assert_non_null(strstr(text, "not measured on this machine: weir gate --self-test"));
    fill(&r, built_in(), 1, 300);
    gate_rates_sentence(&r, text, sizeof text);
    assert_non_null(strstr(text, "a false alarm in 1 of 300 suites, at most 1.6 % (95 %)"));
    assert_non_null(
        strstr(text, "; found: 3 % slower in 32 of 40, 5 % slower in 36 of 40, 10 % slower in 40 of 40"));
    assert_non_null(strstr(text, "; of quantiles: 10 % slower in 9 of 10"));
}

// Of this machine and these cells alone; the built-in suite's serve the others.
static void kept_for_the_same_cells(void **state)
{
    (void)state;
    static struct gate_rates r, found;
    static struct gate_suite own, other;
    struct error e = {0};
    assert_false(gate_rates_find(&found, built_in()));
    fill(&r, built_in(), 0, 300);
    assert_true(gate_rates_keep(&r, &e));
    assert_true(gate_rates_find(&found, built_in()));
    assert_string_equal(found.suite, "default");
    json_t *a = gate_rates_json(&r), *b = gate_rates_json(&found);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);

    gate_suite_of_queue(&own, "mutex");
    assert_true(gate_rates_find(&found, &own));
    assert_string_equal(found.suite, "default");
    gate_rates_begin(&r, &own);
    r.alarms = (struct gate_rate){0, 7};
    assert_true(gate_rates_keep(&r, &e));
    assert_true(gate_rates_find(&found, &own));
    assert_string_equal(found.suite, "mutex");
    assert_int_equal(found.alarms.of, 7);

    other = own;
    strcpy(other.cells[0].name, "another");
    assert_true(gate_rates_find(&found, &other));
    assert_string_equal(found.suite, "default");
}

// A short self-test does not take the place of a long one of the same cells.
static void more_suites_stay(void **state)
{
    (void)state;
    static struct gate_rates r, found;
    struct error e = {0};
    fill(&r, built_in(), 2, 5);
    assert_true(gate_rates_keep(&r, &e));
    assert_true(gate_rates_find(&found, built_in()));
    assert_int_equal(found.alarms.of, 300);
    fill(&r, built_in(), 2, 301);
    assert_true(gate_rates_keep(&r, &e));
    assert_true(gate_rates_find(&found, built_in()));
    assert_int_equal(found.alarms.of, 301);
}

static void what_is_kept_may_be_damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"schema\": \"weir.self-test/1\"}",
        "{\"schema\": \"weir.self-test/1\", \"false_alarms\": {\"hits\": 7, \"of\": 3}}",
        "{\"schema\": \"weir.self-test/1\", \"false_alarms\": {\"hits\": -1, \"of\": 1e300}}",
        "{\"schema\": \"weir.self-test/1\", \"false_alarms\": {\"hits\": 0, \"of\": 3}, \"cells\": 3}"};
    static struct gate_rates found;
    struct env_facts facts;
    char path[300];
    env_read(&facts);
    snprintf(path, sizeof path, "%s/weir/self-test/%s/default.json", folder, facts.machine_id);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(texts[i], out);
        fclose(out);
        assert_false(gate_rates_find(&found, built_in()));
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? setenv("XDG_STATE_HOME", folder, 1) : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_promise_is_one_sided), cmocka_unit_test(cells_of_a_level_are_added_up),
        cmocka_unit_test(reports_say_it_in_a_line), cmocka_unit_test(kept_for_the_same_cells),
        cmocka_unit_test(more_suites_stay),         cmocka_unit_test(what_is_kept_may_be_damaged),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
