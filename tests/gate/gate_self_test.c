// SPDX-License-Identifier: Apache-2.0
// What a self-test makes of its launches: those are made up here, nothing is measured.
#include "gate/self_pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/test.h"
#include "base/folders.h"
#include "base/rng.h"

static char folder[] = "/tmp/weir-self-test-XXXXXX";
static struct gate_suite suite;
static struct gate_rates rates;

static void open_pools(struct self_test *t)
{
    struct error e = {0};
    *t = (struct self_test){.setup = {.suite = &suite, .folder = folder, .suites = 5}, .count = suite.count};
    for (size_t i = 0; i < suite.count; i++)
        t->cells[i].plan = suite.cells[i];
    if (!self_pools_open(t, &e))
        fail_msg("%s", e.text);
}

static struct self_test *fresh(void)
{
    static struct self_test t;
    remove_tree(folder);
    gate_suite_of_queue(&suite, "mutex"); // three of time, one of a quantile
    open_pools(&t);
    return &t;
}

// `count` launches of about this effect; half a per cent from one to the next.
static void add(struct self_test *t, size_t cell, size_t level, double effect, size_t count)
{
    struct rng r;
    struct error e = {0};
    rng_init(&r, 1 + cell, "launches");
    for (size_t i = 0; i < count; i++) {
        double off = 0.01 * (rng_unit(&r) - 0.5), control = 0.01 * (rng_unit(&r) - 0.5);
        assert_true(self_pool_add(t, &t->cells[cell], level, log1p(effect) + off, control, &e));
    }
}

static void add_to_all(struct self_test *t, size_t count)
{
    for (size_t i = 0; i < t->count; i++)
        add(t, i, 0, 0, count);
}

static void suites_share_no_launch(void **state)
{
    (void)state;
    struct self_test *t = fresh();
    size_t dry;
    add_to_all(t, 119);
    assert_int_equal(self_replay_suites(t, &dry), 5); // of twenty launches each
    add(t, 0, 0, 0, 1);
    add(t, 1, 0, 0, 1);
    add(t, 3, 0, 0, 1);
    assert_int_equal(self_replay_suites(t, &dry), 5);
    assert_int_equal(dry, 2);
    add(t, 2, 0, 0, 1);
    assert_int_equal(self_replay_suites(t, &dry), 6);
    self_replay(t, &rates);
    assert_true(rates.alarms.hits == 0 && rates.alarms.of == 6);
    assert_true(rates.undecided.hits == 0 && rates.undecided.of == 24);
    assert_int_equal(rates.launches, 480);
    assert_int_equal(rates.row_count, 0);
    self_pools_close(t);
}

static void false_alarms_are_counted(void **state)
{
    (void)state;
    struct self_test *t = fresh();
    add_to_all(t, 40);
    add(t, 1, 0, 0.05, 40);
    for (size_t i = 0; i < 4; i++)
        if (i != 1)
            add(t, i, 0, 0, 40);
    self_replay(t, &rates);
    assert_int_equal(rates.alarms.of, 3); // the third takes forty of its second cell
    assert_int_equal(rates.alarms.hits, 1);
    self_pools_close(t);
}

static const struct gate_found *row_of(size_t cell, double level)
{
    for (size_t i = 0; i < rates.row_count; i++)
        if (strcmp(rates.rows[i].cell, suite.cells[cell].name) == 0 &&
            fabs(rates.rows[i].level - level) < 1e-9)
            return &rates.rows[i];
    fail_msg("no row of cell %zu", cell);
    return NULL;
}

