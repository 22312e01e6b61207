// SPDX-License-Identifier: Apache-2.0
// Scenarios, suites and folders become one list of runs; the shipped ones load.
#include "scenario/suite.h"

#include <glob.h>
#include <sys/stat.h>

#include "with_file.h"

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

// f.yaml, other/g.yaml, other/s.yaml (a suite)
static void folder_begin(const char *suite)
{
    file_begin("", 0);
    write_file("f.yaml", BASE "matrix: {queue: [mutex, channel, mpmc], rate: [1k/s, 2k/s]}\n");
    assert_int_equal(mkdir("other", 0700), 0);
    write_file("other/g.yaml", BASE);
    write_file("other/s.yaml", suite);
}

static void folder_end(void)
{
    unlink("other/g.yaml");
    unlink("other/s.yaml");
    rmdir("other");
    file_end();
}

static bool load_paths(const char *path, const struct overrides *over, struct suite_runs *runs,
                       struct error *e)
{
    *e = (struct error){EXIT_OK, ""};
    bool ok = suite_load(&path, 1, over, runs, e);
    if (!ok)
        print_message("%s\n", e->text);
    return ok;
}

#define SUITE                                                                                                \
    "suite: both\nrun:\n"                                                                                    \
    "  - {scenario: ../f.yaml, engine: sim, reps: 3, only: {queue: [mpmc, mutex]}, set: {sink.service: "     \
    "1ms}}\n"                                                                                                \
    "  - {scenario: g.yaml}\n"

static void suites_are_flattened(void **state)
{
    (void)state;
    folder_begin(SUITE);
    struct suite_runs runs;
    struct error e;
    assert_true(load_paths("other/s.yaml", NULL, &runs, &e));
    assert_int_equal(runs.count, 2);
    assert_string_equal(runs.list[0].suite, "both");
    const struct plan *plan = runs.list[0].plan;
    assert_int_equal(plan->cell_count, 4);
    assert_int_equal(plan->base->engine, ENGINE_SIM);
    assert_int_equal(plan->base->reps, 3);
    assert_true(timed_value(&plan->base->sinks[0].service, 0) == 1e6);
    assert_string_equal(runs.list[1].plan->base->path, "other/g.yaml");
    assert_int_equal(runs.list[1].plan->base->engine, ENGINE_LIVE);
    suite_free(&runs);
    folder_end();
}

static void the_command_line_comes_on_top(void **state)
{
    (void)state;
    folder_begin(
        "suite: one\nrun:\n  - {scenario: ../f.yaml, engine: sim, reps: 3, only: {queue: mpmc, rate: 2k/s}, "
        "set: {sink.service: 1ms}}\n");
    const char *const sets[] = {"sink.service=2ms"}, *const only[] = {"queue=channel"};
    struct overrides over = {
        .engine = "live", .reps = "1", .sets = sets, .set_count = 1, .only = only, .only_count = 1};
    struct suite_runs runs;
    struct error e;
    assert_true(load_paths("other/s.yaml", &over, &runs, &e));
    const struct plan *plan = runs.list[0].plan;
    assert_int_equal(plan->base->engine, ENGINE_LIVE);
    assert_int_equal(plan->base->reps, 1);
    assert_true(timed_value(&plan->base->sinks[0].service, 0) == 2e6);
    assert_int_equal(plan->cell_count, 1); // its queue, the suite's rate
    assert_string_equal(plan->cells[0].params[0].text, "channel");
    assert_string_equal(plan->cells[0].params[1].text, "2k/s");
    suite_free(&runs);
    folder_end();
}

static void folders_in_name_order_without_suites(void **state)
{
    (void)state;
    folder_begin(SUITE);
    write_file("other/a.yaml", BASE);
    write_file("other/notes.txt", "x");
    struct suite_runs runs;
    struct error e;
    assert_true(load_paths("other", NULL, &runs, &e));
    assert_int_equal(runs.count, 2);
    assert_string_equal(runs.list[0].plan->base->path, "other/a.yaml");
    assert_string_equal(runs.list[1].plan->base->path, "other/g.yaml");
    assert_null(runs.list[0].suite);
    suite_free(&runs);
    unlink("other/a.yaml");
    unlink("other/notes.txt");
    folder_end();
}

static void refuse_suite(const char *suite, const char *text)
{
    folder_begin(suite);
    struct suite_runs runs;
    struct error e;
    assert_false(load_paths("other/s.yaml", NULL, &runs, &e));
    folder_end();
    assert_int_equal(e.code, EXIT_USAGE);
    assert_string_equal(e.text, text);
    assert_int_equal(runs.count, 0);
}

static void refuse_suite_with(const char *suite, const char *beginning)
{
    folder_begin(suite);
    struct suite_runs runs;
    struct error e;
    assert_false(load_paths("other/s.yaml", NULL, &runs, &e));
    folder_end();
    assert_int_equal(e.code, EXIT_USAGE);
    assert_int_equal(strncmp(e.text, beginning, strlen(beginning)), 0);
}

