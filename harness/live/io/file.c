// SPDX-License-Identifier: Apache-2.0
// The file wire: built-in senders append whole lines to a real file, the receiver tails it. With a checkpoint
// the receiver goes on after a crash where everything before was settled: every line is delivered at least
// once.
//
// With a checkpoint a record's `mark` is the number of its line among those handed out, and the prefix keeps
// the offset behind it; without one it is that offset.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io.h"
#include "live/io/checkpoint.h"
#include "live/io/common.h"
#include "live/io/file_writer.h"
#include "live/io/prefix.h"
#include "live/io/rotate.h"
#include "live/io/siblings.h"
#include "live/io/tail.h"

// Lines of one generation of the file: which file that is, and the first of its lines.
struct file_era {
    uint64_t generation, first_line;
    int fd; // -1: none
};

struct file_wire {
    struct wire wire;
    const struct source *source;
    struct io_origin origin;
    uint64_t seed;
    int wake, stop_event;
    char path[PATH_MAX];
    bool temporary;

    struct file_writer writer;
    _Atomic bool *finished; // one a sender

    // receive side
    struct tail tail;
    uint64_t first_generation;
    uint64_t own;  // lines of built-in senders handed out
    uint64_t gone; // lines of theirs that a rotation took away unread; known after the stop
    _Atomic uint64_t malformed;

    // checkpoint
    bool settling;
    struct prefix prefix;
    struct file_era now, before; // lines of `before` may still be unsettled
    uint64_t saved_line, save_at;
    _Atomic bool full; // the prefix has no room: settling the oldest wakes the receiver
};

static struct file_wire *file_of(struct wire *w)
{
    return (struct file_wire *)w;
}

// ---- send side ----
static enum wire_status file_send(struct wire *w, unsigned sender, const struct wire_message *m,
                                  uint64_t now_ns)
{
    (void)now_ns;
    struct file_wire *f = file_of(w);
    const struct identity id = {f->origin.run, m->source, m->sender, m->record_class, m->seq, m->intended_ns};
    return file_writer_put(&f->writer, sender, &id, f->seed, m->size) ? WIRE_OK : WIRE_FAILED;
}

static void file_finish(struct wire *w, unsigned sender, uint64_t now_ns)
{
    (void)now_ns;
    struct file_wire *f = file_of(w);
    atomic_store_explicit(&f->finished[sender], true, memory_order_release);
    io_event_set(f->wake);
}

static bool all_finished(const struct file_wire *f)
{
    bool all = !f->source->external;
    for (unsigned i = 0; i < f->origin.senders; i++)
        all = all && atomic_load_explicit(&f->finished[i], memory_order_acquire);
    return all;
}

// ---- checkpoint ----
// Lines handed out from now on belong to another file than those before.
static void note_generation(struct file_wire *f)
{
    if (!f->settling || (f->now.generation == f->tail.generation && f->now.fd >= 0))
        return;
    if (f->now.generation != f->tail.generation) {
        if (f->before.fd >= 0)
            close(f->before.fd);
        f->before = f->now;
    }
    f->now = (struct file_era){f->tail.generation, f->prefix.next, fcntl(f->tail.fd, F_DUPFD_CLOEXEC, 0)};
}

static bool same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

// A truncated file keeps its inode: its era is past when a later one is of the same file, or when it no
// longer begins as it was read.
static bool is_past(const struct file_wire *f, const struct file_era *era, const struct checkpoint *c)
{
    if (era == &f->before && same_file(era->fd, f->now.fd))
        return true;
    return era->generation == f->tail.generation ? !tail_began_so(&f->tail, c)
                                                 : same_file(era->fd, f->tail.fd);
}

// Saves the position behind the last line of which all before it are settled too, when that has moved.
static int save(struct file_wire *f)
{
    uint64_t offset, line = prefix_done(&f->prefix, &offset);
    const struct file_era *era = line >= f->now.first_line ? &f->now : &f->before;
    struct checkpoint c;
    if (line == f->saved_line || era->fd < 0 || line < era->first_line)
        return 0;
    if (!checkpoint_of(era->fd, offset, era->generation, &c))
        return 0; // truncated meanwhile: there is no such position any more
    if (is_past(f, era, &c))
        return 0; // or so, and filled again
    int error = checkpoint_save(f->source->file.checkpoint, &c);
    if (error == 0)
        f->saved_line = line;
    return error;
}

static void save_when_due(struct file_wire *f)
{
    uint64_t now = clock_mono_ns();
    if (!f->settling || now < f->save_at)
        return;
    save(f); // when it fails the old position holds, and more lines come twice after a crash; tried again
    f->save_at = now + f->source->file.checkpoint_every_ns;
}

static void file_settle(struct wire *w, const struct record *r)
{
    struct file_wire *f = file_of(w);
    if (f->settling && prefix_settle(&f->prefix, r->mark) && atomic_exchange(&f->full, false))
        io_event_set(f->wake);
}

