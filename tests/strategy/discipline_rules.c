// SPDX-License-Identifier: Apache-2.0
// Each discipline against its source's rule, worked out by hand.
#include "strategy/discipline.h"

#include "test.h"

static const uint64_t US = 1000, MS = 1000000, SECOND = 1000000000;
static const uint64_t START = 1000000000000; // late enough for the longest sojourn

struct queue {
    const struct weir_discipline_ops *ops;
    struct weir_strategy_state state;
};

static void use(struct queue *q, const char *name)
{
    q->ops = weir_discipline_find(name);
    assert_non_null(q->ops);
    weir_params_defaults(q->ops->params, &q->state);
}

// Most rules of PIE are about one that is awake.
static void use_pie(struct queue *q)
{
    use(q, "pie");
    q->state.params[5] = 0;
}

static void begin(struct queue *q)
{
    if (q->ops->init)
        q->ops->init(&q->state, 1);
}

// One record that waited so long, with so many left behind it. True: dropped.
static bool leaves(struct queue *q, uint64_t now_ns, uint64_t sojourn_ns, size_t len)
{
    struct weir_dequeue_view v = {.now_ns = now_ns, .len = len, .capacity = 1024};
    v.enqueued_ns = v.intended_ns = now_ns - sojourn_ns;
    struct weir_fate f = weir_discipline_dequeue(q->ops, &q->state, &v);
    if (f.drop && q->ops != weir_discipline_find("ttl"))
        assert_int_equal(f.reason, WEIR_LOSS_AQM);
    return f.drop;
}

static void near_to(double got, double want)
{
    if (!(got > want * (1 - 1e-9) - 1e-15 && got < want * (1 + 1e-9) + 1e-15))
        fail_msg("%.17g instead of %.17g", got, want);
}

static void fifo_delivers(void **state)
{
    (void)state;
    struct queue q;
    use(&q, "fifo");
    for (int i = 0; i < 100; i++)
        assert_false(leaves(&q, 100 * SECOND, (uint64_t)i * SECOND, 1000));
}

static void ttl_goes_by_age(void **state)
{
    (void)state;
    struct queue q;
    use(&q, "ttl");
    q.state.params[0] = 50e6;
    struct weir_dequeue_view v = {.now_ns = SECOND, .enqueued_ns = SECOND, .intended_ns = SECOND - 50 * MS};
    assert_false(q.ops->on_dequeue(&q.state, &v).drop);
    v.intended_ns--; // pushed just now, yet too old
    assert_true(q.ops->on_dequeue(&q.state, &v).drop);
    assert_int_equal(q.ops->on_dequeue(&q.state, &v).reason, WEIR_LOSS_EXPIRED);
    v.intended_ns = SECOND + 1; // ahead of its schedule
    assert_false(q.ops->on_dequeue(&q.state, &v).drop);
    assert_int_equal(q.ops->params[0].fallback, 60e9);
}

// A consumer comes once a millisecond; every record has waited 10 ms and ten more wait behind it.
// The first drop is due an interval after the first look; the n-th after that 100 ms / sqrt(n) after its
// predecessor's plan: 1200, + 70.711, + 57.735, + 50, + 44.721, + 40.825, + 37.796, + 35.355 ...
static void codel_drops_on_time(void **state)
{
    (void)state;
    static const uint64_t want[] = {1100, 1200, 1271, 1329, 1379, 1424, 1464, 1502, 1538};
    struct queue q;
    use(&q, "codel");
    size_t drops = 0;
    for (uint64_t ms = 1000; ms < 1540; ms++) {
        while (leaves(&q, ms * MS, 10 * MS, 10)) {
            assert_true(drops < sizeof want / sizeof *want);
            assert_int_equal(ms, want[drops]);
            drops++;
        }
    }
    assert_int_equal(drops, sizeof want / sizeof *want);
}

