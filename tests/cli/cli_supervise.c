// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/signals.h"
#include "cli/supervise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { JOBS = 3 };

// Three jobs of the strategies one, two and three, and how they ended.
struct stage_set {
    struct weir_strategy_ops strategies[JOBS];
    struct stage stages[JOBS];
    struct scenario scenarios[JOBS];
    struct cell_plan cells[JOBS];
    struct job jobs[JOBS], *order[JOBS];
    char folder[64];
    struct supervise_setup setup;

    size_t ended;
    char reasons[JOBS][300];
    enum exit_code codes[JOBS];
    uint64_t crash_losses[JOBS];
    bool finished[JOBS];
    pid_t hanging;
    char address[64];
    int interrupt_on_hang; // signal to send ourselves when a job says that it hangs
    bool interrupt_twice, stop_at_first;
};

static bool on_finished(void *context, struct job *job, const struct outcome *o)
{
    struct stage_set *s = context;
    size_t i = job->index;
    s->ended++;
    s->finished[i] = o->report && o->report->finished;
    s->codes[i] = o->code;
    snprintf(s->reasons[i], sizeof s->reasons[i], "%.299s", o->reason ? o->reason : "");
    s->crash_losses[i] = o->report ? o->report->ledger.lost[WEIR_LOSS_CRASH] : 0;
    return !s->stop_at_first;
}

static void on_listening(void *context, const char *source, const char *address)
{
    struct stage_set *s = context;
    snprintf(s->address, sizeof s->address, "%s", address);
    if (strcmp(source, "hang") != 0)
        return;
    s->hanging = (pid_t)atoi(address + 4);
    if (s->interrupt_on_hang)
        raise(s->interrupt_on_hang);
}

// The first signal lets the child end by itself, the second ends it.
static void on_stopping(void *context)
{
    struct stage_set *s = context;
    if (s->interrupt_twice)
        raise(s->interrupt_on_hang);
}

static void stage_init(struct stage_set *s, const char *rules)
{
    static const char *const names[JOBS] = {"one", "two", "three"};
    memset(s, 0, sizeof *s);
    setenv("WEIR_FAKE", rules, 1);
    strcpy(s->folder, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    for (size_t i = 0; i < JOBS; i++) {
        s->strategies[i].name = names[i];
        s->stages[i].name = (char *)"parse";
        s->stages[i].edge.admission = &s->strategies[i];
        s->scenarios[i] = (struct scenario){
            .name = (char *)"s", .duration_ns = 1, .stages = &s->stages[i], .stage_count = 1};
        s->cells[i] = (struct cell_plan){.scenario = &s->scenarios[i], .shape = &s->scenarios[i]};
        s->jobs[i] = (struct job){.index = i, .cell = &s->cells[i], .scenario = &s->scenarios[i]};
        s->order[i] = &s->jobs[i];
    }
    s->setup =
        (struct supervise_setup){.child = {.live = live_run, .sim = sim_run, .scratch_parent = s->folder},
                                 .order = s->order,
                                 .count = JOBS,
                                 .sim_slots = 2,
                                 .margin_ns = 60 * NS_PER_S,
                                 .context = s,
                                 .finished = on_finished,
                                 .stopping = on_stopping,
                                 .listening = on_listening};
}

static enum supervise_end run(struct stage_set *s)
{
    struct error e = {0};
    signals_block();
    enum supervise_end end = supervise(&s->setup, &e);
    signals_restore();
    return end;
}

// Whatever happened: no child, no zombie, nothing in the folder.
static void stage_end(struct stage_set *s)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    if (rmdir(s->folder) != 0)
        fail_msg("something was left in %s", s->folder);
}

static void all_jobs_run(void **state)
{
    (void)state;
    struct stage_set s;
    stage_init(&s, "two:litter,three:listen");
    assert_int_equal(run(&s), SUPERVISE_DONE);
    assert_int_equal(s.ended, JOBS);
    for (size_t i = 0; i < JOBS; i++)
        assert_true(s.finished[i] && s.jobs[i].done && *s.reasons[i] == 0);
    assert_string_equal(s.address, "127.0.0.1:4318");
    stage_end(&s);
}

