// SPDX-License-Identifier: Apache-2.0
// Every pacing in whole pipelines, on both executors: the ledger balances, a result comes for every record
// that went, none is kept waiting for ever, no more are in flight than a limit allowed, a seed gives one
// trace, and what a strategy answers depends on what it was shown and on nothing else.
#include "fixture.h"
#include "live/live.h"

enum { STEPS_MAX = 200000 };

static void pace(struct edge_spec *edge, const struct weir_pacing_ops *ops)
{
    edge->pacing[0] = ops;
    edge->pacing_count = 1;
    weir_params_defaults(ops->params, &edge->pacing_state[0]);
}

// A small limit that is reached soon, for those that have one to start with.
static void start_small(struct edge_spec *edge)
{
    const struct weir_param_spec *params = edge->pacing[0]->params;
    for (size_t i = 0; params && params[i].key; i++)
        if (!strcmp(params[i].key, "initial") || !strcmp(params[i].key, "min") ||
            !strcmp(params[i].key, "window"))
            edge->pacing_state[0].params[i] = 3;
}

static void check_figures(const struct report *r, const struct weir_pacing_ops *ops)
{
    assert_int_equal(r->pacing_count, 1);
    const struct pacing_figures *g = r->pacings[0].figures;
    assert_string_equal(r->pacings[0].strategy, ops->name);
    if (!(ops->flags & WEIR_S_BLOCKS))
        return;
    assert_int_equal(g->rtt.total, r->ledger.delivered); // each came back to its pacer, once
    assert_true(g->in_flight.max <= g->limit.max);
}

// ---- shapes ----

static void plain(struct fixture *x)
{
    fixture_init(x, ARRIVE_POISSON, 2000, 1e6, "block", 16);
}

static void several_senders_drop(struct fixture *x)
{
    fixture_init(x, ARRIVE_POISSON, 3000, 1e6, "drop_newest", 4);
    x->source.senders = 3;
    x->stage.edge.producers = 3;
}

static void evicting(struct fixture *x)
{
    fixture_init(x, ARRIVE_ON_OFF, 4000, 1e6, "drop_oldest", 4);
    x->source.arrival.on_ns = 20 * NS_PER_MS;
    x->source.arrival.off_ns = 20 * NS_PER_MS;
}

static void refusing(struct fixture *x)
{
    fixture_init(x, ARRIVE_POISSON, 3000, 1e6, "reject", 4);
}

static void batches(struct fixture *x)
{
    fixture_init(x, ARRIVE_POISSON, 2000, 4e6, "block", 64);
    x->stage.workers = x->stage.edge.consumers = 2;
    x->stage.batch_size = 8;
    x->stage.batch_timeout_ns = 10 * NS_PER_MS;
    x->sink.concurrency = 2;
}

static void without_hand_off(struct fixture *x)
{
    fixture_init(x, ARRIVE_POISSON, 500, 1e6, "block", 16);
    x->stage.edge.queue = "null";
    x->stage.edge.queue_ops = weir_queue_find("null");
}

static void closed_loop(struct fixture *x)
{
    fixture_init(x, ARRIVE_CLOSED, 0, 1e6, "block", 64);
    x->source.arrival.think = law_constant(0);
}

static void cut(struct fixture *x)
{
    fixture_init(x, ARRIVE_POISSON, 4000, 2e6, "block", 256);
    x->scenario.drain_ns = 0;
}