// ---- receive side ----
static bool is_own(const struct file_wire *f, const struct tail_line *line, struct identity *id,
                   const unsigned char **payload, size_t *size)
{
    return !line->cut && !line->unfinished &&
           io_is_own(&f->origin, line->text, line->size, id, payload, size) &&
           !file_writer_tore(&f->writer, id);
}

static struct record *record_of(struct file_wire *f, const struct tail_line *line, uint64_t now_ns)
{
    struct identity id;
    const unsigned char *payload;
    size_t size;
    bool own = is_own(f, line, &id, &payload, &size);
    struct record *r = own ? io_own_record(&f->origin, &id, payload, size)
                           : io_foreign_record(&f->origin, line->text, line->cut ? 0 : line->size, now_ns);
    if (r == NULL)
        return NULL;
    f->own += own;
    struct foreign ignored;
    if (line->cut) {
        r->flags |= RECORD_OVERSIZE;
    } else if (line->unfinished ||
               (!own && !format_foreign(f->source->net.format, line->text, line->size, &ignored))) {
        r->flags |= RECORD_MALFORMED;
        atomic_fetch_add_explicit(&f->malformed, 1, memory_order_relaxed);
    }
    return r;
}

// `full` is set before the second look: whoever settles the oldest line after that wakes us.
static bool room(struct file_wire *f)
{
    if (!f->settling || prefix_room(&f->prefix))
        return true;
    atomic_store(&f->full, true);
    return prefix_room(&f->prefix);
}

static enum wire_status file_receive(struct wire *w, struct record **out, size_t max, size_t *count,
                                     uint64_t now_ns)
{
    struct file_wire *f = file_of(w);
    struct tail_line line;
    enum wire_status end =
        all_finished(f) ? WIRE_END : WIRE_AGAIN; // asked before the file is found read, not after
    *count = 0;
    save_when_due(f);
    while (*count < max) {
        if (!room(f)) {
            end = WIRE_AGAIN;
            break;
        }
        if (!tail_peek(&f->tail, &line))
            break;
        note_generation(f);
        struct record *r = record_of(f, &line, now_ns);
        if (r == NULL) {
            end = WIRE_FAILED;
            break;
        }
        r->mark = f->settling ? prefix_add(&f->prefix, line.end_offset) : line.end_offset;
        tail_consume(&f->tail);
        out[(*count)++] = r;
    }
    return *count != 0 ? WIRE_OK : end;
}

// Reads on to the end of the log: own lines that are there under one of its names. What is only in the
// reader's buffer, or in a file that it alone still holds, is gone with it.
static uint64_t count_on_disk(struct file_wire *f)
{
    struct tail_line line;
    struct identity id;
    const unsigned char *payload;
    size_t size;
    uint64_t count = 0, generation = UINT64_MAX;
    for (bool kept = false; tail_peek(&f->tail, &line); tail_consume(&f->tail)) {
        if (generation != f->tail.generation)
            kept = tail_is_kept(&f->tail);
        generation = f->tail.generation;
        count += kept && is_own(f, &line, &id, &payload, &size);
    }
    return count;
}

static uint64_t file_stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct file_wire *f = file_of(w);
    uint64_t first = f->tail.generation;
    uint64_t unread = file_writer_stop(&f->writer) - f->own;
    bool rotated = f->writer.rotated;
    if (unread == 0 || (!rotated && first == f->first_generation))
        return unread;
    uint64_t there = count_on_disk(f);
    f->gone = unread - there;
    return there;
}

static void file_counters(const struct wire *w, struct wire_counters *c)
{
    const struct file_wire *f = (const struct file_wire *)w;
    *c = (struct wire_counters){
        .sent = atomic_load_explicit(&f->writer.sent, memory_order_relaxed),
        .errors = atomic_load_explicit(&f->writer.errors, memory_order_relaxed),
        .kernel_drops = f->gone,
        .malformed = atomic_load_explicit(&f->malformed, memory_order_relaxed),
    };
}

static void file_wait(struct wire *w, int sender, uint64_t deadline_mono_ns)
{
    struct file_wire *f = file_of(w);
    struct pollfd fds[3] = {{.fd = f->stop_event, .events = POLLIN},
                            {.fd = f->wake, .events = POLLIN},
                            {.fd = f->tail.notify, .events = POLLIN}};
    bool unsaved = f->settling && f->saved_line + 1 < f->prefix.next;
    if (unsaved && f->save_at < deadline_mono_ns)
        deadline_mono_ns = f->save_at;
    io_wait(fds, sender < 0 ? 3 : 1, deadline_mono_ns);
    if (fds[1].revents != 0)
        io_event_clear(f->wake);
    if (fds[2].revents != 0)
        tail_drain_events(&f->tail);
}