// What 400 ms without a look have let pile up is dropped in one go: the plans of 1200, 1270.7, 1328.4,
// 1378.4, 1423.2 and 1464.0 ms have passed at 1500, that of 1501.8 has not.
static void codel_catches_up_in_one_go(void **state)
{
    (void)state;
    struct queue q;
    use(&q, "codel");
    assert_false(leaves(&q, 1000 * MS, 10 * MS, 20));
    assert_true(leaves(&q, 1100 * MS, 10 * MS, 19));
    assert_false(leaves(&q, 1100 * MS, 10 * MS, 18));
    for (size_t i = 0; i < 6; i++)
        assert_true(leaves(&q, 1500 * MS, 10 * MS, 17 - i));
    assert_false(leaves(&q, 1500 * MS, 10 * MS, 11));
    assert_false(leaves(&q, 1501 * MS, 10 * MS, 10));
    assert_true(leaves(&q, 1502 * MS, 10 * MS, 9));
}

static void codel_spares_bursts_and_short_queues(void **state)
{
    (void)state;
    struct queue q;
    use(&q, "codel");
    for (uint64_t ms = 0; ms < 1000; ms++) // 99 ms above the target, then one record below
        assert_false(leaves(&q, SECOND + ms * MS, ms % 100 == 99 ? 5 * MS - 1 : 80 * MS, 50));
    for (uint64_t ms = 0; ms < 1000; ms++) // one record left behind: the consumer must not run dry
        assert_false(leaves(&q, 3 * SECOND + ms * MS, 80 * MS, 1));
    for (uint64_t ms = 0; ms < 100; ms++)
        assert_false(leaves(&q, 5 * SECOND + ms * MS, 5 * MS, 2));
    assert_true(leaves(&q, 5 * SECOND + 100 * MS, 5 * MS, 2)); // the target itself is too long
    assert_false(leaves(&q, 5 * SECOND + 100 * MS, 0, 0));     // the one behind it is delivered
}

// Seven drops, the last six of them in the state: the next one starts with six when it comes soon.
static void run_to_seven_drops(struct queue *q)
{
    use(q, "codel");
    int drops = 0;
    for (uint64_t ms = 1000; ms <= 1464; ms++) {
        while (leaves(q, ms * MS, 10 * MS, 10))
            drops++;
    }
    assert_int_equal(drops, 7);
    assert_false(leaves(q, 1470 * MS, MS, 10)); // below the target: the state ends; the next plan was 1501.8
}

static void codel_starts_again_where_it_was(void **state)
{
    (void)state;
    struct queue q;
    run_to_seven_drops(&q);
    assert_false(leaves(&q, 1600 * MS, 10 * MS, 10));
    assert_true(leaves(&q, 1700 * MS, 10 * MS, 10));
    assert_false(leaves(&q, 1700 * MS, 10 * MS, 10));
    assert_false(leaves(&q, 1740 * MS, 10 * MS, 10)); // 100 / sqrt(6) = 40.825
    assert_true(leaves(&q, 1741 * MS, 10 * MS, 10));
}

static void codel_forgets_after_16_intervals(void **state)
{
    (void)state;
    struct queue q;
    run_to_seven_drops(&q);
    assert_false(leaves(&q, 3002 * MS, 10 * MS, 10));
    assert_true(leaves(&q, 3102 * MS, 10 * MS, 10)); // 1600.2 ms after the plan of 1501.8
    assert_false(leaves(&q, 3102 * MS, 10 * MS, 10));
    assert_false(leaves(&q, 3201 * MS, 10 * MS, 10));
    assert_true(leaves(&q, 3202 * MS, 10 * MS, 10));
    struct queue r;
    run_to_seven_drops(&r);
    assert_false(leaves(&r, 3001 * MS, 10 * MS, 10));
    assert_true(leaves(&r, 3101 * MS, 10 * MS, 10)); // 1599.2 ms after it
    assert_false(leaves(&r, 3101 * MS, 10 * MS, 10));
    assert_true(leaves(&r, 3142 * MS, 10 * MS, 10));
}

