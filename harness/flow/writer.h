// SPDX-License-Identifier: Apache-2.0
// The buffered writer of a file sink: lines gather in a buffer and go to the kernel together, when it is full
// or when the worker has nothing else to do. A record is delivered when the kernel has taken its whole line.
// Under the sink's guard.
//
// Errors do not stick. Without `retry` what could not be written is lost and the next write starts afresh, on
// a new line when the one before was torn. With `retry` the buffer is kept, and the next attempt goes on at
// the byte at which the last one stopped.
#ifndef FLOW_WRITER_H
#define FLOW_WRITER_H

#include "flow/node.h"

struct flow;
struct sink;

struct pending_line {
    struct record *record;
    size_t end; // of its line in the buffer
};

struct writer {
    struct sink_file *file;
    unsigned char *buffer;
    size_t limit, used, room;     // limit: of the scenario; room: more after a line that is longer
    struct pending_line *pending; // in the buffer, not yet handed to the kernel, in order
    size_t pending_count, pending_room;
    uint64_t oldest_ns; // when the first of them was put there
    bool torn;          // the file ends in the middle of a line that was given up
    uint64_t sync_every_ns, last_sync_ns;
    const char *name; // of the sink
    int error;        // of the last write, 0 when it was good; told once, then counted
    uint64_t more;
    char path[512];
};

enum writer_result { WRITER_OK, WRITER_FAILED, WRITER_OVERSIZE };

bool writer_open(struct flow *f, struct writer *w, const struct sink *spec, struct error *e);
void writer_close(struct flow *f, struct writer *w); // syncs; what is pending goes back to the pool

// Takes one record into the buffer. FAILED: the buffer had to be written out first, and could not be; the
// record is still the caller's. OVERSIZE: it can never be written.
enum writer_result writer_put(struct node *n, struct writer *w, struct record *r, uint64_t now_ns);

// A steady producer must not keep a record in the buffer for ever: true when the oldest has waited for 100
// ms.
bool writer_is_overdue(const struct writer *w, uint64_t now_ns);

// Hands the buffer to the kernel. What it took is delivered, also when it took a part only and the answer is
// FAILED; the rest stays.
enum writer_result writer_flush(struct node *n, struct writer *w, uint64_t now_ns);

// Gives up what is in the buffer: lost, or left in flight by a run that is cut.
void writer_lose(struct node *n, struct writer *w, enum weir_loss reason, uint64_t now_ns);
void writer_leave_in_flight(struct node *n, struct writer *w, uint64_t now_ns);

#endif
