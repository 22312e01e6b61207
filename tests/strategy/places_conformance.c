// SPDX-License-Identifier: Apache-2.0
// What the strategies of every place promise, whichever they are: the same answers from the same memory and
// view, no answer in the past, bounds that hold, an end to every dialogue; for every corner of the allowed
// parameters and for views up to the ends of the clock and of the address space. The door has a suite of its
// own.
#include <string.h>

#include "base/rng.h"
#include "strategy/autoscale.h"
#include "strategy/breaker.h"
#include "strategy/cards.h"
#include "strategy/discipline.h"
#include "strategy/fail_open.h"
#include "strategy/pacing.h"
#include "strategy/spill.h"
#include "test.h"

enum { VIEWS = 400, STEPS = 1000 };

static uint64_t small_or_large(struct rng *r)
{
    return rng_u64(r) >> rng_below(r, 64);
}

static uint64_t later_than(uint64_t t, struct rng *r)
{
    uint64_t step = small_or_large(r);
    return step > UINT64_MAX - t ? UINT64_MAX : t + step;
}

// Mostly a clock that runs, in steps from a nanosecond to years; sometimes another thread's that is behind,
// and sometimes its very ends.
static uint64_t tick(uint64_t now_ns, struct rng *r)
{
    switch (rng_below(r, 40)) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    case 2: return small_or_large(r);
    case 3: return now_ns > 1000 ? now_ns - rng_below(r, 1000) : now_ns;
    default: {
        uint64_t step = rng_u64(r) >> (24 + rng_below(r, 40));
        return step > UINT64_MAX - now_ns ? rng_below(r, 1000) : now_ns + step;
    }
    }
}

static size_t any_capacity(struct rng *r)
{
    return rng_below(r, 8) == 0 ? SIZE_MAX : 1 + rng_below(r, 2000);
}

static size_t any_len(size_t capacity, struct rng *r)
{
    if (capacity == SIZE_MAX)
        return rng_below(r, 4) ? rng_below(r, 5000) : SIZE_MAX;
    return rng_below(r, capacity + 1);
}

static size_t count_params(const struct weir_param_spec *params)
{
    size_t n = 0;
    while (params != NULL && params[n].key != NULL)
        n++;
    return n;
}

// What a run of one strategy is: prepared states a and b that see the same, with different bytes in them
// before.
struct run {
    struct weir_strategy_state a, b;
    struct rng rng;
    uint64_t now_ns;
    const char *name;
};

typedef void init_state(struct weir_strategy_state *s, uint64_t seed);
typedef void play(struct run *r, const void *ops);

static void prepare(struct weir_strategy_state *s, int dirt, const struct weir_param_spec *params,
                    size_t corner, init_state *init)
{
    memset(s, dirt, sizeof *s);
    weir_params_defaults(params, s);
    size_t n = count_params(params);
    for (size_t i = 0; corner != SIZE_MAX && i < n; i++)
        s->params[i] = corner >> i & 1 ? params[i].max : params[i].min;
    if (init != NULL)
        init(s, corner);
}

// Plays with the defaults and with every corner of the box that the specs allow.
static void for_every_corner(const char *name, const struct weir_param_spec *params, init_state *init,
                             play *play, const void *ops)
{
    size_t corners = (size_t)1 << count_params(params);
    for (size_t i = 0; i <= corners; i++) {
        struct run r = {.name = name};
        size_t corner = i == corners ? SIZE_MAX : i;
        prepare(&r.a, 0xaa, params, corner, init);
        prepare(&r.b, 0x55, params, corner, init);
        rng_init(&r.rng, i, name);
        struct weir_strategy_state before = r.a;
        play(&r, ops);
        assert_memory_equal(&r.a, &r.b, sizeof r.a);
        assert_memory_equal(r.a.params, before.params, sizeof before.params);
    }
}

static void check_stateless(const struct run *r, uint32_t flags, const struct weir_strategy_state *before)
{
    if (!(flags & WEIR_S_STATEFUL) && memcmp(before, &r->a, sizeof *before) != 0)
        fail_msg("%s changes its state without saying so in its flags", r->name);
}

static void check_fate(const struct weir_discipline_ops *ops, struct weir_fate a, struct weir_fate b)
{
    assert_int_equal(a.drop, b.drop);
    if (!a.drop)
        return;
    assert_int_equal(a.reason, b.reason);
    if ((size_t)a.reason >= WEIR_LOSS_COUNT || !(ops->flags & WEIR_S_LOSES))
        fail_msg("%s loses without saying so", ops->name);
}

