// SPDX-License-Identifier: Apache-2.0
// Edges with a disk behind them, on both executors: nothing is lost, doubled or turned round on the way over
// the disk; the ledger balances wherever a run is cut; what a killed run has left is delivered by the next.
#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/live.h"
#include "strategy/spill.h"

enum { KIB = 1024 };

// A simulation is one thread, of which the thread sanitizer only makes a long wait.
#ifdef __SANITIZE_THREAD__
enum { MIXTURES = 2 };
#elif defined __SANITIZE_ADDRESS__
enum { MIXTURES = 8 };
#else
enum { MIXTURES = 32 };
#endif

static char folder[64];

static void spilling(struct fixture *x, double rate, double service_ns, const char *admission,
                     size_t capacity)
{
    fixture_init(x, ARRIVE_POISSON, rate, service_ns, admission, capacity);
    x->source.size = (struct law){.kind = LAW_UNIFORM, .min = 0, .max = 400};
    x->stage.edge.spills = true;
    weir_params_defaults(weir_spill.params, &x->stage.edge.spill_state);
    x->stage.edge.spill_state.params[WEIR_SPILL_SEGMENT] = 16 * KIB;
}

static double *param(struct fixture *x, enum weir_spill_param which)
{
    return &x->stage.edge.spill_state.params[which];
}

static void more_threads(struct fixture *x)
{
    x->source.senders = x->stage.edge.producers = 3;
    x->stage.workers = x->stage.edge.consumers = 2;
    x->stage.batch_size = 7;
    x->stage.batch_timeout_ns = 3 * NS_PER_MS;
}

static struct report sim(const struct fixture *x)
{
    return run_fixture(x, sim_run, 7);
}

// ---- virtual time ----

static void absorbs_what_comes(void **state)
{
    (void)state;
    struct fixture x;
    spilling(&x, 20000, 60000, "drop_newest", 64); // a fifth too much for two seconds
    struct report a = sim(&x), b = sim(&x);
    assert_balanced(&a);
    assert_int_equal(ledger_lost(&a.ledger) + a.ledger.spilled + a.ledger.in_flight + a.ledger.unsent, 0);
    assert_int_equal(a.ledger.delivered, a.ledger.generated);
    assert_int_equal(a.check.reordered, 0);
    assert_true(a.edges[0].spill.written > 5000);
    assert_int_equal(a.edges[0].high_water, 64);
    assert_int_equal(a.digest, b.digest);
    // The queue in memory is all that is held there.
    assert_true(a.pool_peak_bytes < 512 * KIB);
}

static void every_mixture_balances(void **state)
{
    (void)state;
    static const char *const admissions[] = {"block", "block_timeout", "drop_newest", "reject", "priority"};
    struct fixture x;
    for (size_t i = 0; i < sizeof admissions / sizeof *admissions; i++)
        for (unsigned mixture = 0; mixture < MIXTURES; mixture++) {
            spilling(&x, 20000, 100000, admissions[i], mixture & 1 ? 1 : 50);
            *param(&x, WEIR_SPILL_MAX) = mixture & 2 ? 64 * KIB : 64 * 1024 * KIB;
            *param(&x, WEIR_SPILL_HIGH) = mixture & 4 ? 0.9 : 1;
            *param(&x, WEIR_SPILL_LOW) = mixture & 4 ? 0.3 : 1;
            if (mixture & 8)
                more_threads(&x);
            x.scenario.drain_ns = mixture & 16 ? 0 : 30 * NS_PER_S;
            struct report r = sim(&x);
            assert_balanced(&r);
            assert_int_equal(r.ledger.lost[WEIR_LOSS_SPILL], 0);
            assert_true(r.edges[0].spill.peak_bytes <= (uint64_t)*param(&x, WEIR_SPILL_MAX));
            if (!(mixture & 8)) // batches keep up
                assert_int_equal(r.ledger.spilled > 0, (mixture & 16) != 0);
            if (!(mixture & 16)) // all that was taken has arrived
                assert_int_equal(r.ledger.delivered, r.ledger.admitted);
            if (!(mixture & 8))
                assert_int_equal(r.check.reordered, 0);
        }
}

