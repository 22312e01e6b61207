// SPDX-License-Identifier: Apache-2.0
// The counters of an edge's queue in a whole pipeline, in both engines, held against what the edge and the
// ledger say.
#include "fixture.h"
#include "live/live.h"
#include "strategy/discipline.h"

static uint64_t successful(const struct weir_side_stats *side)
{
    uint64_t n = 0;
    for (int k = 0; k < WEIR_BATCH_SIZES; k++)
        n += side->batch[k];
    return n;
}

static struct edge_report run_counted(struct fixture *x, engine_fn engine)
{
    x->queue_stats = true;
    struct report r = run_fixture(x, engine, 7);
    assert_true(r.queue_stats);
    assert_int_equal(r.edge_count, 1);
    return r.edges[0];
}

static void assert_consistent(const struct edge_report *e)
{
    assert_true(e->counted);
    const struct weir_side_stats *push = &e->counters.side[WEIR_SIDE_PUSH];
    const struct weir_side_stats *pop = &e->counters.side[WEIR_SIDE_POP];
    assert_int_equal(push->count[WEIR_COUNT_ITEMS], e->in);
    assert_int_equal(pop->count[WEIR_COUNT_ITEMS], e->out + e->dropped);
    assert_int_equal(push->count[WEIR_COUNT_TRIES],
                     successful(push) + push->count[WEIR_COUNT_NOTHING] + push->count[WEIR_COUNT_CLOSED]);
    assert_int_equal(pop->count[WEIR_COUNT_TRIES], successful(pop) + pop->count[WEIR_COUNT_NOTHING]);
}

// Twice what the sink can do, for 200 ms: by count, so that live it is so much however long that takes.
static void overload(struct fixture *x, const char *strategy, const char *queue)
{
    fixture_init(x, ARRIVE_CONSTANT, 2000, 1e6, strategy, 4);
    x->source.count = 400;
    x->stage.edge.queue_ops = weir_queue_find(queue);
}

static void each_engine_counts_what_the_edge_moved(void **state)
{
    (void)state;
    static const engine_fn engines[] = {sim_run, live_run};
    static const char *const queues[] = {"mutex", "channel", "spsc", "mpmc", "disruptor", "null"};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
            struct fixture x;
            overload(&x, "block", queues[i]);
            struct edge_report e = run_counted(&x, engines[k]);
            assert_consistent(&e);
            assert_true(e.in > 0);
            if (x.stage.edge.queue_ops->caps & WEIR_Q_INLINE)
                continue;
            assert_true(e.counters.side[WEIR_SIDE_PUSH].count[WEIR_COUNT_NOTHING] > 0);
            assert_true(e.counters.side[WEIR_SIDE_PUSH].count[WEIR_COUNT_WAITS] > 0);
        }
}

static void a_record_dropped_at_the_door_is_a_full_queue(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "drop_newest", "mutex");
    struct edge_report e = run_counted(&x, sim_run);
    assert_consistent(&e);
    struct report r = run_fixture(&x, sim_run, 7);
    assert_true(r.ledger.lost[WEIR_LOSS_DROP_NEWEST] > 0);
    const struct weir_side_stats *push = &e.counters.side[WEIR_SIDE_PUSH];
    assert_int_equal(push->count[WEIR_COUNT_NOTHING], r.ledger.lost[WEIR_LOSS_DROP_NEWEST]);
    assert_int_equal(push->count[WEIR_COUNT_WAITS], 0);
}

// What is left in the queue when the run is cut is no pop of the pipeline's.
static void leftovers_are_not_counted(void **state)
{
    (void)state;
    struct fixture x;
    overload(&x, "drop_newest", "mutex");
    x.scenario.duration_ns = 100 * NS_PER_MS;
    x.scenario.drain_ns = 0;
    struct edge_report e = run_counted(&x, sim_run);
    assert_consistent(&e);
    assert_true(e.held > 0);
}

static void an_idle_worker_waits_once_a_record(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 100, 1e6, "block", 4);
    struct edge_report e = run_counted(&x, sim_run);
    const struct weir_side_stats *pop = &e.counters.side[WEIR_SIDE_POP];
    assert_in_range(e.in, 199, 200);
    assert_in_range(pop->count[WEIR_COUNT_WAITS], e.in - 1, e.in + 1);
    assert_int_equal(e.counters.side[WEIR_SIDE_PUSH].count[WEIR_COUNT_NOTHING], 0);
    assert_int_equal(pop->batch[0], e.in);
}

static void nothing_is_counted_unasked(void **state)
{
    (void)state;
    static const engine_fn engines[] = {sim_run, live_run};
    for (size_t k = 0; k < 2; k++) {
        struct fixture x;
        overload(&x, "block", "mutex");
        struct report r = run_fixture(&x, engines[k], 7);
        assert_false(r.queue_stats);
        assert_false(r.edges[0].counted);
    }
}

static void a_store_does_not_count(void **state)
{
    (void)state;
    static const engine_fn engines[] = {sim_run, live_run};
    for (size_t k = 0; k < 2; k++) {
        struct fixture x;
        overload(&x, "block", "mutex");
        x.stage.edge.discipline = weir_discipline_find("adaptive_lifo");
        weir_params_defaults(x.stage.edge.discipline->params, &x.stage.edge.discipline_state);
        assert_false(run_counted(&x, engines[k]).counted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_engine_counts_what_the_edge_moved),
        cmocka_unit_test(a_record_dropped_at_the_door_is_a_full_queue),
        cmocka_unit_test(leftovers_are_not_counted),
        cmocka_unit_test(an_idle_worker_waits_once_a_record),
        cmocka_unit_test(nothing_is_counted_unasked),
        cmocka_unit_test(a_store_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