static void play_discipline(struct run *r, const void *ops_of)
{
    const struct weir_discipline_ops *ops = ops_of;
    for (int i = 0; i < VIEWS; i++) {
        struct weir_strategy_state before = r->a;
        r->now_ns = tick(r->now_ns, &r->rng);
        struct weir_enqueue_view in = {.now_ns = r->now_ns, .capacity = any_capacity(&r->rng)};
        in.len = any_len(in.capacity, &r->rng);
        in.intended_ns = small_or_large(&r->rng);
        check_fate(ops, weir_discipline_enqueue(ops, &r->a, &in), weir_discipline_enqueue(ops, &r->b, &in));
        struct weir_dequeue_view out = {.now_ns = r->now_ns, .capacity = in.capacity, .len = in.len};
        out.intended_ns = small_or_large(&r->rng);
        out.enqueued_ns = later_than(out.intended_ns, &r->rng); // may be ahead of another thread's clock
        check_fate(ops, weir_discipline_dequeue(ops, &r->a, &out), weir_discipline_dequeue(ops, &r->b, &out));
        if (ops->drop_share)
            assert_true(ops->drop_share(&r->a) >= 0 && ops->drop_share(&r->a) <= 1);
        check_stateless(r, ops->flags, &before);
    }
}

static void every_discipline(void **state)
{
    (void)state;
    const struct weir_discipline_ops *ops;
    for (size_t i = 0; (ops = weir_discipline_at(i)) != NULL; i++)
        for_every_corner(ops->name, ops->params, ops->init, play_discipline, ops);
}

// A queue that only empties: each record is asked about once, so the dialogue ends; and a consumer does not
// get nothing while fresh records wait.
static void fresh_records_are_delivered(void **state)
{
    (void)state;
    const struct weir_discipline_ops *ops;
    for (size_t i = 0; (ops = weir_discipline_at(i)) != NULL; i++) {
        struct weir_strategy_state s;
        prepare(&s, 0, ops->params, SIZE_MAX, ops->init);
        for (uint64_t k = 0; k < STEPS; k++) {
            uint64_t now = 1000000000 + k * 1000000;
            struct weir_enqueue_view in = {.now_ns = now, .intended_ns = now, .len = 3, .capacity = 1024};
            struct weir_dequeue_view out = {now + 1000, now, now, 2, 1024};
            assert_false(weir_discipline_enqueue(ops, &s, &in).drop);
            assert_false(weir_discipline_dequeue(ops, &s, &out).drop);
        }
    }
}

static void check_pace(const struct weir_pacing_ops *ops, const struct weir_pacing_view *v,
                       struct weir_pace a)
{
    if (a.go)
        return;
    if (a.until_ns < v->now_ns)
        fail_msg("%s pauses until the past", ops->name);
    if (v->in_flight == 0 && a.wakes_on_result)
        fail_msg("%s waits for a result that cannot come", ops->name);
    if ((a.until_ns == UINT64_MAX && v->now_ns < UINT64_MAX / 2) && !(ops->flags & WEIR_S_BLOCKS))
        fail_msg("%s pauses without end", ops->name);
    if (a.until_ns == UINT64_MAX && v->now_ns < UINT64_MAX / 2 && !a.wakes_on_result)
        fail_msg("%s pauses for ever", ops->name);
}

static void play_pacing(struct run *r, const void *ops_of)
{
    const struct weir_pacing_ops *ops = ops_of;
    for (int i = 0; i < VIEWS; i++) {
        struct weir_strategy_state before = r->a;
        r->now_ns = tick(r->now_ns, &r->rng);
        struct weir_pacing_view v = {.now_ns = r->now_ns, .capacity = any_capacity(&r->rng)};
        v.len = any_len(v.capacity, &r->rng);
        v.in_flight = rng_below(&r->rng, 3) ? rng_below(&r->rng, 300) : small_or_large(&r->rng);
        v.count = rng_below(&r->rng, 4) ? 1 : 1 + small_or_large(&r->rng) / 2;
        v.paused = rng_below(&r->rng, 2);
        struct weir_pace a = ops->on_ask(&r->a, &v), b = ops->on_ask(&r->b, &v);
        assert_true(a.go == b.go && a.until_ns == b.until_ns && a.wakes_on_result == b.wakes_on_result);
        check_pace(ops, &v, a);
        struct weir_result result = {.now_ns = r->now_ns, .rtt_ns = small_or_large(&r->rng)};
        result.in_flight = 1 + (v.in_flight >> 1);
        result.dropped = rng_below(&r->rng, 4) == 0;
        if (ops->on_result) {
            ops->on_result(&r->a, &result);
            ops->on_result(&r->b, &result);
        }
        if (ops->limit)
            assert_true(ops->limit(&r->a) >= 1 && ops->limit(&r->a) <= 1000000000);
        check_stateless(r, ops->flags, &before);
    }
}

