// SPDX-License-Identifier: Apache-2.0
// The memory that records take: bounded by what a bounded queue and hands can hold, and where there is no
// bound, by the cell's limit, at which both engines end the cell with the same verdict.
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/live.h"

enum { MIB = 1 << 20, BLOCK = 256 }; // a record of 64 bytes with its header, generously

static void overload(struct fixture *x, const char *queue, double rate)
{
    fixture_init(x, ARRIVE_CONSTANT, rate, 1e9 / rate * 2, "block", 1000);
    x->stage.edge.queue_ops = weir_queue_find(queue);
    x->scenario.drain_ns = 0;
}

static void bounded_queue_bounds_the_pool(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "mutex", 100000);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
    assert_int_equal(r.edges[0].high_water, 1000);
    // 1000 in the queue, one in each hand, and what a thread keeps at hand: two chains.
    assert_in_range(r.pool_peak_bytes, 1000 * (uint64_t)sizeof(struct record), (1000 + 2 + 2 * 64) * BLOCK);
}

static void simulated_cell_ends_at_its_limit(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "unbounded", 100000);
    x.scenario.memory_limit = 4 * MIB;
    struct report a = run_fixture(&x, sim_run, 7), b = run_fixture(&x, sim_run, 7);
    assert_int_equal(a.status, CELL_FAILED);
    assert_true(a.memory_limit_reached);
    assert_non_null(strstr(a.reason, "memory limit of 4MiB reached after "));
    assert_non_null(strstr(a.reason, " records in memory"));
    assert_string_equal(a.reason, b.reason);
    assert_int_equal(ledger_unknown(&a.ledger), 0);
    assert_int_equal(a.ledger.generated, a.ledger.delivered + a.ledger.lost[WEIR_LOSS_CRASH]);
    assert_in_range(a.ledger.lost[WEIR_LOSS_CRASH], 4 * MIB / BLOCK, 4 * MIB / 64);
    assert_in_range(a.pool_peak_bytes, 4 * MIB + 1, 4 * MIB + 256 * 1024);
}

static void below_its_limit_a_cell_is_left_alone(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "mutex", 100000);
    x.scenario.memory_limit = MIB;
    struct report r = run_fixture(&x, sim_run, 7);
    assert_balanced(&r);
}

// The live cell is a process of its own, which dies like one that the kernel kills; the supervisor reads the
// reason and the counts from the shared memory.
static void live_cell_dies_and_tells(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "unbounded", 100000);
    x.scenario.memory_limit = 4 * MIB;
    x.scenario.duration_ns = 100 * NS_PER_S; // however slow the machine is, it gets there
    struct span always = {0, 1000 * NS_PER_S};
    x.sink.stalls = (struct spans){&always, 1};
    struct arena *arena = arena_create(1ull << 32);
    assert_non_null(arena);
    struct run_setup setup = {.scenario = &x.scenario, .seed = 7, .scratch = "/tmp", .arena = arena};
    pid_t pid = fork();
    if (pid == 0) {
        struct error e = {0};
        _exit(live_run(&setup, &e) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    flow_salvage(arena, "killed from outside");
    const struct report *r = flow_report(arena);
    assert_int_equal(r->status, CELL_FAILED);
    assert_non_null(strstr(r->reason, "memory limit of 4MiB reached after "));
    assert_int_equal(ledger_unknown(&r->ledger), 0);
    assert_in_range(r->ledger.lost[WEIR_LOSS_CRASH], 4 * MIB / BLOCK, 4 * MIB / 64);
    assert_true(r->pool_peak_bytes > 4 * MIB);
    arena_destroy(arena);
}

static void limit_of_a_scenario(void **state)
{
    (void)state;
    struct fixture x;
    bool by_default;
    overload(&x, "mutex", 1000);
    assert_int_equal(scenario_memory_limit(&x.scenario, &by_default), 0);
    assert_false(by_default);
    overload(&x, "unbounded", 1000);
    uint64_t half = scenario_memory_limit(&x.scenario, &by_default);
    assert_true(by_default && half > 64 * MIB);
    x.scenario.memory_limit = 5 * MIB;
    assert_int_equal(scenario_memory_limit(&x.scenario, &by_default), 5 * MIB);
    assert_false(by_default);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_queue_bounds_the_pool),
        cmocka_unit_test(simulated_cell_ends_at_its_limit),
        cmocka_unit_test(below_its_limit_a_cell_is_left_alone),
        cmocka_unit_test(live_cell_dies_and_tells),
        cmocka_unit_test(limit_of_a_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
