// SPDX-License-Identifier: Apache-2.0
// A UDP sink's link: one record a datagram (RFC 5426). Delivered means handed to the kernel; what happens to
// it then nobody tells. Where the peer's host says that nobody listens (ICMP), the kernel tells the next
// send: that record's attempt has failed, although it was the one before it that nobody took.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io/link/link.h"

enum { PAUSE_NS = 1000 * 1000 };

struct udp_link {
    struct wire wire;
    struct link_setup setup;
    struct link_peer *peer;
    int fd;
    bool no_buffers; // POLLOUT says nothing about that
    struct record *const *records;
    size_t count, next;
    unsigned char message[LINK_DATAGRAM_MOST];
};

static struct udp_link *of(struct wire *w)
{
    return (struct udp_link *)w;
}

static void submit(struct wire *w, struct record *const *records, size_t count, uint64_t now_ns)
{
    (void)now_ns;
    struct udp_link *u = of(w);
    u->records = records;
    u->count = count;
    u->next = 0;
}

static bool failed(struct udp_link *u, struct link_outcome *o, bool oversize)
{
    *o = (struct link_outcome){.done = u->next,
                               .failed = true,
                               .one_record = true,
                               .is_hopeless = oversize,
                               .is_oversize = oversize};
    return false;
}

// The next record. False: it failed, or (u->next stays, *again) not now.
static bool send_one(struct udp_link *u, struct link_outcome *o, bool *again)
{
    size_t size = link_message(&u->setup, u->records[u->next], u->message, sizeof u->message);
    if (size == 0 && u->records[u->next]->size != 0)
        return failed(u, o, true);
    ssize_t n;
    do
        n = send(u->fd, u->message, size, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    u->no_buffers = n < 0 && errno == ENOBUFS;
    *again = n < 0 && (errno == EAGAIN || errno == ENOBUFS);
    if (n < 0 && !*again)
        return failed(u, o, errno == EMSGSIZE);
    u->next += n >= 0;
    return n >= 0;
}

static enum wire_status poll_outcome(struct wire *w, struct link_outcome *o, uint64_t *until_ns,
                                     uint64_t now_ns)
{
    struct udp_link *u = of(w);
    bool again = false;
    while (u->next < u->count && send_one(u, o, &again))
        ;
    if (again) {
        *until_ns = u->no_buffers ? now_ns + PAUSE_NS : TIME_NEVER;
        return WIRE_AGAIN;
    }
    if (u->next == u->count)
        *o = (struct link_outcome){.done = u->count};
    return WIRE_OK;
}

static void abandon(struct wire *w, size_t *done, uint64_t now_ns)
{
    (void)now_ns;
    *done = of(w)->next;
}

static uint64_t unconfirmed(const struct wire *w)
{
    (void)w;
    return 0;
}

static void wait_link(struct wire *w, uint64_t deadline_mono_ns)
{
    struct udp_link *u = of(w);
    struct pollfd fds[2] = {{.fd = u->setup.stop_event, .events = POLLIN},
                            {.fd = u->no_buffers ? -1 : u->fd, .events = POLLOUT}};
    io_wait(fds, 2, deadline_mono_ns);
}

static void destroy(struct wire *w)
{
    struct udp_link *u = of(w);
    if (u->fd >= 0)
        close(u->fd);
    link_peer_end(u->peer);
    free(u);
}

static const struct link_ops ops = {.submit = submit,
                                    .poll = poll_outcome,
                                    .abandon = abandon,
                                    .unconfirmed = unconfirmed,
                                    .wait = wait_link,
                                    .destroy = destroy};

static bool open_all(struct udp_link *u, struct error *e)
{
    const struct sink *sink = &u->setup.scenario->sinks[u->setup.sink];
    struct io_address to;
    if (sink->net.host == NULL && (u->peer = link_peer_start(SOCK_DGRAM, e)) == NULL)
        return false;
    if (u->peer != NULL)
        to = u->peer->at;
    else if (!link_resolve(sink, SOCK_DGRAM, &to, e))
        return false;
    u->fd = socket(to.at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (u->fd < 0 || connect(u->fd, (const struct sockaddr *)&to.at, to.size) != 0)
        return fail(e, EXIT_INVALID, "%s: no UDP socket: %s", sink->name, strerror(errno));
    return true;
}

struct wire *link_udp_open(const struct link_setup *setup, struct error *e)
{
    struct udp_link *u = calloc(1, sizeof *u);
    if (u == NULL) {
        fail(e, EXIT_INVALID, "not enough memory for a sink's connection");
        return NULL;
    }
    u->wire.link = &ops;
    u->setup = *setup;
    u->fd = -1;
    if (open_all(u, e))
        return &u->wire;
    destroy(&u->wire);
    return NULL;
}