// With an interval of 1 ns every plan is due at once, but the record behind the drop that began is delivered.
static void codel_delivers_the_record_behind_the_first(void **state)
{
    (void)state;
    struct queue q;
    use(&q, "codel");
    q.state.params[1] = 1;
    assert_false(leaves(&q, SECOND, 10 * MS, 10));
    assert_true(leaves(&q, SECOND + 1, 10 * MS, 10));
    assert_false(leaves(&q, SECOND + 1, 10 * MS, 10));
    for (int i = 0; i < 5; i++)
        assert_true(leaves(&q, SECOND + 2, 10 * MS, 10));
    assert_false(leaves(&q, SECOND + 2, 0, 10)); // the state ends
    assert_false(leaves(&q, SECOND + 3, 10 * MS, 10));
    assert_true(leaves(&q, SECOND + 4, 10 * MS, 10)); // begins with five: the next is due at once
    assert_false(leaves(&q, SECOND + 4, 10 * MS, 10));
    assert_true(leaves(&q, SECOND + 4, 10 * MS, 10));
}

static bool arrives(struct queue *q, uint64_t now_ns, size_t len)
{
    struct weir_enqueue_view v = {.now_ns = now_ns, .intended_ns = now_ns, .len = len, .capacity = 1024};
    struct weir_fate f = weir_discipline_enqueue(q->ops, &q->state, &v);
    if (f.drop)
        assert_int_equal(f.reason, WEIR_LOSS_AQM);
    return f.drop;
}

static double share(const struct queue *q)
{
    return q->ops->drop_share(&q->state);
}

static void pie_steps_by_hand(void **state)
{
    (void)state;
    struct queue q;
    use_pie(&q);
    begin(&q);
    leaves(&q, SECOND, 20 * MS, 50); // the clock starts
    near_to(share(&q), 0);
    leaves(&q, SECOND + 15 * MS - 1, 20 * MS, 50);
    near_to(share(&q), 0);
    leaves(&q, SECOND + 15 * MS, 20 * MS, 50); // (0.125 x 0.005 + 1.25 x 0.020) / 2048
    near_to(share(&q), 0.025625 / 2048);
    arrives(&q, SECOND + 30 * MS, 50); // 0.125 x 0.005 / 128
    near_to(share(&q), 0.025625 / 2048 + 0.000625 / 128);
    arrives(&q, SECOND + 30 * MS, 50);
    near_to(share(&q), 0.025625 / 2048 + 0.000625 / 128);
    arrives(&q, SECOND + 74 * MS, 50); // two more are due
    near_to(share(&q), 0.025625 / 2048 + 3 * 0.000625 / 128);
    use_pie(&q);
    begin(&q);
    leaves(&q, SECOND, 20 * MS, 0); // the last one leaves no queue, however long it was in it
    arrives(&q, SECOND + 15 * MS, 50);
    near_to(share(&q), 0);
}

// Alpha alone moves the probability by the same amount each time, but for the table: delay - target = 8 s,
// so 1.
static void pie_tunes_itself(void **state)
{
    (void)state;
    static const struct {
        double below, divisor;
    } table[] = {{1e-6, 2048}, {1e-5, 512}, {1e-4, 128}, {1e-3, 32}, {1e-2, 8}, {1e-1, 2}};
    struct queue q;
    for (int scale = 0; scale < 8; scale++) {
        use_pie(&q);
        double step = 1e-7;
        for (int i = 0; i < scale; i++)
            step *= 8;
        q.state.params[2] = step / 8; // alpha
        q.state.params[3] = 0;
        begin(&q);
        double want = 0;
        leaves(&q, START, 8015 * MS, 50);
        for (uint64_t i = 1; i < 200; i++) {
            double add = step;
            size_t k = 0;
            while (k < 6 && want >= table[k].below)
                k++;
            want += k < 6 ? add / table[k].divisor : add > 0.02 ? 0.02 : add;
            want = want < 1 ? want : 1;
            arrives(&q, START + i * 15 * MS, 50);
            near_to(share(&q), want);
        }
    }
}

