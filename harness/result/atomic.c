// SPDX-License-Identifier: Apache-2.0
#include "result/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

// Some file systems cannot sync a folder and say EINVAL: the rename is still atomic there.
static bool sync_folder(int folder)
{
    return fsync(folder) == 0 || errno == EINVAL || errno == EROFS;
}

static bool write_in(int folder, const char *name, const void *data, size_t size)
{
    char temporary[NAME_MAX + 1];
    int n = snprintf(temporary, sizeof temporary, ".%s.tmp", name);
    if (n < 0 || (size_t)n >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, data, size) && fsync(fd) == 0;
    int saved = errno;
    if (close(fd) != 0 && ok) {
        saved = errno;
        ok = false;
    }
    if (ok && renameat(folder, temporary, folder, name) == 0 && sync_folder(folder))
        return true;
    if (ok)
        saved = errno;
    unlinkat(folder, temporary, 0);
    errno = saved;
    return false;
}

bool atomic_write(const char *dir, const char *name, const void *data, size_t size, struct error *e)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(e, EXIT_INVALID, "%s: cannot open: %s", dir, strerror(errno));
    bool ok = write_in(folder, name, data, size);
    int saved = errno;
    close(folder);
    if (!ok)
        return fail(e, EXIT_INVALID, "%s/%s: cannot write: %s", dir, name, strerror(saved));
    return true;
}
