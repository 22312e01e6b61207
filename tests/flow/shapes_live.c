// SPDX-License-Identifier: Apache-2.0
// Every shape on real threads, drained and cut. Nothing here depends on how fast the machine is.
#include "shapes.h"

#include "base/clock.h"
#include "live/live.h"

static const char *const strategies[] = {"block", "drop_newest", "drop_oldest"};

static bool possible(const struct shape *s, const char *strategy)
{
    return s->evicts || strcmp(strategy, "drop_oldest") != 0;
}

static void run_all(const char *duration, const char *drain, bool drained)
{
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t k = 0; k < sizeof strategies / sizeof *strategies; k++) {
            if (!possible(&shapes[i], strategies[k]))
                continue;
            struct plan *plan = load_shape(&shapes[i], strategies[k], NULL, duration, drain);
            struct report r = run_plan(plan, live_run, 7);
            print_message("%s, %s: %lu generated, %lu delivered, %lu lost, %lu in flight\n", shapes[i].name,
                          strategies[k], (unsigned long)r.ledger.generated, (unsigned long)r.ledger.delivered,
                          (unsigned long)ledger_lost(&r.ledger), (unsigned long)r.ledger.in_flight);
            assert_shape(shapes[i].name, &r, drained);
            if (drained && !strcmp(strategies[k], "block"))
                assert_int_equal(ledger_lost(&r.ledger), 0);
            plan_free(plan);
        }
}

static void every_shape_balances(void **state)
{
    (void)state;
    run_all("60ms", "60s", true);
}

static void cut_balances(void **state)
{
    (void)state;
    run_all("40ms", "0s", false);
}

static void every_queue_carries_a_diamond(void **state)
{
    (void)state;
    static const char *const queues[] = {"mutex", "channel", "mpmc", "unbounded"};
    for (size_t i = 0; i < SHAPES; i++) {
        if (strcmp(shapes[i].name, "diamond-queues") != 0)
            continue;
        for (size_t k = 0; k < sizeof queues / sizeof *queues; k++) {
            struct plan *plan = load_shape(&shapes[i], "block", queues[k], "40ms", "60s");
            struct report r = run_plan(plan, live_run, 7);
            assert_shape(queues[k], &r, true);
            assert_int_equal(ledger_lost(&r.ledger), 0);
            plan_free(plan);
        }
    }
}

int main(void)
{
    clock_calibrate();
    burn_calibrate();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_balances),
        cmocka_unit_test(cut_balances),
        cmocka_unit_test(every_queue_carries_a_diamond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
