// SPDX-License-Identifier: Apache-2.0
// What every discipline of a queue promises in whole pipelines, on both executors: the ledger's law, the same
// run from the same seed, no record from the future, bounds, and verdicts that depend on nothing but what the
// discipline was shown. What each of them does to a queue is in discipline_effects.c.
#include "discipline_fixture.h"

#include "base/clock.h"
#include "live/live.h"

typedef void visit(const struct fixture *x, const char *what);

// Every discipline under every admission, with one and with several threads on both sides.
static void visit_all(visit *fn, uint64_t duration_ns, double rate)
{
    const struct weir_discipline_ops *d;
    for (size_t i = 0; (d = weir_discipline_at(i)) != NULL; i++)
        for (size_t k = 0; weir_strategy_at(k) != NULL; k++)
            for (unsigned many = 0; many < 2; many++) {
                struct fixture x;
                fixture_init(&x, ARRIVE_POISSON, rate, 1.5e9 / rate, weir_strategy_at(k)->name, 16);
                give_discipline(&x, d->name);
                shorten(&x, rate);
                x.scenario.duration_ns = duration_ns;
                x.scenario.drain_ns = many ? 0 : 10 * NS_PER_S;
                if (many) {
                    x.source.senders = x.stage.edge.producers = 3;
                    x.stage.workers = x.stage.edge.consumers = 2;
                    x.sink.concurrency = 2;
                    x.stage.batch_size = 4;
                    x.stage.batch_timeout_ns = NS_PER_MS;
                }
                char what[128];
                snprintf(what, sizeof what, "%s with %s, %s", d->name, weir_strategy_at(k)->name,
                         many ? "many" : "one");
                fn(&x, what);
            }
}

static void balanced(const struct report *r, const char *what)
{
    bool late = r->late_records * 100 > r->ledger.generated;
    if ((r->status != CELL_OK && !late) || ledger_unknown(&r->ledger) != 0)
        fail_msg("%s: %s", what, r->reason);
    assert_balanced(r);
    if (r->edges[0].high_water > r->edges[0].capacity)
        fail_msg("%s: %llu in a queue of %llu", what, (unsigned long long)r->edges[0].high_water,
                 (unsigned long long)r->edges[0].capacity);
}

static void runs_alike_in_sim(const struct fixture *x, const char *what)
{
    struct report a = run_fixture(x, sim_run, 7), b = run_fixture(x, sim_run, 7);
    balanced(&a, what);
    if (a.ledger.delivered == 0)
        fail_msg("%s: nothing arrived", what);
    if (a.digest != b.digest)
        fail_msg("%s: two runs of one seed differ", what);
}

static void every_discipline_balances_in_sim(void **state)
{
    (void)state;
    visit_all(runs_alike_in_sim, 300 * NS_PER_MS, 10000);
}

static void runs_live(const struct fixture *x, const char *what)
{
    struct report r = run_fixture(x, live_run, 7);
    balanced(&r, what);
}

static void every_discipline_balances_live(void **state)
{
    (void)state;
    visit_all(runs_live, 20 * NS_PER_MS, 10000);
}

// Through a queue of two places everybody waits for everybody all the time: a wake-up that is missing
// anywhere leaves records unsent or the run hanging. With limits of an hour nothing is dropped.
static void who_waits_is_woken(void **state)
{
    (void)state;
    static const char *const names[] = {"fq_codel", "adaptive_lifo"};
    for (int i = 0; i < 4; i++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CLOSED, 0, 0, "block", 2);
        give_discipline(&x, names[i / 2]);
        x.stage.edge.admission_written = true;
        x.stage.edge.discipline_state.params[0] = x.stage.edge.discipline_state.params[1] = 3600e9;
        x.source.count = 2000;
        if (i % 2) {
            x.source.senders = x.stage.edge.producers = 3;
            x.stage.workers = x.stage.edge.consumers = 2;
            x.stage.batch_size = 2;
            x.stage.batch_timeout_ns = NS_PER_MS;
        }
        x.scenario.duration_ns = 60 * NS_PER_S; // it is over long before
        struct report r = run_fixture(&x, live_run, 7);
        assert_balanced(&r);
        assert_int_equal(r.ledger.delivered, 2000);
    }
}

// ---- a recorded trace of views ----

enum { TRACE_ROOM = 1 << 16 };

struct seen_view {
    bool in;
    struct weir_enqueue_view enqueue;
    struct weir_dequeue_view dequeue;
    struct weir_fate fate;
};

