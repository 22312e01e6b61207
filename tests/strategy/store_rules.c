// SPDX-License-Identifier: Apache-2.0
// The stores of fq_codel and adaptive_lifo: what every store promises, and each against its source's rule.
#include "strategy/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "test.h"

static const uint64_t MS = 1000000, SECOND = 1000000000;

struct box {
    const struct weir_store_ops *ops;
    struct weir_strategy_state params;
    void *store;
    size_t capacity;
};

static struct box make(const char *name, size_t capacity)
{
    const struct weir_discipline_ops *d = weir_discipline_find(name);
    assert_non_null(d);
    assert_non_null(d->store);
    struct box b = {.ops = d->store, .capacity = capacity};
    weir_params_defaults(d->params, &b.params);
    return b;
}

static void start(struct box *b, uint64_t seed)
{
    b->store = calloc(1, b->ops->bytes(&b->params, b->capacity));
    assert_non_null(b->store);
    b->ops->init(b->store, &b->params, b->capacity, seed);
}

static void put(struct box *b, uint64_t item, uint64_t flow, uint32_t bytes, uint64_t now_ns)
{
    b->ops->put(b->store, &(struct weir_store_item){item, flow, now_ns, bytes});
}

// ---- any store ----

enum { STEPS = 20000 };

static const struct weir_store_ops *store_at(size_t index, const char **name)
{
    const struct weir_discipline_ops *d;
    for (size_t i = 0; (d = weir_discipline_at(i)) != NULL; i++)
        if (d->store && index-- == 0) {
            *name = d->name;
            return d->store;
        }
    return NULL;
}

// One step that the random stream picks, done to both stores alike: what comes out must be the same, must
// have gone in, and must come out once.
static void step(struct box *a, struct box *b, struct rng *r, uint64_t now_ns, bool *inside, uint64_t *next)
{
    struct weir_taken x = {0}, y = {0};
    bool got, same;
    switch (rng_below(r, 16)) {
    case 0: got = a->ops->victim(a->store, &x), same = got == b->ops->victim(b->store, &y); break;
    case 1:
        got = a->ops->expired && a->ops->expired(a->store, now_ns, &x);
        same = got == (b->ops->expired && b->ops->expired(b->store, now_ns, &y));
        break;
    case 2:
        got = a->ops->overflow && a->ops->overflow(a->store, &x);
        same = got == (b->ops->overflow && b->ops->overflow(b->store, &y));
        break;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7: got = a->ops->take(a->store, now_ns, &x), same = got == b->ops->take(b->store, now_ns, &y); break;
    default:
        if (a->ops->len(a->store) < a->capacity) {
            uint64_t flow = rng_below(r, 5) ? 1 : rng_u64(r);
            uint32_t bytes = (uint32_t)rng_below(r, 4000) * (uint32_t)rng_below(r, 2);
            put(a, *next, flow, bytes, now_ns);
            put(b, *next, flow, bytes, now_ns);
            inside[(*next)++] = true;
        }
        return;
    }
    assert_true(same);
    if (!got)
        return;
    assert_int_equal(x.item, y.item);
    assert_int_equal(x.fate.drop, y.fate.drop);
    assert_true(x.item < *next && inside[x.item]);
    inside[x.item] = false;
}

static void every_store_hands_out_what_it_holds_once(void **state)
{
    (void)state;
    const char *name;
    for (size_t i = 0; store_at(i, &name); i++)
        for (size_t capacity = 1; capacity <= 300; capacity += 23) {
            struct box a = make(name, capacity), b = make(name, capacity);
            start(&a, 3);
            start(&b, 3);
            struct rng r;
            rng_init(&r, capacity, name);
            static bool inside[STEPS];
            memset(inside, 0, sizeof inside);
            uint64_t next = 0, now = SECOND, held = 0;
            for (int k = 0; k < STEPS; k++) {
                step(&a, &b, &r, now, inside, &next);
                now += rng_u64(&r) >> (40 + rng_below(&r, 20)); // up to 16 ms
                assert_true(a.ops->len(a.store) <= capacity);
            }
            for (uint64_t k = 0; k < next; k++)
                held += inside[k];
            assert_int_equal(a.ops->len(a.store), held);
            struct weir_taken x;
            while (a.ops->take(a.store, now, &x)) {
                assert_true(inside[x.item]);
                inside[x.item] = false;
                held--;
            }
            assert_int_equal(held, 0);
            assert_int_equal(a.ops->len(a.store), 0);
            assert_false(a.ops->victim(a.store, &x));
            free(a.store);
            free(b.store);
        }
}

