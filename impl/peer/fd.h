// SPDX-License-Identifier: Apache-2.0
// What pipe and socketpair share: a stream of bytes through the kernel, both ends non-blocking, a batch
// written and read by one call. Who has to wait spins on the call, gives way, or sleeps in poll(2), as the
// wait strategy says (park: poll).
//
// A call moves at most PEER_FD_CHUNK bytes, rounded down to whole items: so much the kernel takes all or none
// of, so that several producers' items do not mix and no part of one stays behind.
#ifndef WEIR_PEER_FD_H
#define WEIR_PEER_FD_H

#include "peer/peer.h"
#include "queue/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_FD_CHUNK ((size_t)4096)

struct peer_fd {
    int out, in; // written to, read from
    size_t item_bytes, chunk;
    enum weir_wait_kind wait;
    struct peer_mark mark;
};

static inline bool peer_fd_init(struct peer_fd *p, const struct weir_queue_config *config, const int ends[2])
{
    p->in = ends[0];
    p->out = ends[1];
    p->item_bytes = peer_item_bytes(config);
    p->chunk = PEER_FD_CHUNK / p->item_bytes * p->item_bytes;
    p->wait = config->wait;
    if (p->chunk > 0)
        return true;
    close(p->in);
    close(p->out);
    return false;
}

static inline void peer_fd_destroy(struct peer_fd *p)
{
    close(p->in);
    close(p->out);
}

PEER_INLINE size_t peer_fd_push(struct peer_fd *p, const void *items, size_t n, size_t bytes)
{
    size_t done = 0;
    while (done < n * bytes) {
        ssize_t put = write(p->out, (const char *)items + done, weir_min_size(n * bytes - done, p->chunk));
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    return done / bytes;
}

PEER_INLINE size_t peer_fd_pop(struct peer_fd *p, void *items, size_t n, size_t bytes)
{
    ssize_t got = read(p->in, items, n * bytes);
    return got > 0 ? (size_t)got / bytes : 0;
}

static inline size_t peer_fd_length(const struct peer_fd *p)
{
    int bytes = 0;
    return ioctl(p->in, FIONREAD, &bytes) == 0 ? (size_t)bytes / p->item_bytes : 0;
}

// Sleeps until the end is ready. In spells of 10 ms, because close is a mark that poll does not see.
static inline enum weir_wake peer_fd_poll(const struct peer_fd *p, int fd, short events, uint64_t deadline_ns)
{
    for (;;) {
        struct pollfd ready = {fd, events, 0};
        bool closed = peer_closed(&p->mark); // first: what is empty after it stays empty
        if (poll(&ready, 1, closed || deadline_ns == 0 ? 0 : 10) > 0)
            return WEIR_WAKE_READY;
        if (closed)
            return WEIR_WAKE_CLOSED;
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec >= deadline_ns)
            return WEIR_WAKE_TIMEOUT;
    }
}

static inline enum weir_wake peer_fd_wait(const struct peer_fd *p, int fd, short events, uint64_t deadline_ns)
{
    if (p->wait == WEIR_WAIT_PARK || deadline_ns != UINT64_MAX)
        return peer_fd_poll(p, fd, events, deadline_ns);
    return peer_wait_blindly(p->wait);
}

#define Q_TYPE                       struct peer_fd
#define Q_CAPS                       (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH)
#define Q_DESTROY(q)                 peer_fd_destroy(q)
#define Q_PUSH_N(q, items, n)        peer_fd_push((q), (items), (n), sizeof(uint64_t))
#define Q_POP_N(q, items, n)         peer_fd_pop((q), (items), (n), sizeof(uint64_t))
#define Q_COPY_TAKES(bytes)          ((bytes) <= PEER_FD_CHUNK)
#define Q_COPY_PUSH_N(q, bytes, n)   peer_fd_push((q), (bytes), (n), (q)->item_bytes)
#define Q_COPY_POP_N(q, bytes, n)    peer_fd_pop((q), (bytes), (n), (q)->item_bytes)
#define Q_LEN(q)                     peer_fd_length(q)
#define Q_WAIT_SPACE(q, n, deadline) ((void)(n), peer_fd_wait((q), (q)->out, POLLOUT, (deadline)))
#define Q_WAIT_ITEMS(q, deadline)    peer_fd_wait((q), (q)->in, POLLIN, (deadline))
#define Q_CLOSE(q)                   peer_close(&(q)->mark)
#define Q_CLOSED(q)                  peer_closed(&(q)->mark)

#endif
