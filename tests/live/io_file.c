// SPDX-License-Identifier: Apache-2.0
#include "io_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "flow/format.h"
#include "live/io/checkpoint.h"
#include "live/io/prefix.h"
#include "live/io/tail.h"

static char path[128], mark[128];

static void start(struct fixture *f, unsigned senders, bool checkpoint)
{
    fixture_start(f, SOURCE_FILE, senders);
    snprintf(path, sizeof path, "%s/lines", f->folder);
    snprintf(mark, sizeof mark, "%s/mark", f->folder);
    f->source.file.path = path;
    f->source.file.checkpoint = checkpoint ? mark : NULL;
}

static void end(struct fixture *f)
{
    unlink(path);
    unlink(mark);
    fixture_end(f);
}

static struct wire *open_wire(struct fixture *f)
{
    struct error e = {0};
    struct wire *w = wire_file_open(&f->setup, &e);
    if (w == NULL)
        print_error("%s\n", e.text);
    assert_non_null(w);
    return w;
}

static void put(const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static void expect_line(struct fixture *f, struct wire *w, const char *text)
{
    struct record *r = fixture_receive_one(w);
    assert_int_equal(r->size, strlen(text));
    assert_memory_equal(r->payload, text, r->size);
    assert_true(fixture_intact(r));
    w->ops->settle(w, r);
    record_give(f->setup.pool, r);
}

static void expect_nothing(struct wire *w)
{
    struct record *r;
    size_t n;
    assert_int_equal(w->ops->receive(w, &r, 1, &n, 0), WIRE_AGAIN);
    assert_int_equal(n, 0);
}

enum { LINES = 3000 };

static void *write_many(void *context)
{
    struct wire *w = ((struct wire **)context)[0];
    unsigned sender = (unsigned)(uintptr_t)((void **)context)[1];
    for (unsigned seq = 0; seq < LINES; seq++)
        fixture_send(w, sender, seq, 64 + seq % 300);
    w->ops->finish(w, sender, 0);
    return NULL;
}

// Several writers at once, the reader behind them, in order per sender; the temporary file goes away.
static void threads_write_one_reads(void **state)
{
    (void)state;
    static const enum wire_format formats[] = {FORMAT_RAW, FORMAT_JSON};
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        fixture_start(&f, SOURCE_FILE, 3);
        f.source.net.format = formats[i];
        struct wire *w = open_wire(&f);
        pthread_t t[3];
        void *contexts[3][2];
        for (unsigned k = 0; k < 3; k++) {
            contexts[k][0] = w;
            contexts[k][1] = (void *)(uintptr_t)k;
            pthread_create(&t[k], NULL, write_many, contexts[k]);
        }
        uint64_t next[3] = {0}, n;
        struct record *r[40];
        while ((n = fixture_receive(w, r, 40)) != 0)
            for (size_t k = 0; k < n; k++) {
                assert_int_equal(r[k]->flags, 0);
                assert_int_equal(r[k]->seq, next[r[k]->sender]++);
                assert_true(fixture_intact(r[k]));
                record_give(f.setup.pool, r[k]);
            }
        for (unsigned k = 0; k < 3; k++) {
            pthread_join(t[k], NULL);
            assert_int_equal(next[k], LINES);
        }
        assert_int_equal(w->ops->stop(w, 0), 0);
        w->ops->destroy(w);
        fixture_end(&f);
    }
}

static void a_line_is_there_at_once_and_stop_counts_the_unread(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1, false);
    put_text("left over\n");
    struct wire *w = open_wire(&f); // without a checkpoint the writer begins a new file
    for (unsigned seq = 0; seq < 10; seq++) {
        fixture_send(w, 0, seq, 100);
        if (seq < 4) {
            struct record *r = fixture_receive_one(w);
            assert_int_equal(r->seq, seq);
            record_give(f.setup.pool, r);
        }
    }
    assert_int_equal(w->ops->stop(w, 0), 6);
    struct wire_message m = {.seq = 10, .size = 100};
    assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_FAILED);
    w->ops->destroy(w);
    end(&f);
}

static void foreign_lines(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, false);
    struct wire *w = open_wire(&f); // the file is not there yet
    expect_nothing(w);
    put_text("one\ntwo");
    expect_line(&f, w, "one");
    expect_nothing(w); // its newline has not come
    put_text("\n\nthree\n");
    expect_line(&f, w, "two");
    expect_line(&f, w, "");
    expect_line(&f, w, "three");
    expect_nothing(w);
    assert_int_equal(w->ops->stop(w, 0), 0);
    w->ops->destroy(w);
    end(&f);
}

