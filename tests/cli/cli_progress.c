// SPDX-License-Identifier: Apache-2.0
// The line of a run's progress: what is on it at which width, and the figures of a cell that runs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress_text.h"
#include "flow/engine.h"
#include "flow/watch.h"
#include "result/text.h"
#include "scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static const struct progress_view usual = {
    .finished = 3,
    .total = 12,
    .left_s = 65,
    .jobs = {{"burst mpmc/block #1", 0.43, 0.031, 41e6}, {"burst mpmc/reject #1", 0.1, 0, -1}},
    .job_count = 1,
};

static const char *at(const struct progress_view *v, size_t columns)
{
    static char line[512];
    progress_text(line, sizeof line, v, columns);
    return line;
}

static void the_line_says_what_fits(void **state)
{
    (void)state;
    assert_string_equal(at(&usual, 200),
                        "[######..................] 3/12  1:05 left  burst mpmc/block #1 43 %, "
                        "loss 3.1 %, p99 41.0 ms");
    assert_string_equal(at(&usual, 61), "3/12  1:05 left  burst mpmc/block #1, loss 3.1 %, p99 41.0 ms");
    assert_string_equal(at(&usual, 40), "3/12  1:05  loss 3.1 %, p99 41.0 ms");
    assert_string_equal(at(&usual, 24), "3/12  1:05  loss 3.1 %");
    assert_string_equal(at(&usual, 5), "3/12");
    for (size_t columns = 4; columns < 200; columns++)
        assert_true(text_width(at(&usual, columns)) <= columns);
}

static void two_jobs_share_it(void **state)
{
    (void)state;
    struct progress_view v = usual;
    v.job_count = 2;
    assert_non_null(strstr(at(&v, 200), "p99 41.0 ms  |  burst mpmc/reject #1 10 %, loss 0 %"));
    assert_non_null(strstr(at(&v, 90), "p99 41.0 ms  + 1 more"));
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct progress_view v = {.total = 2, .left_s = -1, .jobs = {{"x", -1, -1, -1}}, .job_count = 1};
    assert_string_equal(at(&v, 200), "[........................] 0/2  x");
    v.jobs[0].share = 1.2;
    v.left_s = 3725;
    assert_string_equal(at(&v, 200), "[############............] 0/2  1:02:05 left  x drains");
    v.finished = 3; // more than was planned: a bench asks for near repetitions again
    assert_string_equal(at(&v, 200), "[########################] 3/2  1:02:05 left  x drains");
}

// ---- the figures, read from outside, against those of the report ----
static const char scenario[] =
    "name: s\nduration: 2s\nseed: 3\nengine: sim\n"
    "sources: [{name: app, type: synthetic, arrival: {process: poisson, rate: 20k/s}}]\n"
    "pipeline: [{stage: parse, queue: {capacity: 256}, strategy: drop_newest}]\n"
    "sink: {type: model, service: 100us}\n";

static struct plan *load(void)
{
    char path[] = "/tmp/weir-progress-XXXXXX.yaml";
    struct plan *plan = NULL;
    struct error e = {0};
    int fd = mkstemps(path, 5);
    assert_true(fd >= 0 && write(fd, scenario, sizeof scenario - 1) == (ssize_t)sizeof scenario - 1);
    close(fd);
    bool ok = plan_load(path, &(struct overrides){0}, &plan, &e);
    unlink(path);
    if (!ok)
        fail_msg("%s", e.text);
    return plan;
}

struct looks {
    struct arena *arena;
    struct watch_figures figures;
    size_t count;
    uint64_t generated, now_ns;
};

// The simulator tells of everything that happens: every thousandth time somebody looks.
static void look(void *context, uint64_t now_ns, unsigned node, unsigned what, const struct record *r)
{
    struct looks *l = context;
    (void)node, (void)what, (void)r;
    if (l->count++ % 1000 || !flow_watch_figures(l->arena, &l->figures))
        return;
    assert_true(l->figures.generated >= l->generated && l->figures.now_ns >= l->now_ns);
    assert_true(l->figures.lost <= l->figures.generated && l->figures.now_ns <= now_ns);
    l->generated = l->figures.generated;
    l->now_ns = l->figures.now_ns;
}

static void figures_come_out_as_the_report_does(void **state)
{
    (void)state;
    struct plan *plan = load();
    struct arena *arena = arena_create((size_t)1 << 30);
    struct looks l = {.arena = arena};
    struct error e = {0};
    assert_false(flow_watch_figures(arena, &l.figures)); // nothing has begun
    struct run_setup setup = {.scenario = plan->cells[0].scenario,
                              .seed = 3,
                              .scratch = "/tmp",
                              .arena = arena,
                              .watch = look,
                              .watch_context = &l};
    assert_true(sim_run(&setup, &e));
    const struct report *r = flow_report(arena);
    assert_true(l.generated > r->ledger.generated / 2);
    assert_true(l.figures.rows > 10 && l.figures.rows < r->series_count + 1);
    // Of the response times those of rows that are over: the last one is left out.
    double p99 = (double)hist_percentile(r->response, 0.99);
    assert_true((double)l.figures.p99_ns > 0.96 * p99 && (double)l.figures.p99_ns < 1.04 * p99);
    assert_true(flow_watch_figures(arena, &l.figures));
    assert_int_equal(l.figures.generated, r->ledger.generated);
    assert_int_equal(l.figures.lost, ledger_lost(&r->ledger) + r->ledger.refused_final);
    arena_destroy(arena);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_says_what_fits),
        cmocka_unit_test(two_jobs_share_it),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(figures_come_out_as_the_report_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
