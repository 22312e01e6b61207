// SPDX-License-Identifier: Apache-2.0
#include "live/io/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { COPY_BYTES = 64 * 1024, NAME_ROOM = PATH_MAX + 16 };

static void name_of(char name[NAME_ROOM], const char *path, unsigned number)
{
    snprintf(name, NAME_ROOM, "%s.%u", path, number);
}

// NAME.1 becomes free; the file that is beyond what is kept is overwritten, and so gone.
static int shift(const char *path, unsigned keep)
{
    char from[NAME_ROOM], to[NAME_ROOM];
    for (unsigned n = keep; n-- > 1;) {
        name_of(from, path, n);
        name_of(to, path, n + 1);
        if (rename(from, to) != 0 && errno != ENOENT)
            return errno;
    }
    return 0;
}

static int begin_anew(const char *path, unsigned keep, int *fd)
{
    char first[NAME_ROOM];
    name_of(first, path, 1);
    if ((keep != 0 ? rename(path, first) : unlink(path)) != 0)
        return errno;
    int fresh = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fresh < 0) {
        int error = errno;
        if (keep != 0)
            (void)!rename(first, path); // goes on under its old name
        return error;
    }
    close(*fd);
    *fd = fresh;
    return 0;
}

static int copy_all(int from, int to)
{
    unsigned char bytes[COPY_BYTES];
    for (off_t at = 0;;) {
        ssize_t n = pread(from, bytes, sizeof bytes, at);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(to, bytes + done, (size_t)(n - done));
            if (written < 0 && errno != EINTR)
                return errno;
            done += written > 0 ? written : 0;
        }
        at += n > 0 ? n : 0;
    }
}

static int copy_first(const char *path)
{
    char first[NAME_ROOM];
    name_of(first, path, 1);
    int from = open(path, O_RDONLY | O_CLOEXEC), error = from < 0 ? errno : 0;
    int to = from >= 0 ? open(first, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
    if (error == 0)
        error = to < 0 ? errno : copy_all(from, to);
    if (to >= 0)
        close(to);
    if (from >= 0)
        close(from);
    return error;
}

int rotate_file(const char *path, const struct file_rotate *how, int *fd)
{
    int error = shift(path, how->keep);
    if (error != 0)
        return error;
    if (how->mode == ROTATE_RENAME)
        return begin_anew(path, how->keep, fd);
    error = how->keep != 0 ? copy_first(path) : 0;
    if (error == 0 && ftruncate(*fd, 0) != 0)
        error = errno;
    return error;
}

void rotate_remove(const char *path, unsigned keep)
{
    char name[NAME_ROOM];
    for (unsigned n = 1; n <= keep; n++) {
        name_of(name, path, n);
        unlink(name);
    }
}