struct later {
    int go;
    const char *text;
};

static void *put_later(void *context)
{
    struct later *l = context;
    eventfd_t n;
    eventfd_read(l->go, &n);
    put_text(l->text);
    return NULL;
}

// The reader sleeps until somebody writes: first the file comes into being, then it grows.
static void waiting_ends_when_the_file_grows(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, false);
    struct wire *w = open_wire(&f);
    for (int i = 0; i < 2; i++) {
        struct later l = {eventfd(0, 0), "x\n"};
        pthread_t t;
        pthread_create(&t, NULL, put_later, &l);
        expect_nothing(w);
        eventfd_write(l.go, 1);
        expect_line(&f, w, "x");
        pthread_join(t, NULL);
        close(l.go);
    }
    w->ops->destroy(w);
    end(&f);
}

static void truncated_and_replaced_files_start_again(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, true);
    put_text("one\ntwo\n");
    struct wire *w = open_wire(&f);
    expect_line(&f, w, "one");
    expect_line(&f, w, "two");
    assert_int_equal(truncate(path, 0), 0);
    expect_nothing(w);
    put_text("a\n");
    expect_line(&f, w, "a");
    char old[140];
    snprintf(old, sizeof old, "%s.1", path);
    put_text("last\n");
    assert_int_equal(rename(path, old), 0);
    put_text("new\n");
    expect_line(&f, w, "last");
    expect_line(&f, w, "new");
    w->ops->destroy(w);
    struct checkpoint c;
    assert_true(checkpoint_load(mark, &c));
    assert_int_equal(c.offset, 4);
    assert_int_equal(c.generation, 2);
    unlink(old);
    end(&f);
}

// Lines around the limit; the longest is read over without growing.
static void long_lines_are_oversize(void **state)
{
    (void)state;
    static const size_t sizes[] = {TAIL_LINE_MOST - 1, TAIL_LINE_MOST, TAIL_LINE_MOST + 1,
                                   3 * TAIL_LINE_MOST + 5, 3};
    struct fixture f;
    start(&f, 0, true);
    char *text = malloc(4 * TAIL_LINE_MOST);
    for (int i = 0; i < 5; i++) {
        memset(text, 'a' + i, sizes[i]);
        text[sizes[i]] = '\n';
        put(text, sizes[i] + 1);
    }
    struct wire *w = open_wire(&f);
    for (int i = 0; i < 5; i++) {
        struct record *r = fixture_receive_one(w);
        bool cut = sizes[i] > TAIL_LINE_MOST;
        assert_int_equal(r->size, cut ? 0 : sizes[i]);
        assert_int_equal(r->flags, RECORD_EXTERNAL | (cut ? RECORD_OVERSIZE : 0));
        for (size_t k = 0; k < r->size; k += 997)
            assert_int_equal(r->payload[k], 'a' + i);
        w->ops->settle(w, r);
        record_give(f.setup.pool, r);
    }
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_int_equal(c.malformed, 0);
    w->ops->destroy(w);
    struct checkpoint at;
    assert_true(checkpoint_load(mark, &at));
    uint64_t all = 0;
    for (int i = 0; i < 5; i++)
        all += sizes[i] + 1;
    assert_int_equal(at.offset, all);
    free(text);
    end(&f);
}

// Only what is settled without a gap is behind the checkpoint.
static void the_checkpoint_stands_behind_the_settled_prefix(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, true);
    put_text("0\n1\n2\n3\n4\n");
    struct wire *w = open_wire(&f);
    struct record *r[5];
    assert_int_equal(fixture_receive(w, r, 5), 5);
    static const int order[] = {0, 1, 4, 3}; // 2 is missing
    for (int i = 0; i < 4; i++)
        w->ops->settle(w, r[order[i]]);
    for (int i = 0; i < 5; i++)
        record_give(f.setup.pool, r[i]);
    w->ops->destroy(w);
    struct checkpoint c;
    assert_true(checkpoint_load(mark, &c));
    assert_int_equal(c.offset, 4);
    assert_int_equal(c.fingerprint_bytes, 4);
    w = open_wire(&f);
    expect_line(&f, w, "2");
    w->ops->destroy(w);
    end(&f);
}

