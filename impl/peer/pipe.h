// SPDX-License-Identifier: Apache-2.0
// A pipe between two threads. Its buffer is whole pages, at most what the system allows (1 MiB without
// privileges): the capacity is the nearest of those.
#ifndef WEIR_PEER_PIPE_H
#define WEIR_PEER_PIPE_H

#include "peer/fd.h"

static inline bool pipe_init(struct peer_fd *p, const struct weir_queue_config *config)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return false;
    size_t bytes = config->capacity * peer_item_bytes(config);
    while (bytes > 4096 && fcntl(ends[1], F_SETPIPE_SZ, bytes < INT32_MAX ? (int)bytes : INT32_MAX) < 0)
        bytes /= 2;
    if (bytes <= 4096)
        fcntl(ends[1], F_SETPIPE_SZ, 4096);
    return peer_fd_init(p, config, ends);
}

static inline size_t pipe_capacity(const struct peer_fd *p)
{
    return (size_t)fcntl(p->out, F_GETPIPE_SZ) / p->item_bytes;
}

#define Q_NAME                    pipe
#define Q_SUMMARY                 "a pipe between two threads"
#define Q_CONTRACT                "holds whole pages of at least 4 KiB; items of at most 4 KiB"
#define Q_INIT(q, memory, config) pipe_init((q), (config))
#define Q_CAPACITY(q)             pipe_capacity(q)

#endif
