// SPDX-License-Identifier: Apache-2.0
// Arrival keys: traces as files, what is refused in them and where, and the lists of an mmpp.
#include "with_file.h"

#include <sys/stat.h>

#include "scenario/trace.h"

#define TRACE(classes)                                                                                       \
    HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: trace, file: t.csv}" classes         \
         "}\n" STAGES SINK

static struct plan *load_beside(const char *csv, size_t size, const char *yaml, struct error *e)
{
    struct plan *plan = NULL;
    *e = (struct error){EXIT_OK, ""};
    file_begin(yaml, strlen(yaml));
    FILE *f = fopen("t.csv", "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(csv, 1, size, f), size);
    fclose(f);
    bool ok = plan_load("./f.yaml", NULL, &plan, e);
    unlink("t.csv");
    file_end();
    assert_int_equal(ok, plan != NULL);
    return plan;
}

static struct plan *load_trace(const char *csv, const char *classes)
{
    struct error e;
    char yaml[1024];
    snprintf(yaml, sizeof yaml, TRACE("%s"), classes);
    struct plan *plan = load_beside(csv, strlen(csv), yaml, &e);
    if (plan == NULL)
        print_error("%s\n", e.text);
    assert_non_null(plan);
    return plan;
}

static void assert_rows(const char *csv, const char *classes, const struct trace_row *rows, size_t count)
{
    struct plan *plan = load_trace(csv, classes);
    const struct trace *t = plan->base->sources[0].arrival.trace;
    assert_non_null(t);
    assert_int_equal(t->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(t->rows[i].at_ns, rows[i].at_ns);
        assert_int_equal(t->rows[i].size, rows[i].size);
        assert_int_equal(t->rows[i].record_class, rows[i].record_class);
    }
    plan_free(plan);
}

#define BOTH ", classes: {info: 50%, error: 50%}"

static void reads_what_people_write(void **state)
{
    (void)state;
    const struct trace_row rows[] = {{0, 200, 0}, {1500000, 1024, 1}, {1500000, 5, 0}};
    assert_rows("time,size,class\n0,200,info\n0.0015,1KiB,error\n1500us,5,info\n", BOTH, rows, 3);
    assert_rows("0,200,info\n0.0015,1KiB,error\n1500us,5,info\n", BOTH, rows, 3);
    assert_rows("\xEF\xBB\xBF# a comment\r\n\r\nclass , size, time\r\ninfo,200,0\r\n error,1024 ,1.5e-3\r\n"
                "info,5B,1.5ms",
                BOTH, rows, 3);
    assert_rows("gap,size,class\n0,200,info\n1.5ms,1024,error\n0,5,info\n", BOTH, rows, 3);
    // Nanoseconds of the clock do not fit into a double.
    assert_rows("timestamp,size,class\n1790000000.123456789,200,info\n1790000000.124956789,1024,error\n"
                "1790000000.124956789,5,info\n",
                BOTH, rows, 3);
    const struct trace_row bare[] = {{1, 0, 0}, {2000000000, 0, 0}};
    assert_rows("0.000000001\n2\n", "", bare, 2);
}

static void cells_share_one_trace(void **state)
{
    (void)state;
    struct error e;
    struct plan *plan = load_beside("0\n1\n", 4, TRACE("") "matrix: {strategy: [block, drop_newest]}\n", &e);
    assert_non_null(plan);
    assert_int_equal(plan->cell_count, 2);
    assert_ptr_equal(plan->cells[0].scenario->sources[0].arrival.trace,
                     plan->cells[1].scenario->sources[0].arrival.trace);
    uint64_t hash = plan->base->file_hash;
    plan_free(plan);
    // Another trace under the same scenario is another run.
    plan = load_beside("0\n2\n", 4, TRACE("") "matrix: {strategy: [block, drop_newest]}\n", &e);
    assert_non_null(plan);
    assert_true(plan->base->file_hash != hash);
    plan_free(plan);
}

static void refuse_csv(const char *csv, size_t size, const char *classes, const char *text)
{
    struct error e;
    char yaml[1024], want[1024];
    snprintf(yaml, sizeof yaml, TRACE("%s"), classes);
    struct plan *plan = load_beside(csv, size, yaml, &e);
    plan_free(plan);
    assert_null(plan);
    assert_int_equal(e.code, EXIT_USAGE);
    snprintf(want, sizeof want, "./f.yaml:4:66: %s", text);
    assert_string_equal(e.text, want);
}

static void says_which_line_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *csv, *classes, *text;
    } wrong[] = {
        {"", "", "./t.csv:1: the trace has no rows"},
        {"time,size\n\n# nothing\n", "", "./t.csv:3: the trace has no rows"},
        {"0\n2\n1\n", "",
         "./t.csv:3: time 1 is before the row above; sort the rows by time, or call the column gap if these "
         "are "
         "gaps"},
        {"timestamp\n5\n4\n", "",
         "./t.csv:3: timestamp 4 is before the row above; sort the rows by time, or call the column gap if "
         "these are gaps"},
        {"0\nsoon\n", "", "./t.csv:2: time: \"soon\" is no time; write seconds (1.5) or a unit (1500us)"},
        {"0\n-1\n", "", "./t.csv:2: time: \"-1\" is no time; write seconds (1.5) or a unit (1500us)"},
        {"0\n99999999999\n", "",
         "./t.csv:2: time: \"99999999999\" is no time; write seconds (1.5) or a unit (1500us)"},
        {"gap\n8000000000\n8000000000\n", "", "./t.csv:3: the gaps add up to more than 292 years"},
        {"0,big\n", "", "./t.csv:1: size: \"big\" is not a size like 200B, 64KiB or 1MB"},
        {"0,2MiB\n", "", "./t.csv:1: size: 2MiB is too large; the most is 1MiB"},
        {"0,1,info\n1,1\n", "", "./t.csv:2: 2 fields in a trace of 3 columns"},
        {"0,1,info,x\n", "", "./t.csv:1: 4 fields in a trace of 3 columns"},
        {"0,1,\n", "", "./t.csv:1: class is empty; name one in each row, or leave the column out"},
        {"0,1,\"info\"\n", "", "./t.csv:1: quotes are not read in a trace; write plain values"},
        {"time,sise\n0,1\n", "", "./t.csv:1: there is no column \"sise\"; did you mean \"size\"?"},
        {"time,size,size\n", "", "./t.csv:1: column size stands there twice"},
        {"size\n5\n", "", "./t.csv:1: a trace needs one of the columns time, timestamp and gap"},
        {"time,gap\n5,5\n", "", "./t.csv:1: a trace needs one of the columns time, timestamp and gap"},
        {"0,1,eror\n", BOTH,
         "class \"eror\" of the trace is not among the source's classes; did you mean \"error\"? (write "
         "classes: "
         "{eror: SHARE, ...}; a trace's own classes count, not the shares)"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuse_csv(wrong[i].csv, strlen(wrong[i].csv), wrong[i].classes, wrong[i].text);
    refuse_csv("0\n1\0\n", 5, "", "./t.csv:2: a zero byte; a trace is text");
}

static void lines_are_bounded(void **state)
{
    (void)state;
    size_t size = 4u << 20;
    char *csv = malloc(size);
    memset(csv, '1', size);
    csv[1] = '\n';
    refuse_csv(csv, size, "", "./t.csv:2: the line is longer than 1024 bytes; a row is time,size,class");
    memset(csv, ',', 1000);
    csv[0] = '0';
    csv[900] = '\n';
    refuse_csv(csv, 901, "", "./t.csv:1: more than 64 fields in a trace of 3 columns");
    free(csv);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"/nowhere/t.csv", "/nowhere/t.csv: cannot be opened: No such file or directory"},
        {"/dev/zero", "/dev/zero: is not a regular file"},
        {"/tmp", "/tmp: is not a regular file"},
    };
    for (size_t i = 0; i < 3; i++) {
        char yaml[512], want[256];
        snprintf(
            yaml, sizeof yaml,
            HEAD
            "sources:\n  - {name: app, type: synthetic, arrival: {process: trace, file: %s}}\n" STAGES SINK,
            files[i][0]);
        snprintf(want, sizeof want, "f.yaml:4:66: %s", files[i][1]);
        refuse(yaml, NULL, want);
    }
}

