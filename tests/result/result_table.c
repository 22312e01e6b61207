// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <math.h>

#include "result/sentence.h"
#include "result/table.h"

#define GOLDEN_120                                                                                           \
    "slow-sink (live)\n"                                                                                     \
    "  Which one, then?\n"                                                                                   \
    "  strategy     offered/s  delivered/s  loss                    p50      p99  p99 off.  age p50   "      \
    "high/cap  status\n"                                                                                     \
    "  block              500          500  0 %                  2.00 s   2.00 s    2.00 s   800 ms  "       \
    "1000/1024  ok\n"                                                                                        \
    "  drop_newest        500          251  49.8 % drop_newest  20.0 ms  20.0 ms         \xe2\x88\x9e  "     \
    "41.0 ms  1000/1024  ok\n"
#define GOLDEN_80                                                                                            \
    "slow-sink (live)\n"                                                                                     \
    "  Which one, then?\n"                                                                                   \
    "  strategy     delivered/s  loss        p50      p99  p99 off.  age p50  status\n"                      \
    "  block                500  0 %      2.00 s   2.00 s    2.00 s   800 ms  ok\n"                          \
    "  drop_newest          251  49.8 %  20.0 ms  20.0 ms         \xe2\x88\x9e  41.0 ms  ok\n"

// block and drop_newest with two reps each.
static json_t *document(struct world *w)
{
    json_t *d = world_document();
    jsonx_set(json_object_get(d, "env"), "cores",
              jsonx_u64(8)); // those of this machine would be seen in the table
    world_init(w);
    for (unsigned rep = 0; rep < 2; rep++) {
        world_figures(w, 1000, 0, rep ? 1900000000 : 2100000000, 800000000);
        document_add(d, world_cell(w, 0, 2 * rep, rep));
        world_figures(w, 502, 498, 20000000, 41000000);
        document_add(d, world_cell(w, 1, 2 * rep + 1, rep));
    }
    return d;
}

static char *table_of(const json_t *d, unsigned columns, bool utf8, bool colour)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct summary *s = summary_of(d);
    struct table_options o = {.style = {.utf8 = utf8, .colour = colour, .columns = columns}};
    table_print(out, s, &o);
    summary_free(s);
    fclose(out);
    return text;
}

static size_t widest_line(const char *text)
{
    char line[1024];
    size_t widest = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        assert_true(n < sizeof line);
        memcpy(line, text, n);
        line[n] = 0;
        size_t own = text_width(line);
        widest = own > widest ? own : widest;
        text += n + (text[n] == '\n');
    }
    return widest;
}

static void check_table(unsigned columns, const char *wanted)
{
    struct world w;
    json_t *d = document(&w);
    char *text = table_of(d, columns, true, false);
    assert_string_equal(text, wanted);
    assert_true(widest_line(text) <= columns);
    free(text);
    json_decref(d);
}

static void golden_120(void **state)
{
    (void)state;
    check_table(120, GOLDEN_120);
}

static void golden_80(void **state)
{
    (void)state;
    check_table(80, GOLDEN_80);
}

static void plain_without_utf8_and_colour(void **state)
{
    (void)state;
    struct world w;
    json_t *d = document(&w);
    char *text = table_of(d, 200, false, false);
    for (const char *p = text; *p; p++)
        assert_true((unsigned char)*p < 0x80 && *p != '\033');
    assert_non_null(strstr(text, " inf "));
    free(text);
    json_decref(d);
}

static void colour_only_where_it_means_something(void **state)
{
    (void)state;
    struct world w;
    json_t *d = document(&w);
    char *text = table_of(d, 120, true, true);
    assert_non_null(strstr(text, "\033[33m49.8 %"));
    assert_null(strstr(text, "\033[31m"));
    free(text);
    w.report.status = CELL_INVALID;
    strcpy(w.report.reason, "generator too slow");
    document_add(d, world_cell(&w, 0, 9, 2));
    text = table_of(d, 120, true, true);
    assert_non_null(strstr(text, "\033[31minvalid 1/3"));
    assert_non_null(strstr(text, "block invalid: generator too slow"));
    free(text);
    json_decref(d);
}

static void crowded_and_far_cores_are_said(void **state)
{
    (void)state;
    struct world w;
    json_t *d = document(&w);
    char *text = table_of(d, 120, true, false);
    assert_null(strstr(text, "cores"));
    free(text);
    jsonx_set(json_object_get(d, "env"), "cores", jsonx_u64(2));
    w.report.pingpong_before_ns = 400;
    document_add(d, world_cell(&w, 0, 9, 2));
    text = table_of(d, 120, true, false);
    assert_non_null(strstr(text, "up to 4 threads on 2 cores\n"));
    assert_non_null(strstr(text, "the cores were far apart in 1 of 5 cells\n"));
    free(text);
    json_decref(d);
}

static void the_sentence_says_what_was_seen(void **state)
{
    (void)state;
    struct world w;
    json_t *d = document(&w);
    struct summary *s = summary_of(d);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(s->group_count, 1);
    assert_int_equal(s->groups[0].row_count, 2);
    sentence_print(out, &s->groups[0]);
    fclose(out);
    assert_string_equal(
        text, "slow-sink: block lost nothing and paid with p99 2.00 s; drop_newest lost 49.8 % at p99 "
              "20.0 ms.\n");
    free(text);
    summary_free(s);
    json_decref(d);
}

static void numbers_for_people(void **state)
{
    (void)state;
    char b[TEXT_NUMBER_MAX];
    assert_string_equal(text_time(999700, b), "1.00 ms");
    assert_string_equal(text_time(950, b), "950 ns");
    assert_string_equal(text_time(12345, b), "12.3 us");
    assert_string_equal(text_time(0, b), "0 ns");
    assert_string_equal(text_time(HUGE_VAL, b), "inf");
    assert_string_equal(text_count(49900, b), "49.9k");
    assert_string_equal(text_percent(0.000001, b), "<0.01 %");
    assert_string_equal(text_percent(0.99999, b), ">99.9 %");
    assert_string_equal(text_percent(0, b), "0 %");
    assert_string_equal(text_percent(1, b), "100 %");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_120),
        cmocka_unit_test(golden_80),
        cmocka_unit_test(plain_without_utf8_and_colour),
        cmocka_unit_test(colour_only_where_it_means_something),
        cmocka_unit_test(crowded_and_far_cores_are_said),
        cmocka_unit_test(the_sentence_says_what_was_seen),
        cmocka_unit_test(numbers_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
