// SPDX-License-Identifier: Apache-2.0
// Whole pipelines on real threads: every queue with every strategy balances, and queues that are broken on
// purpose are found out. Nothing here depends on how fast the machine is.
#include "fixture.h"

#include "base/clock.h"
#include "live/live.h"

static struct report live(const struct fixture *x)
{
    return run_fixture(x, live_run, 7);
}

static void use_queue(struct fixture *x, const struct weir_queue_ops *ops)
{
    x->stage.edge.queue = (char *)(uintptr_t)ops->name;
    x->stage.edge.queue_ops = ops;
}

static bool possible(const struct weir_queue_ops *q, const struct weir_strategy_ops *s)
{
    return !(s->flags & WEIR_S_EVICTS) || (q->caps & WEIR_Q_EVICT);
}

// Ends by its count, not by the clock: a machine that stands still for a while only makes it longer.
static void short_overload(struct fixture *x, const char *strategy)
{
    fixture_init(x, ARRIVE_POISSON, 20000, 100000, strategy, 32);
    x->source.count = 1500;
    x->scenario.duration_ns = 60 * NS_PER_S;
}

static void every_queue_balances_with_every_strategy(void **state)
{
    (void)state;
    const struct weir_queue_ops *q;
    const struct weir_strategy_ops *s;
    for (size_t i = 0; (q = weir_queue_at(i)); i++) {
        for (size_t k = 0; (s = weir_strategy_at(k)); k++) {
            if (s->place != WEIR_AT_ADMISSION || !possible(q, s))
                continue;
            struct fixture x;
            short_overload(&x, s->name);
            use_queue(&x, q);
            struct report r = live(&x);
            print_message("%s x %s: %lu generated, %lu delivered\n", q->name, s->name,
                          (unsigned long)r.ledger.generated, (unsigned long)r.ledger.delivered);
            assert_balanced(&r);
            assert_true(r.ledger.delivered > 0);
            if (!strcmp(s->name, "block"))
                assert_int_equal(ledger_lost(&r.ledger), 0);
            if (r.edges[0].capacity)
                assert_true(r.edges[0].high_water <= r.edges[0].capacity);
        }
    }
}

static void every_wait_strategy_ends(void **state)
{
    (void)state;
    for (int wait = 0; wait < WEIR_WAIT_KINDS; wait++) {
        struct fixture x;
        short_overload(&x, "block");
        use_queue(&x, weir_queue_find("mpmc"));
        x.stage.edge.wait = (enum weir_wait_kind)wait;
        struct report r = live(&x);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger), 0);
    }
}

static void many_senders_many_workers(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CLOSED, 0, 0, "block", 64);
    x.source.count = 40000;
    x.source.senders = x.stage.edge.producers = 3;
    x.stage.workers = x.stage.edge.consumers = 3;
    x.scenario.duration_ns = 60 * NS_PER_S; // ends by count
    x.source.arrival.think = law_constant(0);
    use_queue(&x, weir_queue_find("mpmc"));
    struct report r = live(&x);
    assert_balanced(&r);
    assert_int_equal(r.ledger.delivered, 40000);
}

static void cut_leaves_in_flight(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 20000, 60e9, "drop_newest", 32);
    x.scenario.duration_ns = NS_PER_S;
    x.scenario.drain_ns = 0;
    struct report r = live(&x);
    assert_balanced(&r);
    assert_true(r.ledger.in_flight >= 32);
}

// ---- queues broken on purpose ----

static const struct weir_queue_ops *good;
static unsigned turn;

static size_t push_losing(struct weir_queue *q, const uint64_t *items, size_t n)
{
    if (++turn % 500 == 0)
        return n; // says it took them, and did not
    return good->try_push_n(q, items, n);
}

// An earlier record's contents come a second time, in a record of their own.
enum { COPIES = 16, COPY_BYTES = 512 };
static _Alignas(64) unsigned char copies[COPIES][COPY_BYTES];
static unsigned copies_used;
static bool copy_waits;

// What is no address is an item of the trial that a strange queue has to pass before the cell begins.
static bool is_record(uint64_t item)
{
    return item >> 48 == 0;
}

static void keep_copy(uint64_t item)
{
    const struct record *r = (const struct record *)(uintptr_t)item;
    memcpy(copies[copies_used], r, sizeof *r + r->size);
    copy_waits = true;
}