#define ARRIVAL(text) HEAD "sources:\n  - {name: app, type: synthetic, arrival: {" text "}}\n" STAGES SINK

static void arrival_keys_belong_together(void **state)
{
    (void)state;
    refuse(ARRIVAL("process: mmpp, rates: [1k/s, 2k/s], dwell: [1s]"), NULL,
           "f.yaml:4:87: 2 rates and 1 dwell times; each state of an mmpp has one of both");
    refuse(ARRIVAL("process: mmpp, rates: [0/s, 0/s], dwell: [1s, 1s]"), NULL,
           "f.yaml:4:66: an mmpp needs a state with a rate above 0");
    refuse(ARRIVAL("process: mmpp, rates: 5k/s, dwell: [1s]"), NULL,
           "f.yaml:4:66: rates must be a list of 1 to 64 values such as [50k/s, 1k/s]");
    refuse(ARRIVAL("process: mmpp, rates: [1k/s], dwell: [1us]"), NULL,
           "f.yaml:4:82: dwell: 1us is too small; the least is 10us");
    refuse(ARRIVAL("process: pareto, rate: 1k/s, alpha: 1"), NULL,
           "f.yaml:4:80: alpha: 1 is too small; the least is 1.01");
    refuse(ARRIVAL("process: trace, file: t.csv, rate: 5/s"), NULL,
           "f.yaml:4:73: rate has no meaning in arrival with process: trace\n"
           "f.yaml:4:66: t.csv: cannot be opened: No such file or directory");
}

static void mmpp_rates_are_scaled_to_a_rate(void **state)
{
    (void)state;
    struct plan *plan = load(ARRIVAL("process: mmpp, rates: [5k/s, 1k/s], dwell: [1s, 3s]"), NULL);
    assert_true(timed_value(&plan->base->sources[0].arrival.rate, 0) == 2000);
    plan_free(plan);
    plan = load(ARRIVAL("process: mmpp, rate: 500/s, rates: [5k/s, 1k/s], dwell: [1s, 3s]"), NULL);
    assert_true(timed_value(&plan->base->sources[0].arrival.rate, 0) == 500);
    plan_free(plan);
}

// A trace says when records come; a factor on its rate would have to say something else.
static void a_trace_has_no_rate_to_change(void **state)
{
    (void)state;
    struct error e;
    struct plan *plan = load_beside("0\n", 2, TRACE("") "timeline: [{at: 1s, set: {app.rate: x10}}]\n", &e);
    assert_null(plan);
    assert_string_equal(e.text, "./f.yaml:8:27: app has no rate: its process is trace");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_people_write),         cmocka_unit_test(cells_share_one_trace),
        cmocka_unit_test(says_which_line_is_wrong),        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(refuses_what_is_no_file),         cmocka_unit_test(arrival_keys_belong_together),
        cmocka_unit_test(mmpp_rates_are_scaled_to_a_rate), cmocka_unit_test(a_trace_has_no_rate_to_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
