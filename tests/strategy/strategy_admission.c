// SPDX-License-Identifier: Apache-2.0
// What sets one strategy at the door apart from the other.
#include "strategy/strategy.h"

#include <string.h>

#include "test.h"

static const uint64_t MS = 1000000;

static struct weir_decision ask(const char *name, double param, const struct weir_offer_view *v)
{
    const struct weir_strategy_ops *ops = weir_strategy_find(name);
    struct weir_strategy_state s;
    assert_non_null(ops);
    assert_null(ops->on_offer); // none of these decides before the queue is full
    weir_strategy_defaults(ops, &s);
    if (param >= 0)
        s.params[0] = param;
    return ops->on_full(&s, v);
}

static const struct weir_offer_view full = {
    .now_ns = 1000, .offered_ns = 1000, .len = 4, .capacity = 4, .count = 1};

static void block_waits_without_end(void **state)
{
    (void)state;
    struct weir_offer_view late = full;
    late.now_ns = UINT64_MAX - 1;
    assert_int_equal(ask("block", -1, &full).verdict, WEIR_WAIT);
    assert_true(ask("block", -1, &full).until_ns == UINT64_MAX);
    assert_true(ask("block", -1, &late).until_ns == UINT64_MAX);
}

static void block_timeout_counts_from_the_offer(void **state)
{
    (void)state;
    struct weir_offer_view v = full;
    struct weir_decision d = ask("block_timeout", -1, &v);
    assert_int_equal(d.verdict, WEIR_WAIT);
    assert_int_equal(d.until_ns, 1000 + 2000 * MS); // two seconds, as rsyslog
    v.now_ns = 1000 + 1999 * MS;                    // woken in vain: the deadline stays
    assert_int_equal(ask("block_timeout", -1, &v).until_ns, 1000 + 2000 * MS);
    v.now_ns = 1000 + 2000 * MS - 1;
    assert_int_equal(ask("block_timeout", -1, &v).verdict, WEIR_WAIT);
    v.now_ns++;
    d = ask("block_timeout", -1, &v);
    assert_int_equal(d.verdict, WEIR_DROP);
    assert_int_equal(d.reason, WEIR_LOSS_TIMEOUT);
}

static void block_timeout_with_its_parameter(void **state)
{
    (void)state;
    assert_int_equal(ask("block_timeout", 50e6, &full).until_ns, 1000 + 50 * MS);
    assert_int_equal(ask("block_timeout", 0, &full).verdict, WEIR_DROP);
    struct weir_offer_view v = full;
    v.now_ns = v.offered_ns = UINT64_MAX - 5;
    assert_true(ask("block_timeout", 50e6, &v).until_ns == UINT64_MAX);
}

static void drop_newest_drops(void **state)
{
    (void)state;
    struct weir_decision d = ask("drop_newest", -1, &full);
    assert_int_equal(d.verdict, WEIR_DROP);
    assert_int_equal(d.reason, WEIR_LOSS_DROP_NEWEST);
}

static void drop_oldest_evicts_64_times(void **state)
{
    (void)state;
    struct weir_offer_view v = full;
    for (v.turns = 0; v.turns < 64; v.turns++) {
        struct weir_decision d = ask("drop_oldest", -1, &v);
        assert_int_equal(d.verdict, WEIR_EVICT);
        assert_int_equal(d.reason, WEIR_LOSS_DROP_OLDEST);
    }
    struct weir_decision d = ask("drop_oldest", -1, &v);
    assert_int_equal(d.verdict, WEIR_DROP);
    assert_int_equal(d.reason, WEIR_LOSS_DROP_NEWEST);
}

static void drop_oldest_spares_the_queue_from_a_group_that_cannot_fit(void **state)
{
    (void)state;
    struct weir_offer_view v = full;
    v.count = 4;
    assert_int_equal(ask("drop_oldest", -1, &v).verdict, WEIR_EVICT);
    v.count = 5;
    assert_int_equal(ask("drop_oldest", -1, &v).verdict, WEIR_DROP);
}

static void reject_hints_when_to_come_back(void **state)
{
    (void)state;
    struct weir_decision d = ask("reject", -1, &full);
    assert_int_equal(d.verdict, WEIR_REFUSE);
    assert_int_equal(d.retry_after_ns, 1000 * MS);
    assert_int_equal(ask("reject", 250e6, &full).retry_after_ns, 250 * MS);
    assert_int_equal(ask("reject", 0, &full).retry_after_ns, 0);
}

static void loss_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "drop_newest", "drop_oldest",  "timeout",  "priority",        "aqm",
        "expired",     "rate_limited", "sampled",  "retry_exhausted", "sink_error",
        "oversize",    "spill",        "shutdown", "crash",           "kernel"};
    assert_int_equal(WEIR_LOSS_COUNT, sizeof names / sizeof *names);
    for (size_t i = 0; i < WEIR_LOSS_COUNT; i++)
        assert_string_equal(weir_loss_name((enum weir_loss)i), names[i]);
    assert_null(weir_loss_name(WEIR_LOSS_COUNT));
    assert_null(weir_loss_name((enum weir_loss) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_waits_without_end),
        cmocka_unit_test(block_timeout_counts_from_the_offer),
        cmocka_unit_test(block_timeout_with_its_parameter),
        cmocka_unit_test(drop_newest_drops),
        cmocka_unit_test(drop_oldest_evicts_64_times),
        cmocka_unit_test(drop_oldest_spares_the_queue_from_a_group_that_cannot_fit),
        cmocka_unit_test(reject_hints_when_to_come_back),
        cmocka_unit_test(loss_names),
    };
    return RUN(tests);
}
