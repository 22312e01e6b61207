// SPDX-License-Identifier: Apache-2.0
// Statistics of the bench on known data: which repetitions count, their median, interval and ratios.
#include "base/stats.h"
#include "bench/results.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ratio_is_of_pairs(void **state)
{
    (void)state;
    // Round 2 is missing on one side, round 7 on the other; the machine slows down for both by the round.
    const double a[] = {10, 30, 44, 50, 66, 70}, b[] = {20, 40, 60, 80, 100, 120};
    const unsigned a_rounds[] = {0, 2, 3, 4, 5, 7}, b_rounds[] = {0, 1, 2, 3, 4, 5};
    struct bench_interval r;
    assert_int_equal(results_ratio(a, a_rounds, 6, b, b_rounds, 6, &r), 5);
    assert_true(fabs(r.median - 0.5) < 1e-12); // 0.5, 0.5, 0.55, 0.5, 0.55
    assert_true(fabs(r.lo - 0.5) < 1e-12 && fabs(r.hi - 0.55) < 1e-12);
    assert_true(fabs(r.coverage - 0.9375) < 1e-12); // five values: 1 - 2 / 2^5
    assert_int_equal(results_ratio(a, a_rounds, 1, b + 1, b_rounds + 1, 5, &r), 0);
    assert_true(r.median == 0);
}

static void put(struct bench_series *s, unsigned round, double before, double after, double ns)
{
    s->answers[s->count] = (struct turn_answer){
        .ok = true, .before_ns = before, .after_ns = after, .ns_per_item = ns, .items = 100};
    s->rounds[s->count++] = round;
}

static void states_are_not_mixed(void **state)
{
    (void)state;
    struct turn_answer answers[2][16];
    unsigned rounds[2][16];
    struct bench_cell cells[2] = {{.queue = "own", .point = 0},
                                  {.queue = "theirs", .point = 0, .peer = true}};
    struct bench_series series[2] = {
        {.turn = {.kind = TURN_QUEUE, .module = weir_queue_load("spsc", (char[64]){0}, 64)},
         .cell = &cells[0],
         .answers = answers[0],
         .rounds = rounds[0],
         .planned = 5}};
    series[1] = series[0];
    series[1].cell = &cells[1];
    series[1].answers = answers[1];
    series[1].rounds = rounds[1];
    for (unsigned i = 0; i < 5; i++) {
        bool near = i != 1 && i != 3;
        put(&series[0], i, near ? 80 : 400, near ? 90 : 410, near ? 10 + i : 1000);
        put(&series[1], i, 80, i == 4 ? 400 : 90, 40 + 4 * i); // the last one saw both
    }
    struct bench_plan plan = {.series = series, .count = 2};
    struct bench_results results = {.cells = cells, .count = 2, .points = 1};
    assert_true(results_fill(&plan, &results, NULL));
    assert_int_equal(cells[0].state, PINGPONG_NEAR);
    assert_int_equal(cells[0].reps_count, 3);
    assert_int_equal(cells[0].reps_dropped, 2);
    assert_true(cells[0].rounds[0] == 0 && cells[0].rounds[1] == 2 && cells[0].rounds[2] == 4);
    assert_true(cells[0].ns_per_item.median == 12 && cells[0].ns_per_item.lo == 10);
    assert_true(cells[0].ns_per_item.hi == 14 && fabs(cells[0].ns_per_item.coverage - 0.75) < 1e-12);
    assert_true(cells[0].pingpong_ns == 85 && cells[0].items == 300);
    assert_int_equal(cells[1].reps_count, 4);
    assert_true(cells[1].ns_per_item.median == 46);
    assert_string_equal(cells[0].ratio.against, "theirs"); // the only peer
    assert_int_equal(cells[0].ratio.pairs, 2);             // rounds 0 and 2
    assert_true(fabs(cells[0].ratio.value.lo - 10.0 / 40) < 1e-12);
    assert_true(fabs(cells[0].ratio.value.hi - 12.0 / 48) < 1e-12);
    assert_int_equal(cells[1].ratio.pairs, 0); // a reference has no ratio to itself
    free(cells[0].reps);
    free(cells[0].rounds);
    free(cells[1].reps);
    free(cells[1].rounds);
}

