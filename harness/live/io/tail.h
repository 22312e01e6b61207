// SPDX-License-Identifier: Apache-2.0
// Reads complete lines of a log that others append to. The file may come into being later, be truncated, or
// be rotated away; each file and each truncation is a generation, which starts at offset 0.
//
// A file that lost its name is read to its end. It is left for the one after it (siblings.h) when there is
// something in that one: until then its writer may not know yet. A file that was truncated begins again; what
// had not been read is gone, and copies of it are not looked for. It is known by its size, or, when it has
// grown beyond the old position meanwhile, by its first bytes.
#ifndef LIVE_IO_TAIL_H
#define LIVE_IO_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "live/io/checkpoint.h"

enum { TAIL_READ = 256 * 1024, TAIL_LINE_MOST = RECORD_BYTES_MAX };

struct tail {
    const char *path;
    int fd, notify, file_watch, next_watch;
    uint64_t generation;
    unsigned char *buffer;   // TAIL_LINE_MOST + TAIL_READ
    size_t start, scan, end; // of the line being read, of what was not yet searched for its end, of the data
    uint64_t end_offset;     // where in the file buffer[end] would be
    size_t next_start;       // after the line that was peeked
    bool skipping;           // the line is too long: only its beginning is kept
    unsigned char begin[FINGERPRINT_MOST]; // the file's first bytes, as they were read
    size_t begin_size;                     // no more than were read
};

struct tail_line {
    const unsigned char *text; // without the newline; valid until the next call
    size_t size;
    bool cut;            // it was longer than TAIL_LINE_MOST, this is its beginning
    bool unfinished;     // its newline never came: the file was left or truncated
    uint64_t end_offset; // behind its newline
};

bool tail_open(struct tail *t, const char *path, struct error *e);
void tail_close(struct tail *t);
void tail_seek(struct tail *t, uint64_t offset); // before anything was read
void tail_adopt(struct tail *t, int fd);         // reads this file from now on, from its beginning

// Whether a checkpoint of the open file is one of what was read from it.
bool tail_began_so(const struct tail *t, const struct checkpoint *c);
// Whether what was read of the file last is still there under one of the log's names.
bool tail_is_kept(const struct tail *t);

// True: *line is the next complete line, and stays so until tail_consume. False: there is none now.
bool tail_peek(struct tail *t, struct tail_line *line);
void tail_consume(struct tail *t);
void tail_drain_events(struct tail *t); // the wait on t->notify is over

#endif