// It is measured once, and once more: forty launches a suite.
static void a_slower_cell_is_found(void **state)
{
    (void)state;
    struct self_test *t = fresh();
    add_to_all(t, 80);
    add(t, 0, 1, 0.031, 119);
    add(t, 0, 3, 0.10, 120);
    add(t, 2, 1, 0.001, 60);
    add(t, 3, 3, 0.11, 80);
    self_replay(t, &rates);
    assert_true(row_of(0, 0.03)->found.of == 2 && row_of(0, 0.03)->found.hits == 2);
    assert_true(row_of(0, 0.10)->found.of == 3 && row_of(0, 0.10)->found.hits == 3);
    assert_true(row_of(2, 0.03)->found.of == 3 && row_of(2, 0.03)->found.hits == 0);
    assert_true(row_of(3, 0.10)->found.of == 2 && row_of(3, 0.10)->quantile);
    assert_true(fabs(row_of(0, 0.03)->measured - 0.031) < 0.001 && row_of(0, 0.03)->launches == 119);
    struct gate_rate all = gate_rates_power(&rates, false, 0.03);
    assert_true(all.of == 5 && all.hits == 2);
    assert_int_equal(gate_rates_power(&rates, true, 0.10).hits, 2);
    self_pools_close(t);
}

// Of a cell in which nothing has changed a finding would be a false one; its launches come again and again.
static void its_neighbours_are_launches_of_a_a(void **state)
{
    (void)state;
    struct self_test *t = fresh();
    for (size_t i = 1; i < 4; i++)
        add(t, i, 0, i == 1 ? 0.10 : 0, 30);
    add(t, 0, 2, 0, 400);
    self_replay(t, &rates);
    assert_int_equal(row_of(0, 0.05)->found.of, 20);
    assert_int_equal(row_of(0, 0.05)->found.hits, 0);
    self_pools_close(t);
}

static void it_goes_on_with_what_the_folder_holds(void **state)
{
    (void)state;
    static struct self_test again;
    static struct gate_rates before;
    struct error e = {0};
    struct self_test *t = fresh();
    char path[100];
    add_to_all(t, 60);
    add(t, 1, 1, 0.03, 80);
    t->cells[1].pool[1].share = 0.02;
    assert_true(self_pool_note_delay(t, &t->cells[1], 1, &e));
    self_replay(t, &before);
    self_pools_close(t);
    // The program was killed in the middle of a line.
    snprintf(path, sizeof path, "%s/launches.csv", folder);
    FILE *out = fopen(path, "a");
    assert_non_null(out);
    fprintf(out, "%s,0,0.0012", suite.cells[0].name);
    fclose(out);
    open_pools(&again);
    assert_int_equal(again.cells[0].pool[0].count, 60);
    assert_true(again.cells[1].pool[1].calibrated && fabs(again.cells[1].pool[1].share - 0.02) < 1e-6);
    self_replay(&again, &rates);
    memcpy(before.date, rates.date, sizeof before.date);
    before.rows[0].measured = rates.rows[0].measured; // nine digits are kept
    assert_memory_equal(&before, &rates, sizeof rates);
    add(&again, 0, 0, 0, 1); // in a line of its own
    self_pools_close(&again);
    open_pools(&again);
    assert_int_equal(again.cells[0].pool[0].count, 61);
    assert_true(fabs(again.cells[0].pool[0].log_ratio[60]) > 1e-9);
    self_pools_close(&again);
}

static void another_suite_is_refused(void **state)
{
    (void)state;
    static struct self_test other;
    struct error e = {0};
    struct self_test *t = fresh();
    self_pools_close(t);
    for (int i = 0; i < 3; i++) {
        struct duet_cell kept = suite.cells[1];
        other = (struct self_test){.setup = {.suite = &suite, .folder = folder}, .count = suite.count};
        suite.cells[1].rounds = i == 0 ? 24 : kept.rounds;
        suite.cells[1].batch = i == 1 ? 4 : kept.batch;
        suite.cells[1].margin = 0.5; // decides, but changes no launch
        for (size_t k = 0; k < suite.count; k++)
            other.cells[k].plan = suite.cells[k];
        e = (struct error){0};
        assert_int_equal(self_pools_open(&other, &e), i == 2);
        if (i < 2)
            assert_non_null(strstr(e.text, "holds launches of another suite"));
        self_pools_close(&other);
        suite.cells[1] = kept;
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
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
        cmocka_unit_test(suites_share_no_launch),
        cmocka_unit_test(false_alarms_are_counted),
        cmocka_unit_test(a_slower_cell_is_found),
        cmocka_unit_test(its_neighbours_are_launches_of_a_a),
        cmocka_unit_test(it_goes_on_with_what_the_folder_holds),
        cmocka_unit_test(another_suite_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
