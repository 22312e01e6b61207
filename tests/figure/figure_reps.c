// SPDX-License-Identifier: Apache-2.0
// Figures of repetitions: strips, bars, ratios with intervals, and who is best in a regime map.
#include "made_run.h"

#include "base/stats.h"
#include "figure/regime.h"

// ---- a bench ----
static void bench_cell(struct made_run *r, const char *queue, const char *reps, const char *rounds,
                       double median, const char *more)
{
    char *text = NULL;
    assert_true(
        asprintf(
            &text,
            "{\"scenario\": \"bench\", \"engine\": \"bench\", \"params\": {\"queue\": \"%s\", \"batch\": 1, "
            "\"load\": null}, \"bench\": {\"ns_per_item\": {\"median\": %g, \"reps\": [%s], \"rounds\": "
            "[%s]}, "
            "\"reps_dropped\": 0, \"floor_ns_per_item\": 4, \"limit_ns_per_item\": 2, \"peer\": false %s}}",
            queue, median, reps, rounds, more) > 0);
    made_cell(r, "ok", text);
    free(text);
}

static void made_bench(struct made_run *r)
{
    made_begin(r);
    bench_cell(r, "spsc", "10, 10, 11, 12, 10, 10", "0, 2, 1, 3, 4, 6", 10, "");
    // Round 3 is missing, and round 5 has nothing to pair with.
    bench_cell(r, "mpmc", "20, 33, 25, 40, 7, 15", "0, 1, 2, 4, 5, 6", 22, "");
    bench_cell(r, "mutex", "5, 5, 5, 5, 5, 5", "0, 1, 2, 3, 4, 6", 5, "");
    made_open(r);
}

static void ratios_are_of_repetitions_of_one_round(void **state)
{
    (void)state;
    struct made_run r;
    made_bench(&r);
    struct sheet s = made_picture(&r, "forest", 0);
    const struct sheet_row *mpmc = made_row(&s, SHEET_CROSS, 1, "mpmc");
    // 20/10, 33/11, 25/10, 40/10, 15/10: five pairs, whose interval is all of them
    NEAR(mpmc->n, 5);
    NEAR(mpmc->x, 2.5);
    NEAR(mpmc->x_lo, 1.5);
    NEAR(mpmc->x_hi, 4);
    assert_true(made_says(&s, "level 75 %")); // of the three pairs to itself: 1 - 2^(1-3)
    sheet_free(&s);
    made_close(&r);
}

static void the_base_stands_against_itself_on_top(void **state)
{
    (void)state;
    struct made_run r;
    made_bench(&r);
    struct sheet s = made_picture(&r, "forest", 0);
    const struct sheet_row *self = made_row(&s, SHEET_CROSS, 1, "spsc to itself");
    NEAR(self->n, 3); // 1 over 0, 3 over 2, 6 over 4
    NEAR(self->x, 1.1);
    NEAR(self->x_lo, 1);
    NEAR(self->x_hi, 1.2);
    double mutex = made_row(&s, SHEET_CROSS, 1, "mutex")->y, mpmc = made_row(&s, SHEET_CROSS, 1, "mpmc")->y;
    assert_true(self->y > mutex && mutex > mpmc); // sorted by effect
    NEAR(s.panels[0].x.lo * s.panels[0].x.hi, 1);
    sheet_free(&s);
    made_close(&r);
}

static void the_interval_is_the_exact_one(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    bench_cell(&r, "spsc", "1,1,1,1,1,1,1,1,1", "0,1,2,3,4,5,6,7,8", 1, "");
    bench_cell(&r, "mpmc", "9,1,8,2,7,3,6,4,5", "0,1,2,3,4,5,6,7,8", 5, "");
    made_open(&r);
    struct sheet s = made_picture(&r, "forest", 0);
    const struct sheet_row *row = made_row(&s, SHEET_CROSS, 1, "mpmc");
    NEAR(row->x, 5);
    NEAR(row->x_lo, 2); // of nine values the second and the eighth: 96.1 %
    NEAR(row->x_hi, 8);
    sheet_free(&s);
    made_close(&r);
}

