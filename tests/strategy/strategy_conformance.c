// SPDX-License-Identifier: Apache-2.0
// What every strategy at the door promises, whichever it is: run over all that are registered.
#include "strategy/strategy.h"

#include <string.h>

#include "base/rng.h"
#include "strategy/list.h"
#include "test.h"

enum { MAX_TURNS = 64, VIEWS = 20000 };

typedef void admission_check(const struct weir_strategy_ops *ops);

static void for_every_admission(admission_check *check)
{
    const struct weir_strategy_ops *ops;
    for (size_t i = 0; (ops = weir_strategy_at(i)) != NULL; i++) {
        if (ops->place == WEIR_AT_ADMISSION)
            check(ops);
    }
}

static void prepare(const struct weir_strategy_ops *ops, struct weir_strategy_state *s)
{
    weir_strategy_defaults(ops, s);
    if (ops->init != NULL)
        ops->init(s, 1);
}

static uint64_t small_or_large(struct rng *r)
{
    return rng_u64(r) >> rng_below(r, 64);
}

static uint64_t later_than(uint64_t t, struct rng *r)
{
    uint64_t step = small_or_large(r);
    return step > UINT64_MAX - t ? UINT64_MAX : t + step;
}

// Any view an edge could show: often full, groups, unbounded queues, times up to the end of the clock.
static struct weir_offer_view any_view(struct rng *r)
{
    struct weir_offer_view v = {0};
    v.intended_ns = small_or_large(r);
    v.offered_ns = later_than(v.intended_ns, r);
    v.now_ns = later_than(v.offered_ns, r);
    v.capacity = rng_below(r, 8) == 0 ? SIZE_MAX : 1 + rng_below(r, 2000);
    v.len = v.capacity == SIZE_MAX ? rng_below(r, 5000) : rng_below(r, v.capacity + 1);
    v.count = rng_below(r, 2) ? 1 : 1 + rng_below(r, 100);
    v.turns = (unsigned)rng_below(r, 80);
    v.record_class = (unsigned)rng_below(r, 8);
    v.classes = v.record_class + 1 + (unsigned)rng_below(r, 3);
    v.delayable = rng_below(r, 2);
    v.held = v.now_ns > v.offered_ns && rng_below(r, 2);
    return v;
}

static struct weir_decision ask_offer(const struct weir_strategy_ops *ops, struct weir_strategy_state *s,
                                      const struct weir_offer_view *v)
{
    return ops->on_offer == NULL ? (struct weir_decision){.verdict = WEIR_PUSH} : ops->on_offer(s, v);
}

static void assert_loss(const struct weir_strategy_ops *ops, enum weir_loss reason)
{
    assert_true((size_t)reason < WEIR_LOSS_COUNT);
    if (!(ops->flags & WEIR_S_LOSES))
        fail_msg("%s loses without saying so in its flags", ops->name);
}

static void assert_sound(const struct weir_strategy_ops *ops, const struct weir_offer_view *v,
                         struct weir_decision d)
{
    switch (d.verdict) {
    case WEIR_PUSH: return;
    case WEIR_WAIT:
        if (d.until_ns < v->now_ns)
            fail_msg("%s waits for the past", ops->name);
        return;
    case WEIR_EVICT:
        assert_loss(ops, d.reason);
        assert_true(ops->flags & WEIR_S_EVICTS);
        if (v->turns >= MAX_TURNS * v->count)
            fail_msg("%s evicts in turn %u", ops->name, v->turns);
        return;
    case WEIR_DROP: assert_loss(ops, d.reason); return;
    case WEIR_REFUSE: assert_true(ops->flags & WEIR_S_LOSES); return;
    case WEIR_DELIVER: assert_true(ops->flags & WEIR_S_DELIVERS); return;
    }
    fail_msg("%s answers with the verdict %d", ops->name, (int)d.verdict);
}

static bool has_room(const struct weir_offer_view *v)
{
    return v->capacity - v->len >= v->count;
}

