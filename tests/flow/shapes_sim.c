// SPDX-License-Identifier: Apache-2.0
// Every shape in virtual time, with every kind of strategy, drained and cut at many moments.
#include "shapes.h"

static const char *const strategies[] = {"block", "drop_newest", "drop_oldest", "reject", "block_timeout"};

static bool possible(const struct shape *s, const char *strategy)
{
    return s->evicts || strcmp(strategy, "drop_oldest") != 0;
}

static void every_shape_balances(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t k = 0; k < sizeof strategies / sizeof *strategies; k++) {
            if (!possible(&shapes[i], strategies[k]))
                continue;
            struct plan *plan = load_shape(&shapes[i], strategies[k], NULL, "300ms", "5s");
            struct report r = run_plan(plan, sim_run, 7);
            print_message("%s, %s: %lu generated, %lu delivered, %lu lost\n", shapes[i].name, strategies[k],
                          (unsigned long)r.ledger.generated, (unsigned long)r.ledger.delivered,
                          (unsigned long)ledger_lost(&r.ledger));
            assert_shape(shapes[i].name, &r, true);
            if (!strcmp(strategies[k], "block")) {
                assert_int_equal(ledger_lost(&r.ledger) + r.ledger.refused_final, 0);
                // At the stop a record may be inside one branch and still in front of another.
                for (size_t b = 0; b < r.branch_count; b++)
                    assert_int_equal(r.branches[b].ledger.delivered + r.branches[b].ledger.unsent,
                                     r.ledger.generated);
            } else if (!strncmp(strategies[k], "drop", 4)) { // too much is offered: something must go
                uint64_t lost = ledger_lost(&r.ledger);
                for (size_t b = 0; b < r.branch_count; b++)
                    lost += ledger_lost(&r.branches[b].ledger);
                assert_true(lost > 0);
            }
            plan_free(plan);
        }
}

static void same_seed_same_digest(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        struct plan *plan = load_shape(&shapes[i], "drop_newest", NULL, "100ms", "5s");
        uint64_t first = run_plan(plan, sim_run, 7).digest;
        assert_int_equal(run_plan(plan, sim_run, 7).digest, first);
        assert_int_not_equal(run_plan(plan, sim_run, 8).digest, first);
        plan_free(plan);
    }
}

// Without a drain the run ends in the middle of everything.
static void cut_at_any_moment_balances(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 42, "cuts");
    for (size_t i = 0; i < SHAPES; i++)
        for (unsigned turn = 0; turn < 12; turn++) {
            const char *strategy = strategies[turn % 4];
            if (!possible(&shapes[i], strategy))
                continue;
            char duration[32];
            snprintf(duration, sizeof duration, "%dus", 20000 + (int)(rng_unit(&rng) * 40000));
            struct plan *plan = load_shape(&shapes[i], strategy, NULL, duration, "0s");
            struct report r = run_plan(plan, sim_run, turn);
            assert_shape(shapes[i].name, &r, false);
            plan_free(plan);
        }
}

// Capacity 1 on every edge: nobody waits for ever.
static void smallest_queues_do_not_lock_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        struct plan *plan = load_shape(&shapes[i], "block", NULL, "50ms", "5s");
        struct scenario *s = plan->cells[0].scenario;
        if (s->sources[0].type == SOURCE_OTLP) { // a request needs its places
            plan_free(plan);
            continue;
        }
        for (size_t k = 0; k < s->stage_count; k++)
            s->stages[k].edge.capacity = s->stages[k].batch_size;
        for (size_t k = 0; k < s->stage_count; k++) // a ring has one capacity
            for (size_t j = 0; s->stages[k].ring && j < s->stage_count; j++)
                if (s->stages[j].ring == s->stages[k].ring &&
                    s->stages[j].edge.capacity > s->stages[k].edge.capacity)
                    s->stages[k].edge.capacity = s->stages[j].edge.capacity;
        for (size_t k = 0; k < s->sink_count; k++)
            s->sinks[k].edge.capacity = 1;
        struct report r = run_plan(plan, sim_run, 7);
        assert_shape(shapes[i].name, &r, true);
        plan_free(plan);
    }
}

// What a stage of a ring works on is still in its slot: a full ring of 10 holds 10, one in hands among them.
static void a_record_keeps_its_slot_until_it_is_passed_on(void **state)
{
    (void)state;
    static const struct shape full = {"full-ring",
                                      APP("2k/s") "pipeline:\n"
                                                  "  - {stage: a, queue: {ring: r, capacity: 10}}\n"
                                                  "  - {stage: b, queue: {ring: r}}\n"
                                                  "sink: {type: model, service: 10ms}\n",
                                      false};
    struct plan *plan = load_shape(&full, "drop_newest", NULL, "500ms", "0s");
    struct report r = run_plan(plan, sim_run, 7);
    assert_shape(full.name, &r, false);
    assert_int_equal(r.ledger.in_flight, 10);
    assert_string_equal(r.edges[2].name, "r"); // the door
    assert_int_equal(r.edges[2].high_water, 10);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_balances),
        cmocka_unit_test(same_seed_same_digest),
        cmocka_unit_test(cut_at_any_moment_balances),
        cmocka_unit_test(smallest_queues_do_not_lock_up),
        cmocka_unit_test(a_record_keeps_its_slot_until_it_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
