// SPDX-License-Identifier: Apache-2.0
// A TCP sink's link: one connection, records framed as RFC 6587 says (octet counting, or a line feed behind
// each). Delivered means handed to the kernel whole. A record that was under way when the connection broke
// goes again on the next one. What the kernel held and the peer's had not acknowledged then (SIOCOUTQ) cannot
// be told from what arrived: it stays delivered and is counted as unconfirmed.
//
// It connects when there is something to send. A refused connection is not tried again before a pause that
// doubles from 10 ms to 1 s; attempts in between fail at once.
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "flow/framing.h"
#include "live/io/link/link.h"

#define PAUSE_FIRST_NS (10 * NS_PER_MS)
#define PAUSE_MOST_NS  NS_PER_S

enum { HEADER = FRAME_COUNT_ROOM, ENDS_LEAST = 4096 };

struct tcp_link {
    struct wire wire;
    struct link_setup setup;
    struct link_peer *peer;
    struct io_address to;
    enum { CLOSED, CONNECTING, CONNECTED } state;
    int fd;
    uint64_t pause_ns, not_before_ns;

    struct record *const *records;
    size_t count, next;
    unsigned char *frame; // of the record that is under way
    size_t room, size, sent;

    // Where in the stream the frames end that may still be unacknowledged.
    uint64_t *ends, stream; // stream: bytes handed to the kernel
    size_t first, used, ends_room;
    uint64_t unconfirmed;
};

static struct tcp_link *of(struct wire *w)
{
    return (struct tcp_link *)w;
}

static const struct sink *sink_of(const struct tcp_link *t)
{
    return &t->setup.scenario->sinks[t->setup.sink];
}

// ---- what the peer's kernel has not acknowledged ----

static void forget_acknowledged(struct tcp_link *t)
{
    int queued = 0;
    if (ioctl(t->fd, SIOCOUTQ, &queued) != 0 || queued < 0)
        return;
    uint64_t acknowledged = t->stream - (uint64_t)queued;
    while (t->used && t->ends[t->first] <= acknowledged) {
        t->first = (t->first + 1) % t->ends_room;
        t->used--;
    }
}

static bool grow_ends(struct tcp_link *t)
{
    size_t room = t->ends_room ? 2 * t->ends_room : ENDS_LEAST;
    uint64_t *bigger = malloc(room * sizeof *bigger);
    if (bigger == NULL)
        return false;
    for (size_t i = 0; i < t->used; i++)
        bigger[i] = t->ends[(t->first + i) % t->ends_room];
    free(t->ends);
    t->ends = bigger;
    t->first = 0;
    t->ends_room = room;
    return true;
}

static void note_end(struct tcp_link *t)
{
    if (t->used == t->ends_room) {
        forget_acknowledged(t);
        // The kernel's send buffer bounds how many there can be. Half full: grow, to look less often.
        if (2 * t->used >= t->ends_room && !grow_ends(t) && t->used == t->ends_room)
            return;
    }
    t->ends[(t->first + t->used++) % t->ends_room] = t->stream;
}

// ---- the connection ----

static void hang_up(struct tcp_link *t)
{
    if (t->state == CONNECTED) {
        forget_acknowledged(t);
        t->unconfirmed += t->used;
    }
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    t->state = CLOSED;
    t->used = 0;
    t->stream = 0;
    t->sent = t->size = 0;
}

static void connected(struct tcp_link *t)
{
    int on = 1;
    setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    t->state = CONNECTED;
    t->pause_ns = PAUSE_FIRST_NS;
}

static bool refused(struct tcp_link *t, uint64_t now_ns)
{
    hang_up(t);
    t->not_before_ns = now_ns + t->pause_ns;
    t->pause_ns = 2 * t->pause_ns < PAUSE_MOST_NS ? 2 * t->pause_ns : PAUSE_MOST_NS;
    return false;
}

// False: the peer cannot be had now.
static bool dial(struct tcp_link *t, uint64_t now_ns)
{
    if (now_ns < t->not_before_ns)
        return false;
    t->fd = socket(t->to.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t->fd < 0)
        return refused(t, now_ns);
    if (connect(t->fd, (const struct sockaddr *)&t->to.at, t->to.size) == 0)
        connected(t);
    else if (errno == EINPROGRESS)
        t->state = CONNECTING;
    else
        return refused(t, now_ns);
    return true;
}

// False: the connection was refused.
static bool dialled(struct tcp_link *t, uint64_t now_ns)
{
    struct pollfd fd = {.fd = t->fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&fd, 1, 0) <= 0)
        return true;
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return refused(t, now_ns);
    connected(t);
    return true;
}