static void a_checkpoint_of_another_file_is_not_used(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, true);
    for (int i = 0; i < 3; i++) {
        put_text("one\ntwo\n");
        struct wire *w = open_wire(&f);
        expect_line(&f, w, "one");
        w->ops->destroy(w);
        if (i == 0) { // the same inode with another content
            int fd = open(path, O_WRONLY | O_TRUNC);
            close(fd);
            put_text("ONE\nTWO\n");
        } else if (i == 1) { // shorter than the position
            assert_int_equal(truncate(path, 2), 0);
            put_text("\n");
        } else { // not understood
            int fd = open(mark, O_WRONLY | O_TRUNC);
            assert_int_equal(write(fd, "{\"dev\": 1", 9), 9);
            close(fd);
        }
        w = open_wire(&f);
        expect_line(&f, w, i == 0 ? "ONE" : i == 1 ? "on" : "one");
        w->ops->destroy(w);
        unlink(path);
        unlink(mark);
    }
    end(&f);
}

// With a checkpoint the writer goes on in the old file; lines of the earlier run come as foreign ones.
static void an_earlier_run_is_read_first(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1, true);
    struct wire *w = open_wire(&f);
    for (unsigned seq = 0; seq < 3; seq++)
        fixture_send(w, 0, seq, 100);
    struct record *r = fixture_receive_one(w);
    w->ops->settle(w, r);
    record_give(f.setup.pool, r);
    w->ops->destroy(w);
    put_text("torn"); // killed in the middle of a line
    w = open_wire(&f);
    fixture_send(w, 0, 0, 100);
    w->ops->finish(w, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        r = fixture_receive_one(w);
        assert_true(fixture_intact(r));
        assert_int_equal(r->flags, i < 3 ? RECORD_EXTERNAL : 0);
        assert_int_equal(r->sender, i < 3 ? 1 : 0);
        assert_int_equal(r->seq, i < 3 ? i : 0);
        assert_int_equal(r->size, i < 2 ? 100 : i == 2 ? 4 : 100 - format_minimum(FORMAT_RAW));
        w->ops->settle(w, r);
        record_give(f.setup.pool, r);
    }
    assert_int_equal(fixture_receive(w, &r, 1), 0);
    w->ops->destroy(w);
    end(&f);
}

static void a_full_disk_spoils_one_line(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1, false);
    struct wire *w = open_wire(&f);
    struct rlimit old, small = {350, 350};
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    struct wire_message m = {.size = 199};
    setrlimit(RLIMIT_FSIZE, &small);
    assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_OK);
    m.seq = 1;
    assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_FAILED); // half of it is in the file
    setrlimit(RLIMIT_FSIZE, &old);
    fixture_send(w, 0, 2, 199);
    w->ops->finish(w, 0, 0);
    static const uint16_t flags[] = {0, RECORD_EXTERNAL, 0};
    for (unsigned i = 0; i < 3; i++) {
        struct record *r = fixture_receive_one(w);
        assert_int_equal(r->flags, flags[i]);
        assert_int_equal(r->seq, i == 1 ? 0 : i);
        record_give(f.setup.pool, r);
    }
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_int_equal(c.sent, 2);
    assert_int_equal(c.errors, 1);
    w->ops->destroy(w);
    end(&f);
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct fixture f;
    struct error e = {0};
    char nowhere[] = "/nowhere/at/all", no_mark[] = "/nowhere/mark";
    start(&f, 1, false);
    f.source.file.path = nowhere;
    assert_null(wire_file_open(&f.setup, &e));
    assert_non_null(strstr(e.text, nowhere));
    f.source.file.path = path;
    put_text("x\n");
    f.source.file.checkpoint = no_mark;
    e = (struct error){0};
    assert_null(wire_file_open(&f.setup, &e));
    assert_non_null(strstr(e.text, no_mark));
    f.source.file.checkpoint = NULL;
    f.source.file.path = f.folder;
    e = (struct error){0};
    assert_null(wire_file_open(&f.setup, &e));
    assert_non_null(strstr(e.text, f.folder));
    end(&f);
}

// ---- the order of what makes a checkpoint durable ----
// These stand before libc's when the test is linked.
static char steps[256];
static bool noting, sync_fails;

static void note(const char *step)
{
    if (noting)
        strncat(steps, step, sizeof steps - strlen(steps) - 1);
}

int fsync(int fd)
{
    struct stat s;
    fstat(fd, &s);
    note(S_ISDIR(s.st_mode) ? "fsync folder, " : s.st_size > 0 ? "fsync file, " : "fsync empty file, ");
    if (sync_fails) {
        errno = EIO;
        return -1;
    }
    return 0;
}

