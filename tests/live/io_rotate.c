// SPDX-License-Identifier: Apache-2.0
// Rotation: the reader follows a log wherever its files go, and what goes away unread is counted.
#include "io_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "live/io/checkpoint.h"
#include "live/io/siblings.h"
#include "live/io/tail.h"

static char path[128], mark[128];

static void start(struct fixture *f, unsigned senders, bool checkpoint)
{
    fixture_start(f, SOURCE_FILE, senders);
    snprintf(path, sizeof path, "%s/log", f->folder);
    snprintf(mark, sizeof mark, "%s/log.mark", f->folder);
    f->source.file.path = path;
    f->source.file.checkpoint = checkpoint ? mark : NULL;
}

static const char *name(const char *suffix)
{
    static char names[4][160];
    static unsigned turn;
    char *to = names[turn++ % 4];
    snprintf(to, sizeof names[0], "%s%s", path, suffix);
    return to;
}

static void end(struct fixture *f)
{
    static const char *const suffixes[] = {"", ".1", ".2", ".3", ".10", "-20240101", "-20240102", ".1.gz"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        unlink(name(suffixes[i]));
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

static void put(const char *to, const char *text)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_APPEND, 0644);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void expect(struct fixture *f, struct wire *w, const char *text)
{
    struct record *r = fixture_receive_one(w);
    assert_int_equal(r->size, strlen(text));
    assert_memory_equal(r->payload, text, r->size);
    w->ops->settle(w, r);
    record_give(f->setup.pool, r);
}

static void expect_nothing(struct wire *w)
{
    struct record *r;
    size_t n;
    assert_int_equal(w->ops->receive(w, &r, 1, &n, 0), WIRE_AGAIN);
}

static void rotate_by_hand(void)
{
    rename(name(".2"), name(".3"));
    rename(name(".1"), name(".2"));
    assert_int_equal(rename(path, name(".1")), 0);
}

// The reader is three files behind, and its own was deleted.
static void files_are_read_in_order(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        struct fixture f;
        start(&f, 0, false);
        put(path, "a\nb\n");
        struct wire *w = open_wire(&f);
        expect(&f, w, "a");
        put(path, "c\n"); // behind what the reader has in its buffer
        for (int i = 0; i < 3; i++) {
            rotate_by_hand();
            const char text[] = {(char)('d' + i), '\n', 0};
            put(path, text);
        }
        if (gone)
            unlink(name(".3"));
        put(name(".1.gz"), "no log\n");
        static const char *const rest[] = {"b", "c", "d", "e", "f"};
        for (int i = 0; i < 5; i++)
            expect(&f, w, rest[i]);
        expect_nothing(w);
        w->ops->destroy(w);
        end(&f);
    }
}

static void dated_files_are_read_in_order_of_time(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, false);
    put(path, "a\n");
    struct wire *w = open_wire(&f);
    expect(&f, w, "a");
    static const char *const dates[] = {"-20240102", "-20240101"}; // the names say otherwise
    for (int i = 0; i < 2; i++) {
        struct timespec times[2] = {{.tv_sec = 2000000000 + i}, {.tv_sec = 2000000000 + i}};
        utimensat(AT_FDCWD, path, times, 0);
        assert_int_equal(rename(path, name(dates[i])), 0);
        put(path, i == 0 ? "b\n" : "c\n");
    }
    expect(&f, w, "b");
    expect(&f, w, "c");
    w->ops->destroy(w);
    end(&f);
}

// A writer that has not heard of the rotation goes on in the old file, until there is something in the new
// one.
static void an_empty_new_file_is_waited_for(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, false);
    put(path, "a\n");
    struct wire *w = open_wire(&f);
    expect(&f, w, "a");
    rotate_by_hand();
    put(path, "");
    expect_nothing(w);
    put(name(".1"), "late\nunfin");
    expect(&f, w, "late");
    expect_nothing(w);
    put(path, "new\n");
    struct record *r = fixture_receive_one(w); // its line feed will not come any more
    assert_int_equal(r->flags, RECORD_EXTERNAL | RECORD_MALFORMED);
    assert_int_equal(r->size, 5);
    record_give(f.setup.pool, r);
    expect(&f, w, "new");
    w->ops->destroy(w);
    end(&f);
}

