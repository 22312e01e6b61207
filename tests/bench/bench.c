// SPDX-License-Identifier: Apache-2.0
// The bench runs, checks what it moves, and survives queues that crash, hang, lose and lie. No figure is
// asserted.
#include "bench/bench.h"
#include "base/cores.h"
#include "bench/crew.h"
#include "bench/limit.h"
#include "bench/module.h"
#include "bench/turn.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char text[256];

// --- whole benches ----

static void small_options(struct bench_options *o, const char *const *queues, size_t count)
{
    bench_default_options(o);
    o->queues = queues;
    o->queues_count = count;
    o->seconds = 0.004;
    o->warmup = 0.001;
    o->reps = 1;
}

static const char *const ours[] = {"mutex", "channel", "unbounded", "spsc", "mpmc", "disruptor", "null"};
enum { OURS = sizeof ours / sizeof *ours };

static void defaults_are_a_short_bench(void **state)
{
    (void)state;
    struct bench_options o;
    size_t cells, turns;
    bench_default_options(&o);
    assert_string_equal(bench_check_options(&o, text, sizeof text), "");
    double seconds = bench_planned_seconds(&o, &cells, &turns, text, sizeof text);
    assert_true(seconds > 0 && seconds < 30);
    assert_true(cells >= 12 && cells % 2 == 0); // ours but null, the peers that are here; two batches
    assert_true(turns >= cells * o.reps);
    o.seconds = 1;
    double longer = bench_planned_seconds(&o, &cells, &turns, text, sizeof text);
    assert_true(longer > (double)cells * o.reps);
}

static void refused(struct bench_options *o, const char *why)
{
    if (!strstr(bench_check_options(o, text, sizeof text), why))
        fail_msg("'%s' does not say '%s'", text, why);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    struct bench_options o;
    const char *queues[] = {"mpmc", "mpcm"};
    size_t zero = 0, odd = 12;
    int full = BENCH_FULL, yield = WEIR_WAIT_YIELD;
    small_options(&o, queues, 2);
    refused(&o, "mpcm");
    small_options(&o, ours, 1);
    o.batch = &zero;
    o.batch_count = 1;
    refused(&o, "batch");
    small_options(&o, ours, 1);
    o.item_bytes = &odd;
    refused(&o, "multiple of 8");
    small_options(&o, ours, 1);
    o.load = 1000;
    o.regime = &full;
    refused(&o, "regime");
    small_options(&o, ours, 1);
    o.rest_s = 1e-6;
    o.wait = &yield;
    refused(&o, "add spin");
    small_options(&o, ours, 1);
    o.against = "mpmc";
    struct bench_results r;
    assert_false(bench_run(&o, &r, NULL, NULL, text, sizeof text));
    assert_non_null(strstr(text, "against mpmc"));
}

static void names_are_parsed(void **state)
{
    (void)state;
    for (int i = 0; i < BENCH_REGIMES; i++)
        assert_int_equal(bench_regime_parse(bench_regime_name((enum bench_regime)i)), i);
    for (int i = 0; i < BENCH_PINS; i++)
        assert_int_equal(bench_pin_parse(bench_pin_name((enum bench_pin)i)), i);
    assert_int_equal(bench_regime_parse("fuller"), -1);
    assert_int_equal(bench_pin_parse(""), -1);
}

static void check_cell(const struct bench_cell *c)
{
    if (c->status != BENCH_OK)
        fail_msg("%s: %s", c->queue, c->reason);
    const struct bench_interval *i = &c->ns_per_item;
    assert_true(c->reps_count >= 1 && i->median > 0 && i->lo <= i->median && i->median <= i->hi);
    assert_true(c->items_per_s > 0 && c->cpu_ns_per_item > 0);
    assert_true(c->floor_ns_per_item > 0 || c->item_bytes == 0);
    assert_true(c->pingpong_ns > 0 || c->state == PINGPONG_UNKNOWN);
    assert_true(c->moves.max <= c->batch && c->moves.mean <= (double)c->moves.max);
    assert_true(c->fill.mean >= 0 && c->fill.mean <= 1);
}

