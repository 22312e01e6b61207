// SPDX-License-Identifier: Apache-2.0
// The durable read position of a tailed file, a JSON object in a file of its own:
//
//   {"dev": 2049, "ino": 131, "fingerprint": {"bytes": 1024, "hash": "9f..."}, "offset": 48211, "generation":
//   0, "mtime_ns": 1700000000000000000}
//
// Written to a temporary file in the same folder, fsync, rename, fsync of the folder: at every moment either
// the old or the new one is there, whole. The fingerprint (of the file's first bytes, up to 1 KiB, none
// behind the offset) tells a file from another one that was given the same inode number later. When the file
// is gone, its last write tells which of the log's other files are younger.
#ifndef LIVE_IO_CHECKPOINT_H
#define LIVE_IO_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FINGERPRINT_MOST = 1024 };

struct checkpoint {
    uint64_t dev, ino;
    uint64_t fingerprint_bytes, fingerprint_hash;
    uint64_t offset, generation;
    uint64_t mtime_ns; // of the file, when the checkpoint was made; 0: not known
};

// What the checkpoint of the open file `fd` at this offset is. False with errno set when it cannot be read.
bool checkpoint_of(int fd, uint64_t offset, uint64_t generation, struct checkpoint *c);
// The open file is the one of the checkpoint, and still holds what was read from it.
bool checkpoint_fits(const struct checkpoint *c, int fd);
bool checkpoint_load(const char *path, struct checkpoint *c); // false: there is none that can be understood
int checkpoint_save(const char *path, const struct checkpoint *c); // 0 or errno; on error the old one stays

#endif