// Emptied and filled again beyond the old position before the reader looks: known by its beginning.
static void a_truncated_file_is_known_by_its_beginning(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0, true);
    put(path, "old 1\nold 2\n");
    struct wire *w = open_wire(&f);
    expect(&f, w, "old 1");
    expect(&f, w, "old 2");
    assert_int_equal(truncate(path, 0), 0);
    put(path, "new 1\nnew 2\nnew 3\n");
    struct checkpoint before, after;
    expect(&f, w, "new 1");
    expect(&f, w, "new 2");
    w->ops->destroy(w);
    assert_true(checkpoint_load(mark, &after));
    assert_true(after.offset == 12 && after.generation == 1);
    // Truncated after all was settled and before the position was saved: no position in what came later.
    w = open_wire(&f);
    assert_true(checkpoint_load(mark, &before));
    expect(&f, w, "new 3");
    assert_int_equal(truncate(path, 0), 0);
    put(path, "other 1\nother 2\nother 3\n");
    w->ops->destroy(w);
    assert_true(checkpoint_load(mark, &after));
    assert_int_equal(after.offset, before.offset);
    w = open_wire(&f);
    expect(&f, w, "other 1");
    w->ops->destroy(w);
    end(&f);
}

// The file of the checkpoint was renamed while nobody read; its rest comes first.
static void a_restart_finds_the_rotated_file(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        struct fixture f;
        start(&f, 0, true);
        put(name(".1"), "ancient\n");
        usleep(20000); // a file's time has a grain
        put(path, "a\nb\n");
        struct wire *w = open_wire(&f);
        expect(&f, w, "a");
        w->ops->destroy(w);
        put(path, "c\n");
        for (int i = 0; i < 2; i++) {
            rotate_by_hand();
            put(path, i == 0 ? "d\n" : "e\n");
        }
        if (gone)
            unlink(name(".2")); // with b and c: what is younger comes, what is older does not
        w = open_wire(&f);
        static const char *const rest[] = {"b", "c", "d", "e"};
        for (int i = gone ? 2 : 0; i < 4; i++)
            expect(&f, w, rest[i]);
        expect_nothing(w);
        w->ops->destroy(w);
        struct checkpoint c;
        assert_true(checkpoint_load(mark, &c));
        assert_int_equal(c.offset, 2);
        end(&f);
    }
}

// ---- built-in senders that rotate ----
enum { LINES = 2000 };

static unsigned count_files(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 20; i++) {
        char suffix[8] = "";
        if (i > 0)
            snprintf(suffix, sizeof suffix, ".%u", i);
        n += access(name(suffix), F_OK) == 0;
    }
    return n;
}

static void *write_many(void *context)
{
    struct wire *w = ((struct wire **)context)[0];
    unsigned sender = (unsigned)(uintptr_t)((void **)context)[1];
    for (unsigned seq = 0; seq < LINES; seq++)
        fixture_send(w, sender, seq, 64 + seq % 300);
    w->ops->finish(w, sender, 0);
    return NULL;
}

// Two senders against a reader, tiny files: with enough of them kept every line arrives; with few kept, or
// with truncation, what did not arrive is what is counted.
static void what_is_not_read_is_counted(void **state)
{
    (void)state;
    static const struct file_rotate ways[] = {{10000, ROTATE_RENAME, 1000},
                                              {10000, ROTATE_RENAME, 2},
                                              {10000, ROTATE_RENAME, 0},
                                              {10000, ROTATE_COPYTRUNCATE, 2}};
    for (int i = 0; i < 4; i++) {
        struct fixture f;
        fixture_start(&f, SOURCE_FILE, 2);
        f.source.file.rotate = ways[i];
        struct wire *w = open_wire(&f);
        pthread_t t[2];
        void *contexts[2][2];
        for (unsigned k = 0; k < 2; k++) {
            contexts[k][0] = w;
            contexts[k][1] = (void *)(uintptr_t)k;
            pthread_create(&t[k], NULL, write_many, contexts[k]);
        }
        uint64_t next[2] = {0}, got = 0, n;
        struct record *r[40];
        while ((n = fixture_receive(w, r, 40)) != 0)
            for (size_t k = 0; k < n; k++) {
                bool own = !(r[k]->flags & RECORD_EXTERNAL); // a piece of a line that was cut is not
                assert_true(fixture_intact(r[k]));
                assert_true(!own || r[k]->seq >= next[r[k]->sender]);
                if (own)
                    next[r[k]->sender] = r[k]->seq + 1;
                got += own;
                record_give(f.setup.pool, r[k]);
            }
        for (unsigned k = 0; k < 2; k++)
            pthread_join(t[k], NULL);
        assert_int_equal(w->ops->stop(w, 0), 0);
        struct wire_counters c;
        w->ops->counters(w, &c);
        print_message("way %d: %lu read, %lu gone\n", i, (unsigned long)got, (unsigned long)c.kernel_drops);
        assert_int_equal(c.kernel_drops, 2 * LINES - got);
        if (i == 0)
            assert_int_equal(got, 2 * LINES);
        w->ops->destroy(w);
        fixture_end(&f); // nothing of it is left
    }
}