static void run_and_check(struct bench_options *o, size_t cells, size_t skipped)
{
    struct bench_results r;
    if (!bench_run(o, &r, NULL, NULL, text, sizeof text))
        fail_msg("%s", text);
    assert_int_equal(r.count, cells);
    for (size_t i = 0; i < r.count; i++)
        if (r.cells[i].status == BENCH_SKIPPED)
            skipped--;
        else
            check_cell(&r.cells[i]);
    assert_int_equal(skipped, 0);
    bench_results_free(&r);
}

static void every_queue_moves_items(void **state)
{
    (void)state;
    struct bench_options o;
    const size_t bytes[] = {64, 200, 0}, tiny = 3;
    small_options(&o, ours, OURS);
    run_and_check(&o, 2 * OURS, 0);
    o.item_bytes = bytes;
    o.item_bytes_count = 3;
    o.capacity = &tiny;
    run_and_check(&o, 6 * OURS, 2 * (OURS - 2)); // sequence only: spsc and disruptor
}

static void every_wait_runs(void **state)
{
    (void)state;
    static const char *const queues[] = {"mpmc", "channel"};
    static const int waits[] = {WEIR_WAIT_SPIN, WEIR_WAIT_YIELD, WEIR_WAIT_SLEEP, WEIR_WAIT_PARK};
    size_t batch = 4, capacity = 64;
    struct bench_options o;
    small_options(&o, queues, 2);
    o.batch = &batch;
    o.batch_count = 1;
    o.capacity = &capacity;
    o.wait = waits;
    o.wait_count = 4;
    run_and_check(&o, 8, 0);
    o.wait_count = 1;
    o.wait = (const int[]){BENCH_WAIT_DEFAULT};
    o.pin = BENCH_PIN_TOGETHER;
    run_and_check(&o, 2, 0);
}

static void sides_beyond_the_flags_are_skipped(void **state)
{
    (void)state;
    static const char *const queues[] = {"spsc", "mpmc", "disruptor"};
    size_t one = 1;
    struct bench_options o;
    struct bench_results r;
    small_options(&o, queues, 3);
    o.batch = &one;
    o.batch_count = 1;
    o.producers = 3;
    o.reps = 3;
    o.against = "mpmc";
    assert_true(bench_run(&o, &r, NULL, NULL, text, sizeof text));
    assert_int_equal(r.cells[0].status, BENCH_SKIPPED);
    assert_non_null(strstr(r.cells[0].reason, "3 producers"));
    check_cell(&r.cells[1]);
    check_cell(&r.cells[2]);
    assert_int_equal(r.cells[1].wait, r.cores < 4 ? WEIR_WAIT_YIELD : WEIR_WAIT_SPIN);
    if (r.cores < 4)
        assert_non_null(strstr(r.cells[1].note, "4 threads on"));
    assert_int_equal(r.cells[1].ratio.pairs, 0);
    assert_true(r.cells[2].ratio.pairs <= 3); // as many as saw the same distance on both sides
    bench_results_free(&r);
}

static bool stop_at_once(void *context, size_t done, size_t planned, const struct bench_cell *cell)
{
    (void)cell;
    assert_true(done <= planned);
    *(size_t *)context = done;
    return false;
}

static void progress_can_stop_it(void **state)
{
    (void)state;
    struct bench_options o;
    struct bench_results r;
    size_t done = 0;
    small_options(&o, ours, OURS);
    assert_true(bench_run(&o, &r, stop_at_once, &done, text, sizeof text));
    assert_true(r.interrupted);
    assert_int_equal(done, 1);
    bench_results_free(&r);
}

// --- single turns ----

static struct turn turn_of(const char *queue)
{
    struct turn t = {.producers = 1,
                     .consumers = 1,
                     .batch = 1,
                     .capacity = 64,
                     .item_bytes = 8,
                     .wait = WEIR_WAIT_YIELD,
                     .seconds = 0.02};
    t.module = weir_queue_load(queue, text, sizeof text);
    assert_non_null(t.module);
    return t;
}