static void a_full_disk_asks_the_admission(void **state)
{
    (void)state;
    struct fixture x;
    spilling(&x, 20000, 100000, "block", 50);
    *param(&x, WEIR_SPILL_MAX) = 64 * KIB;
    struct report block = sim(&x);
    assert_balanced(&block);
    assert_int_equal(ledger_lost(&block.ledger), 0);
    assert_true(block.producer_stall_ns > 0 && block.ledger.unsent > 10000);
    spilling(&x, 20000, 100000, "drop_newest", 50);
    *param(&x, WEIR_SPILL_MAX) = 64 * KIB;
    struct report drop = sim(&x);
    assert_balanced(&drop);
    assert_true(drop.ledger.lost[WEIR_LOSS_DROP_NEWEST] > 10000);
    assert_int_equal(ledger_lost(&drop.ledger), drop.ledger.lost[WEIR_LOSS_DROP_NEWEST]);
}

// Watermarks: nothing comes back before the queue has sunk to the low one, nothing stands above the high one.
static void watermarks_bound_the_queue(void **state)
{
    (void)state;
    struct fixture x;
    spilling(&x, 20000, 60000, "block", 100);
    *param(&x, WEIR_SPILL_HIGH) = 0.4;
    *param(&x, WEIR_SPILL_LOW) = 0.1;
    struct report r = sim(&x);
    assert_balanced(&r);
    assert_int_equal(r.edges[0].high_water, 40);
    assert_int_equal(r.ledger.delivered, r.ledger.generated);
    assert_true(r.edges[0].mean < 30); // it swings between 10 and 40
}

// ---- real threads and files ----

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/weir-spill-edge-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void live_threads_share_it(void **state)
{
    (void)state;
    static const char *const queues[] = {"mutex", "channel", "mpmc"};
    for (size_t i = 0; i < 3; i++) {
        struct fixture x;
        spilling(&x, 30000, 200000, "block", 20);
        x.stage.edge.queue_ops = weir_queue_find(queues[i]);
        x.stage.edge.spill_path = folder;
        more_threads(&x);
        x.stage.batch_size = 20; // one service a batch
        x.scenario.duration_ns = 300 * NS_PER_MS;
        struct report r = run_fixture(&x, live_run, 7 + i);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger) + r.ledger.spilled + r.ledger.in_flight, 0);
        assert_int_equal(r.ledger.delivered, r.ledger.admitted);
        assert_int_equal(r.ledger.recovered, 0);
    }
}

static void cut_leaves_it_to_the_next_run(void **state)
{
    (void)state;
    struct fixture x;
    spilling(&x, 20000, 1e6, "block", 10);
    x.stage.edge.spill_path = folder;
    x.scenario.duration_ns = NS_PER_S;
    x.scenario.drain_ns = 0;
    struct report first = run_fixture(&x, live_run, 7);
    assert_balanced(&first);
    assert_true(first.ledger.spilled > 0);
    x.sink_service.law = law_constant(1000);
    x.scenario.drain_ns = 20 * NS_PER_S;
    struct report second = run_fixture(&x, live_run, 8);
    assert_balanced(&second);
    // What was in the queue had been on disk, too, unless it got there directly.
    assert_in_range(second.ledger.recovered, first.ledger.spilled, first.ledger.spilled + 11);
    assert_int_equal(ledger_lost(&second.ledger) + second.ledger.spilled, 0);
    assert_int_equal(second.ledger.delivered, second.ledger.generated - second.ledger.unsent);
    struct report third = run_fixture(&x, live_run, 9);
    assert_int_equal(third.ledger.recovered, 0);
}

static pid_t start_child(const struct fixture *x, struct arena *arena)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct run_setup setup = {.scenario = &x->scenario, .seed = 7, .scratch = "/tmp", .arena = arena};
    struct error e = {0};
    _exit(live_run(&setup, &e) ? 0 : 1);
}

// Kills the child when it has some records on disk, at a moment of its own each time.
static void kill_in_the_middle(pid_t pid, const struct arena *arena, unsigned round)
{
    const struct flow_root *root = NULL;
    for (int i = 0; i < 50000 && (!root || root->left_on_disk < 50 + 40 * round); i++) {
        usleep(1000);
        root = arena_root(arena);
    }
    kill(pid, SIGKILL);
}

