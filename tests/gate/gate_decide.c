// SPDX-License-Identifier: Apache-2.0
// The gate's decisions on launches that are made up: no clock, no thread, no process.
#include "gate/gate.h"

#include <math.h>
#include <string.h>

#include "../base/test.h"
#include "base/rng.h"

// What the launches of a cell are like, by its place in the suite.
struct world {
    double effect[3], sd[3], control[3];
    double effect_again[3]; // of launches after an alarm; by default the same
    double disturbed;       // share of launches
    const char *broken;     // reason of every launch
    size_t cut_after;       // launches
    size_t made;
    struct rng random;
};

static double noise(struct rng *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += rng_unit(r);
    return sum;
}

static void make_launch(void *context, const struct gate_cell *cell, uint64_t seed, struct duet_answer *a)
{
    struct world *w = context;
    size_t i = (size_t)(cell->plan.name[0] - 'a');
    (void)seed;
    *a = (struct duet_answer){.ok = w->broken == NULL, .items = 1000, .rounds = 24, .seconds = 0.1};
    w->made++;
    if (w->broken)
        strcpy(a->reason, w->broken);
    if (w->cut_after && w->made > w->cut_after) {
        a->ok = false;
        a->cut = true;
    }
    a->log_ratio = log1p(cell->alarmed ? w->effect_again[i] : w->effect[i]) + w->sd[i] * noise(&w->random);
    a->control = log1p(w->control[i]) + w->sd[i] * noise(&w->random);
    a->cost_ns[ARM_BASE] = a->cost_ns[ARM_COPY] = a->cost_ns[ARM_CANDIDATE] = 10;
    if (rng_unit(&w->random) < w->disturbed)
        a->noise.steal_share = 0.5;
}

static void run(struct gate *g, struct world *w)
{
    struct gate_suite suite = {.name = "test", .launches = 80, .count = 3};
    for (size_t i = 0; i < 3; i++)
        suite.cells[i] =
            (struct duet_cell){.name = {(char)('a' + i)}, .queue = "spsc", .margin = 0.02, .rounds = 24};
    rng_init(&w->random, 7, "world");
    assert_true(gate_open(g, &suite));
    g->launcher = make_launch;
    g->launches = w;
    gate_run(g);
}

static struct world quiet(void)
{
    return (struct world){.sd = {0.003, 0.003, 0.003}};
}

static void nothing_has_changed(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    size_t alarms, cells;
    run(&g, &w);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(gate_cell_word(&g.cells[i]), "UNCHANGED");
        assert_int_equal(g.cells[i].first.count, 20);
        assert_int_equal(g.cells[i].again.attempts, 0);
    }
    assert_int_equal(w.made, 60);
    assert_int_equal(gate_exit_code(&g, true), 0);
    gate_control_alarms(&g, &alarms, &cells);
    assert_int_equal(alarms, 0);
    assert_int_equal(cells, 3);
    gate_close(&g);
}

static void a_regression_is_measured_twice(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    w.effect[1] = w.effect_again[1] = 0.05;
    w.effect[2] = -0.05;
    run(&g, &w);
    assert_string_equal(gate_cell_word(&g.cells[0]), "UNCHANGED");
    assert_string_equal(gate_cell_word(&g.cells[1]), "REGRESSED");
    assert_true(g.cells[1].alarmed && g.cells[1].confirmed);
    assert_int_equal(g.cells[1].again.count, 20);
    assert_string_equal(gate_cell_word(&g.cells[2]), "IMPROVED");
    assert_int_equal(g.cells[2].again.attempts, 0);
    assert_int_equal(gate_exit_code(&g, false), 1);
    gate_close(&g);
}

static void an_alarm_that_does_not_repeat_is_none(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    w.effect[1] = 0.05;
    run(&g, &w);
    assert_true(g.cells[1].alarmed && !g.cells[1].confirmed);
    assert_string_equal(gate_cell_word(&g.cells[1]), "UNDERPOWERED");
    assert_non_null(strstr(g.cells[1].reason, "did not repeat"));
    assert_int_equal(gate_exit_code(&g, false), 0);
    assert_int_equal(gate_exit_code(&g, true), 4);
    gate_close(&g);
}

