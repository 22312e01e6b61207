// SPDX-License-Identifier: Apache-2.0
// The numbers that figures show, and what they leave out.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/axis.h"
#include "figure/curves.h"
#include "figure/font.h"
#include "figure/loss_stack.h"
#include "figure/pictures.h"
#include "figure/values.h"

// Last: cmocka makes a macro of `fail`.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double a, double b, double most)
{
    if (!(fabs(a - b) <= most))
        fail_msg("%.12g is not %.12g", a, b);
}

// ---- distributions ----
static struct hist *up_to(uint64_t n)
{
    struct hist *h = calloc(1, sizeof *h);
    for (uint64_t v = 1; v <= n; v++)
        hist_record(h, v);
    return h;
}

static void latency_is_the_percentile_and_ends_with_ten_beyond(void **state)
{
    (void)state;
    const double x[] = {1, 2, 10, 100, 101};
    double y[5];
    struct curve c = {.y = y};
    struct hist *h = up_to(1000); // exact below 2048
    latency_curve(h, 1000, x, 5, &c);
    assert_int_equal(c.count, 4); // at 1 - 1/101 fewer than ten lie beyond
    assert_false(c.endless);
    near(y[1], 500e-9, 1e-12);
    near(y[2], 900e-9, 1e-12);
    near(y[3], 990e-9, 1e-12);
    assert_int_equal(c.n, 1000);
    free(h);
}

static void what_never_arrived_is_slower_than_all(void **state)
{
    (void)state;
    const double x[] = {1, 2, 10, 100};
    double y[4];
    struct curve c = {.y = y};
    struct hist *h = up_to(1000);
    latency_curve(h, 2000, x, 4, &c); // half of them arrived
    assert_int_equal(c.count, 2);
    assert_true(c.endless);
    near(y[1], 1000e-9, 1e-12); // the median of what was offered is the slowest of what came
    free(h);
}

static void ccdf_is_the_share_slower(void **state)
{
    (void)state;
    const double x[] = {0.5e-9, 1e-9, 100e-9, 900e-9, 990e-9, 995e-9};
    double y[6];
    struct curve c = {.y = y};
    struct hist *h = up_to(1000);
    ccdf_curve(h, x, 6, &c);
    assert_int_equal(c.count, 5); // five lie beyond 995
    near(y[0], 1, 0);
    near(y[1], 0.999, 1e-12); // slower than 1, not as slow
    near(y[2], 0.9, 1e-12);
    near(y[4], 0.01, 1e-12);
    free(h);
}

// ---- shares ----
static void wilson_is_the_published_interval(void **state)
{
    (void)state;
    double lo, hi;
    figure_wilson(81, 263, &lo, &hi); // Newcombe, Statistics in Medicine 17, 1998, table I: 0.2553 to 0.3662
    near(lo, 0.2553, 5e-5);
    near(hi, 0.3662, 5e-5);
    figure_wilson(0, 20, &lo, &hi); // the same: 0 to 0.1611
    assert_true(lo == 0);
    near(hi, 0.1611, 5e-5);
    figure_wilson(29, 29, &lo, &hi); // the same: 0.8830 to 1
    near(lo, 0.8830, 5e-5);
    assert_true(hi == 1);
}

// ---- a document made by hand ----
#define CELL(status, rep, p99, generated, newest, refused)                                                   \
    "{\"scenario\":\"s\",\"engine\":\"sim\",\"status\":\"" status "\",\"params\":{\"queue\":\"mpmc\","       \
    "\"strategy\":\"drop_newest\"},\"rep\":" #rep ",\"rate\":{\"offered_per_s\":100},"                       \
    "\"response_offered_ns\":{\"count\":9,\"p99\":" #p99 "},\"ledger\":{\"generated\":" #generated           \
    ",\"refused_final\":" #refused ",\"lost\":{\"total\":" #newest ",\"drop_newest\":" #newest "}}}"

static struct report_input input_of(const char *cells)
{
    char text[4096];
    snprintf(text, sizeof text, "{\"run\":{\"id\":\"x\",\"seed\":5},\"tool\":{},\"env\":{},\"cells\":[%s]}",
             cells);
    struct report_input in = {.kind = REPORT_RUN, .document = json_loads(text, 0, NULL)};
    assert_non_null(in.document);
    assert_true(report_points_fill(&in));
    return in;
}