static struct {
    const struct weir_discipline_ops *real;
    uint64_t seed;
    size_t count;
    struct seen_view list[TRACE_ROOM];
} trace;

static void note_init(struct weir_strategy_state *s, uint64_t seed)
{
    trace.seed = seed;
    trace.count = 0;
    if (trace.real->init)
        trace.real->init(s, seed);
}

static struct weir_fate note_enqueue(struct weir_strategy_state *s, const struct weir_enqueue_view *v)
{
    struct weir_fate fate = weir_discipline_enqueue(trace.real, s, v);
    if (trace.count < TRACE_ROOM)
        trace.list[trace.count++] = (struct seen_view){.in = true, .enqueue = *v, .fate = fate};
    return fate;
}

static struct weir_fate note_dequeue(struct weir_strategy_state *s, const struct weir_dequeue_view *v)
{
    struct weir_fate fate = weir_discipline_dequeue(trace.real, s, v);
    if (trace.count < TRACE_ROOM)
        trace.list[trace.count++] = (struct seen_view){.dequeue = *v, .fate = fate};
    return fate;
}

// A fresh state gives the recorded verdicts again. Answers how many were drops.
static size_t replay(const struct edge_spec *edge)
{
    struct weir_strategy_state s = edge->discipline_state;
    size_t drops = 0;
    if (trace.real->init)
        trace.real->init(&s, trace.seed);
    for (size_t i = 0; i < trace.count; i++) {
        const struct seen_view *v = &trace.list[i];
        struct weir_fate fate = v->in ? weir_discipline_enqueue(trace.real, &s, &v->enqueue)
                                      : weir_discipline_dequeue(trace.real, &s, &v->dequeue);
        if (fate.drop != v->fate.drop || (fate.drop && fate.reason != v->fate.reason))
            fail_msg("%s: verdict %zu of the replay differs", trace.real->name, i);
        drops += fate.drop;
    }
    return drops;
}

static void no_time_travel(void)
{
    uint64_t now = 0;
    for (size_t i = 0; i < trace.count; i++) {
        const struct seen_view *v = &trace.list[i];
        uint64_t at = v->in ? v->enqueue.now_ns : v->dequeue.now_ns;
        assert_true(at >= now);
        now = at;
        assert_true((v->in ? v->enqueue.intended_ns : v->dequeue.intended_ns) <= at);
        if (!v->in)
            assert_true(v->dequeue.intended_ns <= v->dequeue.enqueued_ns && v->dequeue.enqueued_ns <= at);
        assert_true((v->in ? v->enqueue.len : v->dequeue.len) < 64);
    }
}

static void verdicts_depend_on_views_alone(void **state)
{
    (void)state;
    const struct weir_discipline_ops *d;
    for (size_t i = 0; (d = weir_discipline_at(i)) != NULL; i++)
        for (unsigned live = 0; live < 2; live++) {
            if (!d->on_enqueue && !d->on_dequeue)
                continue;
            struct fixture x;
            fixture_init(&x, ARRIVE_POISSON, 10000, 150e3, "block", 64);
            give_discipline(&x, d->name);
            shorten(&x, 10000);
            x.scenario.duration_ns = 300 * NS_PER_MS;
            struct weir_discipline_ops noted = *d;
            noted.init = note_init;
            noted.on_enqueue = d->on_enqueue ? note_enqueue : NULL;
            noted.on_dequeue = d->on_dequeue ? note_dequeue : NULL;
            noted.flags |= WEIR_S_STATEFUL; // so that the executor serialises the notes
            trace.real = d;
            x.stage.edge.discipline = &noted;
            struct report r = run_fixture(&x, live ? live_run : sim_run, 7);
            assert_balanced(&r);
            size_t drops = replay(&x.stage.edge);
            assert_true(trace.count < TRACE_ROOM);
            assert_true(live || (trace.count > 1000 && drops > 0)); // live, that is a matter of the machine
            assert_int_equal(drops, ledger_lost(&r.ledger));
            assert_int_equal(r.edges[0].dropped, drops);
            if (!live)
                no_time_travel();
        }
}

int main(void)
{
    clock_calibrate();
    burn_calibrate();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_discipline_balances_in_sim),
        cmocka_unit_test(every_discipline_balances_live),
        cmocka_unit_test(who_waits_is_woken),
        cmocka_unit_test(verdicts_depend_on_views_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