static void a_bench_compares_with_whom_it_was_told_to(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    bench_cell(&r, "spsc", "1,1,1,1,1,1", "0,1,2,3,4,5", 1, ", \"ratio\": {\"against\": \"mpmc\"}");
    bench_cell(&r, "mpmc", "4,4,4,4,4,4", "0,1,2,3,4,5", 4, "");
    made_open(&r);
    struct sheet s = made_picture(&r, "forest", 0);
    NEAR(made_row(&s, SHEET_CROSS, 1, "spsc")->x, 0.25);
    NEAR(made_row(&s, SHEET_CROSS, 1, "mpmc to itself")->x, 1);
    sheet_free(&s);
    made_close(&r);
}

static void bars_are_sorted_medians_with_their_range(void **state)
{
    (void)state;
    struct made_run r;
    made_bench(&r);
    struct sheet s = made_picture(&r, "bars", 0);
    const struct sheet_row *mpmc = made_row(&s, SHEET_RECT, 1, "mpmc"),
                           *range = made_row(&s, SHEET_CROSS, 1, "mpmc");
    NEAR(mpmc->x_lo, 0);
    NEAR(mpmc->x_hi, 22e-9);
    NEAR(range->x_lo, 7e-9);
    NEAR(range->x_hi, 40e-9);
    assert_true(made_row(&s, SHEET_RECT, 1, "mutex")->y_lo > made_row(&s, SHEET_RECT, 1, "spsc")->y_lo);
    assert_true(made_row(&s, SHEET_RECT, 1, "spsc")->y_lo > mpmc->y_lo);
    size_t at = 0, floors = 0, limits = 0;
    for (const struct sheet_row *row; (row = made_next(&s, &at, SHEET_LINE, 1, NULL)) != NULL;) {
        floors += fabs(row->x - 4e-9) < 1e-15;
        limits += fabs(row->x - 2e-9) < 1e-15;
    }
    assert_int_equal(floors, 6); // two ends each
    assert_int_equal(limits, 6);
    sheet_free(&s);
    made_close(&r);
}

static void a_scheduled_load_has_no_bars(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    made_cell(&r, "ok",
              "{\"scenario\": \"bench\", \"engine\": \"bench\", \"params\": {\"queue\": \"mpmc\", \"load\": "
              "10000}, "
              "\"bench\": {\"ns_per_item\": {\"median\": 100000, \"reps\": [100000]}}}");
    made_open(&r);
    assert_int_equal(made_pictures(&r, "bars"), 0);
    assert_int_equal(made_pictures(&r, "forest"), 0);
    made_close(&r);
}

// ---- a gate ----
static void a_gate_shows_what_it_judged(void **state)
{
    (void)state;
    struct made_run r;
    struct error e = {0};
    char path[128];
    made_begin(&r);
    made_file(
        &r, "result.json",
        "{\"schema\": \"weir.gate/1\", \"seed\": 3, \"base\": {\"text\": \"v1\"}, \"candidate\": {\"text\": "
        "\"v2\"}, \"cells\": ["
        "{\"name\": \"slow\", \"params\": {}, \"status\": \"measured\", \"verdict\": \"REGRESSED\", "
        "\"margin\": 0.02, "
        "\"first\": {\"launches\": 20, \"candidate\": {\"ratio\": 1.1, \"lo\": 1.05, \"hi\": 1.15, "
        "\"coverage\": 0.995}, "
        "\"control\": {\"ratio\": 1.0, \"lo\": 0.99, \"hi\": 1.01}}},"
        "{\"name\": \"same\", \"params\": {}, \"status\": \"measured\", \"verdict\": \"UNCHANGED\", "
        "\"margin\": 0.05, "
        "\"first\": {\"launches\": 20, \"candidate\": {\"ratio\": 0.99, \"lo\": 0.98, \"hi\": 1.0, "
        "\"coverage\": 0.99}, "
        "\"control\": null}},"
        "{\"name\": \"cut\", \"params\": {}, \"status\": \"cut\", \"verdict\": null, \"margin\": 0.05, "
        "\"first\": {\"launches\": 3, \"candidate\": {\"ratio\": 2, \"lo\": 1, \"hi\": 3, \"coverage\": "
        "0.5}, "
        "\"control\": null}}]}");
    snprintf(path, sizeof path, "%s/result.json", r.dir);
    assert_true(report_input_open(&r.in, path, &e));
    assert_true(figure_gallery_open(&r.gallery, &r.in, NULL, NULL, NULL));
    struct sheet s = made_picture(&r, "gate", 0);
    const struct sheet_row *slow = made_row(&s, SHEET_CROSS, 1, "slow"),
                           *same = made_row(&s, SHEET_CROSS, 1, "same");
    NEAR(slow->x, 1.1);
    NEAR(slow->x_lo, 1.05);
    NEAR(slow->x_hi, 1.15);
    assert_string_equal(slow->colour, STYLE_HIGHLIGHT);
    assert_true(same->y > slow->y); // sorted by effect
    assert_int_equal(made_count(&s, SHEET_CROSS, 1, "cut"), 0);
    assert_int_equal(made_count(&s, SHEET_CROSS, 1, "A/A"), 1);
    assert_true(made_row(&s, SHEET_CROSS, 1, "A/A")->y > same->y);
    size_t at = 0;
    NEAR(made_next(&s, &at, SHEET_RECT, 1, "margin")->x_hi, 1.05); // each its own
    NEAR(made_next(&s, &at, SHEET_RECT, 1, "margin")->x_hi, 1.02);
    assert_true(made_says(&s, "level 99 %"));
    assert_true(made_says(&s, "2 of 3 cells"));
    assert_true(made_says(&s, "gate · seed 3"));
    sheet_free(&s);
    made_close(&r);
}