static void input_free(struct report_input *in)
{
    report_points_free(in);
    json_decref(in->document);
}

static void stacks_are_sums_over_cells_that_are_ok(void **state)
{
    (void)state;
    struct report_input in = input_of(
        CELL("ok", 0, 1, 100, 10, 5) "," CELL("failed", 1, 1, 100, 99, 0) "," CELL("ok", 2, 1, 300, 30, 0));
    struct loss_stack stack = {0};
    loss_stack(&in.points[0], &stack);
    near(stack.generated, 400, 0);
    near(stack.lost[WEIR_LOSS_DROP_NEWEST], 40, 0);
    near(stack.lost[WEIR_LOSS_COUNT], 5, 0); // refused for good
    near(stack.lost[WEIR_LOSS_TIMEOUT], 0, 0);
    assert_int_equal(stack.cells, 2);
    input_free(&in);
}

static void values_are_medians_of_cells_that_are_ok(void **state)
{
    (void)state;
    struct figure_value v;
    struct report_input in = input_of(CELL("ok", 0, 10, 1, 0, 0) "," CELL("ok", 1, 30, 1, 0, 0) "," CELL(
        "invalid", 2, 1000, 1, 0, 0) "," CELL("ok", 3, null, 4, 1, 1));
    assert_true(figure_value(&in.points[0], figure_offered, "response_offered_ns.p99", &v));
    near(v.median, 30, 0); // of 10, 30 and for ever
    near(v.lo, 10, 0);
    assert_true(isinf(v.hi));
    assert_int_equal(v.n, 3);
    assert_true(figure_value(&in.points[0], figure_loss, NULL, &v));
    near(v.hi, 0.5, 0); // one lost and one refused of four
    assert_false(figure_value(&in.points[0], figure_number, "response_ns.p99", &v));
    input_free(&in);
    in = input_of(CELL("skipped", 0, 1, 1, 0, 0));
    assert_false(figure_value(&in.points[0], figure_offered, "response_offered_ns.p99", &v));
    input_free(&in);
}

static const char *row_text(const struct sheet *s, const char *part)
{
    for (size_t i = 0; i < s->count; i++)
        if (strstr(s->rows[i].text, part))
            return s->rows[i].text;
    return NULL;
}

static size_t count_of(const struct sheet *s, enum sheet_mark mark)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->rows[i].mark == mark;
    return n;
}

// A second strategy, so that there is something to weigh up; it failed.
static const char *with_a_failed_one(void)
{
    static char cells[2048];
    snprintf(cells, sizeof cells, "%s,%s,%s", CELL("ok", 0, 5000, 100, 10, 0),
             CELL("failed", 0, 7000, 100, 20, 0), CELL("ok", 0, 9000, 100, 0, 0));
    char *second = strstr(strstr(cells, "drop_newest") + 12, "\"strategy\":\"drop_newest\"");
    memcpy(second + strlen("\"strategy\":\""), "drop_oldest", 11);
    char *third = strstr(second + 40, "\"strategy\":\"drop_newest\"");
    memcpy(third + strlen("\"strategy\":\""), "fifo_codel1", 11);
    return cells;
}

static bool wants_pareto(void *context, const struct figure *f)
{
    (void)context;
    return strcmp(f->name, "pareto") == 0;
}

static void failed_cells_are_named_and_not_drawn(void **state)
{
    (void)state;
    struct report_input in = input_of(with_a_failed_one());
    struct figure_gallery g;
    struct sheet s;
    in.ok = 2;
    assert_true(figure_gallery_open(&g, &in, wants_pareto, NULL, NULL));
    assert_int_equal(g.picture_count, 1);
    assert_string_equal(g.pictures[0].name, "pareto");
    assert_true(figure_fill(&s, &g, &g.pictures[0]));
    assert_int_equal(count_of(&s, SHEET_POINT), 2);
    assert_null(row_text(&s, "drop_oldest"));
    assert_non_null(row_text(&s, "drop_newest"));
    assert_string_equal(row_text(&s, "Not shown"), "Not shown: 1 failed\u201a which is no result.");
    assert_non_null(row_text(&s, "seed 5"));
    sheet_free(&s);
    figure_gallery_close(&g);
    input_free(&in);
}

