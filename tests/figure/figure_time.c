// SPDX-License-Identifier: Apache-2.0
// Figures over time: what is in series.csv and histograms.jsonl is what stands in the picture, at its time.
#include "made_run.h"

#include "base/coarse.h"

#define TIMES(run)                                                                                           \
    "\"time\": {\"duration_ns\": 400000000, \"warmup_ns\": 100000000, \"run_ns\": " run                      \
    ", \"series_step_ns\": 100000000}"
#define EVENTS                                                                                               \
    "\"events\": [{\"at_ns\": 100000000, \"end_ns\": 150000000, \"what\": \"stall sink\"},"                  \
    "{\"at_ns\": 200000000, \"end_ns\": 300000000, \"what\": \"app.rate x10\"},"                             \
    "{\"at_ns\": 300000000, \"end_ns\": 320000000, \"what\": \"stall sink\"},"                               \
    "{\"at_ns\": 350000000, \"end_ns\": 350000000, \"what\": \"for ever\"}]"
#define CELL(strategy)                                                                                       \
    "{\"params\": {\"queue\": \"mutex\", \"strategy\": \"" strategy                                          \
    "\"}, " TIMES("450000000") ", " EVENTS ", \"queue\": [{\"edge\": \"parse\", \"capacity\": 8}]}"

#define HEAD                                                                                                 \
    "run_id,scenario,engine,params,rep,t_s,offered,admitted,delivered,refused,lost_drop_newest,lost_"        \
    "expired,"                                                                                               \
    "depth_min,depth_max,depth_mean,workers,response_p50_ns,response_p99_ns,response_max_ns\r\n"
#define START "made,made,sim,queue=mutex;strategy=block,0,"

static const char series[] =
    HEAD START "0.0,100,90,80,5,3,4,1,8,2.5,1,1000,2000000,3000\r\n"
               "made,made,sim,queue=mutex;strategy=drop_newest,0,0.0,7,7,7,0,0,0,0,1,1,1,1,1,1\r\n" START
               "0.1,200,190,9,0,0,0,8,8,8,1,1000,90000000,3000\r\n" // 9 deliveries: no p99
    START "0.2,300,290,280,0,0,0,,,,,,,\r\n"                        // no look at the queues, no latency
    START "0.3,400,390,380,0,0,0,2,6,4,1,1000,4000000,3000\r\n" START
               "0.4,40,40,40,0,0,0,2,6,4,1,1000,5000000,3000\r\n"; // half an interval

static void rows_of(struct made_run *r, const uint32_t *counts, size_t rows, const json_t *cell)
{
    struct error e = {0};
    const struct histogram_rows list = {counts, rows, 100000000};
    assert_true(histograms_append(r->dir, "made", cell, 1, NULL, 0, &list, &e));
}

static void phases_stand_where_the_timeline_has_them(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok", CELL("block"));
    made_file(&r, "series.csv", series);
    made_open(&r);
    struct sheet s = made_picture(&r, "timeline", 0);
    for (int panel = 1; panel <= 3; panel++) {
        size_t at = 0;
        const struct sheet_row *first = made_next(&s, &at, SHEET_RECT, panel, "stall sink");
        const struct sheet_row *again = made_next(&s, &at, SHEET_RECT, panel, "stall sink");
        assert_non_null(first);
        assert_non_null(again);
        NEAR(first->x_lo, 0.1);
        NEAR(first->x_hi, 0.15);
        NEAR(again->x_lo, 0.3);
        NEAR(again->x_hi, 0.32);
        NEAR(first->y_lo, s.panels[panel - 1].y.lo);
        NEAR(first->y_hi, s.panels[panel - 1].y.hi);
        assert_int_equal(made_count(&s, SHEET_RECT, panel, "for ever"), 0); // it has no end: a line
    }
    assert_int_equal(made_count(&s, SHEET_TEXT, 0, "A"), 2); // what does the same has the same letter
    assert_int_equal(made_count(&s, SHEET_TEXT, 0, "B"), 1);
    assert_int_equal(made_count(&s, SHEET_TEXT, 0, "C"), 1);
    NEAR(made_row(&s, SHEET_TEXT, 0, "B")->x * s.width, sheet_x_pt(&s, 1, 0.25));
    assert_true(
        made_says(&s, "A: stall sink, 0.1 to 0.15 s, 2 times; B: app.rate x10, 0.2 to 0.3 s; C: for ever, "
                      "from 0.35 s"));
    assert_true(made_says(&s, "the warm-up ends at 0.1 s, the sources at 0.4 s"));
    sheet_free(&s);
    made_close(&r);
}

