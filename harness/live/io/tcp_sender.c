// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io/tcp.h"

#define CONNECT_NS (5 * NS_PER_S)

static bool connected(int fd, const struct io_address *to)
{
    if (connect(fd, (const struct sockaddr *)&to->at, to->size) == 0)
        return true;
    if (errno != EINPROGRESS)
        return false;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    io_wait(&p, 1, clock_mono_ns() + CONNECT_NS);
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (p.revents != 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return error == 0;
}

bool tcp_sender_open(struct tcp_sender *s, const struct source *source, const struct io_address *to,
                     struct error *e)
{
    int on = 1, wanted = source->net.rcvbuf < INT32_MAX / 2 ? (int)source->net.rcvbuf : INT32_MAX / 2;
    s->from.size = sizeof s->from.at;
    s->frame = malloc(FRAME_ROOM);
    if (s->frame == NULL)
        return fail(e, EXIT_USAGE, "%s: out of memory", source->name);
    s->fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (wanted != 0 && setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted) != 0) ||
        !connected(s->fd, to) || getsockname(s->fd, (struct sockaddr *)&s->from.at, &s->from.size) != 0) {
        char text[ADDRESS_TEXT];
        io_address_print(to, text);
        return fail(e, EXIT_USAGE, "%s: cannot connect to %s: %s", source->name, text, strerror(errno));
    }
    return true;
}

static void encode(struct tcp_sender *s, const struct source *source, const struct identity *id,
                   uint64_t seed, uint32_t size)
{
    size_t head = framing_put_head(source->net.framing, size, s->frame);
    format_encode(source->net.format, id, seed, s->frame + head, size);
    s->frame_size = framing_size(source->net.framing, size);
    s->frame[head + size] = '\n'; // counted frames end before it
    s->frame_done = 0;
    s->frame_seq = id->seq;
}

enum wire_status tcp_sender_put(struct tcp_sender *s, const struct source *source, const struct identity *id,
                                uint64_t seed, uint32_t size)
{
    if (size < format_minimum(source->net.format) || size > FRAME_MOST)
        return WIRE_FAILED;
    if (s->frame_size == 0 || s->frame_seq != id->seq)
        encode(s, source, id, seed, size);
    while (s->frame_done < s->frame_size) {
        ssize_t n =
            send(s->fd, s->frame + s->frame_done, s->frame_size - s->frame_done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == ENOBUFS ? WIRE_AGAIN : WIRE_FAILED;
        s->frame_done += (size_t)n;
    }
    s->frame_size = 0;
    return WIRE_OK;
}

void tcp_sender_finish(struct tcp_sender *s)
{
    shutdown(s->fd, SHUT_WR);
}

void tcp_sender_close(struct tcp_sender *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->frame);
}