static bool wants_loss(void *context, const struct figure *f)
{
    (void)context;
    return strcmp(f->name, "loss") == 0;
}

static const struct sheet_row *row_of(const struct sheet *s, enum sheet_mark mark, size_t i)
{
    for (size_t k = 0; k < s->count; k++)
        if (s->rows[k].mark == mark && i-- == 0)
            return &s->rows[k];
    fail_msg("there is no such row");
    return NULL;
}

static void loss_at_one_load_is_a_bar_a_strategy(void **state)
{
    (void)state;
    struct report_input in = input_of(
        CELL("ok", 0, 1, 100, 10, 5) "," CELL("failed", 1, 1, 100, 99, 0) "," CELL("ok", 2, 1, 300, 30, 0));
    struct figure_gallery g;
    struct sheet s;
    double lo, hi;
    in.ok = 2;
    assert_true(figure_gallery_open(&g, &in, wants_loss, NULL, NULL));
    assert_int_equal(g.picture_count, 1);
    assert_true(figure_fill(&s, &g, &g.pictures[0]));
    assert_int_equal(count_of(&s, SHEET_RECT), 2);
    assert_string_equal(row_of(&s, SHEET_RECT, 0)->text, "drop_newest");
    near(row_of(&s, SHEET_RECT, 0)->x_hi, 0.1, 1e-12);
    near(row_of(&s, SHEET_RECT, 0)->n, 40, 0);
    near(row_of(&s, SHEET_RECT, 1)->x_lo, 0.1, 1e-12); // what was refused lies behind it
    near(row_of(&s, SHEET_RECT, 1)->x_hi, 0.1125, 1e-12);
    figure_wilson(45, 400, &lo, &hi);
    near(row_of(&s, SHEET_CROSS, 0)->x_lo, lo, 1e-12);
    near(row_of(&s, SHEET_CROSS, 0)->x_hi, hi, 1e-12);
    assert_non_null(row_text(&s, "11.2 %"));
    sheet_free(&s);
    figure_gallery_close(&g);
    input_free(&in);
    in = input_of(CELL("ok", 0, 1, 100, 0, 0)); // nothing was lost: no picture
    in.ok = 1;
    assert_true(figure_gallery_open(&g, &in, wants_loss, NULL, NULL));
    assert_int_equal(g.picture_count, 0);
    figure_gallery_close(&g);
    input_free(&in);
}

