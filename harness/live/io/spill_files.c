// SPDX-License-Identifier: Apache-2.0
// Segments as real files: FOLDER/0000000000000007.seg. The folder is locked while in use; other files in it
// are left alone. A record is written with one system call at the segment's end and taken back as a whole
// when that fails, so a killed process leaves whole records, and one that meets a full disk goes on.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "live/io.h"

#define LOCK_NAME     "lock"
#define POSITION_NAME "position"

enum { HANDLES = 2, NAME_SIZE = 32 }; // one segment is written, one is read

struct handle {
    bool open;
    uint64_t segment, used; // used: the latest of all has the highest
    int fd;
};

struct files {
    struct spill_device device;
    int folder, lock, position;
    struct handle handles[HANDLES];
    uint64_t uses;
    bool made; // the folder did not exist before
    char path[];
};

static struct files *of(struct spill_device *d)
{
    return (struct files *)d;
}

static void name_of(uint64_t segment, char *name)
{
    snprintf(name, NAME_SIZE, "%016" PRIx64 ".seg", segment);
}

static bool number_of(const char *name, uint64_t *segment)
{
    char *end, again[NAME_SIZE];
    *segment = strtoull(name, &end, 16);
    name_of(*segment, again);
    return strcmp(name, again) == 0 && *segment < UINT64_MAX / 2;
}

// ---- open segments ----

static void forget(struct files *f, uint64_t segment)
{
    for (int i = 0; i < HANDLES; i++)
        if (f->handles[i].open && f->handles[i].segment == segment) {
            close(f->handles[i].fd);
            f->handles[i].open = false;
        }
}

static void hold(struct files *f, uint64_t segment, int fd)
{
    struct handle *oldest = &f->handles[0];
    for (int i = 1; i < HANDLES && oldest->open; i++)
        if (!f->handles[i].open || f->handles[i].used < oldest->used)
            oldest = &f->handles[i];
    if (oldest->open)
        close(oldest->fd);
    *oldest = (struct handle){true, segment, ++f->uses, fd};
}

// The segment's descriptor, or -1 with errno.
static int fd_of(struct files *f, uint64_t segment)
{
    for (int i = 0; i < HANDLES; i++)
        if (f->handles[i].open && f->handles[i].segment == segment) {
            f->handles[i].used = ++f->uses;
            return f->handles[i].fd;
        }
    char name[NAME_SIZE];
    name_of(segment, name);
    int fd = openat(f->folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0)
        hold(f, segment, fd);
    return fd;
}

// ---- the device ----