// A turn that answers and whose regime holds. On a busy machine one thread may be kept out for most of a
// turn: one of some turns will do, while a regime that is made wrongly holds in none.
static void run_until_it_holds(const struct turn *t, struct turn_answer *a, struct turn_shape *shape)
{
    for (int tries = 0; tries < 20; tries++) {
        turn_run(t, a, shape);
        if (a->ok && turn_regime_holds(t->regime, &shape->traffic, 0))
            return;
    }
    fail_msg("%s %s: %s, the median fill is %g", t->module->ops->name, bench_regime_name(t->regime),
             a->ok ? "ok" : a->reason, turn_fill_quantile(&shape->traffic, 0.5));
}

static void regimes_are_what_they_claim(void **state)
{
    (void)state;
    static const char *const queues[] = {"spsc", "channel", "mpmc"};
    struct turn_shape *shape = turn_shape_new();
    struct turn_answer a;
    for (size_t i = 0; i < 3; i++)
        for (int regime = BENCH_FULL; regime < BENCH_REGIMES; regime++) {
            struct turn t = turn_of(queues[i]);
            t.regime = (enum bench_regime)regime;
            t.batch = i == 0 ? 4 : 1;
            run_until_it_holds(&t, &a, shape);
            assert_true((a.work_ns > 0) == (regime != BENCH_BALANCED));
        }
    turn_shape_free(shape);
}

static void round_trips_are_all_recorded(void **state)
{
    (void)state;
    static const char *const queues[] = {"spsc", "disruptor", "channel"};
    struct turn_shape *shape = turn_shape_new();
    struct turn_answer a;
    for (size_t i = 0; i < 3; i++) {
        struct turn t = turn_of(queues[i]);
        t.kind = TURN_TRIP;
        turn_run(&t, &a, shape);
        if (!a.ok)
            fail_msg("%s", a.reason);
        assert_int_equal(shape->times.total, a.items - BENCH_WARM_TRIPS);
        assert_true(a.items <= 20000);
    }
    struct turn raw = {.kind = TURN_RAW, .seconds = 0.02};
    turn_run(&raw, &a, shape);
    assert_true(!a.ok || (shape->times.total == a.items && a.items > 0 && shape->times.min > 0));
    turn_shape_free(shape);
}

static void items_on_schedule_are_all_timed(void **state)
{
    (void)state;
    struct turn_shape *shape = turn_shape_new();
    struct turn_answer a;
    for (int batch = 1; batch <= 8; batch += 7) {
        struct turn t = turn_of("mpmc");
        t.producers = 2;
        t.consumers = 2;
        t.batch = (size_t)batch;
        t.load = 4000;
        t.seconds = 0.05;
        turn_run(&t, &a, shape);
        if (!a.ok)
            fail_msg("%s", a.reason);
        assert_int_equal(a.planned, 200);
        assert_true(shape->times.total <= 200);
        assert_int_equal(shape->times.total, a.items - 2); // each producer's last is no item of ours
        assert_true(a.late <= shape->times.total);
        // Nothing is sent before it is due: the first at 0, if it was in time, and the last after 49.5 ms.
        if (shape->times.total == 200 && a.lag_max_ns < 500000)
            assert_true(a.ns_per_item * (double)a.items >= 0.049e9);
    }
    turn_shape_free(shape);
}

// --- queues that misbehave ----

static const struct weir_queue_module *good;
static struct weir_queue_ops bad_ops;
static struct bench_loops bad_loops;
static const struct weir_queue_module bad = {.abi = WEIR_MODULE_ABI, .ops = &bad_ops, .loops = &bad_loops};

static void run_bad(struct turn_answer *a)
{
    struct turn_shape *shape = turn_shape_new();
    struct turn t = {.module = &bad,
                     .producers = 1,
                     .consumers = 1,
                     .batch = 1,
                     .capacity = 8,
                     .item_bytes = 8,
                     .wait = WEIR_WAIT_YIELD,
                     .seconds = 0.003,
                     .patience_s = 0.5};
    turn_run(&t, a, shape);
    turn_shape_free(shape);
    assert_false(a->ok);
}

