// SPDX-License-Identifier: Apache-2.0
#include "live/io/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/io/rotate.h"
#include "live/io/tail.h"

// Writes the whole line. False: not all of it; *done says how much.
static bool append(struct file_writer *w, const unsigned char *line, size_t size, size_t *done)
{
    for (*done = 0; *done < size;) {
        ssize_t n = write(w->fd, line + *done, size - *done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        *done += (size_t)n;
    }
    return true;
}

// Under the lock. `line` begins with a newline, which ends a line that an earlier writer could not complete:
// so that spoils only itself.
static bool append_line(struct file_writer *w, const struct identity *id, const unsigned char *line,
                        size_t size)
{
    unsigned torn = atomic_load_explicit(&w->torn_count, memory_order_relaxed);
    size_t done, skip = w->torn ? 0 : 1;
    if (w->stopped || torn == TORN_MOST)
        return false;
    bool whole = append(w, line + skip, size + 2 - skip, &done);
    if (!whole && done + skip > 1) {
        w->torn_lines[torn].sender = id->sender;
        w->torn_lines[torn].seq = id->seq;
        atomic_store_explicit(&w->torn_count, torn + 1, memory_order_release);
    }
    if (done != 0)
        w->torn = !whole && done + skip > 1;
    return whole;
}

// Under the lock, behind a whole line. A rotation that fails is tried again when the file has grown by as
// much again.
static void rotate_when_due(struct file_writer *w, size_t written)
{
    const struct file_rotate *how = &w->source->file.rotate;
    w->bytes += written;
    if (how->every == 0 || w->bytes < w->rotate_at)
        return;
    int error = rotate_file(w->path, how, &w->fd);
    if (error == 0)
        w->bytes = 0;
    else if (!w->rotate_failed)
        fprintf(stderr, "weir: %s: %s cannot be rotated: %s\n", w->source->name, w->path, strerror(error));
    w->rotated |= error == 0;
    w->rotate_failed |= error != 0;
    w->rotate_at = w->bytes + how->every;
}

bool file_writer_tore(const struct file_writer *w, const struct identity *id)
{
    bool torn = false;
    unsigned count = atomic_load_explicit(&w->torn_count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++)
        torn |= w->torn_lines[i].sender == id->sender && w->torn_lines[i].seq == id->seq;
    return torn;
}

bool file_writer_put(struct file_writer *w, unsigned sender, const struct identity *id, uint64_t seed,
                     uint32_t size)
{
    enum wire_format format = w->source->net.format;
    bool good = size >= format_minimum(format) && size <= TAIL_LINE_MOST;
    unsigned char *line = w->lines[sender];
    if (good) {
        line[0] = '\n';
        format_encode(format, id, seed, line + 1, size);
        line[1 + size] = '\n';
        pthread_mutex_lock(&w->lock);
        good = append_line(w, id, line, size);
        if (good) {
            atomic_fetch_add_explicit(&w->sent, 1, memory_order_relaxed);
            rotate_when_due(w, size + 1);
        }
        pthread_mutex_unlock(&w->lock);
    }
    if (!good)
        atomic_fetch_add_explicit(&w->errors, 1, memory_order_relaxed);
    return good;
}

uint64_t file_writer_stop(struct file_writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopped = true;
    uint64_t sent = atomic_load_explicit(&w->sent, memory_order_relaxed);
    pthread_mutex_unlock(&w->lock);
    return sent;
}

// The last writer may have been killed in the middle of a line.
static bool ends_in_line(const char *path)
{
    char last = '\n';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    bool torn = size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
    if (fd >= 0)
        close(fd);
    return torn;
}

void file_writer_init(struct file_writer *w)
{
    *w = (struct file_writer){.fd = -1};
    pthread_mutex_init(&w->lock, NULL);
}

bool file_writer_open(struct file_writer *w, const struct source *source, const char *path, bool go_on,
                      struct error *e)
{
    w->source = source;
    w->path = path;
    w->senders = source->senders;
    w->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (go_on ? 0 : O_TRUNC), 0644);
    if (w->fd < 0)
        return fail(e, EXIT_USAGE, "%s: cannot write %s: %s", source->name, path, strerror(errno));
    w->torn = ends_in_line(path);
    off_t size = lseek(w->fd, 0, SEEK_END);
    w->bytes = size > 0 ? (uint64_t)size : 0;
    w->rotate_at = source->file.rotate.every;
    w->lines = calloc(w->senders, sizeof *w->lines);
    for (unsigned i = 0; w->lines != NULL && i < w->senders; i++)
        if ((w->lines[i] = malloc(TAIL_LINE_MOST + 2)) == NULL)
            return fail(e, EXIT_USAGE, "%s: out of memory", source->name);
    return w->lines != NULL || fail(e, EXIT_USAGE, "%s: out of memory", source->name);
}

void file_writer_close(struct file_writer *w)
{
    for (unsigned i = 0; w->lines != NULL && i < w->senders; i++)
        free(w->lines[i]);
    free(w->lines);
    if (w->fd >= 0)
        close(w->fd);
    pthread_mutex_destroy(&w->lock);
}
