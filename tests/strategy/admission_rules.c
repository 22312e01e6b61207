// SPDX-License-Identifier: Apache-2.0
// The strategies at the door that decide before the queue is full, each against its rule worked out by hand.
#include "strategy/strategy.h"

#include "test.h"

static const uint64_t MS = 1000000, SECOND = 1000000000;

struct door {
    const struct weir_strategy_ops *ops;
    struct weir_strategy_state state;
    struct weir_offer_view view;
};

// A queue of 100 places and a source with the classes debug, info, error.
static void stand_at(struct door *d, const char *name)
{
    d->ops = weir_strategy_find(name);
    assert_non_null(d->ops);
    weir_strategy_defaults(d->ops, &d->state);
    d->view = (struct weir_offer_view){.capacity = 100, .count = 1, .classes = 3};
}

static void begin(struct door *d)
{
    if (d->ops->init)
        d->ops->init(&d->state, 1);
}

static struct weir_decision offer(struct door *d)
{
    return d->ops->on_offer(&d->state, &d->view);
}

static struct weir_decision full(struct door *d)
{
    d->view.len = d->view.capacity;
    return d->ops->on_full(&d->state, &d->view);
}

static bool enters(struct door *d, size_t len, unsigned record_class)
{
    d->view.len = len;
    d->view.record_class = record_class;
    struct weir_decision a = offer(d);
    if (a.verdict == WEIR_PUSH)
        return true;
    assert_int_equal(a.verdict, WEIR_DROP);
    assert_int_equal(a.reason, WEIR_LOSS_PRIORITY);
    return false;
}

static void priority_keeps_the_last_classes_past_the_mark(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "priority");
    for (unsigned class = 0; class < 3; class ++)
        assert_true(enters(&d, 97, class));
    assert_false(enters(&d, 98, 0)); // 98 %, as rsyslog: at the mark, not behind it
    assert_false(enters(&d, 98, 1));
    assert_true(enters(&d, 98, 2));
    assert_true(enters(&d, 99, 2));
    d.state.params[1] = 2; // keep
    assert_false(enters(&d, 99, 0));
    assert_true(enters(&d, 99, 1));
    d.state.params[1] = 0;
    assert_false(enters(&d, 99, 2));
    d.state.params[1] = 3;
    assert_true(enters(&d, 99, 0));
    d.state.params[1] = 1;
    d.state.params[0] = 0.5; // mark
    assert_true(enters(&d, 49, 0));
    assert_false(enters(&d, 50, 0));
    d.view.capacity = SIZE_MAX;
    assert_true(enters(&d, 1000000, 0));
    d.view.capacity = 100;
    d.view.classes = 1; // a source without classes has one, and it is the most important
    assert_true(enters(&d, 99, 0));
}

static void priority_on_a_full_queue(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "priority");
    d.view.record_class = 1;
    struct weir_decision a = full(&d);
    assert_int_equal(a.verdict, WEIR_DROP);
    assert_int_equal(a.reason, WEIR_LOSS_PRIORITY);
    d.view.record_class = 2;
    a = full(&d);
    assert_int_equal(a.verdict, WEIR_WAIT);
    assert_true(a.until_ns == UINT64_MAX);
}

static struct weir_decision hold(struct door *d, size_t len)
{
    d->view.len = len;
    return offer(d);
}

static void watermark_holds_delayable_sources(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "watermark");
    d.view.now_ns = d.view.offered_ns = 5 * SECOND;
    assert_int_equal(hold(&d, 99).verdict, WEIR_PUSH); // cannot wait, and there is room
    d.view.delayable = true;
    assert_int_equal(hold(&d, 69).verdict, WEIR_PUSH);
    struct weir_decision a = hold(&d, 70);
    assert_int_equal(a.verdict, WEIR_WAIT);
    assert_int_equal(a.until_ns, 6 * SECOND);
    assert_int_equal(a.below, 35); // half the mark
    assert_int_equal(hold(&d, 96).until_ns, 6 * SECOND);
    a = hold(&d, 97);
    assert_int_equal(a.verdict, WEIR_WAIT);
    assert_true(a.until_ns == UINT64_MAX);
    assert_int_equal(a.below, 49); // less than 48.5
}

static void watermark_lets_go(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "watermark");
    d.view.delayable = d.view.held = true;
    d.view.offered_ns = SECOND;
    d.view.now_ns = SECOND + 10 * MS;
    struct weir_decision a = hold(&d, 35); // held, and not yet below half the mark
    assert_int_equal(a.verdict, WEIR_WAIT);
    assert_int_equal(a.until_ns, 2 * SECOND);
    assert_int_equal(hold(&d, 34).verdict, WEIR_PUSH);
    d.view.now_ns = 2 * SECOND; // its second is over
    assert_int_equal(hold(&d, 96).verdict, WEIR_PUSH);
    assert_int_equal(hold(&d, 97).verdict, WEIR_WAIT);
}

static void watermark_on_a_full_queue(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "watermark");
    struct weir_decision a = full(&d);
    assert_int_equal(a.verdict, WEIR_DROP);
    assert_int_equal(a.reason, WEIR_LOSS_DROP_NEWEST);
    d.view.delayable = true;
    assert_int_equal(full(&d).verdict, WEIR_WAIT);
}

