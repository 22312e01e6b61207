// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
#include "result/histograms.h"

static struct hist made, read_back;

static void fill(struct hist *h)
{
    memset(h, 0, sizeof *h);
    hist_record_n(h, 0, 3);
    hist_record_n(h, 2047, 1);
    hist_record_n(h, 2049, 70000000000u); // more than 32 bits count
    hist_record(h, 123456789012);
    hist_record_n(h, ((uint64_t)1 << HIST_MAX_BITS) + 12345, 2); // beyond the last bucket
}

static json_t *cell_of(int index, int seed)
{
    return json_pack("{s:i,s:i}", "index", index, "seed", seed);
}

static bool append(const char *dir, const char *run, int index, int seed, const struct hist *h)
{
    struct error e = {0};
    const struct histogram_of list[] = {{"response_ns", h}, {"service_ns", NULL}};
    json_t *cell = cell_of(index, seed);
    bool ok = histograms_append(dir, run, cell, 1893456000.25, list, 2, NULL, &e);
    json_decref(cell);
    return ok;
}

static void put(const char *dir, const char *mode, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, HISTOGRAMS_FILE);
    FILE *out = fopen(path, mode);
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static bool has(struct histograms *h, int index, int seed, const char *key)
{
    json_t *cell = cell_of(index, seed);
    bool answer = histograms_has(h, cell, key);
    assert_int_equal(answer, histograms_get(h, cell, key, &read_back));
    json_decref(cell);
    return answer;
}

static void every_bucket_comes_back(void **state)
{
    (void)state;
    char dir[64];
    struct error e = {0};
    folder_make(dir);
    fill(&made);
    assert_true(append(dir, "a", 3, 7, &made));
    assert_true(append(dir, "b", 4, 7, &made));
    struct histograms *h = histograms_open(dir, "a", &e);
    assert_non_null(h);
    assert_true(has(h, 3, 7, "response_ns"));
    assert_memory_equal(&made, &read_back, sizeof made);
    assert_false(has(h, 3, 7, "service_ns"));
    assert_false(has(h, 3, 7, "response"));
    assert_false(has(h, 3, 8, "response_ns"));
    assert_false(has(h, 4, 7, "response_ns")); // of another run
    json_t *cell = cell_of(3, 7);
    assert_float_equal(histograms_begun(h, cell), 1893456000.25, 0);
    json_decref(cell);
    histograms_close(h);
    folder_remove(dir);
}

// ---- over time ----
enum { ROWS = 2500 }; // more than a line keeps: joined by three

static uint32_t over_time[ROWS * COARSE_COUNTS];

static void append_rows(const char *dir, size_t rows)
{
    struct error e = {0};
    const struct histogram_rows list = {over_time, rows, 100000000};
    json_t *cell = cell_of(0, 7);
    assert_true(histograms_append(dir, "a", cell, 1, NULL, 0, &list, &e));
    json_decref(cell);
}

static uint64_t *read_rows(const char *dir, size_t *rows, uint64_t *step_ns)
{
    struct error e = {0};
    struct histograms *h = histograms_open(dir, "a", &e);
    json_t *cell = cell_of(0, 7);
    assert_non_null(h);
    uint64_t *counts = histograms_intervals(h, cell, rows, step_ns);
    json_decref(cell);
    histograms_close(h);
    return counts;
}

static void rows_over_time_come_back(void **state)
{
    (void)state;
    char dir[64];
    size_t rows;
    uint64_t step_ns;
    folder_make(dir);
    memset(over_time, 0, sizeof over_time);
    append_rows(dir, 4); // nothing in them: no line
    assert_null(read_rows(dir, &rows, &step_ns));
    over_time[2 * COARSE_COUNTS + 17] = 5;
    over_time[3 * COARSE_COUNTS + COARSE_COUNTS - 1] = UINT32_MAX;
    append_rows(dir, 5);
    uint64_t *counts = read_rows(dir, &rows, &step_ns);
    assert_non_null(counts);
    assert_int_equal(rows, 5); // the last one too, though nothing is in it
    assert_int_equal(step_ns, 100000000);
    for (size_t i = 0; i < 5 * COARSE_COUNTS; i++)
        assert_true(counts[i] == over_time[i]);
    free(counts);
    folder_remove(dir);
}

static void rows_of_a_long_run_are_joined(void **state)
{
    (void)state;
    char dir[64];
    size_t rows;
    uint64_t step_ns, sum = 0;
    folder_make(dir);
    memset(over_time, 0, sizeof over_time);
    for (size_t k = 0; k < ROWS; k++)
        over_time[k * COARSE_COUNTS + k / 7 % 7] = UINT32_MAX; // three of them do not fit into 32 bits
    append_rows(dir, ROWS);
    uint64_t *counts = read_rows(dir, &rows, &step_ns);
    assert_non_null(counts);
    assert_int_equal(rows, 834);
    assert_int_equal(step_ns, 300000000);
    for (size_t i = 0; i < rows * COARSE_COUNTS; i++)
        sum += counts[i];
    assert_true(sum == (uint64_t)ROWS * UINT32_MAX);
    assert_true(counts[833 * COARSE_COUNTS + 2499 / 7 % 7] == UINT32_MAX); // the one that is left over
    free(counts);
    folder_remove(dir);
}

