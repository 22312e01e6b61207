// SPDX-License-Identifier: Apache-2.0
// The bench runs, checks what it moves, and survives queues that crash, hang, lose and lie. No figure is
// asserted.
#include "bench/bench.h"
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

static void small_options(struct bench_options *o)
{
    bench_default_options(o);
    o->seconds = 0.004;
    o->warmup = 0.001;
    o->reps = 1;
}

static void defaults_are_valid(void **state)
{
    (void)state;
    struct bench_options o;
    size_t cells, turns;
    bench_default_options(&o);
    assert_string_equal(bench_check_options(&o, text, sizeof text), "");
    assert_true(bench_planned_seconds(&o, &cells, &turns) > 0);
    assert_int_equal(cells, 14);
    assert_true(turns > cells);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    struct bench_options o;
    const char *queues[] = {"mpmc", "mpcm"};
    size_t zero = 0, odd = 12;
    bench_default_options(&o);
    o.queues = queues;
    o.queues_count = 2;
    assert_non_null(strstr(bench_check_options(&o, text, sizeof text), "mpcm"));
    bench_default_options(&o);
    o.batch = &zero;
    o.batch_count = 1;
    assert_non_null(strstr(bench_check_options(&o, text, sizeof text), "batch"));
    bench_default_options(&o);
    o.item_bytes = &odd;
    assert_non_null(strstr(bench_check_options(&o, text, sizeof text), "multiple of 8"));
    bench_default_options(&o);
    o.seconds = 0;
    struct bench_results r;
    assert_false(bench_run(&o, &r, NULL, NULL, text, sizeof text));
    assert_true(*text);
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
    assert_true(c->reps_count >= 1 && c->median > 0 && c->lo <= c->median && c->median <= c->hi);
    assert_true(c->items_per_s > 0);
    assert_true(c->floor_ns_per_item > 0);
    assert_true(c->pingpong_ns > 0 || c->state == PINGPONG_UNKNOWN);
}

static void run_and_check(struct bench_options *o, size_t cells)
{
    struct bench_results r;
    if (!bench_run(o, &r, NULL, NULL, text, sizeof text))
        fail_msg("%s", text);
    assert_int_equal(r.count, cells);
    for (size_t i = 0; i < r.count; i++)
        if (r.cells[i].status != BENCH_SKIPPED)
            check_cell(&r.cells[i]);
    bench_results_free(&r);
}

static void every_queue_moves_items(void **state)
{
    (void)state;
    struct bench_options o;
    small_options(&o);
    run_and_check(&o, 14);
    size_t wide = 200, tiny = 3;
    o.item_bytes = &wide;
    o.capacity = &tiny;
    run_and_check(&o, 14);
}

static void every_wait_and_regime_runs(void **state)
{
    (void)state;
    const char *queues[] = {"mpmc", "channel", "unbounded"};
    size_t batch = 4, capacity = 64;
    struct bench_options o;
    small_options(&o);
    o.queues = queues;
    o.queues_count = 3;
    o.batch = &batch;
    o.batch_count = 1;
    o.capacity = &capacity;
    for (int regime = 0; regime < BENCH_REGIMES; regime++) {
        o.regime = (enum bench_regime)regime;
        o.wait = regime; // as many as regimes: each once
        run_and_check(&o, 3);
    }
    o.regime = BENCH_FREE;
    o.wait = BENCH_WAIT_DEFAULT;
    o.pin = BENCH_PIN_TOGETHER;
    run_and_check(&o, 3);
}

static void sides_beyond_the_flags_are_skipped(void **state)
{
    (void)state;
    const char *queues[] = {"spsc", "mpmc", "disruptor"};
    size_t one = 1;
    struct bench_options o;
    struct bench_results r;
    small_options(&o);
    o.queues = queues;
    o.queues_count = 3;
    o.batch = &one;
    o.batch_count = 1;
    o.producers = 3;
    assert_true(bench_run(&o, &r, NULL, NULL, text, sizeof text));
    assert_int_equal(r.cells[0].status, BENCH_SKIPPED);
    assert_non_null(strstr(r.cells[0].reason, "3 producers"));
    check_cell(&r.cells[1]);
    check_cell(&r.cells[2]);
    assert_int_equal(r.cells[1].wait, r.cores < 4 ? WEIR_WAIT_YIELD : WEIR_WAIT_SPIN);
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
    small_options(&o);
    assert_true(bench_run(&o, &r, stop_at_once, &done, text, sizeof text));
    assert_true(r.interrupted);
    assert_int_equal(done, 1);
    bench_results_free(&r);
}

// --- queues that misbehave ----

static const struct weir_queue_module *good;
static struct weir_queue_ops bad_ops;
static struct bench_loops bad_loops;
static const struct weir_queue_module bad = {.abi = WEIR_MODULE_ABI, .ops = &bad_ops, .loops = &bad_loops};

static void run_bad(struct turn_answer *a)
{
    struct turn t = {.module = &bad,
                     .producers = 1,
                     .consumers = 1,
                     .batch = 1,
                     .capacity = 8,
                     .item_bytes = 8,
                     .wait = WEIR_WAIT_YIELD,
                     .seconds = 0.003};
    turn_run(&t, a);
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
    assert_non_null(strstr(a.reason, "signal 11"));
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
    w->shared = NULL;
    for (;;)
        pause();
}

static void hanging_queue_is_killed(void **state)
{
    (void)state;
    struct turn_answer a;
    start_from_good();
    bad_loops.consume = hang;
    run_bad(&a); // takes the time limit, some 5 s
    assert_non_null(strstr(a.reason, "hung"));
}

static void pingpong_knows_what_it_cannot_know(void **state)
{
    (void)state;
    int a = 0, b = 0;
    assert_true(pingpong_rtt_ns(0, 0, 100) == 0);
    assert_true(pingpong_rtt_ns(-1, 0, 100) == 0);
    assert_true(pingpong_rtt_ns(0, 1 << 20, 100) == 0);
    assert_int_equal(pingpong_state_of(0), PINGPONG_UNKNOWN);
    assert_int_equal(pingpong_state_of(100), PINGPONG_NEAR);
    assert_int_equal(pingpong_state_of(170), PINGPONG_FAR);
    assert_true(limit_ns_per_line(a, a, 4096, 0.001) == 0);
    if (!pingpong_pick_cpus(&a, &b))
        skip();
    assert_int_not_equal(a, b);
    double rtt_ns = 0; // on a busy machine a call may find a core taken
    for (int tries = 0; tries < 500 && rtt_ns == 0; tries++)
        rtt_ns = pingpong_rtt_ns(a, b, 200);
    assert_true(rtt_ns > 0);
    assert_true(limit_ns_per_line(a, b, 4096, 0.002) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_valid),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(names_are_parsed),
        cmocka_unit_test(pingpong_knows_what_it_cannot_know),
        cmocka_unit_test(every_queue_moves_items),
        cmocka_unit_test(every_wait_and_regime_runs),
        cmocka_unit_test(sides_beyond_the_flags_are_skipped),
        cmocka_unit_test(progress_can_stop_it),
        cmocka_unit_test(bad_queues_cost_their_turn_only),
        cmocka_unit_test(hanging_queue_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
