// SPDX-License-Identifier: Apache-2.0
// A history as a picture: what of its document is drawn where.
#include <math.h>

#include "made_run.h"

static const char head[] = "{\"schema\": \"weir.history/1\", \"error\": 0.01, \"series\": [";

static struct sheet draw(struct made_run *r, const char *series)
{
    struct error e = {0};
    char path[128], text[8192];
    made_begin(r);
    snprintf(text, sizeof text, "%s%s]}", head, series);
    made_file(r, "h.json", text);
    snprintf(path, sizeof path, "%s/h.json", r->dir);
    assert_true(report_input_open(&r->in, path, &e));
    assert_true(figure_gallery_open(&r->gallery, &r->in, NULL, NULL, NULL));
    return made_picture(r, "history", 0);
}

static void points_levels_and_a_change(void **state)
{
    struct made_run r;
    (void)state;
    struct sheet s = draw(&r, "{\"cell\": \"c\", \"reference\": {\"id\": \"commit:11\", \"name\": \"v1\"}, "
                              "\"machine\": \"m\", \"first\": 7, "
                              "\"enough\": true, \"points\": ["
                              "{\"at\": \"2030-01-01T00:00:00Z\", \"ratio\": 1, \"lo\": 0.99, \"hi\": 1.01, "
                              "\"margin\": 0.02, \"verdict\": "
                              "\"UNCHANGED\"},"
                              "{\"at\": \"2030-01-02T00:00:00Z\", \"ratio\": 1.1, \"lo\": 1.09, \"hi\": "
                              "1.11, \"margin\": 0.02, \"verdict\": "
                              "\"REGRESSED\"},"
                              "{\"at\": \"2030-01-03T00:00:00Z\", \"ratio\": 1.2, \"lo\": 1.19, \"hi\": "
                              "1.21, \"margin\": 0.02, \"verdict\": "
                              "\"REGRESSED\"}],"
                              "\"changes\": [{\"index\": 2, \"ratio\": 1.5}, {\"index\": 8, \"ratio\": 1.15, "
                              "\"from\": \"abcdef0123\"}]}");
    size_t at = 0;
    const struct sheet_row *row = made_next(&s, &at, SHEET_CROSS, 1, "2030-01-01T00:00:00Z");
    NEAR(row->x, 8); // the eighth point of the series
    NEAR(row->y_lo, 0.99);
    assert_string_equal(row->colour, STYLE_GREY);
    row = made_row(&s, SHEET_CROSS, 1, "2030-01-03T00:00:00Z");
    NEAR(row->y, 1.2);
    assert_string_equal(row->colour, STYLE_HIGHLIGHT);
    NEAR(made_row(&s, SHEET_RECT, 1, "margin")->y_hi, 1.02);
    // Two levels of two points each: the change that lies before what is listed is none here.
    assert_int_equal(made_count(&s, SHEET_LINE, 1, "level"), 4);
    at = 0;
    NEAR(made_next(&s, &at, SHEET_LINE, 1, "level")->y, 1);
    made_next(&s, &at, SHEET_LINE, 1, "level");
    NEAR(made_next(&s, &at, SHEET_LINE, 1, "level")->y, 1.15);
    assert_int_equal(made_count(&s, SHEET_TEXT, 0, "+15.0 % abcdef0"), 1);
    assert_int_equal(made_count(&s, SHEET_TICK_X, 1, "2030-01-03"), 1);
    assert_true(made_says(&s, "v1"));
    sheet_free(&s);
    made_close(&r);
}

// Another program's document: nothing of it is trusted, and nothing that is no ratio is drawn.
static void odd_documents(void **state)
{
    struct made_run r;
    (void)state;
    struct sheet s =
        draw(&r, "{\"cell\": 3, \"points\": [7, {}, {\"ratio\": -1, \"lo\": -2, \"hi\": 1}], \"changes\": 5},"
                 "{\"cell\": \"two\", \"points\": [{\"ratio\": 1, \"lo\": 1, \"hi\": 1}], \"changes\": "
                 "[{\"index\": 1e300}, {\"index\": -5, \"ratio\": 2}]}, {\"points\": []}, 9");
    assert_int_equal(s.panel_count, 2);
    assert_int_equal(made_count(&s, SHEET_LINE, 1, "level"), 0); // too few points to tell levels
    sheet_free(&s);
    made_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(points_levels_and_a_change),
                                       cmocka_unit_test(odd_documents)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