// The same without luck: the reader has taken five lines of the first file when ten files have been written.
static void a_stop_knows_what_is_on_disk(void **state)
{
    (void)state;
    static const struct {
        struct file_rotate how;
        unsigned files, there;                       // afterwards; lines of them that were not read
    } ways[] = {{{1010, ROTATE_RENAME, 20}, 11, 95}, // ten lines a file, the last one is empty
                {{1010, ROTATE_RENAME, 9}, 10, 90},  // the reader's own is deleted
                {{1010, ROTATE_RENAME, 3}, 4, 30},
                {{1010, ROTATE_RENAME, 0}, 1, 0},
                {{1010, ROTATE_COPYTRUNCATE, 3}, 4, 0},
                {{1515, ROTATE_COPYTRUNCATE, 3}, 4, 10}}; // fifteen lines a file, ten in the last
    for (int i = 0; i < 6; i++) {
        struct fixture f;
        start(&f, 1, false);
        f.source.file.rotate = ways[i].how;
        struct wire *w = open_wire(&f);
        for (unsigned seq = 0; seq < 100; seq++) {
            fixture_send(w, 0, seq, 100);
            if (seq < 5)
                record_give(f.setup.pool, fixture_receive_one(w));
        }
        assert_int_equal(count_files(), ways[i].files);
        assert_int_equal(w->ops->stop(w, 0), ways[i].there);
        struct wire_counters c;
        w->ops->counters(w, &c);
        assert_int_equal(c.kernel_drops, 95 - ways[i].there);
        w->ops->destroy(w);
        for (unsigned k = 1; k < 20; k++) {
            char suffix[8];
            snprintf(suffix, sizeof suffix, ".%u", k);
            unlink(name(suffix));
        }
        end(&f);
    }
}

// Lines that were read ahead survive a truncation in the reader's hands, and only there.
static void what_was_read_ahead_is_safe_while_somebody_reads(void **state)
{
    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        struct fixture f;
        start(&f, 1, false);
        f.source.file.rotate = (struct file_rotate){1010, ROTATE_COPYTRUNCATE, 1};
        struct wire *w = open_wire(&f);
        for (unsigned seq = 0; seq < 12; seq++) {
            fixture_send(w, 0, seq, 100);
            if (seq == 7) // seven more are in its buffer, and the file is truncated behind the tenth
                record_give(f.setup.pool, fixture_receive_one(w));
        }
        for (unsigned i = 1; reads && i < 10; i++) {
            struct record *r = fixture_receive_one(w);
            assert_int_equal(r->seq, i < 8 ? i : i + 2);
            record_give(f.setup.pool, r);
        }
        assert_int_equal(w->ops->stop(w, 0), reads ? 0 : 2);
        struct wire_counters c;
        w->ops->counters(w, &c);
        assert_int_equal(c.kernel_drops, reads ? 2 : 9);
        w->ops->destroy(w);
        end(&f);
    }
}

// A rotation that cannot be done loses nothing.
static void a_rotation_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1, false);
    f.source.file.rotate = (struct file_rotate){500, ROTATE_RENAME, 1};
    struct wire *w = open_wire(&f);
    assert_int_equal(mkdir(name(".1"), 0755), 0);
    for (unsigned seq = 0; seq < 50; seq++)
        fixture_send(w, 0, seq, 100);
    w->ops->finish(w, 0, 0);
    for (unsigned seq = 0; seq < 50; seq++) {
        struct record *r = fixture_receive_one(w);
        assert_int_equal(r->seq, seq);
        record_give(f.setup.pool, r);
    }
    w->ops->destroy(w);
    rmdir(name(".1"));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_in_order),
        cmocka_unit_test(dated_files_are_read_in_order_of_time),
        cmocka_unit_test(an_empty_new_file_is_waited_for),
        cmocka_unit_test(a_truncated_file_is_known_by_its_beginning),
        cmocka_unit_test(a_restart_finds_the_rotated_file),
        cmocka_unit_test(what_is_not_read_is_counted),
        cmocka_unit_test(a_stop_knows_what_is_on_disk),
        cmocka_unit_test(what_was_read_ahead_is_safe_while_somebody_reads),
        cmocka_unit_test(a_rotation_that_fails_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
