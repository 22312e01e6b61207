// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "result/atomic.h"

static size_t files_in(const char *folder)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void replaces_and_leaves_no_temporary_file(void **state)
{
    (void)state;
    struct error e = {0};
    char folder[64];
    folder_make(folder);
    assert_true(atomic_write(folder, "a.txt", "old", 3, &e));
    assert_true(atomic_write(folder, "a.txt", "newer", 5, &e));
    assert_int_equal(files_in(folder), 1);
    folder_remove(folder);
}

static void failing_leaves_the_old_file(void **state)
{
    (void)state;
    struct error e = {0};
    char folder[64], path[128];
    folder_make(folder);
    snprintf(path, sizeof path, "%s/a.txt", folder);
    assert_int_equal(mkdir(path, 0777), 0); // a folder of that name: the rename must fail
    assert_false(atomic_write(folder, "a.txt", "new", 3, &e));
    assert_int_equal(e.code, EXIT_INVALID);
    assert_int_equal(files_in(folder), 1);
    assert_false(atomic_write("/nowhere/at/all", "a.txt", "new", 3, &e));
    folder_remove(folder);
}

enum { SIZE = 1 << 20 };

// Writes documents of one letter each for ever, until it is killed.
static _Noreturn void write_for_ever(const char *folder, int started)
{
    static char data[SIZE];
    struct error e = {0};
    for (unsigned i = 0;; i++) {
        memset(data, 'a' + (int)(i % 26), SIZE);
        if (!atomic_write(folder, "a.txt", data, SIZE, &e) || (i == 0 && write(started, "x", 1) != 1))
            _exit(1);
    }
}

static void check_whole(const char *folder)
{
    static char data[SIZE + 1];
    char path[128];
    snprintf(path, sizeof path, "%s/a.txt", folder);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_int_equal(fread(data, 1, sizeof data, in), SIZE);
    fclose(in);
    for (size_t i = 1; i < SIZE; i++)
        assert_int_equal(data[i], data[0]);
}

static void a_kill_leaves_the_old_or_the_new_document(void **state)
{
    (void)state;
    char folder[64];
    folder_make(folder);
    for (int round = 0; round < 20; round++) {
        int ends[2];
        char c;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            write_for_ever(folder, ends[1]);
        assert_int_equal(read(ends[0], &c, 1), 1); // the first one is there, the next ones are being written
        for (volatile int i = 0; i < round * 200000; i++)
            ; // a different place each round
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        check_whole(folder);
        close(ends[0]);
        close(ends[1]);
    }
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_and_leaves_no_temporary_file),
        cmocka_unit_test(failing_leaves_the_old_file),
        cmocka_unit_test(a_kill_leaves_the_old_or_the_new_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