static void noise_asks_for_more_launches(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    w.sd[0] = 0.2;
    w.sd[2] = 0.03;
    run(&g, &w);
    assert_string_equal(gate_cell_word(&g.cells[0]), "UNDERPOWERED");
    assert_int_equal(g.cells[0].first.count, 80);
    assert_int_equal(g.cells[1].first.count, 20);
    assert_string_equal(gate_cell_word(&g.cells[2]), "UNCHANGED");
    assert_in_range(g.cells[2].first.count, 40, 80);
    assert_true(g.cells[0].first.judged.smallest > g.cells[1].first.judged.smallest);
    gate_close(&g);
}

// A copy of the base that differs from the base says that the figures of this cell mean nothing.
static void a_control_that_fails_makes_it_invalid(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    size_t alarms, cells;
    w.control[0] = -0.06;
    w.effect[0] = w.effect_again[0] = 0.1;
    run(&g, &w);
    assert_string_equal(gate_cell_word(&g.cells[0]), "INVALID");
    assert_non_null(strstr(g.cells[0].reason, "control"));
    assert_int_equal(gate_exit_code(&g, false), 3);
    gate_control_alarms(&g, &alarms, &cells);
    assert_int_equal(alarms, 1);
    gate_close(&g);
}

static void disturbed_launches_do_not_count(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    w.disturbed = 0.1;
    run(&g, &w);
    size_t attempts = 0, counted = 0, discarded = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(gate_cell_word(&g.cells[i]), "UNCHANGED");
        assert_int_equal(g.cells[i].first.count, 20);
        attempts += g.cells[i].first.attempts;
        counted += g.cells[i].first.count;
        discarded += g.cells[i].disturbed[0];
    }
    assert_true(attempts > counted);
    assert_int_equal(discarded, attempts - counted);
    gate_close(&g);
    w.disturbed = 0.6;
    w.made = 0;
    run(&g, &w);
    assert_string_equal(gate_cell_word(&g.cells[0]), "INVALID");
    assert_non_null(strstr(g.cells[0].reason, "unfit"));
    assert_true(w.made < 60); // it gives up early
    assert_int_equal(gate_exit_code(&g, false), 3);
    gate_close(&g);
}

static void a_launch_that_fails_ends_its_cell(void **state)
{
    (void)state;
    struct gate g;
    struct world w = quiet();
    w.broken = "crashed: SIGSEGV";
    run(&g, &w);
    assert_int_equal(w.made, 3);
    assert_string_equal(g.cells[0].reason, "crashed: SIGSEGV");
    assert_string_equal(gate_cell_word(&g.cells[2]), "INVALID");
    assert_int_equal(gate_exit_code(&g, false), 3);
    gate_close(&g);
}

// Also in the middle of the second measurement: an alarm that could not be confirmed is not told as one.
static void interrupted_at_any_launch(void **state)
{
    (void)state;
    for (size_t after = 1; after < 110; after += 3) {
        struct gate g;
        struct world w = quiet();
        w.effect[1] = w.effect_again[1] = 0.05;
        w.sd[0] = 0.2;
        w.cut_after = after;
        run(&g, &w);
        assert_int_equal(w.made, after + 1);
        assert_int_equal(gate_exit_code(&g, false), 130);
        assert_string_equal(gate_cell_word(&g.cells[0]), "CUT");
        assert_string_not_equal(gate_cell_word(&g.cells[1]), "REGRESSED");
        gate_close(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_changed),
        cmocka_unit_test(a_regression_is_measured_twice),
        cmocka_unit_test(an_alarm_that_does_not_repeat_is_none),
        cmocka_unit_test(noise_asks_for_more_launches),
        cmocka_unit_test(a_control_that_fails_makes_it_invalid),
        cmocka_unit_test(disturbed_launches_do_not_count),
        cmocka_unit_test(a_launch_that_fails_ends_its_cell),
        cmocka_unit_test(interrupted_at_any_launch),
    };
    return RUN(tests);
}