static void check_step(const struct sheet *s, int panel, const char *what, size_t which, double x, double y)
{
    size_t at = 0;
    const struct sheet_row *row = made_next(s, &at, SHEET_STEP, panel, what);
    for (; which && row; which--)
        row = made_next(s, &at, SHEET_STEP, panel, what);
    assert_non_null(row);
    NEAR(row->x, x);
    NEAR(row->y, y);
}

static void rates_are_counts_over_the_time_they_took(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok", CELL("block"));
    made_file(&r, "series.csv", series);
    made_open(&r);
    struct sheet s = made_picture(&r, "timeline", 0);
    check_step(&s, 1, "offered", 0, 0, 1000);
    check_step(&s, 1, "offered", 1, 0.1, 2000);
    check_step(&s, 1, "offered", 4, 0.4, 800);  // 40 in the 50 ms before the run's end
    check_step(&s, 1, "offered", 5, 0.45, 800); // ... where the line ends
    assert_int_equal(made_count(&s, SHEET_STEP, 1, "offered"), 6);
    check_step(&s, 1, "admitted", 0, 0, 900);
    check_step(&s, 1, "delivered", 0, 0, 800);
    check_step(&s, 1, "refused", 0, 0, 50);
    NEAR(made_row(&s, SHEET_BAND, 1, "lost")->y_hi, 70); // all reasons together
    sheet_free(&s);
    made_close(&r);
}

static void what_was_not_measured_is_a_gap(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok", CELL("block"));
    made_file(&r, "series.csv", series);
    made_open(&r);
    struct sheet s = made_picture(&r, "timeline", 0);
    check_step(&s, 3, "p99", 0, 0, 0.002);
    check_step(&s, 3, "p99", 1, 0.1, 0.002); // the end of the first stretch
    check_step(&s, 3, "p99", 2, 0.3, 0.004);
    check_step(&s, 3, "p99", 3, 0.4, 0.005);
    assert_int_equal(made_count(&s, SHEET_STEP, 3, "p99"), 5);
    size_t at = 0;
    made_next(&s, &at, SHEET_STEP, 3, "p99");
    int first = made_next(&s, &at, SHEET_STEP, 3, "p99")->series;
    assert_int_not_equal(first, made_next(&s, &at, SHEET_STEP, 3, "p99")->series);
    check_step(&s, 2, "depth mean", 0, 0, 2.5);
    check_step(&s, 2, "depth mean", 3, 0.3, 4);
    const struct sheet_row *band = made_row(&s, SHEET_BAND, 2, "depth min to max");
    NEAR(band->y_lo, 1);
    NEAR(band->y_hi, 8);
    NEAR(made_row(&s, SHEET_RULE, 2, "")->y_lo, 8); // the capacity
    sheet_free(&s);
    made_close(&r);
}

static void what_is_not_ok_is_not_drawn(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok", CELL("block"));
    made_cell(&r, "invalid", CELL("drop_newest"));
    made_file(&r, "series.csv", series);
    made_open(&r);
    struct sheet s = made_picture(&r, "timeline", 0);
    assert_int_equal(s.panel_count, 3); // one column
    assert_true(made_says(&s, "Not shown: 1 invalid"));
    sheet_free(&s);
    made_close(&r);
}

static void without_rows_there_is_no_picture(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok", CELL("block"));
    made_open(&r);
    assert_int_equal(made_pictures(&r, "timeline"), 0);
    assert_int_equal(made_pictures(&r, "heatmap"), 0);
    made_close(&r);
}

// A suite ran the scenario twice, with what parameters do not show: whose rows are whose is not known.
static void rows_of_two_cells_are_nobodys(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok", CELL("block"));
    char *twice = NULL;
    assert_true(asprintf(&twice, "%s%s", series, strchr(series, '\n') + 1) > 0);
    made_file(&r, "series.csv", twice);
    free(twice);
    made_open(&r);
    assert_int_equal(made_pictures(&r, "timeline"), 0);
    made_close(&r);
}