static bool passes(struct door *d, uint64_t now_ns, size_t count)
{
    d->view.now_ns = now_ns;
    d->view.count = count;
    struct weir_decision a = offer(d);
    if (a.verdict == WEIR_PUSH)
        return true;
    assert_int_equal(a.verdict, WEIR_DROP);
    assert_int_equal(a.reason, WEIR_LOSS_RATE_LIMITED);
    return false;
}

static void bucket(struct door *d, double rate, double burst)
{
    stand_at(d, "token_bucket");
    d->state.params[0] = rate;
    d->state.params[1] = burst;
    begin(d);
}

static void token_bucket_by_hand(void **state)
{
    (void)state;
    struct door d;
    bucket(&d, 1000, 3); // one a millisecond
    assert_true(passes(&d, 7 * SECOND, 1));
    assert_true(passes(&d, 7 * SECOND, 2));
    assert_false(passes(&d, 7 * SECOND, 1));
    assert_false(passes(&d, 7 * SECOND + MS - 1, 1));
    assert_true(passes(&d, 7 * SECOND + MS, 1));
    assert_false(passes(&d, 7 * SECOND + MS, 1));
    assert_false(passes(&d, 7 * SECOND + 3 * MS, 3)); // two are there: a group enters whole or not
    assert_true(passes(&d, 7 * SECOND + 4 * MS, 3));
    assert_false(passes(&d, 9 * SECOND, 4)); // never more than the burst
    assert_true(passes(&d, 9 * SECOND, 3));
    assert_false(passes(&d, 8 * SECOND, 1)); // a clock reading from before adds nothing
    d.view.count = 1;
    assert_int_equal(full(&d).reason, WEIR_LOSS_DROP_NEWEST);
}

// The bucket again, as simply as it can be written: drops of a nanosecond each, 1024 to a token, all whole
// numbers.
static void token_bucket_against_a_naive_one(void **state)
{
    (void)state;
    struct door d;
    bucket(&d, 1e9 / 1024, 50); // a token every 1024 ns: exact in binary
    uint64_t drops = 50 * 1024, last = 0, now = 0, x = 88172645463325252u, admitted = 0;
    for (int i = 0; i < 100000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        now += x % 3000;
        size_t count = 1 + (x >> 40) % 4;
        drops += now - last;
        drops = drops < 50 * 1024 ? drops : 50 * 1024;
        last = now;
        bool want = drops >= count * 1024;
        drops -= want ? count * 1024 : 0;
        assert_int_equal(passes(&d, now, count), want);
        admitted += want ? count : 0;
    }
    assert_true(admitted <= 50 + now / 1024);
    assert_true(admitted >= now / 1024 * 99 / 100); // twice as many were offered: all that the rate allows
}

static void token_bucket_default_is_journald(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "token_bucket");
    begin(&d);
    for (int i = 0; i < 10000; i++)
        assert_true(passes(&d, 0, 1));
    assert_false(passes(&d, 0, 1));
    assert_false(passes(&d, 29 * SECOND, 10000));
    assert_true(passes(&d, 30 * SECOND + 1, 10000));
}

static void sample_keeps_one_in_n(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "sample");
    d.state.params[0] = 4;
    begin(&d);
    for (int i = 0; i < 20; i++) {
        struct weir_decision a = offer(&d);
        assert_int_equal(a.verdict, i % 4 ? WEIR_DROP : WEIR_PUSH);
        if (i % 4)
            assert_int_equal(a.reason, WEIR_LOSS_SAMPLED);
    }
    d.view.capacity = SIZE_MAX; // always means without a bound too
    for (int i = 0; i < 20; i++)
        assert_int_equal(offer(&d).verdict, i % 4 ? WEIR_DROP : WEIR_PUSH);
    assert_int_equal(full(&d).reason, WEIR_LOSS_DROP_NEWEST);
    d.state.params[0] = 1;
    for (int i = 0; i < 5; i++)
        assert_int_equal(offer(&d).verdict, WEIR_PUSH);
}

static void sample_above_a_mark_only(void **state)
{
    (void)state;
    struct door d;
    stand_at(&d, "sample");
    d.state.params[0] = 2;
    d.state.params[1] = 0.5;
    begin(&d);
    static const size_t len[] = {0, 49, 50, 60, 49, 49, 99, 99};
    static const bool want[] = {true, true, true, false, true, true, true, false};
    for (size_t i = 0; i < sizeof len / sizeof *len; i++) {
        d.view.len = len[i];
        assert_int_equal(offer(&d).verdict == WEIR_PUSH, want[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(priority_keeps_the_last_classes_past_the_mark),
        cmocka_unit_test(priority_on_a_full_queue),
        cmocka_unit_test(watermark_holds_delayable_sources),
        cmocka_unit_test(watermark_lets_go),
        cmocka_unit_test(watermark_on_a_full_queue),
        cmocka_unit_test(token_bucket_by_hand),
        cmocka_unit_test(token_bucket_against_a_naive_one),
        cmocka_unit_test(token_bucket_default_is_journald),
        cmocka_unit_test(sample_keeps_one_in_n),
        cmocka_unit_test(sample_above_a_mark_only),
    };
    return RUN(tests);
}
