// SPDX-License-Identifier: Apache-2.0
// What the built-in senders of a file source write into: one log, appended to line by line and rotated when
// it has grown. A line is there whole, or it is known as torn.
#ifndef LIVE_IO_FILE_WRITER_H
#define LIVE_IO_FILE_WRITER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "flow/format.h"

enum { TORN_MOST = 64 };

struct file_writer {
    const struct source *source;
    const char *path;
    pthread_mutex_t lock; // lines are whole, and none is written after `stopped`
    int fd;
    bool stopped, torn; // torn: the file ends in the middle of a line
    // Lines of this run that were cut by an error. Their beginning may look like a whole one to the reader.
    struct {
        unsigned sender;
        uint64_t seq;
    } torn_lines[TORN_MOST];
    _Atomic unsigned torn_count;
    _Atomic uint64_t sent, errors;
    uint64_t bytes, rotate_at; // in the file; at which size it is rotated
    bool rotated, rotate_failed;
    unsigned char **lines; // a buffer for each sender
    unsigned senders;
};

void file_writer_init(struct file_writer *w); // before the others; file_writer_close may follow at once

// Opens the source's log, to go on behind what is there or to begin anew. `path` stays the caller's. False:
// *e says what is wrong.
bool file_writer_open(struct file_writer *w, const struct source *source, const char *path, bool go_on,
                      struct error *e);

// Appends one line of `size` bytes. False: it is not there, or not all of it. Any thread, one a sender.
bool file_writer_put(struct file_writer *w, unsigned sender, const struct identity *id, uint64_t seed,
                     uint32_t size);
bool file_writer_tore(const struct file_writer *w, const struct identity *id); // any thread

// Nobody writes from now on. Answers how many lines were written whole.
uint64_t file_writer_stop(struct file_writer *w);
void file_writer_close(struct file_writer *w);

#endif
