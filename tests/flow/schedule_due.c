// SPDX-License-Identifier: Apache-2.0
// Arrival schedules: spacing, means, the timeline's bends, shares between senders.
#include "fixture.h"

#include <math.h>

#include "flow/format.h"
#include "flow/schedule.h"

static size_t due_times(const struct source *s, unsigned sender, uint64_t end_ns, uint64_t *out, size_t room)
{
    struct schedule *sch = malloc(sizeof *sch);
    size_t n = 0;
    uint64_t due, before = 0;
    schedule_init(sch, s, sender, 7, end_ns);
    while (n < room && schedule_peek(sch, &due)) {
        assert_true(due >= before && due < end_ns);
        out[n++] = before = due;
        schedule_pop(sch);
    }
    free(sch);
    return n;
}

enum { ROOM = 400000 };
static uint64_t due[ROOM];

static void constant_is_evenly_spaced(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 1);
    size_t n = due_times(&x.source, 0, NS_PER_S, due, ROOM);
    assert_int_equal(n, 999);
    for (size_t i = 0; i < n; i++)
        assert_in_range(due[i], (i + 1) * 1000000 - 1, (i + 1) * 1000000 + 1);
}

static void senders_take_turns(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 1);
    x.source.senders = 4;
    for (unsigned k = 0; k < 4; k++) {
        size_t n = due_times(&x.source, k, NS_PER_S, due, ROOM);
        assert_in_range(n, 249, 250);
        assert_in_range(due[0], (k + 1) * 1000000 - 1, (k + 1) * 1000000 + 1);
        assert_in_range(due[1], (k + 5) * 1000000 - 1, (k + 5) * 1000000 + 1);
    }
}

static void poisson_has_its_mean_and_spread(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 20000, 0, "block", 1);
    size_t n = due_times(&x.source, 0, 10 * NS_PER_S, due, ROOM);
    assert_true(fabs((double)n - 200000) < 5 * sqrt(200000.0));
    double sum = 0, squares = 0;
    for (size_t i = 1; i < n; i++) {
        double gap = (double)(due[i] - due[i - 1]);
        sum += gap;
        squares += gap * gap;
    }
    double mean = sum / (double)(n - 1), variance = squares / (double)(n - 1) - mean * mean;
    assert_true(fabs(sqrt(variance) / mean - 1) < 0.02); // exponential: spread equals mean
}

static void timeline_bends_the_schedule(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 1);
    static struct timed_piece pieces[4];
    pieces[0] =
        (struct timed_piece){.start_ns = 0, .law = law_constant(1000), .scale_from = 1, .scale_to = 1};
    pieces[1] = (struct timed_piece){
        .start_ns = NS_PER_S, .law = law_constant(1000), .scale_from = 10, .scale_to = 10};
    pieces[2] = (struct timed_piece){
        .start_ns = 2 * NS_PER_S, .law = law_constant(1000), .scale_from = 10, .scale_to = 0};
    pieces[3] = (struct timed_piece){
        .start_ns = 3 * NS_PER_S, .law = law_constant(1000), .scale_from = 0, .scale_to = 0};
    x.source.arrival.rate = (struct timed){pieces, 4};
    size_t n = due_times(&x.source, 0, 4 * NS_PER_S, due, ROOM), in[4] = {0};
    for (size_t i = 0; i < n; i++)
        in[due[i] / NS_PER_S]++;
    assert_in_range(in[0], 999, 1000);
    assert_in_range(in[1], 9999, 10001);
    assert_in_range(in[2], 4990, 5001); // a ramp to nothing: half of it
    assert_int_equal(in[3], 0);
}

static void on_off_is_silent_when_off(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_ON_OFF, 10000, 0, "block", 1);
    x.source.arrival.on_ns = 100 * NS_PER_MS;
    x.source.arrival.off_ns = 300 * NS_PER_MS;
    size_t n = due_times(&x.source, 0, 4 * NS_PER_S, due, ROOM);
    assert_true(fabs((double)n - 10000) < 5 * sqrt(10000.0)); // on for a quarter of the time
    for (size_t i = 0; i < n; i++)
        assert_true(due[i] % (400 * NS_PER_MS) <= 100 * NS_PER_MS);
}

static void count_is_shared_and_stops(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 1);
    x.source.senders = 3;
    x.source.count = 10;
    size_t all = 0;
    for (unsigned k = 0; k < 3; k++)
        all += due_times(&x.source, k, 10 * NS_PER_S, due, ROOM);
    assert_int_equal(all, 10);
}

static void classes_follow_their_shares(void **state)
{
    (void)state;
    struct fixture x;
    static struct record_class classes[] = {{"debug", 0.6}, {"info", 0.3}, {"error", 0.1}};
    fixture_init(&x, ARRIVE_CONSTANT, 1000, 0, "block", 1);
    x.source.classes = classes;
    x.source.class_count = 3;
    struct schedule s;
    schedule_init(&s, &x.source, 0, 7, NS_PER_S);
    unsigned in[3] = {0};
    for (int i = 0; i < 100000; i++)
        in[schedule_class(&s)]++;
    assert_in_range(in[0], 59200, 60800);
    assert_in_range(in[1], 29200, 30800);
    assert_in_range(in[2], 9500, 10500);
}

// The scenario's check and the formats themselves must agree on what is too short.
static void minima_agree(void **state)
{
    (void)state;
    for (int format = FORMAT_RAW; format <= FORMAT_RFC5424; format++)
        assert_int_equal(wire_format_minimum[format], format_minimum((enum wire_format)format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_is_evenly_spaced),
        cmocka_unit_test(senders_take_turns),
        cmocka_unit_test(poisson_has_its_mean_and_spread),
        cmocka_unit_test(timeline_bends_the_schedule),
        cmocka_unit_test(on_off_is_silent_when_off),
        cmocka_unit_test(count_is_shared_and_stops),
        cmocka_unit_test(minima_agree),
        cmocka_unit_test(classes_follow_their_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