// ---- strips ----
static void run_cell(struct made_run *r, const char *status, const char *strategy, int rep, double p99_ns)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "{\"params\": {\"queue\": \"mutex\", \"strategy\": \"%s\"}, \"rep\": %d, "
                         "\"response_ns\": {\"p99\": "
                         "%g}, \"rate\": {\"delivered_per_s\": 1000}}",
                         strategy, rep, p99_ns) > 0);
    made_cell(r, status, text);
    free(text);
}

static void every_repetition_is_a_point(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    run_cell(&r, "ok", "block", 0, 3e6);
    run_cell(&r, "ok", "block", 1, 1e6);
    run_cell(&r, "invalid", "block", 2, 7e9);
    run_cell(&r, "ok", "block", 3, 2e6);
    run_cell(&r, "ok", "reject", 0, 5e6);
    made_open(&r);
    struct sheet s = made_picture(&r, "strips", 0);
    assert_int_equal(made_count(&s, SHEET_POINT, 1, "block"), 3);
    assert_int_equal(made_count(&s, SHEET_POINT, 1, "reject"), 1);
    NEAR(made_row(&s, SHEET_LINE, 1, "block")->x, 2e-3);          // the median
    assert_int_equal(made_count(&s, SHEET_LINE, 1, "reject"), 0); // of one there is none
    NEAR(made_row(&s, SHEET_POINT, 2, "reject")->x, 1000);
    assert_true(made_says(&s, "Not shown: 1 invalid"));
    sheet_free(&s);
    made_close(&r);
}

// ---- regimes ----
static struct regime_candidate of(double loss_lo, double loss, double loss_hi, double p99, double age)
{
    return (struct regime_candidate){{{loss_lo, loss, loss_hi}, {p99, p99, p99}, {age, age, age}}};
}

static void the_least_loss_wins_when_it_stands_apart(void **state)
{
    (void)state;
    struct regime_candidate list[] = {of(0.20, 0.21, 0.22, 1, 1), of(0.10, 0.11, 0.19, 9, 9),
                                      of(0.3, 0.3, 0.3, 0, 0)};
    struct regime_verdict v = regime_judge(list, 3);
    assert_int_equal(v.best, 1);
    assert_int_equal(v.left, 1);
    assert_int_equal(v.question, REGIME_LOSS);
}

static void those_that_overlap_are_asked_further(void **state)
{
    (void)state;
    struct regime_candidate list[] = {of(0.20, 0.21, 0.22, INFINITY, 5), of(0.10, 0.11, 0.20, INFINITY, 9),
                                      of(0.3, 0.3, 0.3, 1, 1)};
    struct regime_verdict v = regime_judge(list, 3);
    assert_int_equal(v.best, 0); // what never arrives is equal; the third lost too much to be asked
    assert_int_equal(v.left, 1);
    assert_int_equal(v.question, REGIME_AGE);
    list[0].of[REGIME_P99] = (struct regime_range){1, 2, 3};
    list[1].of[REGIME_P99] = (struct regime_range){4, 5, 6};
    v = regime_judge(list, 3);
    assert_int_equal(v.question, REGIME_P99);
    assert_true(v.best == 0 && v.left == 1);
}

