// SPDX-License-Identifier: Apache-2.0
// A pair of Unix stream sockets between two threads. The kernel charges a send buffer with a few hundred
// bytes a message, and bounds it (net.core.wmem_max): the capacity is what that comes to.
#ifndef WEIR_PEER_SOCKETPAIR_H
#define WEIR_PEER_SOCKETPAIR_H

#include "peer/fd.h"

static inline bool socketpair_init(struct peer_fd *p, const struct weir_queue_config *config)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    enum { MESSAGE_BYTES = 768 }; // of the kernel's own, beside the item
    size_t bytes =
        config->capacity * (peer_item_bytes(config) + MESSAGE_BYTES) / 2; // it doubles what it is told
    int buffer = bytes < INT32_MAX / 2 ? (int)bytes : INT32_MAX / 2;
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    return peer_fd_init(p, config, ends);
}

#define Q_NAME                    socketpair
#define Q_SUMMARY                 "a Unix socket pair between two threads"
#define Q_CONTRACT                "holds what the kernel's send buffer does; items of at most 4 KiB"
#define Q_INIT(q, memory, config) socketpair_init((q), (config))

#endif
