// SPDX-License-Identifier: Apache-2.0
// SIGKILL at any moment: after a restart every line that was in the file is settled at least once, and never
// does the checkpoint stand behind a line that was not. The same when the file is rotated meanwhile.
#include "io_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { LINES = 20000, ROUNDS = 40, HAND = 300 };

// Shared with the children: what they settled survives them.
struct seen {
    _Atomic uint64_t settled; // calls, all rounds together
    _Atomic unsigned char lines[LINES];
};

static char path[128], mark[128];

static unsigned line_number(const struct record *r)
{
    char text[16] = {0};
    assert_true(r->size < sizeof text);
    memcpy(text, r->payload, r->size);
    return (unsigned)atoi(text);
}

// Noted before it is settled: what the checkpoint covers has surely been noted.
static void settle_one(struct fixture *f, struct wire *w, struct seen *s, struct record *r)
{
    atomic_store(&s->lines[line_number(r)], 1);
    w->ops->settle(w, r);
    atomic_fetch_add(&s->settled, 1);
    record_give(f->setup.pool, r);
}

// Reads and settles in random order, holding up to HAND records back; at the end of the file it settles all.
static void child(struct fixture *f, struct seen *s, uint64_t seed)
{
    struct error e = {0};
    struct wire *w = wire_file_open(&f->setup, &e);
    if (w == NULL)
        _exit(2);
    struct rng rng;
    rng_init(&rng, seed, "child");
    struct record *hand[HAND];
    size_t held = 0;
    for (;;) {
        size_t n;
        enum wire_status status = w->ops->receive(w, hand + held, 1 + rng_below(&rng, HAND - held), &n, 0);
        held += n;
        bool all = status != WIRE_OK;
        while (held > (all ? 0 : rng_below(&rng, HAND))) {
            size_t k = rng_below(&rng, held);
            settle_one(f, w, s, hand[k]);
            hand[k] = hand[--held];
        }
        if (all) {
            w->ops->destroy(w); // saves
            _exit(0);
        }
    }
}

static void append_lines(unsigned from, unsigned to)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    for (unsigned i = from; i < to; i++)
        dprintf(fd, "%u\n", i);
    close(fd);
}

static void rotated_name(char to[160], unsigned number)
{
    snprintf(to, 160, number != 0 ? "%s.%u" : "%s", path, number);
}

static void rotate(void)
{
    for (unsigned n = 3 * ROUNDS; n-- > 0;) {
        char from[160], to[160];
        rotated_name(from, n);
        rotated_name(to, n + 1);
        rename(from, to);
    }
}

static void kill_again_and_again(bool rotating)
{
    struct fixture f;
    fixture_start(&f, SOURCE_FILE, 0);
    snprintf(path, sizeof path, "%s/lines", f.folder);
    snprintf(mark, sizeof mark, "%s/mark", f.folder);
    f.source.file.path = path;
    f.source.file.checkpoint = mark;
    f.source.file.checkpoint_every_ns = 0; // at every call
    struct seen *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(s, MAP_FAILED);
    struct rng rng;
    rng_init(&rng, 21, "parent");
    unsigned killed = 0, rotations = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (rotating && round % 3 != 0)
            rotate();
        append_lines(LINES / ROUNDS * round,
                     LINES / ROUNDS * (round + 1)); // the writer is ahead of the reader
        uint64_t target = atomic_load(&s->settled) + rng_below(&rng, LINES / ROUNDS);
        // Without a checkpoint a log begins with the file that its name stands for: the first reader has to
        // have begun before that may change.
        if (rotating && target == 0)
            target = 1;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            child(&f, s, round);
        int status;
        bool last = round == ROUNDS - 1, gone = false;
        while (!last && !gone && atomic_load(&s->settled) < target) {
            gone = waitpid(pid, &status, WNOHANG) == pid;
            bool begun = atomic_load(&s->settled) > 0;
            if (rotating && begun && rng_below(&rng, 300) == 0 && rotations++ < ROUNDS) { // under its eyes
                rotate();
                append_lines(0, 1);
            }
            sched_yield();
        }
        if (!gone) {
            if (!last)
                kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
        }
        killed += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    }
    for (unsigned i = 0; i < LINES; i++)
        assert_int_equal(atomic_load(&s->lines[i]), 1);
    assert_true(killed > ROUNDS / 2);
    assert_true(atomic_load(&s->settled) > LINES); // something came twice ...
    assert_true(atomic_load(&s->settled) <
                20 * LINES); // ... but it did not start from the beginning each time
    char left[160];
    snprintf(left, sizeof left, "%s.tmp", mark);
    unlink(left);
    for (unsigned n = 0; n <= 3 * ROUNDS; n++) {
        rotated_name(left, n);
        unlink(left);
    }
    unlink(mark);
    munmap(s, sizeof *s);
    fixture_end(&f);
}

static void nothing_is_lost_by_sigkill(void **state)
{
    (void)state;
    kill_again_and_again(false);
}

static void nothing_is_lost_by_sigkill_and_rotation(void **state)
{
    (void)state;
    kill_again_and_again(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_by_sigkill),
                                       cmocka_unit_test(nothing_is_lost_by_sigkill_and_rotation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