static void check_bounds(const struct weir_strategy_ops *ops)
{
    struct weir_strategy_state s;
    struct rng r;
    rng_init(&r, 1, ops->name);
    prepare(ops, &s);
    for (int i = 0; i < VIEWS; i++) {
        struct weir_offer_view v = any_view(&r);
        struct weir_decision d = ask_offer(ops, &s, &v);
        assert_sound(ops, &v, d);
        if (d.verdict == WEIR_WAIT && (d.below == 0 || d.below > v.len))
            fail_msg("%s holds an offer until a length of %zu at %zu", ops->name, d.below, v.len);
        d = ops->on_full(&s, &v);
        assert_sound(ops, &v, d);
        if (d.verdict == WEIR_PUSH && !has_room(&v))
            fail_msg("%s pushes again into a full queue", ops->name);
    }
}

// Every corner of the box that the specs allow.
static void check_corners(const struct weir_strategy_ops *ops)
{
    size_t n = 0;
    while (ops->params != NULL && ops->params[n].key != NULL)
        n++;
    for (size_t corner = 0; corner < (size_t)1 << n; corner++) {
        struct weir_strategy_state s;
        struct rng r;
        rng_init(&r, corner, ops->name);
        weir_strategy_defaults(ops, &s);
        for (size_t i = 0; i < n; i++)
            s.params[i] = corner >> i & 1 ? ops->params[i].max : ops->params[i].min;
        if (ops->init != NULL)
            ops->init(&s, corner);
        for (int i = 0; i < VIEWS / 10; i++) {
            struct weir_offer_view v = any_view(&r);
            assert_sound(ops, &v, ask_offer(ops, &s, &v));
            assert_sound(ops, &v, ops->on_full(&s, &v));
        }
    }
}

static void every_allowed_parameter_works(void **state)
{
    (void)state;
    for_every_admission(check_corners);
}

static void decisions_are_within_bounds(void **state)
{
    (void)state;
    for_every_admission(check_bounds);
}

static void assert_same_decision(struct weir_decision a, struct weir_decision b)
{
    assert_int_equal(a.verdict, b.verdict);
    assert_int_equal(a.reason, b.reason);
    assert_true(a.until_ns == b.until_ns);
    assert_true(a.below == b.below);
    assert_true(a.retry_after_ns == b.retry_after_ns);
}

static void check_determinism(const struct weir_strategy_ops *ops)
{
    struct weir_strategy_state a, b, before;
    struct rng r;
    rng_init(&r, 2, ops->name);
    memset(&a, 0xaa, sizeof a); // what was in the memory before must not matter
    memset(&b, 0x55, sizeof b);
    prepare(ops, &a);
    prepare(ops, &b);
    for (int i = 0; i < VIEWS; i++) {
        struct weir_offer_view v = any_view(&r), seen = v;
        before = a;
        assert_same_decision(ask_offer(ops, &a, &v), ask_offer(ops, &b, &v));
        assert_same_decision(ops->on_full(&a, &v), ops->on_full(&b, &v));
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_equal(&v, &seen, sizeof v);
        assert_memory_equal(a.params, before.params, sizeof a.params);
        if (!(ops->flags & WEIR_S_STATEFUL))
            assert_memory_equal(&a, &before, sizeof a);
    }
}

static void same_state_and_view_same_decision(void **state)
{
    (void)state;
    for_every_admission(check_determinism);
}

// Carries out one verdict on an edge that never gets space: whatever is evicted, another producer takes the
// slot. False when the offer has ended.
static bool carry_out(const struct weir_decision *d, struct weir_offer_view *v)
{
    switch (d->verdict) {
    case WEIR_WAIT: v->now_ns = d->until_ns; return d->until_ns != UINT64_MAX;
    case WEIR_EVICT: v->turns++; return true;
    case WEIR_PUSH: return true; // on_full may not say so here; after on_offer the push fails
    default: return false;
    }
}

// One offer on an edge that never gets space. True when it waits without end.
static bool hangs(const struct weir_strategy_ops *ops, struct weir_offer_view v)
{
    struct weir_strategy_state s;
    prepare(ops, &s);
    struct weir_decision d = ask_offer(ops, &s, &v);
    int steps = 0;
    for (; d.verdict == WEIR_WAIT && carry_out(&d, &v); steps++) { // held in front of the door
        if (steps > 1000)
            fail_msg("%s holds an offer again and again", ops->name);
        v.held = true;
        d = ask_offer(ops, &s, &v);
    }
    while (carry_out(&d, &v)) {
        if (++steps > 1000)
            fail_msg("%s does not come to an end", ops->name);
        d = ops->on_full(&s, &v);
    }
    return d.verdict == WEIR_WAIT;
}