static void without_a_file_there_are_none(void **state)
{
    (void)state;
    char dir[64];
    struct error e = {0};
    folder_make(dir);
    memset(&made, 0, sizeof made);
    assert_true(append(dir, "a", 0, 7, &made)); // nothing in it: no line
    struct histograms *h = histograms_open(dir, "a", &e);
    assert_non_null(h);
    assert_false(has(h, 0, 7, "response_ns"));
    histograms_close(h);
    folder_remove(dir);
}

static void the_later_line_counts_and_half_a_line_does_not(void **state)
{
    (void)state;
    char dir[64];
    struct error e = {0};
    folder_make(dir);
    fill(&made);
    assert_true(append(dir, "a", 0, 7, &made));
    hist_record(&made, 5);
    assert_true(append(dir, "a", 0, 7, &made));
    put(dir, "a", "{\"schema\": \"weir.histo");
    struct histograms *h = histograms_open(dir, "a", &e);
    assert_non_null(h);
    assert_true(has(h, 0, 7, "response_ns"));
    assert_true(read_back.total == made.total);
    histograms_close(h);
    folder_remove(dir);
}

#define ROWS_LINE(step)                                                                                      \
    "{\"schema\":\"weir.histogram/"                                                                          \
    "1\",\"run\":\"a\",\"index\":0,\"seed\":7,\"begun_s\":1,\"response_intervals\":"                         \
    "{\"step_ns\": " step "}}\n"

static void damage_is_said_with_its_line(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "nonsense\n",
        "{\"schema\":\"weir.histogram/2\",\"index\":0,\"seed\":0}\n",
        "{\"schema\":\"weir.histogram/1\",\"run\":\"a\",\"index\":0,\"seed\":7,\"begun_s\":1,\"response_ns\":"
        "{\"count\":2,\"overflow\":0,\"min\":1,\"max\":1,\"sum\":2,\"buckets\":[1,1]}}\n", // one is missing
        "{\"schema\":\"weir.histogram/1\",\"run\":\"a\",\"index\":0,\"seed\":7,\"begun_s\":1,\"response_ns\":"
        "{\"count\":1,\"overflow\":0,\"min\":1,\"max\":1,\"sum\":2,\"buckets\":[99999,1]}}\n",
        "{\"schema\":\"weir.histogram/1\",\"run\":\"a\",\"index\":0,\"seed\":7,\"begun_s\":1,\"response_ns\":"
        "{\"count\":2,\"overflow\":0,\"min\":1,\"max\":2,\"sum\":3,\"buckets\":[2,1,1,1]}}\n", // order
        ROWS_LINE("100, \"rows\": [[2,1,1,1]]"),
        ROWS_LINE("100, \"rows\": [[704,1]]"),
        ROWS_LINE("100, \"rows\": [[1,0]]"),
        ROWS_LINE("100, \"rows\": [[1]]"),
        ROWS_LINE("100, \"rows\": [1, 2]"),
        ROWS_LINE("0, \"rows\": [[1, 2]]"),
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char dir[64];
        struct error e = {0};
        folder_make(dir);
        fill(&made);
        assert_true(append(dir, "a", 1, 7, &made));
        put(dir, "a", lines[i]);
        assert_null(histograms_open(dir, "a", &e));
        assert_int_equal(e.code, EXIT_USAGE);
        assert_non_null(strstr(e.text, "histograms.jsonl:2:"));
        folder_remove(dir);
    }
}

static void an_interruption_leaves_the_lines_of_the_document(void **state)
{
    (void)state;
    char dir[64];
    struct error e = {0};
    folder_make(dir);
    fill(&made);
    for (int i = 0; i < 3; i++)
        assert_true(append(dir, "a", i, 7 + i, &made));
    put(dir, "a", "half a line");
    json_t *document = json_pack("{s:{s:s},s:[{s:i,s:i},{s:i,s:i}]}", "run", "id", "a", "cells", "index", 0,
                                 "seed", 7, "index", 2, "seed", 9);
    assert_true(histograms_keep(dir, document, &e));
    assert_true(append(dir, "a", 5, 7, &made)); // on a line of its own
    struct histograms *h = histograms_open(dir, "a", &e);
    assert_non_null(h);
    assert_true(has(h, 0, 7, "response_ns"));
    assert_false(has(h, 1, 8, "response_ns"));
    assert_true(has(h, 2, 9, "response_ns"));
    assert_true(has(h, 5, 7, "response_ns"));
    histograms_close(h);
    json_decref(document);
    folder_remove(dir);
}

int main(void)
{
    world_unused();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bucket_comes_back),
        cmocka_unit_test(without_a_file_there_are_none),
        cmocka_unit_test(rows_over_time_come_back),
        cmocka_unit_test(rows_of_a_long_run_are_joined),
        cmocka_unit_test(the_later_line_counts_and_half_a_line_does_not),
        cmocka_unit_test(damage_is_said_with_its_line),
        cmocka_unit_test(an_interruption_leaves_the_lines_of_the_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