static void wrong_suites(void **state)
{
    (void)state;
    refuse_suite("suite: x\n", "other/s.yaml:1:1: a suite needs run: a list of {scenario: FILE, ...}");
    refuse_suite("suite: x\nrun: [a]\n",
                 "other/s.yaml:2:7: a run is a map: {scenario: FILE, engine, set, only, reps}");
    refuse_suite("suite: x\nrun: [{engine: sim}]\n", "other/s.yaml:2:7: a run needs scenario: FILE");
    refuse_suite("suite: x\nrun: [{scenario: g.yaml, engin: sim}]\n",
                 "other/s.yaml:2:26: unknown key \"engin\" in a suite's run; did you mean \"engine\"?");
    refuse_suite("suite: x\nruns: []\n",
                 "other/s.yaml:2:1: unknown key \"runs\" in a suite; there are: suite, run");
    refuse_suite(
        "suite: x\nrun: [{scenario: no.yaml}]\n",
        "other/s.yaml:2:7: in this run:\nother/no.yaml: cannot be opened: No such file or directory");
    // All keys of the table follow.
    refuse_suite_with("suite: x\nrun: [{scenario: g.yaml, set: {app.rat: 1/s}}]\n",
                      "other/s.yaml:2:7: in this run:\n--set app.rat=1/s: unknown key \"rat\" in a source; "
                      "there are: name, type, arrival, ");
    refuse_suite("suite: x\nrun: [{scenario: s.yaml}]\n",
                 "other/s.yaml:2:7: in this run:\nother/s.yaml:1:1: this is a suite, not a scenario; `weir "
                 "run` takes it");
}

static void check_shipped(const struct suite_runs *runs, size_t count)
{
    assert_int_equal(runs->count, count);
    for (size_t i = 0; i < runs->count; i++) {
        const struct plan *plan = runs->list[i].plan;
        assert_true(plan->base->question[0] != '\0');
        assert_true(plan->base->expect_count > 0);
        size_t runnable = 0;
        for (size_t k = 0; k < plan->cell_count; k++)
            runnable += plan->cells[k].scenario != NULL;
        assert_true(runnable > 0);
    }
}

// Seconds of live cells, without drains.
static double live_seconds(const struct suite_runs *runs)
{
    double sum = 0;
    for (size_t i = 0; i < runs->count; i++)
        for (size_t k = 0; k < runs->list[i].plan->cell_count; k++) {
            const struct scenario *s = runs->list[i].plan->cells[k].scenario;
            uint64_t length_ns = s && s->stop_ns ? s->stop_ns : s ? s->duration_ns : 0;
            if (s && s->engine == ENGINE_LIVE)
                sum += (double)length_ns / 1e9 * s->reps;
        }
    return sum;
}

static size_t count_files(const char *pattern)
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    size_t count = found.gl_pathc;
    globfree(&found);
    return count;
}

static void the_shipped_ones_load(void **state)
{
    (void)state;
    struct suite_runs runs;
    struct error e;
    assert_true(load_paths(SCENARIO_FOLDER, NULL, &runs, &e));
    check_shipped(&runs, count_files(SCENARIO_FOLDER "/*.yaml"));
    suite_free(&runs);
    assert_true(load_paths(SCENARIO_FOLDER "/suites/demo.yaml", NULL, &runs, &e));
    check_shipped(&runs, 8);
    assert_true(live_seconds(&runs) < 80);
    suite_free(&runs);
    assert_true(load_paths(SCENARIO_FOLDER "/suites/ci.yaml", NULL, &runs, &e));
    check_shipped(&runs, 17);
    assert_true(live_seconds(&runs) < 50);
    suite_free(&runs);
}

static void slow_sink_has_two_impossible_cells(void **state)
{
    (void)state;
    struct plan *plan;
    struct error e = {EXIT_OK, ""};
    assert_true(plan_load(SCENARIO_FOLDER "/slow-sink.yaml", NULL, &plan, &e));
    assert_string_equal(
        plan->base->question,
        "Which strategy loses least, and which stays fresh, when the sink runs at half the offered rate?");
    size_t skipped = 0;
    for (size_t i = 0; i < plan->cell_count; i++)
        if (plan->cells[i].skip_reason) {
            const char *queue = plan->cells[i].params[0].text;
            assert_true(!strcmp(queue, "spsc") || !strcmp(queue, "disruptor")); // no producer can pop there
            assert_string_equal(plan->cells[i].params[1].text, "drop_oldest");
            skipped++;
        }
    assert_int_equal(skipped, 2);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_are_flattened),
        cmocka_unit_test(the_command_line_comes_on_top),
        cmocka_unit_test(folders_in_name_order_without_suites),
        cmocka_unit_test(wrong_suites),
        cmocka_unit_test(the_shipped_ones_load),
        cmocka_unit_test(slow_sink_has_two_impossible_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