// A killed cell: what it delivered and what is on disk add up to what was admitted, but for the queue, the
// hands, and what may come twice.
static void killed_runs_are_gone_on_with(void **state)
{
    (void)state;
    struct arena *arena = arena_create(1ull << 32);
    struct fixture x;
    for (unsigned round = 0; round < 4; round++) {
        spilling(&x, 20000, 500000, "block", 10);
        x.stage.edge.spill_path = folder;
        *param(&x, WEIR_SPILL_SYNC) = 10e6;
        x.scenario.duration_ns = 60 * NS_PER_S; // a disk may take seconds to write something
        arena_reset(arena);
        pid_t pid = start_child(&x, arena);
        kill_in_the_middle(pid, arena, round);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        flow_salvage(arena, "killed");
        struct ledger dead = flow_report(arena)->ledger;
        assert_int_equal(ledger_unknown(&dead), 0);
        assert_true(dead.spilled > 0);
        assert_true(dead.lost[WEIR_LOSS_CRASH] < 40);
        x.sink_service.law = law_constant(1000);
        x.scenario.duration_ns = 10 * NS_PER_MS;
        struct report r = run_fixture(&x, live_run, 8);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger) + r.ledger.spilled, 0);
        // At least what was known to be on disk; more only by what had ended since the position was kept.
        assert_in_range(r.ledger.recovered, dead.spilled, dead.spilled + 1000);
    }
    arena_destroy(arena);
}

static void damaged_segments_cost_their_records(void **state)
{
    (void)state;
    struct fixture x;
    spilling(&x, 20000, 1e6, "block", 10);
    x.stage.edge.spill_path = folder;
    x.scenario.duration_ns = NS_PER_S;
    x.scenario.drain_ns = 0;
    run_fixture(&x, live_run, 7);
    DIR *d = opendir(folder);
    unsigned damaged = 0;
    for (struct dirent *e; (e = readdir(d));)
        if (strstr(e->d_name, ".seg") && damaged < 3) {
            int fd = openat(dirfd(d), e->d_name, O_WRONLY);
            assert_int_equal(pwrite(fd, "????????", 8, 5000), 8);
            close(fd);
            damaged++;
        }
    closedir(d);
    assert_true(damaged >= 2);
    x.sink_service.law = law_constant(1000);
    x.scenario.drain_ns = 20 * NS_PER_S;
    struct report r = run_fixture(&x, live_run, 8);
    assert_balanced(&r); // with --verify: which they are is known
    assert_in_range(r.ledger.lost[WEIR_LOSS_SPILL], 1, 2 * damaged);
    assert_int_equal(r.edges[0].spill.unreadable, r.ledger.lost[WEIR_LOSS_SPILL]);
    assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_SPILL]);
}

// A limit on the size of files stands in for a disk that is full.
static void full_disk_child(struct fixture *x)
{
    const struct rlimit limit = {8000, 8000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(2);
    struct report r = run_fixture(x, live_run, 7);
    bool sound =
        ledger_unknown(&r.ledger) == 0 && r.check.corrupted + r.check.invented + r.check.duplicated == 0;
    bool lost_at_the_door = r.ledger.lost[WEIR_LOSS_DROP_NEWEST] > 0 &&
                            ledger_lost(&r.ledger) == r.ledger.lost[WEIR_LOSS_DROP_NEWEST];
    bool used = r.edges[0].spill.written > 0 && r.edges[0].spill.refusals > 0 && r.edges[0].spill.errors == 0;
    _exit(!sound ? 3 : !lost_at_the_door ? 4 : !used ? 5 : r.ledger.delivered == r.ledger.admitted ? 0 : 6);
}

static void full_disk_is_the_admissions(void **state)
{
    (void)state;
    struct fixture x;
    spilling(&x, 20000, 100000, "drop_newest", 10);
    x.stage.edge.spill_path = folder;
    x.scenario.duration_ns = NS_PER_S;
    pid_t pid = fork();
    if (pid == 0)
        full_disk_child(&x);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absorbs_what_comes),
        cmocka_unit_test(every_mixture_balances),
        cmocka_unit_test(a_full_disk_asks_the_admission),
        cmocka_unit_test(watermarks_bound_the_queue),
        CASE(live_threads_share_it),
        CASE(cut_leaves_it_to_the_next_run),
        CASE(killed_runs_are_gone_on_with),
        CASE(damaged_segments_cost_their_records),
        CASE(full_disk_is_the_admissions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
