// SPDX-License-Identifier: Apache-2.0
// --wide: the sparkline and where its values come from.
#include "fixture.h"

#include <math.h>
#include <unistd.h>

#include "result/csv.h"
#include "result/depth.h"
#include "result/table.h"

static const char *spark(const uint64_t *values, size_t count, uint64_t full, bool utf8)
{
    static char buf[TEXT_SPARK_SIZE];
    return text_spark(values, count, full, utf8, buf);
}

static void steps_are_even_and_the_ends_stand_alone(void **state)
{
    (void)state;
    const uint64_t ramp[] = {0, 1, 16, 17, 33, 34, 50, 51, 67, 84, 99, 100, 101};
    assert_string_equal(spark(ramp, 13, 100, false), "_..::-==+**##");
    const uint64_t ends[] = {0, 1, UINT64_MAX - 1, UINT64_MAX};
    assert_string_equal(spark(ends, 4, UINT64_MAX, true), "\xe2\x96\x81\xe2\x96\x82\xe2\x96\x87\xe2\x96\x88");
    assert_string_equal(spark(ends, 1, 0, false), "_"); // an empty queue of no known size
    assert_string_equal(spark(ends, 0, 10, false), "");
    uint64_t many[TEXT_SPARK_MAX + 9] = {0};
    assert_int_equal(text_width(spark(many, TEXT_SPARK_MAX + 9, 1, true)), TEXT_SPARK_MAX);
}

// Two strategies, two reps each; the first rep of the first cell is not ok.
static json_t *document(struct world *w)
{
    json_t *d = world_document();
    world_init(w);
    for (unsigned rep = 0; rep < 2; rep++)
        for (unsigned plan = 0; plan < 2; plan++) {
            world_figures(w, 1000, 0, 1000000, 1000000);
            document_add(d, world_cell(w, plan, 2 * rep + plan, rep));
        }
    json_object_set_new(json_array_get(json_object_get(d, "cells"), 0), "status", json_string("invalid"));
    return d;
}

static void put_rows(FILE *out, const char *run, const json_t *cell, size_t count, const unsigned *depths)
{
    char *start = csv_series_start(run, cell);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s0.%zu,5,5,5,%u,3.5\r\n", start, i, depths[i]);
    free(start);
}

static void a_row_has_the_peaks_of_its_first_good_cell(void **state)
{
    (void)state;
    char dir[] = "/tmp/weir-depth-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/series.csv", dir);
    struct world w;
    json_t *d = document(&w), *cells = json_object_get(d, "cells");
    struct summary *s = summary_of(d);
    assert_false(depth_read(s, dir, "run")); // there is none

    unsigned wrong[] = {9, 9, 9}, right[] = {1, 2, 3}, lengthy[50] = {0};
    lengthy[0] = 7;   // part 0
    lengthy[49] = 8;  // part 23
    lengthy[25] = 40; // part 12, with 26
    lengthy[26] = 30;
    FILE *out = fopen(path, "w");
    fputs("run_id,scenario,engine,params,rep,t_s,offered,admitted,delivered,depth_max,depth_mean\r\n", out);
    put_rows(out, "run", json_array_get(cells, 0), 3, wrong); // invalid
    put_rows(out, "other", json_array_get(cells, 2), 3, wrong);
    put_rows(out, "run", json_array_get(cells, 2), 3, right);
    put_rows(out, "run", json_array_get(cells, 1), 50, lengthy);
    put_rows(out, "run", json_array_get(cells, 3), 3, wrong); // rep 1 of a point whose rep 0 is good
    fclose(out);
    assert_true(depth_read(s, dir, "run"));
    const struct summary_row *a = &s->groups[0].rows[0], *b = &s->groups[0].rows[1];
    assert_int_equal(b->depth_count, DEPTH_POINTS);
    assert_int_equal(b->depth[0], 7);
    assert_int_equal(b->depth[1], 0);
    assert_int_equal(b->depth[12], 40);
    assert_int_equal(b->depth[23], 8);
    // The same parts of time: three rows of fifty fall into the first.
    assert_int_equal(a->depth_count, 1);
    assert_int_equal(a->depth[0], 3);
    summary_free(s);

    s = summary_of(d);
    out = fopen(path, "w");
    fputs("run_id,scenario,engine,params,rep,t_s\r\n", out);
    fclose(out);
    assert_false(depth_read(s, dir, "run")); // a file without the column
    assert_null(s->groups[0].rows[0].depth);
    summary_free(s);
    unlink(path);
    rmdir(dir);
    json_decref(d);
}

static char *table_of(struct summary *s, bool wide, bool utf8)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct table_options o = {.style = {.utf8 = utf8, .columns = 80}, .wide = wide};
    table_print(out, s, &o);
    fclose(out);
    return text;
}

static void wide_has_what_the_usual_table_leaves_out(void **state)
{
    (void)state;
    static const char *const extra[] = {"p99.9", "max", "stall", "recovery", "depth"};
    struct world w;
    json_t *d = document(&w), *first = json_array_get(json_object_get(d, "cells"), 1);
    json_object_set_new(first, "events",
                        json_pack("[{s:i,s:i,s:n},{s:i,s:n,s:n}]", "at_ns", 0, "applied_ns", 5,
                                  "recovered_ns", "at_ns", 9, "applied_ns", "recovered_ns"));
    struct summary *s = summary_of(d);
    assert_true(s->groups[0].rows[1].recovery.known && isinf(s->groups[0].rows[1].recovery.hi));
    s->groups[0].rows[1].depth = malloc(3 * sizeof(uint64_t));
    memcpy(s->groups[0].rows[1].depth, (uint64_t[]){0, 512, 1024}, 3 * sizeof(uint64_t));
    s->groups[0].rows[1].depth_count = 3;
    char *usual = table_of(s, false, true), *wide = table_of(s, true, true),
         *plain = table_of(s, true, false);
    for (size_t i = 0; i < sizeof extra / sizeof *extra; i++) {
        assert_null(strstr(usual, extra[i]));
        assert_non_null(strstr(wide, extra[i]));
    }
    assert_non_null(strstr(wide, "  \xe2\x96\x81\xe2\x96\x85\xe2\x96\x88  "));
    assert_non_null(strstr(plain, "  _=#  "));
    for (const char *p = plain; *p; p++)
        assert_true((unsigned char)*p < 0x80);
    free(usual);
    free(wide);
    free(plain);
    summary_free(s);
    json_decref(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_even_and_the_ends_stand_alone),
        cmocka_unit_test(a_row_has_the_peaks_of_its_first_good_cell),
        cmocka_unit_test(wide_has_what_the_usual_table_leaves_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