static void sim_jobs_share_the_machine(void **state)
{
    (void)state;
    struct stage_set s;
    stage_init(&s, "");
    for (size_t i = 0; i < JOBS; i++)
        s.scenarios[i].engine = ENGINE_SIM;
    assert_int_equal(run(&s), SUPERVISE_DONE);
    assert_int_equal(s.ended, JOBS);
    stage_end(&s);
}

static void check_failed(const char *rules, const char *reason, bool salvaged)
{
    struct stage_set s;
    stage_init(&s, rules);
    assert_int_equal(run(&s), SUPERVISE_DONE);
    assert_int_equal(s.ended, JOBS); // it costs its cell, never the run
    assert_true(s.finished[0] && s.finished[2]);
    if (strstr(s.reasons[1], reason) == NULL)
        fail_msg("'%s' does not say '%s'", s.reasons[1], reason);
    assert_int_equal(s.crash_losses[1], salvaged ? 500 : 0);
    stage_end(&s);
}

static void a_crash_costs_its_cell(void **state)
{
    (void)state;
    check_failed("two:crash", "crashed: SIGABRT", true);
    check_failed("two:kill", "killed from outside", true);
    check_failed("two:exit", "exit status 7", true);
    check_failed("two:early", "without a result", false);
    check_failed("two:error", "no more threads", false);
}

static void a_refusal_is_a_usage_error(void **state)
{
    (void)state;
    struct stage_set s;
    stage_init(&s, "one:refuse,two:error");
    assert_int_equal(run(&s), SUPERVISE_DONE);
    assert_int_equal(s.codes[0], EXIT_USAGE);
    assert_int_equal(s.codes[1], EXIT_OK);
    stage_end(&s);
}

static void a_hanging_job_is_killed(void **state)
{
    (void)state;
    struct stage_set s;
    stage_init(&s, "two:hang");
    s.setup.margin_ns = 300 * NS_PER_MS;
    assert_int_equal(run(&s), SUPERVISE_DONE);
    assert_int_equal(s.ended, JOBS);
    assert_non_null(strstr(s.reasons[1], "did not end within"));
    assert_int_equal(kill(s.hanging, 0), -1);
    stage_end(&s);
}

static void an_interrupted_child_may_drain(void **state)
{
    (void)state;
    struct stage_set s;
    stage_init(&s, "two:drain");
    s.interrupt_on_hang = SIGINT;
    assert_int_equal(run(&s), SUPERVISE_INTERRUPTED);
    assert_int_equal(s.ended, 2);
    assert_true(s.jobs[0].done && s.jobs[1].done && !s.jobs[2].done);
    assert_true(s.finished[1]);
    stage_end(&s);
}

static void check_interrupt(int signal)
{
    struct stage_set s;
    stage_init(&s, "two:hang");
    s.interrupt_on_hang = signal;
    s.interrupt_twice = true;
    assert_int_equal(run(&s), SUPERVISE_INTERRUPTED);
    assert_int_equal(s.ended, 1);
    assert_true(s.jobs[0].done && !s.jobs[1].done && !s.jobs[2].done);
    assert_true(s.hanging > 0);
    assert_int_equal(kill(s.hanging, 0), -1);
    stage_end(&s);
}

static void an_interrupt_ends_the_child(void **state)
{
    (void)state;
    check_interrupt(SIGINT);
    check_interrupt(SIGTERM);
}

static void a_result_that_cannot_be_kept_stops_the_run(void **state)
{
    (void)state;
    struct stage_set s;
    stage_init(&s, "");
    s.stop_at_first = true;
    assert_int_equal(run(&s), SUPERVISE_STOPPED);
    assert_int_equal(s.ended, 1);
    stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_jobs_run),
        cmocka_unit_test(sim_jobs_share_the_machine),
        cmocka_unit_test(a_crash_costs_its_cell),
        cmocka_unit_test(a_refusal_is_a_usage_error),
        cmocka_unit_test(a_hanging_job_is_killed),
        cmocka_unit_test(an_interrupt_ends_the_child),
        cmocka_unit_test(an_interrupted_child_may_drain),
        cmocka_unit_test(a_result_that_cannot_be_kept_stops_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
