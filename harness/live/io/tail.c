// SPDX-License-Identifier: Apache-2.0
#include "live/io/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/record.h"
#include "live/io/siblings.h"

// ---- the file behind the name ----
static void forget_content(struct tail *t)
{
    t->start = t->scan = t->end = 0;
    t->end_offset = 0;
    t->begin_size = 0;
    t->skipping = false;
}

static void unwatch(struct tail *t, int *watch)
{
    if (*watch >= 0)
        inotify_rm_watch(t->notify, *watch);
    *watch = -1;
}

// The watch is on the open file, whatever its name is by now.
static void use(struct tail *t, int fd)
{
    char link[64];
    unwatch(t, &t->file_watch);
    unwatch(t, &t->next_watch);
    if (t->fd >= 0)
        close(t->fd);
    t->fd = fd;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    t->file_watch = inotify_add_watch(t->notify, link, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
    if (t->file_watch < 0)
        t->file_watch = inotify_add_watch(t->notify, t->path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
}

// Opens what the name stands for now, if anything. The watch is there before the first read, so no write is
// missed.
static bool open_file(struct tail *t)
{
    int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    use(t, fd);
    return true;
}

void tail_adopt(struct tail *t, int fd)
{
    use(t, fd);
    forget_content(t);
}

bool tail_open(struct tail *t, const char *path, struct error *e)
{
    char folder[PATH_MAX];
    *t = (struct tail){.path = path, .fd = -1, .file_watch = -1, .next_watch = -1};
    t->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (t->notify < 0)
        return fail(e, EXIT_USAGE, "%s: cannot watch (inotify): %s", path, strerror(errno));
    t->buffer = malloc(TAIL_LINE_MOST + TAIL_READ);
    if (t->buffer == NULL)
        return fail(e, EXIT_USAGE, "%s: out of memory", path);
    snprintf(folder, sizeof folder, "%s", path);
    const char *name = dirname(folder);
    if (inotify_add_watch(t->notify, name, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        return fail(e, EXIT_USAGE, "%s: cannot watch %s: %s", path, name, strerror(errno));
    if (!open_file(t) && errno != ENOENT)
        return fail(e, EXIT_USAGE, "%s: cannot read: %s", path, strerror(errno));
    struct stat s;
    if (t->fd >= 0 && fstat(t->fd, &s) == 0 && !S_ISREG(s.st_mode))
        return fail(e, EXIT_USAGE, "%s: not a regular file", path);
    return true;
}

void tail_close(struct tail *t)
{
    if (t->fd >= 0)
        close(t->fd);
    if (t->notify >= 0)
        close(t->notify);
    free(t->buffer);
}

// What the file holds in front of the position is taken for what was read.
void tail_seek(struct tail *t, uint64_t offset)
{
    t->end_offset = offset;
    size_t want = offset < FINGERPRINT_MOST ? (size_t)offset : FINGERPRINT_MOST;
    ssize_t n = want != 0 ? pread(t->fd, t->begin, want, 0) : 0;
    t->begin_size = n > 0 ? (size_t)n : 0;
}

void tail_drain_events(struct tail *t)
{
    unsigned char events[4096];
    while (read(t->notify, events, sizeof events) > 0 || errno == EINTR)
        ;
}

// ---- lines ----
// Still the file that was read: not shorter than that, and with the same beginning.
static bool same_content(const struct tail *t)
{
    unsigned char begin[FINGERPRINT_MOST];
    struct stat s;
    return fstat(t->fd, &s) == 0 && (uint64_t)s.st_size >= t->end_offset &&
           (t->begin_size == 0 || (pread(t->fd, begin, t->begin_size, 0) == (ssize_t)t->begin_size &&
                                   memcmp(begin, t->begin, t->begin_size) == 0));
}

static void note_begin(struct tail *t, const unsigned char *bytes, size_t size)
{
    size_t room = FINGERPRINT_MOST - t->begin_size, n = size < room ? size : room;
    if (t->begin_size != t->end_offset)
        return; // has been full
    memcpy(t->begin + t->begin_size, bytes, n);
    t->begin_size += n;
}

static bool read_more(struct tail *t)
{
    if (t->fd < 0)
        return false;
    if (t->start != 0 && TAIL_LINE_MOST + TAIL_READ - t->end < TAIL_READ) {
        memmove(t->buffer, t->buffer + t->start, t->end - t->start);
        t->end -= t->start;
        t->scan -= t->start;
        t->start = 0;
    }
    ssize_t n;
    do
        n = pread(t->fd, t->buffer + t->end, TAIL_READ, (off_t)t->end_offset);
    while (n < 0 && errno == EINTR);
    // Looked at after the read: what was read while the content was the old one is good.
    if (n <= 0 || !same_content(t))
        return false;
    note_begin(t, t->buffer + t->end, (size_t)n);
    t->end += (size_t)n;
    t->end_offset += (uint64_t)n;
    return true;
}

bool tail_began_so(const struct tail *t, const struct checkpoint *c)
{
    return c->fingerprint_bytes <= t->begin_size &&
           payload_hash(t->begin, c->fingerprint_bytes) == c->fingerprint_hash;
}

bool tail_is_kept(const struct tail *t)
{
    return t->fd >= 0 && same_content(t) && siblings_has(t->path, t->fd);
}

// What the name stands for now is another file than the open one.
static bool name_moved_on(const struct tail *t)
{
    struct stat open_one, named;
    return fstat(t->fd, &open_one) == 0 && stat(t->path, &named) == 0 &&
           (named.st_dev != open_one.st_dev || named.st_ino != open_one.st_ino);
}

static bool is_empty(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 && s.st_size == 0;
}

// The file after this one, when it is time to go there.
static int next_file(struct tail *t)
{
    bool named = false;
    int fd = siblings_after(t->path, t->fd, &named);
    if (fd < 0 || !named)
        return fd;
    if (t->next_watch < 0) // before the look: a write after it is told of
        t->next_watch = inotify_add_watch(t->notify, t->path, IN_MODIFY);
    if (!is_empty(fd))
        return fd;
    close(fd);
    return -1;
}

enum change { UNCHANGED, MORE, LEFT };

// At the end of the data: is this still the file, and has it not become shorter? LEFT: what is begun here
// will not be completed; when nothing is, the tail has gone on already.
static enum change file_changed(struct tail *t)
{
    bool begun = t->start < t->end;
    if (t->fd < 0)
        return open_file(t) ? MORE : UNCHANGED;
    if (!same_content(t)) {
        if (!begun) {
            forget_content(t);
            t->generation++;
        }
        return LEFT;
    }
    if (!name_moved_on(t))
        return UNCHANGED;
    int next = next_file(t);
    if (next < 0)
        return UNCHANGED;
    // What was appended to the old file before its name went away is read first.
    if (read_more(t)) {
        close(next);
        return MORE;
    }
    if (begun) {
        close(next);
        return LEFT;
    }
    tail_adopt(t, next);
    t->generation++;
    return LEFT;
}

// The beginning of a line that will not be completed.
static void give_up(struct tail *t, struct tail_line *line)
{
    bool cut = t->skipping || t->end - t->start > TAIL_LINE_MOST;
    t->next_start = t->end;
    *line = (struct tail_line){.text = t->buffer + t->start,
                               .size = cut ? TAIL_LINE_MOST : t->end - t->start,
                               .cut = cut,
                               .unfinished = true,
                               .end_offset = t->end_offset};
}

// The line's newline is at buffer[at].
static void found(struct tail *t, size_t at, struct tail_line *line)
{
    size_t size = at - t->start;
    bool cut = t->skipping || size > TAIL_LINE_MOST;
    t->next_start = at + 1;
    *line = (struct tail_line){.text = t->buffer + t->start,
                               .size = cut ? TAIL_LINE_MOST : size,
                               .cut = cut,
                               .end_offset = t->end_offset - (t->end - t->next_start)};
}

bool tail_peek(struct tail *t, struct tail_line *line)
{
    for (;;) {
        const unsigned char *newline = memchr(t->buffer + t->scan, '\n', t->end - t->scan);
        if (newline != NULL) {
            t->scan = (size_t)(newline - t->buffer); // a second peek finds it at once
            found(t, t->scan, line);
            return true;
        }
        // Too long: its beginning stays, the rest is read over.
        if (t->end - t->start > TAIL_LINE_MOST) {
            t->skipping = true;
            t->end = t->start + TAIL_LINE_MOST;
        }
        t->scan = t->end;
        if (read_more(t))
            continue;
        bool begun = t->start < t->end;
        enum change change = file_changed(t);
        if (change == UNCHANGED)
            return false;
        if (change == LEFT && begun) {
            give_up(t, line);
            return true;
        }
    }
}

void tail_consume(struct tail *t)
{
    t->start = t->scan = t->next_start;
    t->skipping = false;
    if (t->start == t->end)
        t->start = t->scan = t->end = 0;
}