static size_t pop_doubling(struct weir_queue *q, uint64_t *items, size_t n)
{
    if (++turn % 500 == 0 && copy_waits) {
        items[0] = (uint64_t)(uintptr_t)copies[copies_used++];
        copy_waits = false;
        return 1;
    }
    size_t got = good->try_pop_n(q, items, n < 1 ? n : 1);
    if (got && is_record(items[0]) && !copy_waits && copies_used < COPIES)
        keep_copy(items[0]);
    return got;
}

static size_t pop_corrupting(struct weir_queue *q, uint64_t *items, size_t n)
{
    size_t got = good->try_pop_n(q, items, n);
    if (got && is_record(items[0]) && ++turn % 500 == 0)
        ((struct record *)(uintptr_t)items[0])->payload[5] ^= 1;
    return got;
}

static struct report run_broken(size_t (*push)(struct weir_queue *, const uint64_t *, size_t),
                                size_t (*pop)(struct weir_queue *, uint64_t *, size_t))
{
    good = weir_queue_find("mutex");
    static struct weir_queue_ops broken;
    broken = *good;
    if (push)
        broken.try_push_n = push;
    if (pop)
        broken.try_pop_n = pop;
    turn = copies_used = 0;
    copy_waits = false;
    struct fixture x;
    fixture_init(&x, ARRIVE_CLOSED, 0, 0, "block", 64);
    x.source.arrival.think = law_constant(0);
    x.source.count = 3000;
    x.scenario.duration_ns = 20 * NS_PER_S;
    use_queue(&x, &broken);
    return live(&x);
}

static void lost_record_is_found_out(void **state)
{
    (void)state;
    struct report r = run_broken(push_losing, NULL);
    assert_int_equal(r.status, CELL_INVALID);
    assert_true(ledger_unknown(&r.ledger) > 0);
    assert_true(r.check.missing > 0);
}

static void doubled_record_is_found_out(void **state)
{
    (void)state;
    struct report r = run_broken(NULL, pop_doubling);
    assert_int_equal(r.status, CELL_INVALID);
    assert_true(r.check.duplicated > 0);
}

static void corrupted_record_is_found_out(void **state)
{
    (void)state;
    struct report r = run_broken(NULL, pop_corrupting);
    assert_int_equal(r.status, CELL_INVALID);
    assert_true(r.check.corrupted > 0);
}

// A place that drops forgets to count one record: the strategy, asked in the sender's thread, takes one back.
static struct arena *watched;

static struct weir_decision drop_and_forget(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s, (void)v;
    static bool forgot;
    struct flow_root *root = arena_root(watched);
    for (struct tally *t = root->tallies; t && !forgot; t = t->next)
        if (t->send_lag && t->ledger.lost[WEIR_LOSS_DROP_NEWEST] > 3) {
            t->ledger.lost[WEIR_LOSS_DROP_NEWEST]--;
            forgot = true;
        }
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_DROP_NEWEST};
}

static void missing_count_is_found_out(void **state)
{
    (void)state;
    static struct weir_strategy_ops forgetful;
    forgetful = *weir_strategy_find("drop_newest");
    forgetful.on_full = drop_and_forget;
    struct fixture x;
    short_overload(&x, "drop_newest");
    x.stage.edge.admission = &forgetful;
    watched = arena_create(1ull << 32);
    struct run_setup setup = {.scenario = &x.scenario, .seed = 7, .scratch = "/tmp", .arena = watched};
    struct error e = {0};
    assert_true(live_run(&setup, &e));
    const struct report *r = flow_report(watched);
    assert_int_equal(r->status, CELL_INVALID);
    assert_int_equal(ledger_unknown(&r->ledger), 1);
    arena_destroy(watched);
}

int main(void)
{
    clock_calibrate();
    burn_calibrate();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_queue_balances_with_every_strategy),
        cmocka_unit_test(every_wait_strategy_ends),
        cmocka_unit_test(many_senders_many_workers),
        cmocka_unit_test(cut_leaves_in_flight),
        cmocka_unit_test(lost_record_is_found_out),
        cmocka_unit_test(doubled_record_is_found_out),
        cmocka_unit_test(corrupted_record_is_found_out),
        cmocka_unit_test(missing_count_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
