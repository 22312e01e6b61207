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

// A machine that stands still for as long as the sources send delivers nothing: then once more, for longer.
static struct report run_shape(const struct shape *s, const char *strategy, const char *queue, bool drained)
{
    static const char *const durations[] = {"40ms", "1s", "10s"};
    struct report r;
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        struct plan *plan = load_shape(s, strategy, queue, durations[i], drained ? "60s" : "0s");
        r = run_plan(plan, live_run, 7);
        plan_free(plan);
        if (r.ledger.delivered || !drained)
            break;
    }
    print_message("%s, %s: %lu generated, %lu delivered, %lu lost, %lu in flight\n", s->name, strategy,
                  (unsigned long)r.ledger.generated, (unsigned long)r.ledger.delivered,
                  (unsigned long)ledger_lost(&r.ledger), (unsigned long)r.ledger.in_flight);
    assert_shape(s->name, &r, drained);
    return r;
}

static void run_all(bool drained)
{
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t k = 0; k < sizeof strategies / sizeof *strategies; k++) {
            if (!possible(&shapes[i], strategies[k]))
                continue;
            struct report r = run_shape(&shapes[i], strategies[k], NULL, drained);
            if (drained && !strcmp(strategies[k], "block"))
                assert_int_equal(ledger_lost(&r.ledger), 0);
        }
}

static void every_shape_balances(void **state)
{
    (void)state;
    run_all(true);
}

static void cut_balances(void **state)
{
    (void)state;
    run_all(false);
}

static void every_queue_carries_a_diamond(void **state)
{
    (void)state;
    static const char *const queues[] = {"mutex", "channel", "mpmc", "unbounded"};
    for (size_t i = 0; i < SHAPES; i++) {
        if (strcmp(shapes[i].name, "diamond-queues") != 0)
            continue;
        for (size_t k = 0; k < sizeof queues / sizeof *queues; k++) {
            struct report r = run_shape(&shapes[i], "block", queues[k], true);
            assert_int_equal(ledger_lost(&r.ledger), 0);
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