static void check_end(const struct weir_strategy_ops *ops, size_t count, uint64_t start)
{
    bool ever_hangs = false, ever_ends = false;
    for (unsigned i = 0; i < 4; i++) {
        struct weir_offer_view v = {.now_ns = start, .offered_ns = start, .len = 8, .capacity = 8};
        v.count = count;
        v.classes = 2;
        v.record_class = i & 1;
        v.delayable = i & 2;
        bool hung = hangs(ops, v);
        ever_hangs |= hung;
        ever_ends |= !hung;
    }
    if (ever_hangs != ((ops->flags & WEIR_S_BLOCKS) != 0))
        fail_msg("%s %s on an edge that never gets space", ops->name, ever_hangs ? "hangs" : "never hangs");
    if (ever_ends != ((ops->flags & (WEIR_S_LOSES | WEIR_S_DELIVERS)) != 0))
        fail_msg("%s %s on an edge that never gets space", ops->name, ever_ends ? "gives up" : "holds on");
}

static void check_every_end(const struct weir_strategy_ops *ops)
{
    check_end(ops, 1, 0);
    check_end(ops, 1, 5000000000);
    check_end(ops, 8, 17);
    check_end(ops, 9, 17); // more than the queue can ever hold
}

static void every_offer_comes_to_an_end(void **state)
{
    (void)state;
    for_every_admission(check_every_end);
    assert_false(weir_strategy_find("block")->flags & WEIR_S_LOSES); // the one that may wait for ever
}

static void check_params(const struct weir_strategy_ops *ops)
{
    struct weir_strategy_state s;
    memset(&s, 0x77, sizeof s);
    weir_strategy_defaults(ops, &s);
    size_t n = 0;
    for (const struct weir_param_spec *p = ops->params; p != NULL && p->key != NULL; p++, n++) {
        assert_true(n < WEIR_STRATEGY_PARAMS_MAX);
        assert_true(p->min <= p->fallback && p->fallback <= p->max);
        assert_true(p->min >= 0);
        assert_true(s.params[n] == p->fallback);
        assert_non_null(p->help);
    }
    for (; n < WEIR_STRATEGY_PARAMS_MAX; n++)
        assert_true(s.params[n] == 0);
    for (size_t i = 0; i < sizeof s.state / sizeof *s.state; i++)
        assert_true(s.state[i].u == 0);
}

static void registry_is_sound(void **state)
{
    (void)state;
    const struct weir_strategy_ops *ops;
    size_t i = 0;
    for (; (ops = weir_strategy_at(i)) != NULL; i++) {
        assert_non_null(ops->name);
        assert_true(strlen(ops->summary) > 0);
        assert_ptr_equal(weir_strategy_find(ops->name), ops); // so the names are unique
        check_params(ops);
        if (ops->place == WEIR_AT_ADMISSION)
            assert_non_null(ops->on_full);
    }
    assert_null(weir_strategy_at(i + 1));
    assert_null(weir_strategy_at(SIZE_MAX));
    assert_null(weir_strategy_find(""));
    assert_null(weir_strategy_find("bloc"));
}

static void list_lines_are_the_names(void **state)
{
    (void)state;
#define X(id)                                                                                                \
    assert_string_equal(weir_strategy_##id.name, #id);                                                       \
    assert_ptr_equal(weir_strategy_find(#id), &weir_strategy_##id);
    WEIR_STRATEGY_LIST(X)
#undef X
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_sound),           cmocka_unit_test(list_lines_are_the_names),
        cmocka_unit_test(decisions_are_within_bounds), cmocka_unit_test(same_state_and_view_same_decision),
        cmocka_unit_test(every_offer_comes_to_an_end), cmocka_unit_test(every_allowed_parameter_works),
    };
    return RUN(tests);
}
