// SPDX-License-Identifier: Apache-2.0
#include "gate/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/test.h"

static char path[] = "/tmp/gate-suite-XXXXXX";

static bool read_text(struct gate_suite *s, const char *text, struct error *e)
{
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    *e = (struct error){0};
    return gate_suite_read(s, path, e);
}

static void the_default_is_short_enough(void **state)
{
    (void)state;
    struct gate_suite s;
    gate_suite_default(&s);
    assert_true(s.count <= 6 && gate_suite_seconds(&s) < 45);
    for (size_t i = 0; i < s.count; i++) {
        struct gate_suite one = {.launches = 80, .count = 1};
        one.cells[0] = s.cells[i];
        assert_true(gate_suite_seconds(&one) < 6);
        assert_int_equal(s.cells[i].rounds % DUET_ROUND, 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(s.cells[i].name, s.cells[k].name);
    }
}

static void a_file_says_what_is_measured(void **state)
{
    (void)state;
    struct gate_suite s;
    struct error e;
    assert_true(
        read_text(&s,
                  "suite: mine\nlaunches: 40\ndisturbed: keep\ncells:\n"
                  "  - {queue: mpmc, producers: 2, consumers: 2, batch: 16, wait: yield, margin: 3%}\n"
                  "  - {queue: spsc, measure: trip, quantile: 50%, turn: 5ms, rounds: 12}\n"
                  "  - {queue: channel, measure: scheduled, load: 20k/s, wait: park, name: parked}\n",
                  &e));
    assert_string_equal(s.name, "mine");
    assert_true(s.launches == 40 && s.keep_disturbed);
    assert_int_equal(s.count, 3);
    assert_string_equal(s.cells[0].name, "mpmc hand-off x16 2p2c");
    assert_int_equal(duet_threads(&s.cells[0]), 4);
    assert_true(s.cells[0].margin == 0.03 && s.cells[0].wait == WEIR_WAIT_YIELD);
    assert_true(s.cells[1].kind == DUET_TRIP && s.cells[1].quantile == 0.5 && s.cells[1].turn_s == 0.005);
    assert_true(s.cells[1].margin == 0.05 && s.cells[1].rounds == 12);
    assert_string_equal(s.cells[2].name, "parked");
    assert_true(s.cells[2].load == 20000);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        {"suite: x\n", "1:1: a gate's suite wants a list `cells:`"},
        {"cells: []\n", "a gate's suite wants a list `cells:`"},
        {"cells: [spsc]\n", "1:9: a cell is a map"},
        {"cels: [{queue: spsc}]\n", "1:1: unknown key \"cels\"; did you mean \"cells\"?"},
        {"cells:\n  - {queue: spsc, bach: 2}\n", "2:19: unknown key \"bach\"; did you mean \"batch\"?"},
        {"cells: [{batch: 2}]\n", "1:9: a cell wants a queue"},
        {"cells: [{queue: spsc, batch: 0}]\n", "1:30: 0 is out of range"},
        {"cells: [{queue: spsc, batch: many}]\n", "1:30: \"many\" is not"},
        {"cells: [{queue: spsc, wait: spn}]\n", "unknown wait strategy \"spn\"; did you mean \"spin\"?"},
        {"cells: [{queue: spsc, measure: trips}]\n", "unknown measure \"trips\"; did you mean \"trip\"?"},
        {"cells: [{queue: spsc, load: 2k/s}]\n", "a load is of measure: scheduled"},
        {"cells: [{queue: spsc, quantile: 50%}]\n", "a quantile is of measure: trip or scheduled"},
        {"cells: [{queue: spsc, rounds: 20}]\n", "20 rounds are no multiple of 6"},
        {"cells: [{queue: mpmc, producers: 7, consumers: 7}]\n", "more than 8 threads"},
        {"cells: [{queue: mpmc, producers: 2, measure: alone}]\n",
         "measure: alone has one thread on each side"},
        {"cells: [{queue: spsc, measure: trip, batch: 2}]\n", "a round trip is made by one item"},
        {"cells: [{queue: spsc}, {queue: spsc}]\n", "there is another cell \"spsc hand-off\""},
        {"cells: [{queue: ../evil}]\n", "is not a name"},
        {"suite: [a]\ncells: [{queue: spsc}]\n", "suite wants a value, not a list"},
        {"launches: {b: 1}\ncells: [{queue: spsc}]\n", "launches wants a value, not a map"},
        {"launches: 100k\ncells: [{queue: spsc}]\n", "100k is out of range (1 to 200)"},
        {"disturbed: maybe\ncells: [{queue: spsc}]\n", "1:12: disturbed: is either discard or keep"},
        {"instructions: no\ncells: [{queue: spsc}]\n", "1:15: instructions: is either count or skip"},
        {"strategies: no\ncells: [{queue: spsc}]\n", "1:13: strategies: is either skip or count"},
        {"cells: [{queue: [a]}]\n", "queue wants a value, not a list"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct gate_suite s;
        struct error e;
        assert_false(read_text(&s, table[i].text, &e));
        assert_int_equal(e.code, EXIT_USAGE);
        if (strstr(e.text, table[i].says) == NULL)
            fail_msg("for %s\n%s", table[i].text, e.text);
    }
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_short_enough),
        cmocka_unit_test(a_file_says_what_is_measured),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
