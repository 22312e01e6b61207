// SPDX-License-Identifier: Apache-2.0
#include "live/io/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/record.h"

// Hash of the first `size` bytes of the file; false when it has fewer.
static bool fingerprint(int fd, size_t size, uint64_t *hash)
{
    unsigned char begin[FINGERPRINT_MOST];
    size_t have = 0;
    while (have < size) {
        ssize_t n = pread(fd, begin + have, size - have, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    *hash = payload_hash(begin, size);
    return true;
}

bool checkpoint_of(int fd, uint64_t offset, uint64_t generation, struct checkpoint *c)
{
    struct stat s;
    if (fstat(fd, &s) != 0)
        return false;
    *c = (struct checkpoint){.dev = s.st_dev,
                             .ino = s.st_ino,
                             .fingerprint_bytes = offset < FINGERPRINT_MOST ? offset : FINGERPRINT_MOST,
                             .offset = offset,
                             .generation = generation,
                             .mtime_ns =
                                 (uint64_t)s.st_mtim.tv_sec * 1000000000u + (uint64_t)s.st_mtim.tv_nsec};
    return fingerprint(fd, c->fingerprint_bytes, &c->fingerprint_hash);
}

bool checkpoint_fits(const struct checkpoint *c, int fd)
{
    struct stat s;
    uint64_t hash;
    return fstat(fd, &s) == 0 && s.st_dev == c->dev && s.st_ino == c->ino &&
           (uint64_t)s.st_size >= c->offset && fingerprint(fd, c->fingerprint_bytes, &hash) &&
           hash == c->fingerprint_hash;
}

bool checkpoint_load(const char *path, struct checkpoint *c)
{
    json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    json_int_t dev, ino, bytes, offset, generation, mtime = 0; // older ones have no time
    const char *hash;
    bool good = json_unpack(doc, "{s:I, s:I, s:{s:I, s:s}, s:I, s:I, s?I}", "dev", &dev, "ino", &ino,
                            "fingerprint", "bytes", &bytes, "hash", &hash, "offset", &offset, "generation",
                            &generation, "mtime_ns", &mtime) == 0 &&
                bytes >= 0 && bytes <= FINGERPRINT_MOST && offset >= 0 && generation >= 0;
    if (good)
        *c = (struct checkpoint){.dev = (uint64_t)dev,
                                 .ino = (uint64_t)ino,
                                 .fingerprint_bytes = (uint64_t)bytes,
                                 .fingerprint_hash = strtoull(hash, NULL, 16),
                                 .offset = (uint64_t)offset,
                                 .generation = (uint64_t)generation,
                                 .mtime_ns = mtime > 0 ? (uint64_t)mtime : 0};
    json_decref(doc);
    return good;
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int write_durably(const char *path, const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno;
    int error = write_all(fd, text, size);
    if (error == 0 && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

static int sync_folder_of(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return error;
}

int checkpoint_save(const char *path, const struct checkpoint *c)
{
    char temporary[PATH_MAX], text[320];
    int size = snprintf(text, sizeof text,
                        "{\"dev\": %" PRId64 ", \"ino\": %" PRId64 ", \"fingerprint\": {\"bytes\": %" PRIu64
                        ", \"hash\": \"%016" PRIx64 "\"}, \"offset\": %" PRIu64 ", \"generation\": %" PRIu64
                        ", \"mtime_ns\": %" PRIu64 "}\n",
                        (int64_t)c->dev, (int64_t)c->ino, c->fingerprint_bytes, c->fingerprint_hash,
                        c->offset, c->generation, c->mtime_ns);
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
        return ENAMETOOLONG;
    int error = write_durably(temporary, text, (size_t)size);
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    return error != 0 ? error : sync_folder_of(path);
}