static void pie_caps_and_fades(void **state)
{
    (void)state;
    struct queue q;
    use_pie(&q);
    q.state.params[3] = 0; // beta
    q.state.params[4] = 0; // no burst
    begin(&q);
    leaves(&q, START, 807 * SECOND, 50); // alpha alone: 0.125 x 806.985 = 100.873125
    arrives(&q, START + 15 * MS, 50);
    double p = 100.873125 / 2048;
    near_to(share(&q), p);
    arrives(&q, START + 30 * MS, 50); // halved below 10 %, and far more than 1
    near_to(share(&q), 1);
    leaves(&q, START + 31 * MS, 0, 0); // the queue is empty: no delay
    arrives(&q, START + 45 * MS, 50);
    near_to(share(&q), 1 - 0.001875);
    arrives(&q, START + 60 * MS, 50); // no delay twice: it fades
    near_to(share(&q), (1 - 2 * 0.001875) * 0.98);
    assert_true(
        arrives(&q, START + 60 * MS, 50)); // no delay spares only while it drops less than one in five
    leaves(&q, START + 61 * MS, 807 * SECOND, 50);
    arrives(&q, START + 75 * MS, 50);
    near_to(share(&q), (1 - 2 * 0.001875) * 0.98 + 0.02); // at most 2 % a step
}

// Without alpha one update with a delay of 204.8 ms makes 1000 x 0.2048 / 2048 = 10 % of it, and that stays.
static void steady_ten_percent(struct queue *q, double burst)
{
    use_pie(q);
    q->state.params[2] = 0;
    q->state.params[3] = 1000;
    q->state.params[4] = burst;
    begin(q);
    leaves(q, SECOND, 204800 * US, 50);
    arrives(q, SECOND + 15 * MS, 0);
    near_to(share(q), 0.1);
}

static void pie_spreads_its_drops(void **state)
{
    (void)state;
    struct queue q;
    steady_ten_percent(&q, 0);
    int since = 0, drops = 0, longest = 0;
    for (int i = 0; i < 100000; i++) {
        bool drop = arrives(&q, SECOND + 15 * MS, 50);
        since++;
        if (drop) {
            assert_true(since >= 9);  // 0.85 is reached with the ninth
            assert_true(since <= 86); // 8.5 with the 85th, give or take a rounding
            longest = since > longest ? since : longest;
            since = 0;
            drops++;
        }
    }
    // Nine records, then on average nine more until one in ten is drawn: one in 18.
    assert_in_range(drops, 100000 / 19, 100000 / 17);
    assert_true(longest > 40);
}

static void pie_safeguards(void **state)
{
    (void)state;
    struct queue q;
    steady_ten_percent(&q, 0);
    for (int i = 0; i < 1000; i++)
        assert_false(arrives(&q, SECOND + 15 * MS, 2)); // next to nothing waits
    steady_ten_percent(&q, 150e6);                      // 15 ms of it are gone
    for (uint64_t i = 1; i < 9; i++)
        for (int k = 0; k < 100; k++)
            assert_false(arrives(&q, SECOND + 15 * MS + i * 15 * MS, 50));
    int drops = 0;
    for (int k = 0; k < 100; k++)
        drops += arrives(&q, SECOND + 15 * MS + 9 * 15 * MS, 50);
    assert_true(drops > 0);
    steady_ten_percent(&q, 0);
    q.state.params[3] = 0;                // beta off: the share stays when the delay falls
    leaves(&q, SECOND + 16 * MS, MS, 50); // below half the target from the next update on
    arrives(&q, SECOND + 30 * MS, 0);
    near_to(share(&q), 0.1);
    for (int i = 0; i < 1000; i++)
        assert_false(arrives(&q, SECOND + 30 * MS, 50));
}

