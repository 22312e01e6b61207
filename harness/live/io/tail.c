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

// ---- the file behind the name ----
static void forget_content(struct tail *t)
{
    t->start = t->scan = t->end = 0;
    t->end_offset = 0;
    t->skipping = false;
}

// Opens what the name stands for now, if anything. The watch is there before the first read, so no write is
// missed.
static bool open_file(struct tail *t)
{
    int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    if (t->fd >= 0)
        close(t->fd);
    if (t->file_watch >= 0)
        inotify_rm_watch(t->notify, t->file_watch);
    t->fd = fd;
    t->file_watch = inotify_add_watch(t->notify, t->path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
    return true;
}

bool tail_open(struct tail *t, const char *path, struct error *e)
{
    char folder[PATH_MAX];
    *t = (struct tail){.path = path, .fd = -1, .file_watch = -1};
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

void tail_seek(struct tail *t, uint64_t offset)
{
    t->end_offset = offset;
}

void tail_drain_events(struct tail *t)
{
    unsigned char events[4096];
    while (read(t->notify, events, sizeof events) > 0 || errno == EINTR)
        ;
}

// ---- lines ----
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
    if (n <= 0)
        return false;
    t->end += (size_t)n;
    t->end_offset += (uint64_t)n;
    return true;
}

// At the end of the data: is this still the file, and has it not become shorter? True when there is more to
// read.
static bool file_changed(struct tail *t)
{
    struct stat open_one, named;
    if (t->fd < 0)
        return open_file(t);
    if (fstat(t->fd, &open_one) != 0)
        return false;
    bool same =
        stat(t->path, &named) != 0 || (named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino);
    if (same && (uint64_t)open_one.st_size >= t->end_offset)
        return false;
    // What was appended to the old file before its name went away is read first.
    if (!same && (read_more(t) || !open_file(t)))
        return t->scan < t->end;
    forget_content(t);
    t->generation++;
    return true;
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
        if (!read_more(t) && !file_changed(t))
            return false;
    }
}

void tail_consume(struct tail *t)
{
    t->start = t->scan = t->next_start;
    t->skipping = false;
    if (t->start == t->end)
        t->start = t->scan = t->end = 0;
}
