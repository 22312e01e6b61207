// SPDX-License-Identifier: Apache-2.0
// What the live wires share: waiting, addresses, run numbers, records from messages.
#ifndef LIVE_IO_COMMON_H
#define LIVE_IO_COMMON_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "flow/format.h"
#include "flow/wire.h"

enum { ADDRESS_TEXT = 64, CACHE_LINE = 64 };

// Blocks until one of them has an event it asks for, or CLOCK_MONOTONIC passes the deadline (UINT64_MAX:
// never). Descriptors below 0 are left out.
void io_wait(struct pollfd *fds, unsigned count, uint64_t deadline_mono_ns);

void io_event_set(int event_fd);   // makes an eventfd readable
void io_event_clear(int event_fd); // and not readable

uint64_t io_run_number(void); // no two wires ever get the same (2^-64)

struct io_address {
    struct sockaddr_storage at;
    socklen_t size;
};

// Resolves host (name or number, v4 or v6) and port for a socket of that type. False: *e says what is wrong.
bool io_resolve(const struct source *source, int type, struct io_address *a, struct error *e);
void io_address_print(const struct io_address *a, char text[ADDRESS_TEXT]); // "127.0.0.1:5514", "[::1]:5514"
// The address to connect to in order to reach a socket bound to `a`: loopback for "any".
struct io_address io_reach(const struct io_address *a);

// ---- records ----
// Which messages are this wire's own, and who gets the foreign ones.
struct io_origin {
    uint64_t run;
    uint16_t source;
    unsigned senders; // built-in ones; foreign records come from sender index `senders`
    struct record_pool *pool;
    uint64_t foreign; // so many foreign records so far: the next one's number
};

// Recognises a message that a built-in sender of this run wrote.
bool io_is_own(const struct io_origin *o, const unsigned char *message, size_t size, struct identity *id,
               const unsigned char **payload, size_t *payload_size);
// Copies into a record of the pool; NULL when memory is exhausted.
struct record *io_own_record(const struct io_origin *o, const struct identity *id,
                             const unsigned char *payload, size_t size);
struct record *io_foreign_record(struct io_origin *o, const unsigned char *payload, size_t size,
                                 uint64_t now_ns);

#endif