// At time 0 nothing has waited: everything comes out whole.
static void a_look_at_time_zero_drops_nothing(void **state)
{
    (void)state;
    const char *name;
    for (size_t i = 0; store_at(i, &name); i++) {
        struct box b = make(name, 100);
        start(&b, 1);
        for (uint64_t k = 0; k < 100; k++)
            put(&b, k, k % 3, 100, SECOND + k * 10 * MS);
        struct weir_taken x;
        for (uint64_t k = 0; k < 100; k++) {
            assert_true(b.ops->take(b.store, 0, &x));
            assert_false(x.fate.drop);
        }
        assert_false(b.ops->take(b.store, 0, &x));
        free(b.store);
    }
}

// ---- fq_codel ----

static uint64_t taken_at(struct box *b, uint64_t now_ns)
{
    struct weir_taken x = {0};
    return b->ops->take(b->store, now_ns, &x) && !x.fate.drop ? x.item : UINT64_MAX;
}

// A quantum of 300 bytes is three records of 100: flows take turns by bytes, and one that comes new goes
// before those that have had their turn.
static void flows_take_turns_by_bytes(void **state)
{
    (void)state;
    struct box b = make("fq_codel", 100);
    b.params.params[3] = 300;
    start(&b, 1);
    for (uint64_t k = 0; k < 8; k++)
        put(&b, 100 + k, 1, 100, SECOND);
    for (uint64_t k = 0; k < 4; k++)
        put(&b, 200 + k, 2, 300, SECOND);
    static const uint64_t first[] = {100, 101, 102, 200};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(taken_at(&b, SECOND), first[i]);
    put(&b, 300, 3, 100, SECOND);
    static const uint64_t then[] = {300, 103, 104, 105, 201, 106, 107, 202, 203};
    for (size_t i = 0; i < sizeof then / sizeof *then; i++)
        assert_int_equal(taken_at(&b, SECOND), then[i]);
    assert_int_equal(taken_at(&b, SECOND), UINT64_MAX);
    free(b.store);
}

// A flow that is empty when its turn as a new one ends is not new again with its next record.
static void a_sparse_flow_cannot_starve_the_others(void **state)
{
    (void)state;
    struct box b = make("fq_codel", 100);
    b.params.params[3] = 100;
    start(&b, 1);
    for (uint64_t k = 0; k < 10; k++)
        put(&b, 100 + k, 1, 100, SECOND);
    assert_int_equal(taken_at(&b, SECOND), 100); // flow 1 has had its turn as a new one
    put(&b, 200, 2, 50, SECOND);
    assert_int_equal(taken_at(&b, SECOND), 200); // new, and has credit left
    assert_int_equal(taken_at(&b, SECOND), 101); // flow 2 was found empty: now it is an old one
    put(&b, 201, 2, 50, SECOND);
    assert_int_equal(taken_at(&b, SECOND), 201);
    put(&b, 202, 2, 50, SECOND);
    assert_int_equal(taken_at(&b, SECOND), 102);
    free(b.store);
}

static void the_fattest_flow_makes_room(void **state)
{
    (void)state;
    struct box b = make("fq_codel", 100);
    b.params.params[4] = 8;
    start(&b, 1);
    for (uint64_t k = 0; k < 60; k++)
        put(&b, 100 + k, 1, 10, SECOND);
    for (uint64_t k = 0; k < 10; k++)
        put(&b, 200 + k, 2, 100, SECOND); // fewer records, more bytes
    struct weir_taken x;
    uint64_t expected = 200;
    while (b.ops->overflow(b.store, &x)) {
        assert_int_equal(x.item, expected++);
        assert_true(x.fate.drop && x.fate.reason == WEIR_LOSS_AQM);
    }
    assert_int_equal(expected, 205); // half of its bytes
    expected = 100;
    while (b.ops->overflow(b.store, &x))
        assert_int_equal(x.item, expected++);
    assert_int_equal(expected, 108); // 600 bytes against 500; half would be 30, a batch is 8
    assert_true(b.ops->victim(b.store, &x));
    assert_int_equal(x.item, 108);
    free(b.store);
}

