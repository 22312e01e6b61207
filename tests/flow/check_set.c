// SPDX-License-Identifier: Apache-2.0
// The sink's bitmap against a naive set, and what a check concludes from broken deliveries.
#include "fixture.h"

#include "base/rng.h"
#include "flow/check.h"

static void set_agrees_with_a_naive_one(void **state)
{
    (void)state;
    enum { LIMIT = 20000 };
    static bool naive[LIMIT];
    struct seen s = {0};
    struct rng r;
    rng_init(&r, 1, "set");
    for (int i = 0; i < 60000; i++) {
        uint64_t seq = rng_below(&r, LIMIT);
        assert_int_equal(seen_add(&s, seq), !naive[seq]);
        naive[seq] = true;
    }
    uint64_t members = 0, gap = 0, longest = 0, got_gap = 0;
    for (uint64_t i = 0; i < LIMIT; i++) {
        assert_int_equal(seen_has(&s, i), naive[i]);
        members += naive[i];
        gap = naive[i] ? 0 : gap + 1;
        longest = gap > longest ? gap : longest;
    }
    assert_int_equal(s.count, members);
    assert_int_equal(seen_below(&s, LIMIT, &got_gap), members);
    assert_int_equal(got_gap, longest);
    seen_free(&s);
}

static void full_chunks_collapse(void **state)
{
    (void)state;
    struct seen s = {0};
    for (uint64_t i = 0; i < 3 * 4096; i++)
        assert_true(seen_add(&s, i));
    assert_false(seen_add(&s, 4096));
    assert_true(seen_has(&s, 5000));
    assert_false(seen_has(&s, 3 * 4096));
    uint64_t gap = 0;
    assert_int_equal(seen_below(&s, 5 * 4096, &gap), 3 * 4096);
    assert_int_equal(gap, 2 * 4096);
    seen_free(&s);
}

static void far_numbers_are_refused(void **state)
{
    (void)state;
    struct seen s = {0};
    assert_false(seen_add(&s, UINT64_MAX));
    assert_int_equal(s.chunk_count, 0); // and nothing grew for it
}

static struct sink_check conclude(struct check *c, size_t shards, uint64_t generated, uint64_t *unique)
{
    struct sink_check out = check_conclude(c, shards, &generated, 1, unique);
    for (size_t i = 0; i < shards; i++)
        check_free(&c[i]);
    return out;
}

static void conclusions(void **state)
{
    (void)state;
    struct check c[2];
    uint64_t unique;
    for (int i = 0; i < 2; i++)
        assert_true(check_init(&c[i], 1));
    for (uint64_t seq = 0; seq < 10; seq++)
        check_arrival(&c[seq % 2], 0, seq, true);
    check_arrival(&c[0], 0, 4, true);   // doubled in the same shard
    check_arrival(&c[1], 0, 6, true);   // doubled in the other shard
    check_arrival(&c[0], 0, 11, false); // corrupted
    check_arrival(&c[0], 0, 20, true);  // never generated
    check_arrival(&c[0], 7, 0, true);   // nobody's
    struct sink_check out = conclude(c, 2, 15, &unique);
    assert_int_equal(out.duplicated, 2);
    assert_int_equal(out.corrupted, 1);
    assert_int_equal(out.invented, 2);
    assert_int_equal(unique, 11);
    assert_int_equal(out.missing, 4);
    assert_int_equal(out.longest_gap_records, 3); // 12, 13, 14
}

static void ledger_arithmetic(void **state)
{
    (void)state;
    struct ledger l = {.generated = 100,
                       .delivered = 60,
                       .filtered = 5,
                       .refused_final = 4,
                       .in_flight = 3,
                       .spilled = 2,
                       .unsent = 6};
    l.lost[WEIR_LOSS_DROP_NEWEST] = 10;
    l.lost[WEIR_LOSS_KERNEL] = 9;
    assert_int_equal(ledger_lost(&l), 19);
    assert_int_equal(ledger_unknown(&l), 1);
    struct ledger sum = l;
    ledger_add(&sum, &l);
    assert_int_equal(sum.generated, 200);
    assert_int_equal(ledger_unknown(&sum), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_agrees_with_a_naive_one), cmocka_unit_test(full_chunks_collapse),
        cmocka_unit_test(far_numbers_are_refused),     cmocka_unit_test(conclusions),
        cmocka_unit_test(ledger_arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