static void pie_allows_a_new_burst_when_calm(void **state)
{
    (void)state;
    struct queue q;
    use_pie(&q);
    begin(&q);
    leaves(&q, SECOND, 100 * MS, 50);
    arrives(&q, 2 * SECOND, 50); // its allowance is used up
    leaves(&q, 2 * SECOND, 0, 0);
    arrives(&q, 12 * SECOND, 0); // and calm again
    near_to(share(&q), 0);
    q.state.params[2] = 1000;
    for (uint64_t i = 0; i < 9; i++) {
        leaves(&q, 12 * SECOND + i * 15 * MS, 10 * SECOND, 50);
        for (int k = 0; k < 100; k++)
            assert_false(arrives(&q, 12 * SECOND + i * 15 * MS, 50));
    }
    near_to(share(&q), 1);
    int drops = 0;
    for (uint64_t i = 9; i < 12; i++)
        drops += arrives(&q, 12 * SECOND + i * 15 * MS, 50);
    assert_true(drops > 0);
}

// Asleep below a third of the queue, whatever the delay; new when it wakes; asleep again when all is calm.
static void pie_sleeps_and_wakes(void **state)
{
    (void)state;
    struct queue q;
    use(&q, "pie");
    q.state.params[4] = 0; // no burst allowance
    begin(&q);
    for (uint64_t i = 0; i < 100; i++) {
        leaves(&q, SECOND + i * 15 * MS, SECOND, 50);
        assert_false(arrives(&q, SECOND + i * 15 * MS, 341)); // 1024 / 3 is 341.33
    }
    near_to(share(&q), 0);
    leaves(&q, 3 * SECOND - 1, 1, 50); // and calm
    assert_false(arrives(&q, 3 * SECOND, 342));
    assert_false(arrives(&q, 3 * SECOND + MS, 343)); // calm as it is, a queue in use keeps it awake
    leaves(&q, 3 * SECOND + 15 * MS, SECOND, 50);
    near_to(share(&q), 0);
    leaves(&q, 3 * SECOND + 30 * MS, SECOND, 50);
    near_to(share(&q), (0.125 * 0.985 + 1.25 * (1 - 1e-9)) / 2048);
    for (uint64_t i = 3; i < 400; i++)
        leaves(&q, 3 * SECOND + i * 15 * MS, 5 * SECOND, 50);
    assert_true(share(&q) > 0.5);
    arrives(&q, 9 * SECOND, 0);
    assert_true(share(&q) > 0); // empty, but not calm: it stays awake
    for (uint64_t i = 0; i < 4000; i++)
        leaves(&q, 9 * SECOND + i * 15 * MS, 0, 0);
    near_to(share(&q), 0);
    arrives(&q, 70 * SECOND, 0); // asleep
    for (uint64_t i = 0; i < 100; i++)
        leaves(&q, 70 * SECOND + i * 15 * MS, SECOND, 50);
    near_to(share(&q), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifo_delivers),
        cmocka_unit_test(ttl_goes_by_age),
        cmocka_unit_test(codel_drops_on_time),
        cmocka_unit_test(codel_catches_up_in_one_go),
        cmocka_unit_test(codel_spares_bursts_and_short_queues),
        cmocka_unit_test(codel_starts_again_where_it_was),
        cmocka_unit_test(codel_forgets_after_16_intervals),
        cmocka_unit_test(codel_delivers_the_record_behind_the_first),
        cmocka_unit_test(pie_steps_by_hand),
        cmocka_unit_test(pie_tunes_itself),
        cmocka_unit_test(pie_caps_and_fades),
        cmocka_unit_test(pie_spreads_its_drops),
        cmocka_unit_test(pie_safeguards),
        cmocka_unit_test(pie_allows_a_new_burst_when_calm),
        cmocka_unit_test(pie_sleeps_and_wakes),
    };
    return RUN(tests);
}