static void start_from_good(void)
{
    good = weir_queue_load("mpmc", text, sizeof text);
    assert_non_null(good);
    bad_ops = *good->ops;
    bad_loops = *good->loops;
}

static void crash(struct bench_worker *w)
{
    (void)w;
    signal(SIGSEGV, SIG_DFL); // a sanitizer would make it an exit code
    raise(SIGSEGV);
}

static void lose_one(struct bench_worker *w)
{
    good->loops->consume(w);
    w->items--;
}

static void damage_one(struct bench_worker *w)
{
    good->loops->consume(w);
    w->checksum ^= 4;
}

static void swap_two(struct bench_worker *w)
{
    uint64_t last = (uint64_t)1 << 55;
    uint64_t items[] = {2, 1, last | 3};
    atomic_fetch_add(&w->shared->ready, 1);
    for (size_t i = 0; i < 3; i++)
        while (w->shared->q && bad_ops.try_push_n(w->shared->q, &items[i], 1) == 0)
            ;
    w->first_push_ns = 1;
    w->items = 3;
    w->checksum = 2 + 1 + (last | 3);
}

static void bad_queues_cost_their_turn_only(void **state)
{
    (void)state;
    struct turn_answer a;
    start_from_good();
    bad_loops.produce = crash;
    run_bad(&a);
    assert_non_null(strstr(a.reason, "SIGSEGV"));
    start_from_good();
    bad_loops.consume = lose_one;
    run_bad(&a);
    assert_non_null(strstr(a.reason, "not what went in"));
    start_from_good();
    bad_loops.consume = damage_one;
    run_bad(&a);
    assert_non_null(strstr(a.reason, "not what went in"));
    start_from_good();
    bad_loops.produce = swap_two;
    run_bad(&a);
    assert_non_null(strstr(a.reason, "out of order"));
}

static void hang(struct bench_worker *w)
{
    atomic_fetch_add(&w->shared->ready, 1);
    for (;;)
        pause();
}

static void hanging_queue_is_killed(void **state)
{
    (void)state;
    struct turn_answer a;
    start_from_good();
    bad_loops.consume = hang;
    run_bad(&a);
    assert_non_null(strstr(a.reason, "does not come to its end"));
}

static void pingpong_knows_what_it_cannot_know(void **state)
{
    (void)state;
    int cpus[2];
    assert_true(pingpong_rtt_ns(0, 0, 100) == 0);
    assert_true(pingpong_rtt_ns(-1, 0, 100) == 0);
    assert_true(pingpong_rtt_ns(0, 1 << 20, 100) == 0);
    assert_int_equal(pingpong_state_of(0), PINGPONG_UNKNOWN);
    assert_int_equal(pingpong_state_of(100), PINGPONG_NEAR);
    assert_int_equal(pingpong_state_of(170), PINGPONG_FAR);
    assert_true(limit_ns_per_line(0, 0, 4096, 0.001) == 0);
    if (cores_allowed(cpus, 2) < 2)
        skip();
    assert_int_not_equal(cpus[0], cpus[1]);
    double rtt_ns = 0; // on a busy machine a call may find a core taken
    for (int tries = 0; tries < 500 && rtt_ns == 0; tries++)
        rtt_ns = pingpong_rtt_ns(cpus[0], cpus[1], 200);
    assert_true(rtt_ns > 0);
    assert_true(limit_ns_per_line(cpus[0], cpus[1], 4096, 0.002) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_a_short_bench),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(names_are_parsed),
        cmocka_unit_test(pingpong_knows_what_it_cannot_know),
        cmocka_unit_test(every_queue_moves_items),
        cmocka_unit_test(every_wait_runs),
        cmocka_unit_test(sides_beyond_the_flags_are_skipped),
        cmocka_unit_test(progress_can_stop_it),
        cmocka_unit_test(regimes_are_what_they_claim),
        cmocka_unit_test(round_trips_are_all_recorded),
        cmocka_unit_test(items_on_schedule_are_all_timed),
        cmocka_unit_test(bad_queues_cost_their_turn_only),
        cmocka_unit_test(hanging_queue_is_killed),
    };
    crew_calibrate();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
