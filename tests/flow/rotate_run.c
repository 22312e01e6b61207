// SPDX-License-Identifier: Apache-2.0
// Whole pipelines behind a log that is rotated, on both engines: what is kept long enough arrives, what goes
// away unread is lost and counted, wherever the run is cut.
#include "fixture.h"

#include "base/clock.h"
#include "live/live.h"

static const engine_fn engines[] = {sim_run, live_run};

// Files of 50 lines at 2000 lines a second; the reader stands still for 24 of them.
static struct span pause_ns = {100 * NS_PER_MS, 700 * NS_PER_MS};

static void log_of(struct fixture *x, enum file_rotation mode, unsigned keep)
{
    fixture_init(x, ARRIVE_CONSTANT, 2000, 0, "block", 64);
    x->source.type = SOURCE_FILE;
    x->source.size = law_constant(99);
    x->source.file.rotate = (struct file_rotate){.every = 5000, .mode = mode, .keep = keep};
    x->source.stalls = (struct spans){&pause_ns, 1};
    x->scenario.duration_ns = 1200 * NS_PER_MS;
}

static void kept_files_are_read(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        log_of(&x, ROTATE_RENAME, 60);
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        assert_int_equal(ledger_lost(&r.ledger), 0);
        assert_true(r.ledger.delivered > 0);
    }
}

static void what_is_deleted_unread_is_lost(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        log_of(&x, ROTATE_RENAME, 2);
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        // 1200 lines in the pause; the reader's own file, two that are kept and the newest are read.
        assert_true(r.ledger.lost[WEIR_LOSS_KERNEL] > 0);
        assert_int_equal(ledger_lost(&r.ledger), r.ledger.lost[WEIR_LOSS_KERNEL]);
        if (engines[i] == sim_run)
            assert_in_range(r.ledger.lost[WEIR_LOSS_KERNEL], 1200 - 4 * 50, 1200 - 2 * 50);
    }
}

static void what_is_truncated_unread_is_lost(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        log_of(&x, ROTATE_COPYTRUNCATE, 60);
        struct report r = run_fixture(&x, engines[i], 7);
        assert_balanced(&r);
        assert_true(r.ledger.lost[WEIR_LOSS_KERNEL] > 0);
        if (engines[i] == sim_run)
            assert_in_range(r.ledger.lost[WEIR_LOSS_KERNEL], 1200 - 50, 1200);
    }
}

// The reader never comes back: what still has a name is unsent, the rest is gone.
static void a_cut_tells_what_is_on_disk(void **state)
{
    (void)state;
    static struct span for_ever = {100 * NS_PER_MS, 60 * NS_PER_S};
    static const struct file_rotate ways[] = {{5000, ROTATE_RENAME, 60},
                                              {5000, ROTATE_RENAME, 3},
                                              {5000, ROTATE_RENAME, 0},
                                              {5000, ROTATE_COPYTRUNCATE, 3}};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 4; k++) {
            struct fixture x;
            log_of(&x, ways[k].mode, ways[k].keep);
            x.source.stalls = (struct spans){&for_ever, 1};
            x.scenario.drain_ns = 0;
            struct report r = run_fixture(&x, engines[i], 7);
            assert_balanced(&r);
            uint64_t lost = r.ledger.lost[WEIR_LOSS_KERNEL];
            assert_true(k == 0 ? lost == 0 && r.ledger.unsent > 300 : lost > 0);
            if (engines[i] == sim_run && k == 1)
                assert_in_range(r.ledger.unsent, 3 * 50, 4 * 50);
            if (engines[i] == sim_run && k >= 2)
                assert_true(r.ledger.unsent <= 50);
        }
}

// ---- the twin by itself; the live wire has the same table in its tests ----
static void write_lines(struct wire *w, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq < to; seq++) {
        struct wire_message m = {.seq = seq, .size = 100};
        assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_OK);
    }
}

static void read_lines(struct wire *w, struct record_pool *pool, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq < to; seq++) {
        struct record *r;
        size_t n;
        assert_int_equal(w->ops->receive(w, &r, 1, &n, 0), WIRE_OK);
        assert_int_equal(r->seq, seq);
        record_give(pool, r);
    }
}

static uint64_t gone(const struct wire *w)
{
    struct wire_counters c;
    w->ops->counters(w, &c);
    return c.kernel_drops;
}

static void the_twin_knows_what_is_on_disk(void **state)
{
    (void)state;
    static const struct {
        struct file_rotate how;
        unsigned there;
    } ways[] = {{{1010, ROTATE_RENAME, 20}, 95},     {{1010, ROTATE_RENAME, 9}, 90},
                {{1010, ROTATE_RENAME, 3}, 30},      {{1010, ROTATE_RENAME, 0}, 0},
                {{1010, ROTATE_COPYTRUNCATE, 3}, 0}, {{1515, ROTATE_COPYTRUNCATE, 3}, 10}};
    for (int i = 0; i < 6; i++) {
        struct fixture x;
        log_of(&x, ROTATE_RENAME, 0);
        x.source.file.rotate = ways[i].how;
        struct wire_setup setup = {.scenario = &x.scenario, .pool = record_pool_create(), .seed = 7};
        struct wire *w = sim_file_create(&setup);
        write_lines(w, 0, 5);
        read_lines(w, setup.pool, 0, 5);
        write_lines(w, 5, 100);
        assert_int_equal(w->ops->stop(w, 0), ways[i].there);
        assert_int_equal(gone(w), 95 - ways[i].there);
        w->ops->destroy(w);
        record_pool_destroy(setup.pool);
    }
}

// Lines that were read ahead survive a truncation in the reader's hands, and only there.
static void what_was_read_ahead_is_safe_while_somebody_reads(void **state)
{
    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        struct fixture x;
        log_of(&x, ROTATE_RENAME, 0);
        x.source.file.rotate = (struct file_rotate){1010, ROTATE_COPYTRUNCATE, 1};
        struct wire_setup setup = {.scenario = &x.scenario, .pool = record_pool_create(), .seed = 7};
        struct wire *w = sim_file_create(&setup);
        write_lines(w, 0, 8);
        read_lines(w, setup.pool, 0, 1); // seven more are in its buffer
        write_lines(w, 8, 12);           // truncated behind the tenth
        if (reads) {
            read_lines(w, setup.pool, 1, 8);
            read_lines(w, setup.pool, 10, 12);
        }
        assert_int_equal(w->ops->stop(w, 0), reads ? 0 : 2);
        assert_int_equal(gone(w), reads ? 2 : 9);
        w->ops->destroy(w);
        record_pool_destroy(setup.pool);
    }
}

int main(void)
{
    clock_calibrate();
    burn_calibrate();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_files_are_read),
        cmocka_unit_test(what_is_deleted_unread_is_lost),
        cmocka_unit_test(what_is_truncated_unread_is_lost),
        cmocka_unit_test(a_cut_tells_what_is_on_disk),
        cmocka_unit_test(the_twin_knows_what_is_on_disk),
        cmocka_unit_test(what_was_read_ahead_is_safe_while_somebody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
