// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "live/io/link/link.h"

enum { BUFFER = 65536 };

// Reads what is there. False: the stream has ended.
static bool read_over(int fd, unsigned char *buffer)
{
    ssize_t n;
    do
        n = recv(fd, buffer, BUFFER, MSG_DONTWAIT);
    while (n > 0 || (n < 0 && errno == EINTR));
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// One stream at a time: a link has one connection, and a new one only after the old one has ended.
static void *run(void *arg)
{
    struct link_peer *p = arg;
    unsigned char *buffer = malloc(BUFFER);
    int stream = -1;
    while (buffer != NULL) {
        struct pollfd fds[2] = {{.fd = p->wake, .events = POLLIN},
                                {.fd = stream >= 0 ? stream : p->fd, .events = POLLIN}};
        io_wait(fds, 2, UINT64_MAX);
        if (fds[0].revents != 0)
            break;
        if (p->is_stream && stream < 0) {
            stream = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        } else if (!read_over(fds[1].fd, buffer) && p->is_stream) {
            close(stream);
            stream = -1;
        }
    }
    if (stream >= 0)
        close(stream);
    free(buffer);
    return NULL;
}

static bool open_all(struct link_peer *p, int type)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    p->is_stream = type == SOCK_STREAM;
    p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    p->fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    p->at.size = sizeof p->at.at;
    return p->wake >= 0 && p->fd >= 0 && bind(p->fd, (const struct sockaddr *)&any, sizeof any) == 0 &&
           (!p->is_stream || listen(p->fd, 16) == 0) &&
           getsockname(p->fd, (struct sockaddr *)&p->at.at, &p->at.size) == 0;
}

struct link_peer *link_peer_start(int type, struct error *e)
{
    struct link_peer *p = calloc(1, sizeof *p);
    int error = ENOMEM;
    if (p != NULL) {
        p->fd = p->wake = -1;
        error = open_all(p, type) ? pthread_create(&p->thread, NULL, run, p) : errno;
    }
    if (error == 0)
        return p;
    fail(e, EXIT_INVALID, "cannot start a built-in peer: %s", strerror(error));
    if (p != NULL && p->fd >= 0)
        close(p->fd);
    if (p != NULL && p->wake >= 0)
        close(p->wake);
    free(p);
    return NULL;
}

void link_peer_end(struct link_peer *p)
{
    if (p == NULL)
        return;
    io_event_set(p->wake);
    pthread_join(p->thread, NULL);
    close(p->fd);
    close(p->wake);
    free(p);
}
