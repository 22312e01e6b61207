// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { RESERVE = 1 << 20 };

struct counters {
    unsigned long seen;
    struct counters *next;
};

static void child_that_counts_and_dies(struct arena *a)
{
    struct counters *c = arena_root(a);
    c->seen = 4711;
    c->next = arena_alloc(a, sizeof *c->next);
    c->next->seen = 42;
    raise(SIGKILL);
    _exit(0);
}

static void what_a_killed_child_wrote_is_read(void **state)
{
    (void)state;
    struct arena *a = arena_create(RESERVE);
    struct counters *c = arena_alloc(a, sizeof *c);
    arena_set_root(a, c);
    pid_t pid = fork();
    if (pid == 0)
        child_that_counts_and_dies(a);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct counters *root = arena_root(a);
    assert_int_equal(root->seen, 4711);
    assert_int_equal(root->next->seen, 42);
    // What the child took is taken here too.
    assert_ptr_not_equal(arena_alloc(a, 8), root->next);
    arena_destroy(a);
}

static void assert_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(p[i], 0);
}

static void zeroed_and_aligned_also_after_reset(void **state)
{
    (void)state;
    struct arena *a = arena_create(RESERVE);
    for (int round = 0; round < 2; round++) {
        assert_null(arena_root(a));
        char *last = NULL;
        for (int i = 0; i < 100; i++) {
            char *p = arena_alloc(a, 900);
            assert_int_equal((uintptr_t)p % 64, 0);
            assert_true(last == NULL || p >= last + 900);
            assert_zero(p, 900);
            memset(p, 0xee, 900);
            last = p;
        }
        arena_set_root(a, last);
        arena_reset(a);
    }
    arena_destroy(a);
    arena_destroy(NULL);
}

static void whole_reserve_is_usable(void **state)
{
    (void)state;
    struct arena *a = arena_create(RESERVE);
    memset(arena_alloc(a, RESERVE), 1, RESERVE);
    arena_reset(a);
    assert_zero(arena_alloc(a, RESERVE), RESERVE);
    arena_destroy(a);
}

static void assert_aborts(size_t first, size_t second)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        struct arena *a = arena_create(RESERVE);
        signal(SIGABRT, SIG_DFL);
        arena_alloc(a, first);
        arena_alloc(a, second);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void exhaustion_aborts(void **state)
{
    (void)state;
    assert_aborts(RESERVE, 1);
    assert_aborts(64, RESERVE);
    assert_aborts(64, SIZE_MAX);
    assert_aborts(64, SIZE_MAX - 63);
}

static void impossible_reserves_are_refused(void **state)
{
    (void)state;
    assert_null(arena_create(SIZE_MAX));
    assert_null(arena_create(SIZE_MAX / 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_killed_child_wrote_is_read),
        cmocka_unit_test(zeroed_and_aligned_also_after_reset),
        cmocka_unit_test(whole_reserve_is_usable),
        cmocka_unit_test(exhaustion_aborts),
        cmocka_unit_test(impossible_reserves_are_refused),
    };
    return RUN(tests);
}