static void what_cannot_be_told_apart_is_not(void **state)
{
    (void)state;
    struct regime_candidate list[] = {of(0, 0, 0, 3, 4), of(0, 0, 0, 3, 4), of(0, 0, 0, 5, 1)};
    struct regime_verdict v = regime_judge(list, 3);
    assert_int_equal(v.left, 2);
    assert_true(v.stays[0] && v.stays[1] && !v.stays[2]);
}

static void sweep_cell(struct made_run *r, const char *strategy, int rep, double rate, double period,
                       double loss)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "{\"params\": {\"queue\": \"mutex\", \"strategy\": \"%s\", \"app.rate\": %g, "
                         "\"app.arrival.period\": "
                         "%g}, \"rep\": %d, \"ledger\": {\"generated\": 1000, \"lost\": {\"total\": %g}, "
                         "\"refused_final\": 0}, "
                         "\"response_offered_ns\": {\"p99\": null}, \"age_ns\": {\"p50\": 5000000}}",
                         strategy, rate, period, rep, loss) > 0);
    made_cell(r, "ok", text);
    free(text);
}

static void a_map_names_the_best_and_hatches_the_rest(void **state)
{
    (void)state;
    struct made_run r;
    made_begin(&r);
    for (int rep = 0; rep < 2; rep++)
        for (int i = 0; i < 4; i++) {
            double rate = i % 2 ? 1000 : 100, period = i / 2 ? 0.5 : 0.05;
            // Apart but where both are high: there the ranges of the repetitions overlap.
            sweep_cell(&r, "drop_newest", rep, rate, period, i == 3 ? 200 + 20 * rep : i == 1 ? 10 : 0);
            sweep_cell(&r, "[drop_newest, codel]", rep, rate, period, i == 3 ? 210 : i == 1 ? 20 : 0);
        }
    made_open(&r);
    assert_int_equal(made_pictures(&r, "regimes"), 1);
    struct sheet s = made_picture(&r, "regimes", 0);
    const struct sheet_row *won = made_row(&s, SHEET_RECT, 1, "drop_newest");
    NEAR((won->x_lo + won->x_hi) / 2, 2); // rate 1000
    NEAR((won->y_lo + won->y_hi) / 2, 1); // period 50 ms
    assert_int_equal(made_count(&s, SHEET_TEXT, 0, "loss 1 %"), 1);
    assert_int_equal(made_count(&s, SHEET_TEXT, 0, "all alike"), 3);
    int hatched = 0;
    size_t at = 0;
    for (const struct sheet_row *row, *last = NULL; (row = made_next(&s, &at, SHEET_LINE, 1, "inconclusive"));
         last = row) {
        hatched += last == NULL || last->series != row->series;
        assert_false(row->x > won->x_lo + 0.01 && row->x < won->x_hi - 0.01 && row->y < won->y_hi - 0.01);
    }
    assert_int_equal(hatched, 3);
    assert_string_equal(made_row(&s, SHEET_TICK_X, 1, "1 k/s")->text, "1 k/s");
    assert_string_equal(made_row(&s, SHEET_TICK_Y, 1, "50 ms")->text, "50 ms");
    sheet_free(&s);
    made_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_of_repetitions_of_one_round),
        cmocka_unit_test(the_base_stands_against_itself_on_top),
        cmocka_unit_test(the_interval_is_the_exact_one),
        cmocka_unit_test(a_bench_compares_with_whom_it_was_told_to),
        cmocka_unit_test(bars_are_sorted_medians_with_their_range),
        cmocka_unit_test(a_scheduled_load_has_no_bars),
        cmocka_unit_test(a_gate_shows_what_it_judged),
        cmocka_unit_test(every_repetition_is_a_point),
        cmocka_unit_test(the_least_loss_wins_when_it_stands_apart),
        cmocka_unit_test(those_that_overlap_are_asked_further),
        cmocka_unit_test(what_cannot_be_told_apart_is_not),
        cmocka_unit_test(a_map_names_the_best_and_hatches_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
