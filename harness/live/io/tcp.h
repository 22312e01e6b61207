// SPDX-License-Identifier: Apache-2.0
// Inside of the TCP wire: its built-in senders and the receiver's connections. See tcp.c for the whole.
#ifndef LIVE_IO_TCP_H
#define LIVE_IO_TCP_H

#include <stdalign.h>
#include <stdatomic.h>

#include "flow/framing.h"
#include "live/io/common.h"
#include "live/io/sequence.h"

// ---- a built-in sender: one connection of its own ----
struct tcp_sender {
    alignas(CACHE_LINE) int fd;
    struct io_address from;
    _Atomic bool busy, finished;
    _Atomic uint64_t sent, errors; // sent: messages whose last byte the kernel has taken
    unsigned char *frame;          // the message at hand, with what frames it
    size_t frame_size, frame_done;
    uint64_t frame_seq;
    // The receiver's side.
    uint64_t received;
    bool reset; // its connection broke: what was sent and not read is gone
};

// Connects to the listener at `to`. False: *e says what is wrong.
bool tcp_sender_open(struct tcp_sender *s, const struct source *source, const struct io_address *to,
                     struct error *e);
// Sends the message, or goes on with the rest of it when it is the same as before. WIRE_OK when the kernel
// has all of it, WIRE_AGAIN while the connection's window is closed, WIRE_FAILED when the connection is
// broken.
enum wire_status tcp_sender_put(struct tcp_sender *s, const struct source *source, const struct identity *id,
                                uint64_t seed, uint32_t size);
void tcp_sender_finish(struct tcp_sender *s); // nothing more comes: the receiver sees the end behind the last
void tcp_sender_close(struct tcp_sender *s);

// ---- a connection of the receiver ----
enum tcp_ending {
    TCP_OPEN,
    TCP_ENDED, // the sender has closed it in order
    TCP_BROKEN // reset, timed out, or cut by the receiver: the rest of a frame will not come
};

struct tcp_connection {
    struct tcp_connection *next_ready; // in the ring of those that may have something
    bool is_ready;
    int fd;
    int sender; // index of the built-in sender, -1: from outside
    struct sockaddr_storage from;
    enum tcp_ending ending;
    struct framing framing;
    unsigned char *buffer;
    size_t room, start, end;
    bool limited; // no more than `quota` bytes are read: the door is closed
    uint64_t quota;
    uint64_t frame_since; // time at which the frame at hand was seen unfinished, plus 1; 0: none is begun
    uint64_t last_frame;  // when the last one was complete
};

// Takes over the descriptor. NULL when memory ends (the descriptor is closed).
struct tcp_connection *tcp_connection_create(int fd, const struct sockaddr_storage *from,
                                             enum wire_framing framing);
void tcp_connection_destroy(struct tcp_connection *c);

// The next whole message, from the bytes read so far.
struct frame tcp_connection_next(struct tcp_connection *c);
void tcp_connection_drop(struct tcp_connection *c, size_t used); // as told by the frame

enum tcp_read { TCP_READ_SOME, TCP_READ_NOTHING, TCP_READ_END, TCP_READ_NO_MEMORY };
// One read, of what there is room for. TCP_READ_END: c->ending says how.
enum tcp_read tcp_connection_read(struct tcp_connection *c);
void tcp_connection_limit(struct tcp_connection *c); // reads what is there now, and then no more

// After the end: what is left that was not a whole frame. False: nothing. *whole: it is a message, though.
bool tcp_connection_rest(const struct tcp_connection *c, struct frame *rest, bool *whole);

// ---- the wire ----
struct tcp_wire {
    struct wire wire;
    const struct source *source;
    struct io_origin origin;
    uint64_t seed;
    int listener, epoll, stop_event;
    char address[ADDRESS_TEXT];
    uint64_t rcvbuf;
    _Atomic bool stopped;
    struct tcp_sender *senders;

    // receive side
    struct tcp_connection **connections;
    size_t count, room, own; // connections; those of built-in senders
    struct tcp_connection *ready_first, *ready_last;
    bool closing, listening;
    uint64_t accept_again;      // CLOCK_MONOTONIC; 0: now
    uint64_t waited, looked_at; // time in which the receiver was there to read; when it last was
    _Atomic uint64_t malformed, gaps;
    struct sequence sequence;
};

// The ring of connections that may have something to be read. tcp_ready_take: only when it is not empty.
void tcp_ready_add(struct tcp_wire *t, struct tcp_connection *c);
struct tcp_connection *tcp_ready_take(struct tcp_wire *t);

// ---- the door: who comes in and who goes (tcp_door.c) ----
bool tcp_open_listener(struct tcp_wire *t, struct io_address *bound, struct error *e);
void tcp_accept_all(struct tcp_wire *t); // takes in who waits, as far as there are places
void tcp_look(struct tcp_wire *t);       // puts those that have something into the ring, and accepts
void tcp_forget(struct tcp_wire *t, struct tcp_connection *c); // closes one that is not in the ring

#endif