// What the peer says is read over. False: it has hung up.
static bool peer_is_there(struct tcp_link *t)
{
    unsigned char over[512];
    ssize_t n;
    do
        n = recv(t->fd, over, sizeof over, MSG_DONTWAIT);
    while (n > 0 || (n < 0 && errno == EINTR));
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// ---- frames ----

enum step { DONE, NOT_NOW, BROKEN, UNSENDABLE };

static bool make_frame(struct tcp_link *t, const struct record *r)
{
    size_t room = 6 * (size_t)r->size + 1024;
    unsigned char *bigger = room > t->room ? realloc(t->frame, room) : t->frame;
    if (bigger == NULL)
        return false;
    t->frame = bigger;
    t->room = room > t->room ? room : t->room;
    t->sent = 0;
    size_t size = link_message(&t->setup, r, t->frame + HEADER, t->room - HEADER - 1);
    if (sink_of(t)->net.framing == FRAMING_LF) {
        // A line feed inside would end the frame: nobody could put the halves together again.
        bool fits = memchr(t->frame + HEADER, '\n', size) == NULL;
        memmove(t->frame, t->frame + HEADER, size);
        t->frame[size] = '\n';
        t->size = fits ? size + 1 : 0;
        return fits;
    }
    unsigned char header[FRAME_COUNT_ROOM];
    size_t length = framing_put_head(FRAMING_OCTET, size, header);
    memmove(t->frame + length, t->frame + HEADER, size);
    memcpy(t->frame, header, length);
    t->size = length + size;
    return true;
}

static enum step send_frame(struct tcp_link *t)
{
    if (t->size == 0 && !make_frame(t, t->records[t->next]))
        return UNSENDABLE;
    while (t->sent < t->size) {
        ssize_t n = send(t->fd, t->frame + t->sent, t->size - t->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? NOT_NOW : BROKEN;
        t->sent += (size_t)n;
        t->stream += (uint64_t)n;
    }
    note_end(t);
    t->size = t->sent = 0;
    t->next++;
    return DONE;
}

// ---- the link ----

static void submit(struct wire *w, struct record *const *records, size_t count, uint64_t now_ns)
{
    (void)now_ns;
    struct tcp_link *t = of(w);
    t->records = records;
    t->count = count;
    t->next = 0;
    if (t->state == CONNECTED && !peer_is_there(t))
        hang_up(t);
}

static enum wire_status over(struct tcp_link *t, struct link_outcome *o, bool hopeless)
{
    *o = (struct link_outcome){.done = t->next,
                               .failed = t->next < t->count,
                               .one_record = true,
                               .is_hopeless = hopeless,
                               .not_before_ns = t->state == CLOSED ? t->not_before_ns : 0};
    return WIRE_OK;
}

static enum wire_status poll_outcome(struct wire *w, struct link_outcome *o, uint64_t *until_ns,
                                     uint64_t now_ns)
{
    struct tcp_link *t = of(w);
    *until_ns = TIME_NEVER;
    if (t->state == CLOSED && !dial(t, now_ns))
        return over(t, o, false);
    if (t->state == CONNECTING && !dialled(t, now_ns))
        return over(t, o, false);
    enum step step = t->state == CONNECTED ? DONE : NOT_NOW;
    while (step == DONE && t->next < t->count)
        step = send_frame(t);
    if (step == NOT_NOW)
        return WIRE_AGAIN;
    if (step == BROKEN)
        hang_up(t);
    return over(t, o, step == UNSENDABLE);
}

// A frame that is half in the stream can only be left with the connection.
static void abandon(struct wire *w, size_t *done, uint64_t now_ns)
{
    (void)now_ns;
    struct tcp_link *t = of(w);
    *done = t->next;
    if (t->sent || t->state == CONNECTING)
        hang_up(t);
    t->size = t->sent = 0;
}

static uint64_t unconfirmed(const struct wire *w)
{
    return ((const struct tcp_link *)w)->unconfirmed;
}

static void wait_link(struct wire *w, uint64_t deadline_mono_ns)
{
    struct tcp_link *t = of(w);
    struct pollfd fds[2] = {{.fd = t->setup.stop_event, .events = POLLIN}, {.fd = t->fd, .events = POLLOUT}};
    io_wait(fds, 2, deadline_mono_ns);
}

static void destroy(struct wire *w)
{
    struct tcp_link *t = of(w);
    if (t->fd >= 0) // what is in the kernel's buffer still goes out
        close(t->fd);
    link_peer_end(t->peer);
    free(t->frame);
    free(t->ends);
    free(t);
}

static const struct link_ops ops = {.submit = submit,
                                    .poll = poll_outcome,
                                    .abandon = abandon,
                                    .unconfirmed = unconfirmed,
                                    .wait = wait_link,
                                    .destroy = destroy};

struct wire *link_tcp_open(const struct link_setup *setup, struct error *e)
{
    struct tcp_link *t = calloc(1, sizeof *t);
    if (t == NULL) {
        fail(e, EXIT_INVALID, "not enough memory for a sink's connection");
        return NULL;
    }
    t->wire.link = &ops;
    t->setup = *setup;
    t->fd = -1;
    t->pause_ns = PAUSE_FIRST_NS;
    bool builtin = sink_of(t)->net.host == NULL;
    bool ok = builtin ? (t->peer = link_peer_start(SOCK_STREAM, e)) != NULL
                      : link_resolve(sink_of(t), SOCK_STREAM, &t->to, e);
    if (ok && builtin)
        t->to = t->peer->at;
    if (ok)
        return &t->wire;
    destroy(&t->wire);
    return NULL;
}