// The loud flow's CoDel drops, the quiet one's does not.
static void each_flow_has_its_own_codel(void **state)
{
    (void)state;
    struct box b = make("fq_codel", 4000);
    start(&b, 1);
    for (uint64_t k = 0; k < 2000; k++)
        put(&b, k, 1, 1514, SECOND);
    size_t dropped[3] = {0};
    for (uint64_t now = SECOND; now < 2 * SECOND; now += 2 * MS) {
        put(&b, 1000000, 2, 1514, now);
        for (int i = 0; i < 2; i++) {
            struct weir_taken x;
            do {
                assert_true(b.ops->take(b.store, now, &x));
                dropped[x.item == 1000000 ? 2 : 1] += x.fate.drop;
            } while (x.fate.drop);
        }
    }
    assert_true(dropped[1] > 10);
    assert_int_equal(dropped[2], 0);
    free(b.store);
}

// ---- adaptive_lifo ----

static void fifo_until_the_queue_stands(void **state)
{
    (void)state;
    struct box b = make("adaptive_lifo", 1000);
    start(&b, 1);
    uint64_t t = SECOND;
    for (uint64_t k = 0; k < 120; k++) // one a millisecond; empty last at the first
        put(&b, k, 0, 100, t + k * MS);
    // 100 ms after it was empty: still first in, first out, and whole.
    assert_int_equal(taken_at(&b, t + 100 * MS), 0);
    assert_int_equal(taken_at(&b, t + 100 * MS), 1);
    // Record 2 came at 2 ms and may wait for 100: one after 102 ms is too late. 101 and later came while the
    // queue stood and may wait for 5 ms.
    struct weir_taken x;
    assert_true(b.ops->take(b.store, t + 102 * MS + 1, &x));
    assert_true(x.fate.drop && x.fate.reason == WEIR_LOSS_EXPIRED && x.item == 2);
    assert_true(b.ops->take(b.store, t + 102 * MS + 1, &x));
    assert_true(!x.fate.drop && x.item == 119); // the queue stands: the newest
    assert_int_equal(taken_at(&b, t + 102 * MS + 1), 118);
    size_t gone = 0; // at 119 ms + 1: 3..19 waited over 100 ms, 101..114 over 5
    while (b.ops->expired(b.store, t + 119 * MS + 1, &x))
        gone++;
    assert_int_equal(gone, 17 + 14);
    assert_int_equal(taken_at(&b, t + 119 * MS + 1), 117);
    assert_true(b.ops->victim(b.store, &x));
    assert_int_equal(x.item, 20); // the oldest
    free(b.store);
}

static void an_empty_queue_is_calm_again(void **state)
{
    (void)state;
    struct box b = make("adaptive_lifo", 10);
    start(&b, 1);
    put(&b, 1, 0, 1, SECOND);
    assert_int_equal(taken_at(&b, SECOND + 50 * MS), 1); // empty
    put(&b, 2, 0, 1, SECOND + 140 * MS);
    put(&b, 3, 0, 1, SECOND + 141 * MS);
    assert_int_equal(taken_at(&b, SECOND + 240 * MS), 2);
    assert_int_equal(taken_at(&b, SECOND + 240 * MS), 3);
    free(b.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_store_hands_out_what_it_holds_once),
        cmocka_unit_test(a_look_at_time_zero_drops_nothing),
        cmocka_unit_test(flows_take_turns_by_bytes),
        cmocka_unit_test(a_sparse_flow_cannot_starve_the_others),
        cmocka_unit_test(the_fattest_flow_makes_room),
        cmocka_unit_test(each_flow_has_its_own_codel),
        cmocka_unit_test(fifo_until_the_queue_stands),
        cmocka_unit_test(an_empty_queue_is_calm_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