static void many_strategies_take_several_pictures(void **state)
{
    (void)state;
    static const char *const strategies[] = {"block",  "drop_newest", "drop_oldest",
                                             "reject", "spill",       "sample"};
    struct made_run r;
    char text[2048];
    made_begin(&r);
    for (size_t i = 0; i < 6; i++) {
        snprintf(text, sizeof text,
                 "{\"params\": {\"queue\": \"mutex\", \"strategy\": \"%s\"}, " TIMES(
                     "450000000") ", \"events\": []}",
                 strategies[i]);
        made_cell(&r, "ok", text);
    }
    made_file(&r, "series.csv", series);
    made_open(&r);
    assert_int_equal(made_pictures(&r, "timeline"), 2);
    struct sheet s = made_picture(&r, "timeline", 1);
    assert_int_equal(s.panel_count, 6);
    assert_string_equal(made_row(&s, SHEET_PANEL, 1, NULL)->text, "spill");
    sheet_free(&s);
    made_close(&r);
}

// ---- the heat map ----
static uint32_t rows[300 * COARSE_COUNTS];

static double sum_of(const struct sheet *s, double from_s, double to_s)
{
    double sum = 0;
    size_t at = 0;
    for (const struct sheet_row *row; (row = made_next(s, &at, SHEET_RECT, 1, NULL)) != NULL;)
        if (row->x_lo >= from_s - 1e-9 && row->x_hi <= to_s + 1e-9)
            sum += row->n;
    return sum;
}

static void a_heat_map_holds_every_delivery_once(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    memset(rows, 0, sizeof rows);
    rows[0 * COARSE_COUNTS + coarse_index(1000000)] = 80;
    rows[0 * COARSE_COUNTS + coarse_index(40)] = 1;
    rows[1 * COARSE_COUNTS + coarse_index(7000000)] = 9;
    rows[3 * COARSE_COUNTS + coarse_index(3000000000)] = 380;
    rows_of(&r, rows, 5, made_cell(&r, "ok", CELL("block")));
    made_open(&r);
    struct sheet s = made_picture(&r, "heatmap", 0);
    NEAR(sum_of(&s, 0, 0.1), 81);
    NEAR(sum_of(&s, 0.1, 0.2), 9);
    NEAR(sum_of(&s, 0.2, 0.3), 0);
    NEAR(sum_of(&s, 0, 0.45), 470);
    assert_int_equal(made_count(&s, SHEET_RECT, 1, NULL), 4);
    size_t at = 0;
    for (const struct sheet_row *row; (row = made_next(&s, &at, SHEET_RECT, 1, NULL)) != NULL;) {
        double value = row->n == 80 ? 1e-3 : row->n == 1 ? 40e-9 : row->n == 9 ? 7e-3 : 3;
        assert_true(row->y_lo <= value && value < row->y_hi);
        assert_true(row->y_hi / row->y_lo < 1.26);
        assert_string_equal(row->colour, row->n == 380 ? "#00224e" : row->n == 1 ? "#fee838" : row->colour);
    }
    sheet_free(&s);
    made_close(&r);
}

static void intervals_of_a_long_run_are_joined(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    memset(rows, 0, sizeof rows);
    for (size_t k = 0; k < 300; k++)
        rows[k * COARSE_COUNTS + 300 + k % 40] = (uint32_t)k;
    rows_of(&r, rows, 300,
            made_cell(&r, "ok",
                      "{\"params\": {\"queue\": \"mutex\", \"strategy\": \"block\"}, \"time\": "
                      "{\"duration_ns\": 30000000000, \"warmup_ns\": 0, \"run_ns\": 30000000000}}"));
    made_open(&r);
    struct sheet s = made_picture(&r, "heatmap", 0);
    NEAR(sum_of(&s, 0, 30), 299 * 150);
    NEAR(sum_of(&s, 0.3, 0.6), 3 + 4 + 5); // three rows in one
    sheet_free(&s);
    made_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_stand_where_the_timeline_has_them),
        cmocka_unit_test(rates_are_counts_over_the_time_they_took),
        cmocka_unit_test(what_was_not_measured_is_a_gap),
        cmocka_unit_test(what_is_not_ok_is_not_drawn),
        cmocka_unit_test(without_rows_there_is_no_picture),
        cmocka_unit_test(rows_of_two_cells_are_nobodys),
        cmocka_unit_test(many_strategies_take_several_pictures),
        cmocka_unit_test(a_heat_map_holds_every_delivery_once),
        cmocka_unit_test(intervals_of_a_long_run_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
