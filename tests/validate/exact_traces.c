// SPDX-License-Identifier: Apache-2.0
// Queues without chance: every time and every loss is known beforehand, to the nanosecond.
#include "../flow/fixture.h"
#include "scenario/trace.h"

enum { RECORDS_MAX = 4096 };

// What became of each record, by sequence number.
struct fates {
    uint64_t intended_ns[RECORDS_MAX], delivered_ns[RECORDS_MAX]; // 0: not delivered
    bool lost[RECORDS_MAX];
    uint64_t losses, deliveries;
};

static void watch_fates(void *context, uint64_t now_ns, unsigned node, unsigned what, const struct record *r)
{
    struct fates *f = context;
    (void)node;
    assert_true(r->seq < RECORDS_MAX);
    f->intended_ns[r->seq] = r->intended_ns;
    if (what == TRACE_DELIVERED) {
        f->delivered_ns[r->seq] = now_ns;
        f->deliveries++;
    } else if (what < WEIR_LOSS_COUNT) {
        f->lost[r->seq] = true;
        f->losses++;
    }
}

static struct fates *run_exact(const struct fixture *x)
{
    struct fates *f = calloc(1, sizeof *f);
    struct report r = run_watched(x, sim_run, 1, true, watch_fates, f);
    assert_balanced(&r);
    assert_int_equal(r.ledger.generated, f->losses + f->deliveries);
    return f;
}

// D/D/1/K by its definition: at each arrival, those that have left are gone (departures come before arrivals
// of the same instant); the rest are inside.
static void hold_against_definition(const struct fates *f, size_t count, unsigned places, uint64_t service_ns)
{
    uint64_t *ends = calloc(count + 1, sizeof *ends);
    size_t admitted = 0, gone = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t now = f->intended_ns[i];
        while (gone < admitted && ends[gone] <= now)
            gone++;
        bool fits = admitted - gone < places;
        assert_int_equal(f->lost[i], !fits);
        if (!fits)
            continue;
        uint64_t before = admitted ? ends[admitted - 1] : 0;
        ends[admitted] = (before > now ? before : now) + service_ns;
        assert_int_equal(f->delivered_ns[i], ends[admitted]);
        admitted++;
    }
    free(ends);
}

static void ddk_is_exact(void **state)
{
    (void)state;
    // In turn: far from full, in step (a departure at every arrival), just above, far above.
    static const uint64_t services_ns[] = {700000, 1000000, 1000001, 1700000, 3000000};
    for (size_t s = 0; s < sizeof services_ns / sizeof *services_ns; s++)
        for (unsigned places = 2; places <= 6; places++) {
            struct fixture x;
            fixture_init(&x, ARRIVE_CONSTANT, 1000, (double)services_ns[s], "drop_newest", places - 1);
            struct fates *f = run_exact(&x);
            assert_true(f->losses + f->deliveries > 1990);
            hold_against_definition(f, f->losses + f->deliveries, places, services_ns[s]);
            free(f);
        }
}

// Bursts at uneven times, with records a nanosecond apart among them. (Those of the very same instant are
// offered together, before the worker that the first one wakes can take it.)
static void a_trace_is_exact(void **state)
{
    (void)state;
    static struct trace_row rows[900];
    uint64_t at = 0;
    for (size_t i = 0; i < 900; i++) {
        at += i % 7 == 0 ? 9100000 : i % 3 == 0 ? 1 : 130000 * (i % 5) + 1;
        rows[i] = (struct trace_row){.at_ns = at};
    }
    struct trace trace = {.rows = rows, .count = 900};
    for (unsigned places = 2; places <= 6; places++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_TRACE, 0, 1e6, "drop_newest", places - 1);
        x.source.arrival.trace = &trace;
        struct fates *f = run_exact(&x);
        assert_int_equal(f->losses + f->deliveries, 900);
        assert_true(places == 6 || f->losses > 20);
        hold_against_definition(f, 900, places, 1000000);
        free(f);
    }
}

// A burst of 1 (in service) + 8 (queue) + 5: newest loses the last five, oldest the first five of the queue.
// The same count, and as no more overflow than the queue holds, no record in both.
static void newest_and_oldest_lose_as_many_and_others(void **state)
{
    (void)state;
    enum { BURST = 14, QUEUE = 8, OVER = BURST - QUEUE - 1, BURSTS = 60 };
    static struct trace_row rows[BURST * BURSTS];
    for (size_t i = 0; i < BURST * BURSTS; i++)
        rows[i] = (struct trace_row){.at_ns = (i / BURST + 1) * 20 * NS_PER_MS + i % BURST * 1000};
    struct trace trace = {.rows = rows, .count = BURST * BURSTS};
    struct fates *f[2];
    for (int k = 0; k < 2; k++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_TRACE, 0, 1e6, k ? "drop_oldest" : "drop_newest", QUEUE);
        x.source.arrival.trace = &trace;
        f[k] = run_exact(&x);
        assert_int_equal(f[k]->losses, BURSTS * OVER);
    }
    for (size_t i = 0; i < BURST * BURSTS; i++) {
        size_t place = i % BURST;
        assert_int_equal(f[0]->lost[i], place >= BURST - OVER);
        assert_int_equal(f[1]->lost[i], place >= 1 && place < 1 + OVER);
        assert_false(f[0]->lost[i] && f[1]->lost[i]);
    }
    free(f[0]);
    free(f[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ddk_is_exact),
        cmocka_unit_test(a_trace_is_exact),
        cmocka_unit_test(newest_and_oldest_lose_as_many_and_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
