// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "live/io/tcp.h"

// A peer that has vanished without a word is found out after a minute.
static void keep_alive(int fd)
{
    const int on = 1, idle_s = 30, between_s = 10, probes = 3;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between_s, sizeof between_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

struct tcp_connection *tcp_connection_create(int fd, const struct sockaddr_storage *from,
                                             enum wire_framing framing)
{
    struct tcp_connection *c = calloc(1, sizeof *c);
    unsigned char *buffer = malloc(TCP_READ_BYTES);
    if (c == NULL || buffer == NULL) {
        free(c);
        free(buffer);
        close(fd);
        return NULL;
    }
    keep_alive(fd);
    c->fd = fd;
    c->sender = -1;
    c->from = *from;
    c->framing.mode = framing;
    c->buffer = buffer;
    c->room = TCP_READ_BYTES;
    return c;
}

void tcp_connection_destroy(struct tcp_connection *c)
{
    close(c->fd);
    free(c->buffer);
    free(c);
}

struct frame tcp_connection_next(struct tcp_connection *c)
{
    return framing_next(&c->framing, c->buffer + c->start, c->end - c->start);
}

// An emptied buffer goes back to the size that each connection has: only a long message at hand takes more.
void tcp_connection_drop(struct tcp_connection *c, size_t used)
{
    c->start += used;
    if (c->start != c->end)
        return;
    c->start = c->end = 0;
    if (c->room > TCP_READ_BYTES) {
        unsigned char *small = realloc(c->buffer, TCP_READ_BYTES);
        if (small != NULL) {
            c->buffer = small;
            c->room = TCP_READ_BYTES;
        }
    }
}

static bool make_room(struct tcp_connection *c)
{
    if (c->end < c->room)
        return true;
    if (c->start != 0) {
        memmove(c->buffer, c->buffer + c->start, c->end - c->start);
        c->end -= c->start;
        c->start = 0;
        return true;
    }
    size_t room = c->room * 2 < FRAME_ROOM ? c->room * 2 : FRAME_ROOM;
    unsigned char *larger = realloc(c->buffer, room);
    if (larger == NULL)
        return false;
    c->buffer = larger;
    c->room = room;
    return true;
}

enum tcp_read tcp_connection_read(struct tcp_connection *c)
{
    if (c->limited && c->quota == 0) {
        unsigned char byte;
        c->ending = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0 ? TCP_ENDED : TCP_BROKEN;
        return TCP_READ_END;
    }
    if (!make_room(c))
        return TCP_READ_NO_MEMORY;
    size_t want = c->room - c->end;
    if (c->limited && want > c->quota)
        want = (size_t)c->quota;
    ssize_t n;
    do
        n = recv(c->fd, c->buffer + c->end, want, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        c->end += (size_t)n;
        c->quota -= c->limited ? (uint64_t)n : 0;
        return TCP_READ_SOME;
    }
    if (n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM))
        return TCP_READ_NOTHING;
    c->ending = n == 0 ? TCP_ENDED : TCP_BROKEN;
    return TCP_READ_END;
}

void tcp_connection_limit(struct tcp_connection *c)
{
    int there = 0;
    if (ioctl(c->fd, FIONREAD, &there) != 0 || there < 0)
        there = 0;
    c->quota = (uint64_t)there;
    c->limited = true;
}

bool tcp_connection_rest(const struct tcp_connection *c, struct frame *rest, bool *whole)
{
    const unsigned char *data = c->buffer + c->start;
    size_t size = c->end - c->start;
    *whole = c->ending == TCP_ENDED && framing_rest_is_message(&c->framing, data, size);
    *rest = (struct frame){FRAME_MESSAGE, data, size, size};
    return size != 0;
}