int rename(const char *from, const char *to)
{
    note("rename, ");
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static void a_checkpoint_is_written_durably(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, true);
    struct checkpoint c = {.dev = 1, .ino = UINT64_MAX, .offset = 5, .generation = 7}, back;
    steps[0] = 0;
    noting = true;
    assert_int_equal(checkpoint_save(mark, &c), 0);
    assert_string_equal(steps, "fsync file, rename, fsync folder, ");
    sync_fails = true;
    c.offset = 6;
    assert_int_equal(checkpoint_save(mark, &c), EIO);
    noting = sync_fails = false;
    assert_true(checkpoint_load(mark, &back)); // the old one
    assert_true(back.offset == 5 && back.ino == UINT64_MAX && back.generation == 7);
    char left[140];
    snprintf(left, sizeof left, "%s.tmp", mark);
    unlink(left);
    end(&f);
}

// Settled in any order and with more in flight than the ring begins with.
static void prefix_is_the_longest_settled_beginning(void **state)
{
    (void)state;
    struct prefix p;
    struct rng rng;
    rng_init(&rng, 3, "prefix");
    assert_true(prefix_init(&p, 100));
    static bool settled[20001];
    uint64_t added = 0, left[5000], end_offset;
    size_t held = 0;
    for (int i = 0; i < 60000; i++) {
        if (added < 20000 && held < 5000 && rng_below(&rng, 3) != 0) {
            assert_true(prefix_room(&p));
            added++;
            assert_int_equal(prefix_add(&p, 100 + 10 * added), added);
            left[held++] = added;
        } else if (held != 0) {
            size_t k = rng_below(&rng, held);
            settled[left[k]] = true;
            prefix_settle(&p, left[k]);
            left[k] = left[--held];
        }
        if (i % 50 != 0)
            continue;
        uint64_t done = 0;
        while (done < added && settled[done + 1])
            done++;
        assert_int_equal(prefix_done(&p, &end_offset), done);
        assert_int_equal(end_offset, 100 + 10 * done);
    }
    prefix_fini(&p);
}

static void prefix_is_bounded(void **state)
{
    (void)state;
    struct prefix p;
    assert_true(prefix_init(&p, 0));
    uint64_t n = 0;
    while (prefix_room(&p))
        prefix_add(&p, ++n);
    assert_int_equal(n, PREFIX_MOST);
    assert_false(prefix_settle(&p, 2));
    assert_false(prefix_room(&p));
    assert_true(prefix_settle(&p, 1));
    assert_true(prefix_room(&p));
    prefix_fini(&p);
}

static void sink_file_writes_whole(void **state)
{
    (void)state;
    struct fixture f;
    struct error e = {0};
    size_t written;
    start(&f, 0, false);
    for (int i = 0; i < 2; i++) { // appends
        struct sink_file *s = sink_file_open(path, &e);
        assert_non_null(s);
        assert_int_equal(s->ops->write(s, "abc", 3, &written), 0);
        assert_int_equal(s->ops->write(s, "", 0, &written), 0);
        assert_int_equal(s->ops->sync(s), 0);
        s->ops->destroy(s);
    }
    char back[8] = {0};
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, back, sizeof back), 6);
    close(fd);
    assert_string_equal(back, "abcabc");
    assert_null(sink_file_open(f.folder, &e));
    assert_non_null(strstr(e.text, f.folder));
    struct sink_file *full = sink_file_open("/dev/full", &(struct error){0});
    assert_int_equal(full->ops->write(full, "x", 1, &written), ENOSPC);
    assert_int_equal(full->ops->write(full, "", 0, &written), 0); // not sticky
    full->ops->destroy(full);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_write_one_reads),
        cmocka_unit_test(a_line_is_there_at_once_and_stop_counts_the_unread),
        cmocka_unit_test(foreign_lines),
        cmocka_unit_test(waiting_ends_when_the_file_grows),
        cmocka_unit_test(truncated_and_replaced_files_start_again),
        cmocka_unit_test(long_lines_are_oversize),
        cmocka_unit_test(the_checkpoint_stands_behind_the_settled_prefix),
        cmocka_unit_test(a_checkpoint_of_another_file_is_not_used),
        cmocka_unit_test(an_earlier_run_is_read_first),
        cmocka_unit_test(a_full_disk_spoils_one_line),
        cmocka_unit_test(what_cannot_be_opened_is_told),
        cmocka_unit_test(a_checkpoint_is_written_durably),
        cmocka_unit_test(prefix_is_the_longest_settled_beginning),
        cmocka_unit_test(prefix_is_bounded),
        cmocka_unit_test(sink_file_writes_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
