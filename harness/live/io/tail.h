// SPDX-License-Identifier: Apache-2.0
// Reads complete lines of a file that others append to. The file may come into being later, be truncated, or
// be replaced by another one of the same name (each starts a new generation at offset 0).
#ifndef LIVE_IO_TAIL_H
#define LIVE_IO_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { TAIL_READ = 256 * 1024, TAIL_LINE_MOST = 1024 * 1024 };

struct tail {
    const char *path;
    int fd, notify, file_watch;
    uint64_t generation;
    unsigned char *buffer;   // TAIL_LINE_MOST + TAIL_READ
    size_t start, scan, end; // of the line being read, of what was not yet searched for its end, of the data
    uint64_t end_offset;     // where in the file buffer[end] would be
    size_t next_start;       // after the line that was peeked
    bool skipping;           // the line is too long: only its beginning is kept
};

struct tail_line {
    const unsigned char *text; // without the newline; valid until the next call
    size_t size;
    bool cut;            // it was longer than TAIL_LINE_MOST, this is its beginning
    uint64_t end_offset; // behind its newline
};

bool tail_open(struct tail *t, const char *path, struct error *e);
void tail_close(struct tail *t);
void tail_seek(struct tail *t, uint64_t offset); // before anything was read

// True: *line is the next complete line, and stays so until tail_consume. False: there is none now.
bool tail_peek(struct tail *t, struct tail_line *line);
void tail_consume(struct tail *t);
void tail_drain_events(struct tail *t); // the wait on t->notify is over

#endif
