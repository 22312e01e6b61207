// SPDX-License-Identifier: Apache-2.0
// A file sink on a real file that is full for a while, as the kernel says it: RLIMIT_FSIZE makes a write
// short and the next ones fail.
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "flow/format.h"
#include "live/live.h"

enum { LIMIT = 40000, REFUSALS = 3 };

static char path[64];
static volatile sig_atomic_t refused;

static void set_limit(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

// The kernel tells of each write on the full file. The third makes room, for the one after it.
static void on_full(int number)
{
    (void)number;
    if (++refused == REFUSALS)
        set_limit(RLIM_INFINITY);
}

static struct report run_full(struct fixture *x)
{
    snprintf(path, sizeof path, "/tmp/weir-full-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    refused = 0;
    signal(SIGXFSZ, on_full);
    set_limit(LIMIT);
    x->sink.type = SINK_FILE;
    x->sink.path = path;
    struct report r = run_fixture(x, live_run, 7);
    assert_int_equal(refused, REFUSALS);
    assert_int_equal(r.sink.failures, REFUSALS);
    return r;
}

// Lines that are whole records; *torn: those that are not.
static uint64_t whole_lines(uint64_t *torn)
{
    static char line[4096];
    uint64_t whole = 0;
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    *torn = 0;
    while (fgets(line, sizeof line, in)) {
        struct identity id;
        const unsigned char *payload;
        size_t size, length = strlen(line);
        bool ends = length && line[length - 1] == '\n';
        bool good = ends && format_decode((const unsigned char *)line, length - 1, &id, &payload, &size);
        whole += good;
        *torn += !good;
    }
    fclose(in);
    unlink(path);
    return whole;
}

static void a_full_disk_loses_and_is_got_over(void **state)
{
    (void)state;
    struct fixture x;
    uint64_t torn;
    fixture_init(&x, ARRIVE_CONSTANT, 2000, 0, "block", 64);
    x.sink.buffer = 1000;
    x.scenario.duration_ns = NS_PER_S;
    struct report r = run_full(&x);
    assert_balanced(&r);
    assert_in_range(r.ledger.lost[WEIR_LOSS_SINK_ERROR], REFUSALS, REFUSALS * 64);
    assert_int_equal(whole_lines(&torn), r.ledger.delivered); // it went on, on a line of its own
    assert_int_equal(torn, 1);
}

static void retry_goes_on_at_the_byte(void **state)
{
    (void)state;
    struct fixture x;
    uint64_t torn;
    fixture_init(&x, ARRIVE_CONSTANT, 2000, 0, "block", 64);
    x.sink.buffer = 1000;
    x.scenario.duration_ns = NS_PER_S;
    x.sink.retry = *weir_retry_find("vector");
    x.sink.retry.base_ns = x.sink.retry.cap_ns = 20 * NS_PER_MS;
    struct report r = run_full(&x);
    assert_balanced(&r);
    assert_int_equal(ledger_lost(&r.ledger), 0);
    assert_int_equal(r.ledger.in_flight, 0);
    assert_int_equal(r.sink.retries, REFUSALS);
    assert_int_equal(whole_lines(&torn), r.ledger.delivered);
    assert_int_equal(torn, 0);
}

// No room ever: lost without retry, in flight at the cut with it. Neither crashes nor hangs.
static void dev_full(void **state)
{
    (void)state;
    for (int retry = 0; retry < 2; retry++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_CONSTANT, 2000, 0, "drop_newest", 64);
        x.sink.type = SINK_FILE;
        x.sink.path = (char *)"/dev/full";
        x.scenario.duration_ns = NS_PER_S;
        if (retry) {
            x.scenario.drain_ns = 200 * NS_PER_MS;
            x.sink.retry = *weir_retry_find("vector");
            x.sink.retry.base_ns = x.sink.retry.cap_ns = 10 * NS_PER_MS;
        }
        struct report r = run_fixture(&x, live_run, 7);
        assert_balanced(&r);
        assert_int_equal(r.ledger.delivered, 0);
        assert_int_equal(r.ledger.in_flight > 0, retry);
        assert_int_equal(r.ledger.lost[WEIR_LOSS_SINK_ERROR] > 0, !retry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_loses_and_is_got_over),
        cmocka_unit_test(retry_goes_on_at_the_byte),
        cmocka_unit_test(dev_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