static void every_pacing(void **state)
{
    (void)state;
    const struct weir_pacing_ops *ops;
    for (size_t i = 0; (ops = weir_pacing_at(i)) != NULL; i++)
        for_every_corner(ops->name, ops->params, ops->init, play_pacing, ops);
}

// A producer in front of a full queue, with results that come one by one while it is held: it goes in the
// end.
static void every_pause_ends(void **state)
{
    (void)state;
    const struct weir_pacing_ops *ops;
    for (size_t i = 0; (ops = weir_pacing_at(i)) != NULL; i++) {
        struct weir_strategy_state s;
        prepare(&s, 0, ops->params, SIZE_MAX, ops->init);
        struct weir_pacing_view v = {.now_ns = 5, .len = 64, .capacity = 64, .in_flight = 500, .count = 1};
        int steps = 0;
        for (struct weir_pace a; !(a = ops->on_ask(&s, &v)).go; v.paused = true) {
            if (++steps > STEPS)
                fail_msg("%s does not come to an end", ops->name);
            if (a.until_ns != UINT64_MAX) {
                v.now_ns = a.until_ns;
                continue;
            }
            struct weir_result r = {
                .now_ns = ++v.now_ns, .rtt_ns = 1000, .in_flight = v.in_flight--, .dropped = true};
            if (ops->on_result)
                ops->on_result(&s, &r);
        }
    }
}

static void play_breaker(struct run *r, const void *unused)
{
    (void)unused;
    for (int i = 0; i < VIEWS; i++) {
        r->now_ns = tick(r->now_ns, &r->rng);
        enum weir_breaker_mode mode = weir_breaker_mode(&r->a, r->now_ns);
        struct weir_breaker_answer a = weir_breaker_ask(&r->a, r->now_ns),
                                   b = weir_breaker_ask(&r->b, r->now_ns);
        assert_true(a.allowed == b.allowed && a.ticket == b.ticket && a.until_ns == b.until_ns);
        assert_true(a.allowed || a.until_ns > r->now_ns);
        assert_true(a.allowed ? mode != WEIR_BREAKER_OPEN : mode != WEIR_BREAKER_CLOSED);
        uint64_t ticket = rng_below(&r->rng, 8) ? a.ticket : small_or_large(&r->rng);
        bool failed = rng_below(&r->rng, 3);
        if (a.allowed && rng_below(&r->rng, 4)) {
            weir_breaker_result(&r->a, ticket, r->now_ns, failed);
            weir_breaker_result(&r->b, ticket, r->now_ns, failed);
        }
    }
}

static void play_autoscale(struct run *r, const void *unused)
{
    (void)unused;
    unsigned workers = 1 + (unsigned)rng_below(&r->rng, 20);
    for (int i = 0; i < VIEWS; i++) {
        r->now_ns = tick(r->now_ns, &r->rng);
        struct weir_scale_view v = {
            .now_ns = r->now_ns, .capacity = any_capacity(&r->rng), .workers = workers};
        v.len = any_len(v.capacity, &r->rng);
        struct weir_scale a = weir_autoscale(&r->a, &v), b = weir_autoscale(&r->b, &v);
        assert_true(a.change == b.change && a.next_ns == b.next_ns);
        assert_true(a.next_ns >= r->now_ns && a.change >= -1 && a.change <= 1);
        double least = r->a.params[WEIR_SCALE_MIN], most = r->a.params[WEIR_SCALE_MAX],
               now = workers + a.change;
        assert_true(a.change <= 0 || now <= most || now <= least);
        assert_true(a.change >= 0 || now >= least);
        workers += (unsigned)a.change;
    }
}

static void play_fail_open(struct run *r, const void *unused)
{
    (void)unused;
    for (int i = 0; i < VIEWS; i++) {
        size_t capacity = any_capacity(&r->rng), len = any_len(capacity, &r->rng);
        bool open = weir_fail_open(&r->a, len, capacity);
        assert_int_equal(open, weir_fail_open(&r->b, len, capacity));
        assert_false(open && (len == 0 || capacity == SIZE_MAX));
    }
}