static size_t list_segments(struct spill_device *d, uint64_t *segments, size_t room)
{
    int fd = openat(of(d)->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    size_t n = 0;
    uint64_t segment;
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (!number_of(e->d_name, &segment))
            continue;
        if (n < room) { // kept in order as they come
            size_t i = n;
            for (; i > 0 && segments[i - 1] > segment; i--)
                segments[i] = segments[i - 1];
            segments[i] = segment;
        }
        n++;
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return room && n > room ? room : n;
}

static int create_segment(struct spill_device *d, uint64_t segment)
{
    char name[NAME_SIZE];
    name_of(segment, name);
    int fd = openat(of(d)->folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno;
    hold(of(d), segment, fd);
    return 0;
}

static int write_at(int fd, const unsigned char *data, size_t size, uint64_t offset)
{
    while (size > 0) {
        ssize_t n = pwrite(fd, data, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        data += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

static int write_segment(struct spill_device *d, uint64_t segment, uint64_t offset, const void *data,
                         size_t size)
{
    int fd = fd_of(of(d), segment);
    int error = fd < 0 ? errno : write_at(fd, data, size, offset);
    if (error && fd >= 0 && ftruncate(fd, (off_t)offset) != 0)
        return error; // what is there of it has no whole checksum, and is overwritten by the next
    return error;
}

static size_t read_segment(struct spill_device *d, uint64_t segment, uint64_t offset, void *data, size_t size)
{
    int fd = fd_of(of(d), segment);
    size_t done = 0;
    while (fd >= 0 && done < size) {
        ssize_t n = pread(fd, (char *)data + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

static uint64_t size_of(struct spill_device *d, uint64_t segment)
{
    struct stat st;
    int fd = fd_of(of(d), segment);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static int sync_segment(struct spill_device *d, uint64_t segment)
{
    int fd = fd_of(of(d), segment);
    int n = fd < 0 ? -1 : fdatasync(fd);
    return n == 0 ? 0 : errno;
}

static void remove_segment(struct spill_device *d, uint64_t segment)
{
    char name[NAME_SIZE];
    name_of(segment, name);
    forget(of(d), segment);
    unlinkat(of(d)->folder, name, 0);
}

// Twelve bytes in one write: a position that was torn is not believed, and older records come again.
static void keep(struct spill_device *d, uint64_t position)
{
    unsigned char bytes[12];
    uint32_t crc = crc32c(0, &position, sizeof position);
    memcpy(bytes, &position, sizeof position);
    memcpy(bytes + sizeof position, &crc, sizeof crc);
    if (of(d)->position < 0)
        of(d)->position =
            openat(of(d)->folder, POSITION_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (of(d)->position >= 0 && write_at(of(d)->position, bytes, sizeof bytes, 0) != 0)
        return; // the disk is full: the position stays behind, records would come twice
}

static bool kept(struct spill_device *d, uint64_t *position)
{
    unsigned char bytes[12];
    uint32_t crc;
    if (of(d)->position < 0)
        of(d)->position = openat(of(d)->folder, POSITION_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (of(d)->position < 0 || pread(of(d)->position, bytes, sizeof bytes, 0) != sizeof bytes)
        return false;
    memcpy(position, bytes, sizeof *position);
    memcpy(&crc, bytes + sizeof *position, sizeof crc);
    return crc == crc32c(0, position, sizeof *position);
}

static void destroy(struct spill_device *d, bool empty)
{
    struct files *f = of(d);
    for (int i = 0; i < HANDLES; i++)
        if (f->handles[i].open)
            close(f->handles[i].fd);
    if (f->position >= 0)
        close(f->position);
    if (empty && f->folder >= 0) {
        unlinkat(f->folder, POSITION_NAME, 0);
        unlinkat(f->folder, LOCK_NAME, 0);
        if (f->made)
            rmdir(f->path); // not when somebody has put something there
    }
    if (f->lock >= 0)
        close(f->lock);
    if (f->folder >= 0)
        close(f->folder);
    free(f);
}

static const struct spill_device_ops ops = {.list = list_segments,
                                            .create = create_segment,
                                            .write = write_segment,
                                            .read = read_segment,
                                            .size = size_of,
                                            .sync = sync_segment,
                                            .remove = remove_segment,
                                            .keep = keep,
                                            .kept = kept,
                                            .destroy = destroy};

static bool open_folder(struct files *f, struct error *e)
{
    f->made = mkdir(f->path, 0755) == 0;
    if (!f->made && errno != EEXIST)
        return fail(e, EXIT_USAGE, "spill folder %s: cannot be made: %s", f->path, strerror(errno));
    f->folder = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->folder < 0)
        return fail(e, EXIT_USAGE, "spill folder %s: %s", f->path, strerror(errno));
    f->lock = openat(f->folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (f->lock < 0)
        return fail(e, EXIT_USAGE, "spill folder %s: cannot be written to: %s", f->path, strerror(errno));
    if (flock(f->lock, LOCK_EX | LOCK_NB) != 0)
        return fail(e, EXIT_USAGE,
                    "spill folder %s is in use by another run or queue: give each its own path", f->path);
    return true;
}

struct spill_device *spill_files_open(const char *folder, struct error *e)
{
    struct files *f = calloc(1, sizeof *f + strlen(folder) + 1);
    if (f == NULL) {
        fail(e, EXIT_INVALID, "spill folder %s: not enough memory", folder);
        return NULL;
    }
    *f = (struct files){.device.ops = &ops, .folder = -1, .lock = -1, .position = -1};
    memcpy(f->path, folder, strlen(folder) + 1);
    signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is answered by the admission, too (EFBIG)
    if (open_folder(f, e))
        return &f->device;
    destroy(&f->device, false);
    return NULL;
}