// ---- axes ----
static void ticks_are_written_as_one_reads_them(void **state)
{
    (void)state;
    static const struct {
        enum axis_unit unit;
        double value;
        const char *text;
    } cases[] = {
        {AXIS_SECONDS, 1e-3, "1 ms"},     {AXIS_SECONDS, 0.99999e-3, "1 ms"},
        {AXIS_SECONDS, 2.5e-7, "250 ns"}, {AXIS_SECONDS, 0, "0"},
        {AXIS_SECONDS, 12.34, "12.3 s"},  {AXIS_SHARE, 0.5, "50 %"},
        {AXIS_SHARE, 0.00035, "0.035 %"}, {AXIS_QUANTILE, 1, "0 %"},
        {AXIS_QUANTILE, 10, "90 %"},      {AXIS_QUANTILE, 100, "99 %"},
        {AXIS_QUANTILE, 1000, "99.9 %"},  {AXIS_QUANTILE, 1e5, "99.999 %"},
        {AXIS_RATE, 20000, "20 k/s"},     {AXIS_RATE, 1.5e6, "1.5 M/s"},
        {AXIS_NUMBER, 100, "100"},        {AXIS_FACTOR, 1.05, "×1.05"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[24];
        axis_write(cases[i].unit, cases[i].value, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void factors_that_are_close_have_digits_enough(void **state)
{
    (void)state;
    struct axis_tick ticks[AXIS_TICKS_MAX];
    assert_int_equal(axis_ticks(AXIS_FACTOR, false, 0.994, 1.006, 4, ticks), 3);
    assert_string_equal(ticks[0].label, "×0.995");
    assert_string_equal(ticks[1].label, "×1");
    assert_string_equal(ticks[2].label, "×1.005");
    assert_int_equal(axis_ticks(AXIS_FACTOR, false, 1.0009, 1.0022, 4, ticks), 3);
    assert_string_equal(ticks[1].label, "×1.0015");
    assert_int_equal(axis_ticks(AXIS_FACTOR, false, 0.97, 1.03, 4, ticks), 3);
    assert_string_equal(ticks[2].label, "×1.02");
}

static void ticks_stay_within_their_axis_and_number(void **state)
{
    (void)state;
    static const double ranges[][2] = {{0, 1}, {1e-9, 1}, {0.3, 0.31}, {1, 1e5}, {2e-6, 5e-6}, {0, 3e7}};
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (int log = 0; log < (ranges[r][0] > 0 ? 2 : 1); log++)
            for (size_t wanted = 2; wanted < 9; wanted++) {
                struct axis_tick ticks[AXIS_TICKS_MAX];
                size_t labelled = 0;
                size_t n = axis_ticks(AXIS_SECONDS, log, ranges[r][0], ranges[r][1], wanted, ticks);
                for (size_t i = 0; i < n; i++) {
                    double slack = 1e-6 * ranges[r][1];
                    assert_true(ticks[i].at >= ranges[r][0] - slack && ticks[i].at <= ranges[r][1] + slack);
                    labelled += *ticks[i].label != 0;
                }
                assert_true(labelled <= wanted + 1);
                assert_true(n <= AXIS_TICKS_MAX);
            }
    double lo = 0.013, hi = 0.9;
    axis_round(true, &lo, &hi);
    near(lo, 0.01, 1e-12);
    near(hi, 1, 1e-12);
    assert_true(axis_wants_log(1, 51) && !axis_wants_log(1, 49) && !axis_wants_log(0, 100));
}

// ---- curves and labels ----
static void curve_is(struct curve_set *set, const char *strategy, const char *queue, double factor)
{
    struct curve *c = &set->list[set->count++];
    snprintf(c->look.strategy, sizeof c->look.strategy, "%s", strategy);
    snprintf(c->look.queue, sizeof c->look.queue, "%s", queue);
    style_strategy_colour(strategy, c->look.colour);
    c->look.style = style_queue(queue);
    for (c->count = 0; c->count < set->grid; c->count++)
        c->y[c->count] = factor * (double)(1 + c->count);
}

static void queues_that_behave_alike_are_one(void **state)
{
    (void)state;
    static double x[20];
    char name[120];
    struct curve_set set;
    const struct sheet_axis ax = {.lo = 0, .hi = 19}, ay = {.lo = 0, .hi = 100};
    for (int i = 0; i < 20; i++)
        x[i] = i;
    assert_true(curves_open(&set, x, 20, 8));
    curve_is(&set, "block", "mutex", 4);
    curve_is(&set, "block", "mpmc", 4.01);
    curve_is(&set, "block", "spsc", 4.02);
    curve_is(&set, "block", "channel", 2);
    curve_is(&set, "reject", "mpmc", 1);
    curves_group(&set, &ax, &ay, 0.02, 12);
    assert_int_equal(set.groups, 3);
    curves_name(&set, set.list[0].bundle, name, sizeof name);
    assert_string_equal(name, "block · 3 queues");
    curves_name(&set, set.list[3].bundle, name, sizeof name);
    assert_string_equal(name, "block · channel");
    curve_is(&set, "drop_newest", "mpmc", 1.001); // runs on top of another strategy
    curves_group(&set, &ax, &ay, 0.02, 12);
    assert_int_equal(set.list[5].bundle, set.list[4].group);
    curves_name(&set, set.list[5].bundle, name, sizeof name);
    assert_string_equal(name, "reject, drop_newest");
    curves_close(&set);
}

static void labels_do_not_touch(void **state)
{
    (void)state;
    static double x[300];
    struct curve_set set;
    struct sheet s = {.width = SHEET_SINGLE};
    struct label labels[8];
    const struct sheet_axis ax = {.label = "x", .lo = 0, .hi = 299}, ay = {.label = "y", .lo = 0, .hi = 1300};
    const struct sheet_grid g = {
        .columns = 1, .count = 1, .height_pt = 130, .right_pt = 10, .x = &ax, .y = &ay};
    for (int i = 0; i < 300; i++)
        x[i] = i;
    assert_true(curves_open(&set, x, 300, 8));
    for (size_t i = 0; i < 6; i++)
        curve_is(&set, style_strategy_at(i), "mpmc", 2 + 0.3 * (double)i);
    curves_group(&set, &ax, &ay, 0.01, 12);
    sheet_grid(&s, &g);
    size_t before = s.count, count = curves_put(&s, 1, &set, SHEET_LINE, labels), found = 0;
    assert_int_equal(count, 6);
    labels_place(&s, 1, labels, count, g.right_pt);
    for (size_t i = before; i < s.count; i++) {
        const struct sheet_row *a = &s.rows[i];
        double width = a->mark == SHEET_TEXT ? font_width(a->text, a->size) : 0;
        if (a->mark != SHEET_TEXT)
            continue;
        found++;
        assert_true(a->x >= 0 && a->x * s.width + width <= s.width);
        for (size_t k = before; k < i; k++) {
            const struct sheet_row *b = &s.rows[k];
            if (b->mark != SHEET_TEXT)
                continue;
            bool beside = a->x * s.width >= b->x * s.width + font_width(b->text, b->size) ||
                          b->x * s.width >= a->x * s.width + width;
            bool above = fabs(a->y - b->y) * s.height >= 8;
            if (!beside && !above)
                fail_msg("'%s' touches '%s'", a->text, b->text);
        }
    }
    assert_int_equal(found, 6);
    sheet_free(&s);
    curves_close(&set);
}

static void widths_are_those_of_the_font(void **state)
{
    (void)state;
    near(font_width("50 \u00b5s", 1000), 636 * 3 + 318 + 521, 0.5); // DejaVu Sans 2.37
    near(font_width("a \u00b7 \u221e", 10), 6.13 + 3 * 3.18 + 8.38, 0.01);
}

// ---- the CSV ----
static void texts_are_safe_for_every_reader(void **state)
{
    (void)state;
    struct sheet s = {.width = 100, .height = 100};
    char *text = NULL;
    size_t size = 0;
    sheet_text(&s, 50, 25, "left", "a, \"b\"\nc", "#123456", 8, true);
    struct sheet_row row = sheet_row(SHEET_POINT, 1, 2);
    row.x = -0.0;
    row.y = INFINITY;
    sheet_add(&s, &row);
    FILE *out = open_memstream(&text, &size);
    sheet_csv(&s, out);
    fclose(out);
    assert_string_equal(text,
                        "mark,panel,series,text,colour,style,marker,x,y,x_lo,x_hi,y_lo,y_hi,size,anchor,n\r\n"
                        "text,0,0,a\u201a 'b' c,#123456,bold,,0.5,0.25,,,,,8,left,0\r\n"
                        "point,1,2,,,,,0,,,,,,,,0\r\n");
    free(text);
    sheet_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_the_percentile_and_ends_with_ten_beyond),
        cmocka_unit_test(what_never_arrived_is_slower_than_all),
        cmocka_unit_test(ccdf_is_the_share_slower),
        cmocka_unit_test(wilson_is_the_published_interval),
        cmocka_unit_test(stacks_are_sums_over_cells_that_are_ok),
        cmocka_unit_test(values_are_medians_of_cells_that_are_ok),
        cmocka_unit_test(failed_cells_are_named_and_not_drawn),
        cmocka_unit_test(loss_at_one_load_is_a_bar_a_strategy),
        cmocka_unit_test(ticks_are_written_as_one_reads_them),
        cmocka_unit_test(factors_that_are_close_have_digits_enough),
        cmocka_unit_test(ticks_stay_within_their_axis_and_number),
        cmocka_unit_test(queues_that_behave_alike_are_one),
        cmocka_unit_test(labels_do_not_touch),
        cmocka_unit_test(widths_are_those_of_the_font),
        cmocka_unit_test(texts_are_safe_for_every_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