static void play_spill(struct run *r, const void *unused)
{
    (void)unused;
    for (int i = 0; i < VIEWS; i++) {
        size_t capacity = 1 + (size_t)rng_below(&r->rng, 1 << rng_below(&r->rng, 20));
        size_t len = (size_t)rng_below(&r->rng, capacity + 1);
        struct weir_spill_view v = {.len = len,
                                    .capacity = capacity,
                                    .count = 1 + rng_below(&r->rng, 3),
                                    .on_disk = rng_below(&r->rng, 2)};
        bool out = weir_spill_out(&r->a, &v);
        assert_int_equal(out, weir_spill_out(&r->b, &v));
        assert_true(out || (!v.on_disk && len + v.count <= capacity)); // in order, and never beyond the queue
        size_t back = weir_spill_back(&r->a, len, capacity);
        assert_int_equal(back, weir_spill_back(&r->b, len, capacity));
        assert_true(len + back <= capacity);
        assert_true(weir_spill_back(&r->a, 0, capacity) >
                    0); // an empty queue is filled, or nobody would wake
        weir_spill_back(&r->b, 0, capacity);
    }
}

static void those_that_stand_alone(void **state)
{
    (void)state;
    for_every_corner("spill", weir_spill.params, NULL, play_spill, NULL);
    for_every_corner("breaker", weir_breaker_params, NULL, play_breaker, NULL);
    for_every_corner("autoscale", weir_autoscale_params, NULL, play_autoscale, NULL);
    for_every_corner("fail_open", weir_fail_open_params, NULL, play_fail_open, NULL);
}

// An open breaker lets something through in bounded time, whatever becomes of it.
static void a_breaker_never_locks_up(void **state)
{
    (void)state;
    struct weir_strategy_state s;
    prepare(&s, 0, weir_breaker_params, SIZE_MAX, NULL);
    uint64_t now = 7;
    int sent = 0;
    for (int i = 0; i < STEPS; i++) {
        struct weir_breaker_answer a = weir_breaker_ask(&s, now);
        if (!a.allowed)
            now = a.until_ns;
        else if (++sent % 3)
            weir_breaker_result(&s, a.ticket, now, true);
    }
    assert_true(sent > STEPS / 4);
}

static void cards_are_sound(void **state)
{
    (void)state;
    struct weir_card c, other;
    size_t at[8] = {0}, n = 0;
    for (; weir_card_at(n, &c); n++) {
        assert_non_null(weir_place_name(c.place));
        at[c.place]++;
        assert_true(strlen(c.name) > 0 && strlen(c.summary) > 0);
        assert_null(strchr(c.summary, '\n'));
        for (size_t k = 0; k < n; k++) {
            assert_true(weir_card_at(k, &other));
            assert_string_not_equal(c.name, other.name);
            assert_true(other.place <= c.place);
        }
        assert_true(count_params(c.params) <= WEIR_STRATEGY_PARAMS_MAX);
        for (const struct weir_param_spec *p = c.params; p != NULL && p->key != NULL; p++) {
            assert_true(0 <= p->min && p->min <= p->fallback && p->fallback <= p->max);
            assert_true(p->type != WEIR_PARAM_SHARE || p->max <= 1);
            assert_true(strlen(p->help) > 0);
        }
    }
    assert_false(weir_card_at(n + 1, &c));
    assert_false(weir_card_at(SIZE_MAX, &c));
    assert_null(weir_place_name((enum weir_strategy_place)6));
    assert_int_equal(at[WEIR_AT_DISCIPLINE], 6);
    assert_int_equal(at[WEIR_AT_PACING], 6);
    assert_int_equal(at[WEIR_AT_PROCESSING] + at[WEIR_AT_SCALING] + at[WEIR_AT_SENDING], 4);
}

static void registries_find_what_they_list(void **state)
{
    (void)state;
#define X(id)                                                                                                \
    assert_string_equal(weir_discipline_##id.name, #id);                                                     \
    assert_ptr_equal(weir_discipline_find(#id), &weir_discipline_##id);
    WEIR_DISCIPLINE_LIST(X)
#undef X
#define X(id)                                                                                                \
    assert_string_equal(weir_pacing_##id.name, #id);                                                         \
    assert_ptr_equal(weir_pacing_find(#id), &weir_pacing_##id);                                              \
    assert_non_null(weir_pacing_##id.on_ask);
    WEIR_PACING_LIST(X)
#undef X
    assert_null(weir_discipline_find("fif"));
    assert_null(weir_pacing_find(""));
    assert_null(weir_discipline_at(SIZE_MAX));
    assert_null(weir_pacing_at(SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_are_sound),        cmocka_unit_test(registries_find_what_they_list),
        cmocka_unit_test(every_discipline),       cmocka_unit_test(fresh_records_are_delivered),
        cmocka_unit_test(every_pacing),           cmocka_unit_test(every_pause_ends),
        cmocka_unit_test(those_that_stand_alone), cmocka_unit_test(a_breaker_never_locks_up),
    };
    return RUN(tests);
}
