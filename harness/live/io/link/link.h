// SPDX-License-Identifier: Apache-2.0
// What the live links share: messages from records, and the peers that `to: builtin` starts.
#ifndef LIVE_IO_LINK_LINK_H
#define LIVE_IO_LINK_LINK_H

#include <pthread.h>

#include "live/io/common.h"

enum { LINK_DATAGRAM_MOST = 65507 };

// Each answers NULL with *e set. Nothing is sent or connected yet (an HTTP connection neither).
struct wire *link_udp_open(const struct link_setup *setup, struct error *e);
struct wire *link_tcp_open(const struct link_setup *setup, struct error *e);
struct wire *link_otlp_open(const struct link_setup *setup, struct error *e);

// Writes the record as a message: identity and payload, or a foreign one as it came. 0: it does not fit.
size_t link_message(const struct link_setup *setup, const struct record *r, unsigned char *to, size_t room);

// Where the sink sends to.
bool link_resolve(const struct sink *sink, int type, struct io_address *a, struct error *e);

// A receiver on a free port of the loopback interface that reads and forgets: a thread, or for HTTP that of
// the server. One for each link.
struct link_peer {
    int fd, wake; // listening or receiving socket; eventfd that ends the thread
    bool is_stream;
    pthread_t thread;
    struct io_address at;
};
struct link_peer *link_peer_start(int type, struct error *e); // SOCK_DGRAM or SOCK_STREAM
void link_peer_end(struct link_peer *p);                      // NULL is allowed

#endif
