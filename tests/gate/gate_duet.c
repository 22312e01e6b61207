// SPDX-License-Identifier: Apache-2.0
// Launches for real, and short ones: who takes turns how often and in which order, never how fast.
#include "bench/module.h"
#include "gate/duet.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/test.h"

static void open_modules(struct duet_modules *m, const char *name)
{
    static char path[512];
    char why[300];
    *m = (struct duet_modules){.copy = {-1, -1, -1}};
    snprintf(path, sizeof path, MODULES "/%s", name);
    for (size_t k = 0; k < ARMS; k++) {
        m->path[k] = path;
        m->copy[k] = weir_queue_copy(path, why, sizeof why);
        if (m->copy[k] < 0)
            fail_msg("%s", why);
    }
}

static void close_modules(struct duet_modules *m)
{
    for (size_t k = 0; k < ARMS; k++)
        close(m->copy[k]);
}

static struct duet_cell short_cell(enum duet_kind kind)
{
    return (struct duet_cell){.name = "x",
                              .queue = "x",
                              .kind = kind,
                              .producers = 1,
                              .consumers = 1,
                              .batch = 1,
                              .capacity = 64,
                              .wait = WEIR_WAIT_YIELD,
                              .load = 100000,
                              .quantile = 0.9,
                              .turn_s = 0.0002,
                              .rounds = 2 * DUET_ROUND,
                              .margin = 0.02};
}

static unsigned descriptors(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void orders_are_balanced(void **state)
{
    (void)state;
    for (unsigned first = 0; first < DUET_ROUND; first++) {
        unsigned place[ARMS][ARMS] = {0}, after[ARMS][ARMS] = {0};
        for (unsigned round = 0; round < DUET_ROUND; round++) {
            enum duet_arm order[ARMS];
            duet_order(round, first, order);
            assert_true(order[0] != order[1] && order[1] != order[2] && order[0] != order[2]);
            for (unsigned k = 0; k < ARMS; k++) {
                place[order[k]][k]++;
                if (k > 0)
                    after[order[k]][order[k - 1]]++;
            }
        }
        for (unsigned a = 0; a < ARMS; a++)
            for (unsigned b = 0; b < ARMS; b++) {
                assert_int_equal(place[a][b], 2);
                assert_int_equal(after[a][b], a == b ? 0 : 2);
            }
    }
}

static void check_answer(const struct duet_answer *a)
{
    if (!a->ok)
        fail_msg("%s", a->reason);
    assert_int_equal(a->rounds, 2 * DUET_ROUND);
    for (unsigned k = 0; k < ARMS; k++) {
        unsigned behind = 0;
        assert_int_equal(a->turns[k], 2 * DUET_ROUND);
        for (unsigned i = 0; i < ARMS; i++) {
            assert_int_equal(a->place[k][i], 4);
            behind += a->after[k][i];
        }
        assert_int_equal(behind, 2 * DUET_ROUND);
        assert_true(a->cost_ns[k] > 0);
    }
    assert_true(isfinite(a->log_ratio) && isfinite(a->control));
}

// In each way of measuring: all arms have the same turns, with the number of items that was found first.
static void arms_take_equal_turns(void **state)
{
    (void)state;
    static const struct {
        const char *module;
        enum duet_kind kind;
        size_t batch;
        unsigned producers;
    } table[] = {
        {"weir-queue-mutex.so", DUET_ALONE, 1, 1},      {"weir-queue-mutex.so", DUET_HAND_OFF, 3, 1},
        {"weir-queue-mpmc.so", DUET_HAND_OFF, 16, 2},   {"weir-queue-mutex.so", DUET_TRIP, 1, 1},
        {"weir-queue-channel.so", DUET_HAND_OFF, 1, 1}, {"weir-queue-channel.so", DUET_SCHEDULED, 4, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct duet_modules m;
        struct duet_answer found, given;
        struct duet_cell cell = short_cell(table[i].kind);
        unsigned before = descriptors();
        cell.batch = table[i].batch;
        cell.producers = table[i].producers;
        open_modules(&m, table[i].module);
        duet_launch(&m, &cell, 0, 1, NULL, NULL, &found);
        check_answer(&found);
        if (cell.kind != DUET_TRIP)
            assert_int_equal(found.items % (cell.batch * cell.producers), 0);
        duet_launch(&m, &cell, found.items, 2, NULL, NULL, &given);
        check_answer(&given);
        assert_int_equal(given.items, found.items);
        close_modules(&m);
        assert_int_equal(descriptors(), before);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); // no child is left
    }
}

static bool at_once(void *context)
{
    ++*(unsigned *)context;
    return true;
}

static void a_launch_can_be_cut(void **state)
{
    (void)state;
    struct duet_modules m;
    struct duet_answer a;
    struct duet_cell cell = short_cell(DUET_HAND_OFF);
    unsigned asked = 0;
    cell.rounds = 600;
    cell.turn_s = 0.05; // 90 s
    open_modules(&m, "weir-queue-mutex.so");
    duet_launch(&m, &cell, 0, 1, at_once, &asked, &a);
    close_modules(&m);
    assert_true(!a.ok && a.cut && asked == 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_file_that_is_no_module_is_told(void **state)
{
    (void)state;
    struct duet_modules m = {.path = {"base", "base", "candidate"}};
    struct duet_answer a;
    struct duet_cell cell = short_cell(DUET_ALONE);
    char why[300];
    assert_int_equal(weir_queue_copy("/nonexistent.so", why, sizeof why), -1);
    assert_int_equal(weir_queue_copy("/etc/passwd", why, sizeof why), -1);
    assert_non_null(strstr(why, "no ELF file"));
    // The C library is a shared object and no queue.
    struct duet_modules good;
    open_modules(&good, "weir-queue-mutex.so");
    m.copy[0] = good.copy[0];
    m.copy[1] = good.copy[1];
    m.copy[2] = weir_queue_copy("/lib/x86_64-linux-gnu/libz.so.1", why, sizeof why);
    if (m.copy[2] >= 0) {
        duet_launch(&m, &cell, 0, 1, NULL, NULL, &a);
        assert_false(a.ok);
        assert_non_null(strstr(a.reason, "candidate: exports no weir_queue_module"));
        close(m.copy[2]);
    }
    close_modules(&good);
}

static void noise_alone_refuses(void **state)
{
    (void)state;
    assert_null(duet_noise_refuses(&(struct duet_noise){0}));
    assert_null(duet_noise_refuses(&(struct duet_noise){.steal_share = 0.01, .switches_per_s = 20}));
    assert_non_null(duet_noise_refuses(&(struct duet_noise){.steal_share = 0.2}));
    assert_non_null(duet_noise_refuses(&(struct duet_noise){.switches_per_s = 5000}));
    assert_non_null(duet_noise_refuses(&(struct duet_noise){.migrations = 1}));
    assert_non_null(duet_noise_refuses(&(struct duet_noise){.faults = 1}));
    assert_non_null(duet_noise_refuses(&(struct duet_noise){.late_share = 0.1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_balanced), cmocka_unit_test(arms_take_equal_turns),
        cmocka_unit_test(a_launch_can_be_cut), cmocka_unit_test(a_file_that_is_no_module_is_told),
        cmocka_unit_test(noise_alone_refuses),
    };
    return RUN(tests);
}
