// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "result/csv.h"

// ---- a reader of RFC 4180 of the test's own ----
enum { FIELDS_MAX = 64 };

struct row {
    char *fields[FIELDS_MAX];
    size_t count;
};

// Reads one row of `*at`, in place; false at the end.
static bool next_row(char **at, struct row *row)
{
    char *p = *at;
    row->count = 0;
    if (*p == 0)
        return false;
    for (;;) {
        char *to = p, *start = p;
        if (*p == '"') {
            for (p++; *p; p++) {
                if (*p == '"' && p[1] != '"')
                    break;
                p += *p == '"';
                *to++ = *p;
            }
            assert_int_equal(*p, '"');
            p++;
        } else {
            while (*p && *p != ',' && *p != '\r')
                *to++ = *p++;
        }
        char end = *p;
        assert_true(row->count < FIELDS_MAX);
        row->fields[row->count++] = start;
        assert_true(end == ',' || (end == '\r' && p[1] == '\n'));
        p += end == ',' ? 1 : 2;
        *to = 0;
        if (end != ',') {
            *at = p;
            return true;
        }
    }
}

static char *text_of(void (*print)(FILE *, void *), void *context)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    print(out, context);
    fclose(out);
    return text;
}

static void print_fields(FILE *out, void *context)
{
    (void)context;
    csv_field(out, "plain");
    fputc(',', out);
    csv_field(out, "with, comma");
    fputc(',', out);
    csv_field(out, "a \"quote\"");
    fputc(',', out);
    csv_field(out, "two\nlines");
    fputs("\r\n", out);
}

static void fields_are_quoted_when_they_must_be(void **state)
{
    (void)state;
    char *text = text_of(print_fields, NULL), *at = text;
    struct row row;
    assert_string_equal(text, "plain,\"with, comma\",\"a \"\"quote\"\"\",\"two\nlines\"\r\n");
    assert_true(next_row(&at, &row));
    assert_int_equal(row.count, 4);
    assert_string_equal(row.fields[2], "a \"quote\"");
    free(text);
}

static void print_cells(FILE *out, void *document)
{
    csv_cells(out, document);
}

static const char *value_of(char *text, const char *metric, const char **unit)
{
    struct row row;
    for (char *at = text; next_row(&at, &row);) {
        assert_int_equal(row.count, 12);
        if (strcmp(row.fields[9], metric) == 0) {
            *unit = row.fields[10];
            return row.fields[11];
        }
    }
    return NULL;
}

static void check_value(const json_t *document, const char *metric, const char *value, const char *unit)
{
    const char *own_unit = "", *own;
    char *text = text_of(print_cells, (void *)document);
    own = value_of(text, metric, &own_unit);
    if (value == NULL)
        assert_null(own);
    else
        assert_string_equal(own, value);
    if (value)
        assert_string_equal(own_unit, unit);
    free(text);
}

static void cells_are_one_observation_a_row(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    json_t *d = world_document();
    document_add(d, world_cell(&w, 1, 0, 0));
    check_value(d, "metric", "value", "unit");
    check_value(d, "ledger.lost.drop_newest", "500", "records");
    check_value(d, "rate.delivered_per_s", "250", "1/s");
    check_value(d, "response_offered_ns.p99", "inf", "ns");
    check_value(d, "service_ns.p99", NULL, NULL);
    check_value(d, "queue.parse.high_water", "1000", "records");
    check_value(d, "memory.peak_bytes", "4096", "bytes");
    check_value(d, "seconds", "2", "s");
    char *text = text_of(print_cells, d), *at = text;
    struct row row;
    assert_true(next_row(&at, &row) && next_row(&at, &row));
    assert_string_equal(row.fields[3], "queue=mpmc;strategy=drop_newest;sink.service=0.0002");
    assert_string_equal(row.fields[5], "drop_newest");
    free(text);
    json_decref(d);
}

static char *slurp(const char *folder)
{
    char path[128];
    snprintf(path, sizeof path, "%s/series.csv", folder);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char *text = calloc(1, 1 << 16);
    assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    return text;
}

static size_t rows_in(const char *folder)
{
    char *text = slurp(folder), *at = text;
    struct row row;
    size_t n = 0;
    for (; next_row(&at, &row); n++)
        assert_int_equal(row.count, 10 + WEIR_LOSS_COUNT + 7);
    free(text);
    return n;
}

static void series_grow_and_forget_what_the_document_does_not_know(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    char folder[64], path[128];
    world_init(&w);
    folder_make(folder);
    const char *id = "20300101T000000Z-slow-sink-beef";
    json_t *d = world_document(), *kept = world_cell(&w, 0, 0, 0), *lost = world_cell(&w, 1, 1, 0);
    document_add(d, kept);
    assert_true(csv_series_append(folder, id, kept, &w.report, &e));
    assert_true(csv_series_append(folder, id, lost, &w.report, &e));
    assert_int_equal(rows_in(folder), 1 + 4);
    snprintf(path, sizeof path, "%s/series.csv", folder);
    FILE *out = fopen(path, "a"); // a kill in the middle of a line
    fprintf(out, "%s,slow-sink,live,queue=mpmc;strategy=block;sink.service=0.0002,0,0.3,1,2", id);
    fclose(out);
    assert_true(csv_series_keep(folder, d, &e));
    assert_int_equal(rows_in(folder), 1 + 2);
    json_decref(lost);
    json_decref(d);
    folder_remove(folder);
}

static void a_step_without_deliveries_has_no_latency(void **state)
{
    (void)state;
    struct world w;
    char folder[64];
    struct error e = {0};
    world_init(&w);
    folder_make(folder);
    json_t *cell = world_cell(&w, 0, 0, 0);
    assert_true(csv_series_append(folder, "id", cell, &w.report, &e));
    char *text = slurp(folder), *at = text;
    struct row head, empty, full;
    assert_true(next_row(&at, &head) && next_row(&at, &empty) && next_row(&at, &full));
    assert_string_equal(head.fields[head.count - 1], "response_max_ns");
    assert_string_equal(empty.fields[5], "0.0");
    assert_string_equal(empty.fields[empty.count - 1], "");
    assert_string_equal(full.fields[5], "0.1");
    assert_string_equal(full.fields[full.count - 1], "30");
    assert_string_equal(full.fields[full.count - 4], "3");
    assert_string_equal(full.fields[full.count - 5], "1.5");
    assert_string_equal(full.fields[full.count - 6], "2");
    assert_string_equal(full.fields[full.count - 7], "1");
    free(text);
    json_decref(cell);
    folder_remove(folder);
}

// A run of more than 1000 s has longer rows; their times are those at which they begin.
static void a_long_runs_rows_say_when_they_begin(void **state)
{
    (void)state;
    struct world w;
    char folder[64];
    struct error e = {0};
    world_init(&w);
    folder_make(folder);
    json_t *cell = world_cell(&w, 0, 0, 0);
    w.report.series_step_ns = 100 * SERIES_STEP_NS;
    assert_true(csv_series_append(folder, "id", cell, &w.report, &e));
    char *text = slurp(folder), *at = text;
    struct row row;
    assert_true(next_row(&at, &row) && next_row(&at, &row) && next_row(&at, &row));
    assert_string_equal(row.fields[5], "10.0");
    free(text);
    json_decref(cell);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_quoted_when_they_must_be),
        cmocka_unit_test(cells_are_one_observation_a_row),
        cmocka_unit_test(series_grow_and_forget_what_the_document_does_not_know),
        cmocka_unit_test(a_step_without_deliveries_has_no_latency),
        cmocka_unit_test(a_long_runs_rows_say_when_they_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
