// SPDX-License-Identifier: Apache-2.0
// A real file that a sink appends to. Errors are answered, not remembered: the next write is tried afresh.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/io.h"

struct real_file {
    struct sink_file file;
    int fd;
};

static int fd_of(struct sink_file *f)
{
    return ((struct real_file *)f)->fd;
}

static int real_write(struct sink_file *f, const void *data, size_t size, size_t *written)
{
    const unsigned char *bytes = data;
    *written = 0;
    while (*written < size) {
        ssize_t n = write(fd_of(f), bytes + *written, size - *written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        *written += (size_t)n;
    }
    return 0;
}

static int real_sync(struct sink_file *f)
{
    int n;
    do
        n = fdatasync(fd_of(f));
    while (n < 0 && errno == EINTR);
    // Not every file can be synced (/dev/null, a pipe): there is nothing to lose then.
    return n == 0 || errno == EINVAL ? 0 : errno;
}

static void real_destroy(struct sink_file *f)
{
    close(fd_of(f));
    free(f);
}

static const struct sink_file_ops real_ops = {
    .write = real_write, .sync = real_sync, .destroy = real_destroy};

struct sink_file *sink_file_open(const char *path, struct error *e)
{
    struct real_file *f = malloc(sizeof *f);
    if (f == NULL) {
        fail(e, EXIT_USAGE, "%s: out of memory", path);
        return NULL;
    }
    *f = (struct real_file){.file = {&real_ops},
                            .fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (f->fd < 0) {
        fail(e, EXIT_USAGE, "%s: cannot write: %s", path, strerror(errno));
        free(f);
        return NULL;
    }
    return &f->file;
}