static void cells_of_a_point_share_a_state(void **state)
{
    (void)state;
    enum { REPS = 7 };
    struct turn_answer answers[3][16];
    unsigned rounds[3][16];
    static const struct bench_cell blank[3] = {
        {.queue = "own", .point = 0}, {.queue = "theirs", .point = 0}, {.queue = "else", .point = 1}};
    struct bench_cell cells[3];
    struct bench_series series[3];
    for (size_t k = 0; k < 3; k++) {
        cells[k] = blank[k];
        series[k] = (struct bench_series){
            .turn = {.kind = TURN_QUEUE, .module = weir_queue_load("spsc", (char[64]){0}, 64)},
            .cell = &cells[k],
            .answers = answers[k],
            .rounds = rounds[k],
            .planned = REPS};
        for (unsigned i = 0; i < REPS; i++) {
            bool near = i < (k == 1 ? 1 : 3); // theirs was hardly ever near
            put(&series[k], i, near ? 80 : 400, near ? 80 : 400, near ? 10 : 100);
        }
    }
    struct bench_plan plan = {.series = series, .count = 3};
    struct bench_results results = {.cells = cells, .count = 3, .points = 2};
    assert_true(results_fill(&plan, &results, "theirs"));
    assert_int_equal(cells[0].state, PINGPONG_FAR);
    assert_int_equal(cells[0].reps_count, 4);
    assert_int_equal(cells[1].state, PINGPONG_FAR);
    assert_int_equal(cells[0].ratio.pairs, 4);
    assert_int_equal(cells[2].state, PINGPONG_NEAR); // of another point
    for (size_t k = 0; k < 3; k++) {
        free(cells[k].reps);
        free(cells[k].rounds);
    }
}

static void trips_compare_in_one_state(void **state)
{
    (void)state;
    struct turn_answer answers[3][4];
    unsigned rounds[3][4];
    struct hist *far = calloc(1, sizeof *far), *raw[2] = {calloc(1, sizeof *far), calloc(1, sizeof *far)};
    assert_true(far && raw[0] && raw[1]);
    struct bench_cell cell = {.queue = "own"};
    struct bench_series series[3] = {
        {.turn = {.kind = TURN_QUEUE, .module = weir_queue_load("spsc", (char[64]){0}, 64)}, .cell = &cell},
        {.turn = {.kind = TURN_TRIP}, .cell = &cell, .times = {[PINGPONG_FAR] = far}},
        {.turn = {.kind = TURN_RAW}, .times = {[PINGPONG_NEAR] = raw[0], [PINGPONG_FAR] = raw[1]}}};
    for (size_t i = 0; i < 3; i++) {
        series[i].answers = answers[i];
        series[i].rounds = rounds[i];
        series[i].planned = 1;
    }
    put(&series[0], 0, 80, 90, 10);
    put(&series[1], 0, 400, 410, 700); // the cores parted before the trips
    put(&series[2], 0, 80, 90, 85);
    hist_record(far, 700);
    hist_record(raw[0], 85);
    hist_record(raw[1], 350);
    struct bench_plan plan = {.series = series, .count = 3};
    struct bench_results results = {.cells = &cell, .count = 1, .points = 1};
    assert_true(results_fill(&plan, &results, NULL));
    assert_int_equal(cell.state, PINGPONG_NEAR);
    assert_ptr_equal(cell.rtt, far);
    assert_true(cell.raw_rtt_ns == 350);
    assert_non_null(strstr(cell.note, "another distance"));
    free(cell.reps);
    free(cell.rounds);
    free(far);
    free(raw[0]);
    free(raw[1]);
}

static void shapes_are_summed_up(void **state)
{
    (void)state;
    struct bench_shape s = {.fill = {[0] = 1, [64] = 2, [128] = 7}};
    assert_true(fabs(turn_fill_mean(&s) - 0.8) < 1e-12);
    assert_true(turn_fill_quantile(&s, 0.1) == 0 && turn_fill_quantile(&s, 0.2) == 0.5);
    assert_true(turn_fill_quantile(&s, 0.3) == 0.5 && turn_fill_quantile(&s, 0.9) == 1);
    assert_true(turn_regime_holds(BENCH_FULL, &s, 0) && !turn_regime_holds(BENCH_EMPTY, &s, 0));
    assert_true(turn_regime_holds(BENCH_FULL, &s, 0.2) && !turn_regime_holds(BENCH_FULL, &s, 0.25));
    struct bench_shape nothing = {{0}, {0}};
    assert_false(turn_regime_holds(BENCH_FULL, &nothing, 0) || turn_regime_holds(BENCH_EMPTY, &nothing, 0));
    assert_true(turn_regime_holds(BENCH_FREE, &nothing, 0));
}

static void coverage_is_that_of_the_interval(void **state)
{
    (void)state;
    assert_true(stats_median_coverage(0, 0.95) == 0 && stats_median_coverage(1, 0.95) == 0);
    assert_true(fabs(stats_median_coverage(5, 0.95) - 0.9375) < 1e-12);
    assert_true(fabs(stats_median_coverage(6, 0.95) - 0.96875) < 1e-12);
    assert_true(fabs(stats_median_coverage(8, 0.95) - (1 - 2.0 / 256)) <
                1e-12); // all: a cut would leave 93 %
    assert_true(fabs(stats_median_coverage(9, 0.95) - (1 - 2 * 10.0 / 512)) < 1e-12);
    assert_true(stats_median_coverage(5000, 0.95) >= 0.95 && stats_median_coverage(5000, 0.95) < 0.955);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratio_is_of_pairs),
        cmocka_unit_test(states_are_not_mixed),
        cmocka_unit_test(cells_of_a_point_share_a_state),
        cmocka_unit_test(trips_compare_in_one_state),
        cmocka_unit_test(shapes_are_summed_up),
        cmocka_unit_test(coverage_is_that_of_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