static void (*const shapes[])(struct fixture *x) = {plain,   several_senders_drop, evicting,    refusing,
                                                    batches, without_hand_off,     closed_loop, cut};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void every_pacing_in_every_shape(void **state)
{
    (void)state;
    const struct weir_pacing_ops *ops;
    for (size_t i = 0; (ops = weir_pacing_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2 * SHAPES; k++) {
            struct fixture x;
            shapes[k / 2](&x);
            pace(&x.stage.edge, ops);
            if (k & 1)
                start_small(&x.stage.edge);
            struct report a = run_fixture(&x, sim_run, 7);
            uint64_t digest = a.digest;
            assert_balanced(&a);
            assert_true(a.ledger.delivered > 0);
            check_figures(&a, ops);
            if (ops->limit)
                assert_true(a.pacings[0].figures->in_flight.max >= 1);
            struct report b = run_fixture(&x, sim_run, 7);
            assert_true(b.digest == digest);
        }
}

static void live_too(void **state)
{
    (void)state;
    const struct weir_pacing_ops *ops;
    for (size_t i = 0; (ops = weir_pacing_at(i)) != NULL; i++)
        for (size_t k = 0; k < SHAPES; k++) {
            struct fixture x;
            shapes[k](&x);
            x.scenario.duration_ns = 60 * NS_PER_MS;
            pace(&x.stage.edge, ops);
            start_small(&x.stage.edge);
            struct report r = run_fixture(&x, live_run, 7);
            assert_balanced(&r);
            check_figures(&r, ops);
        }
}

// In flight means on its way: what a batch of ten has in its hands holds the eleventh back.
static void a_window_is_kept(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CLOSED, 0, 10e6, "block", 1000);
    x.source.arrival.think = law_constant(0);
    x.scenario.drain_ns = 10 * NS_PER_S;
    pace(&x.stage.edge, weir_pacing_find("credit"));
    x.stage.edge.pacing_state[0].params[0] = 10;
    struct report r = run_fixture(&x, sim_run, 1);
    const struct pacing_figures *g = r.pacings[0].figures;
    assert_int_equal(g->in_flight.max, 10);
    assert_int_equal(g->limit.min, 10);
    assert_int_equal(r.edges[0].high_water, 10); // all ten at the start; later one is in the worker's hands
    assert_int_equal(g->rtt.max, 100 * NS_PER_MS);
    assert_true(g->paused_ns > 9 * x.scenario.duration_ns / 10);
    // The last pause was cut short by the end of the source.
    assert_in_range(r.producer_stall_ns - g->paused_ns, 0, 10 * NS_PER_MS);
}

// ---- verdicts depend on what was shown ----

struct turn {
    bool asked; // else: a result
    struct weir_pacing_view view;
    struct weir_pace pace;
    struct weir_result result;
    size_t limit;
};

static const struct weir_pacing_ops *watched;
static struct turn *turns;
static size_t turn_count;

static size_t limit_of(const struct weir_strategy_state *s)
{
    return watched->limit ? watched->limit(s) : 0;
}

static struct weir_pace watch_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    struct weir_pace p = watched->on_ask(s, v);
    if (turn_count < STEPS_MAX)
        turns[turn_count++] = (struct turn){.asked = true, .view = *v, .pace = p, .limit = limit_of(s)};
    return p;
}

static void watch_result(struct weir_strategy_state *s, const struct weir_result *r)
{
    if (watched->on_result)
        watched->on_result(s, r);
    if (turn_count < STEPS_MAX)
        turns[turn_count++] = (struct turn){.result = *r, .limit = limit_of(s)};
}

// What was shown to the one producer of a run, to a state that has seen no run.
static void replay(const struct edge_spec *edge, uint64_t seed)
{
    struct weir_strategy_state s = edge->pacing_state[0];
    if (watched->init)
        watched->init(&s, seed);
    for (size_t i = 0; i < turn_count; i++) {
        const struct turn *t = &turns[i];
        if (t->asked) {
            struct weir_pace p = watched->on_ask(&s, &t->view);
            assert_true(p.go == t->pace.go && p.until_ns == t->pace.until_ns &&
                        p.wakes_on_result == t->pace.wakes_on_result);
            assert_true(p.go || p.until_ns > t->view.now_ns);
        } else if (watched->on_result) {
            watched->on_result(&s, &t->result);
        }
        assert_int_equal(limit_of(&s), t->limit);
    }
}

static void both_executors_get_the_same_verdicts(void **state)
{
    (void)state;
    static const engine_fn engines[] = {sim_run, live_run};
    turns = calloc(STEPS_MAX, sizeof *turns);
    for (size_t i = 0; (watched = weir_pacing_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2; k++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_POISSON, 3000, 0.5e6, "drop_newest", 8);
            x.source.count = 300; // and not by the clock: live a machine may stand still for a while
            pace(&x.stage.edge, watched);
            struct weir_pacing_ops watching = *watched;
            watching.on_ask = watch_ask;
            watching.on_result = watch_result;
            x.stage.edge.pacing[0] = &watching;
            turn_count = 0;
            struct report r = run_fixture(&x, engines[k], 7);
            assert_balanced(&r);
            assert_true(turn_count > 0);
            replay(&x.stage.edge, (7 ^ hash_text("parse")) + 1);
        }
    free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pacing_in_every_shape),
        cmocka_unit_test(live_too),
        cmocka_unit_test(a_window_is_kept),
        cmocka_unit_test(both_executors_get_the_same_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