static void file_destroy(struct wire *w)
{
    struct file_wire *f = file_of(w);
    if (f->settling) {
        save(f);
        prefix_fini(&f->prefix);
    }
    free(f->finished);
    tail_close(&f->tail);
    const int fds[] = {f->wake, f->now.fd, f->before.fd};
    for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (f->temporary) {
        unlink(f->path);
        rotate_remove(f->path, f->source->file.rotate.keep);
    }
    file_writer_close(&f->writer);
    free(f);
}

static const struct wire_ops file_ops = {
    .send = file_send,
    .finish = file_finish,
    .receive = file_receive,
    .settle = file_settle,
    .stop = file_stop,
    .counters = file_counters,
    .wait = file_wait,
    .destroy = file_destroy,
};

// ---- opening ----
static bool name_file(struct file_wire *f, const char *scratch, struct error *e)
{
    const char *path = f->source->file.path;
    int n = path != NULL
                ? snprintf(f->path, sizeof f->path, "%s", path)
                : snprintf(f->path, sizeof f->path, "%s/lines-XXXXXX", scratch != NULL ? scratch : "/tmp");
    if (n < 0 || (size_t)n >= sizeof f->path)
        return fail(e, EXIT_USAGE, "%s: the path is too long", f->source->name);
    if (path != NULL)
        return true;
    int fd = mkostemp(f->path, O_CLOEXEC);
    if (fd < 0)
        return fail(e, EXIT_USAGE, "%s: cannot create %s: %s", f->source->name, f->path, strerror(errno));
    close(fd);
    f->temporary = true;
    return true;
}

static bool open_writer(struct file_wire *f, struct error *e)
{
    if (f->source->external)
        return true;
    f->finished = calloc(f->origin.senders, sizeof *f->finished);
    if (f->finished == NULL)
        return fail(e, EXIT_USAGE, "%s: out of memory", f->source->name);
    return file_writer_open(&f->writer, f->source, f->path, f->settling, e);
}

// Goes on where the checkpoint stands, when it is one of this file.
static bool resume(struct file_wire *f, struct error *e)
{
    struct checkpoint c;
    const char *path = f->source->file.checkpoint;
    if (!f->settling)
        return true;
    uint64_t offset = 0;
    if (checkpoint_load(path, &c)) {
        bool fits = f->tail.fd >= 0 && checkpoint_fits(&c, f->tail.fd);
        int rotated = fits ? -1 : siblings_of(f->path, &c, &fits);
        if (rotated >= 0)
            tail_adopt(&f->tail, rotated);
        offset = fits ? c.offset : 0;
        f->tail.generation = c.generation + (fits ? 0 : 1);
    } else if (access(path, F_OK) == 0) {
        // Not an error: reading everything again loses nothing. But somebody may want to know.
        fprintf(stderr, "weir: %s: the checkpoint %s cannot be understood; reading starts at the beginning\n",
                f->source->name, path);
    }
    tail_seek(&f->tail, offset);
    f->now = (struct file_era){f->tail.generation, 1, fcntl(f->tail.fd, F_DUPFD_CLOEXEC, 0)};
    f->save_at = clock_mono_ns() + f->source->file.checkpoint_every_ns;
    if (!prefix_init(&f->prefix, offset))
        return fail(e, EXIT_USAGE, "%s: out of memory", f->source->name);
    if (f->now.fd < 0)
        return true;
    // Written at once, so that a checkpoint that cannot be written is told of now.
    errno = EIO;
    int error = checkpoint_of(f->now.fd, offset, f->now.generation, &c) ? checkpoint_save(path, &c) : errno;
    return error == 0 || fail(e, EXIT_USAGE, "%s: cannot write the checkpoint %s: %s", f->source->name, path,
                              strerror(error));
}

struct wire *wire_file_open(const struct wire_setup *setup, struct error *e)
{
    const struct source *s = &setup->scenario->sources[setup->source_index];
    struct file_wire *f = calloc(1, sizeof *f);
    if (f == NULL) {
        fail(e, EXIT_USAGE, "%s: out of memory", s->name);
        return NULL;
    }
    f->wire.ops = &file_ops;
    f->source = s;
    f->seed = setup->seed;
    f->stop_event = setup->stop_event;
    f->now.fd = f->before.fd = f->tail.fd = f->tail.notify = -1;
    f->origin = (struct io_origin){.run = io_run_number(),
                                   .source = (uint16_t)setup->source_index,
                                   .senders = s->external ? 0 : s->senders,
                                   .pool = setup->pool};
    file_writer_init(&f->writer);
    f->settling = s->file.checkpoint != NULL;
    f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (f->wake < 0)
        fail(e, EXIT_USAGE, "%s: no eventfd: %s", s->name, strerror(errno));
    if (f->wake < 0 || !name_file(f, setup->scratch, e) || !open_writer(f, e) ||
        !tail_open(&f->tail, f->path, e) || !resume(f, e)) {
        file_destroy(&f->wire);
        return NULL;
    }
    f->first_generation = f->tail.generation;
    return &f->wire;
}
