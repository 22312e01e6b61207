// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io/tcp.h"

enum {
    EVENTS = 64,
    ACCEPT_PAUSE_NS = 50000000 // after an accept that failed for want of places, descriptors or memory
};

// ---- the ring of connections that may have something ----
void tcp_ready_add(struct tcp_wire *t, struct tcp_connection *c)
{
    if (c->is_ready)
        return;
    c->is_ready = true;
    c->next_ready = NULL;
    *(t->ready_last != NULL ? &t->ready_last->next_ready : &t->ready_first) = c;
    t->ready_last = c;
}

struct tcp_connection *tcp_ready_take(struct tcp_wire *t)
{
    struct tcp_connection *c = t->ready_first;
    t->ready_first = c->next_ready;
    if (t->ready_first == NULL)
        t->ready_last = NULL;
    c->is_ready = false;
    return c;
}

// ---- coming and going ----
// Whether the listener is looked at: not while nobody more could be taken in.
static void listen_for(struct tcp_wire *t, bool on)
{
    struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.ptr = NULL};
    if (on != t->listening && epoll_ctl(t->epoll, EPOLL_CTL_MOD, t->listener, &event) == 0)
        t->listening = on;
}

// Not in the ring.
void tcp_forget(struct tcp_wire *t, struct tcp_connection *c)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->connections[i] == c) {
            t->connections[i] = t->connections[--t->count];
            break;
        }
    if (c->sender >= 0) {
        t->own--;
        t->senders[c->sender].reset |= c->ending != TCP_ENDED;
    }
    tcp_connection_destroy(c); // closing it takes it out of the epoll set
    t->accept_again = 0;
}

static int sender_at(const struct tcp_wire *t, const struct sockaddr_storage *from, socklen_t size)
{
    for (unsigned i = 0; i < t->origin.senders; i++)
        if (t->senders[i].from.size == size && memcmp(&t->senders[i].from.at, from, size) == 0)
            return (int)i;
    return -1;
}

static bool take_in(struct tcp_wire *t, int fd, const struct sockaddr_storage *from, socklen_t size)
{
    if (t->count == t->room) {
        size_t room = t->room != 0 ? t->room * 2 : 64;
        struct tcp_connection **larger = realloc(t->connections, room * sizeof *larger);
        if (larger == NULL) {
            close(fd);
            return false;
        }
        t->connections = larger;
        t->room = room;
    }
    struct tcp_connection *c = tcp_connection_create(fd, from, t->source->net.framing);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    if (c == NULL)
        return false;
    if (epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        tcp_connection_destroy(c);
        return false;
    }
    c->sender = sender_at(t, from, size);
    c->last_frame = t->waited;
    t->own += c->sender >= 0;
    t->connections[t->count++] = c;
    return true;
}

// Makes room for one more when all places are taken. False: all of them are in use.
static bool close_idlest(struct tcp_wire *t)
{
    struct tcp_connection *idlest = NULL;
    for (size_t i = 0; i < t->count; i++) {
        struct tcp_connection *c = t->connections[i];
        if (c->sender < 0 && !c->is_ready && c->frame_since == 0 &&
            (idlest == NULL || c->last_frame < idlest->last_frame))
            idlest = c;
    }
    if (idlest == NULL || t->waited - idlest->last_frame < t->source->net.frame_timeout_ns)
        return false;
    tcp_forget(t, idlest);
    return true;
}

// Takes in who waits at the door. With every place taken, or without descriptors, they go on waiting there.
void tcp_accept_all(struct tcp_wire *t)
{
    for (;;) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        if (t->count - t->own >= t->source->net.max_connections && !close_idlest(t))
            break;
        int fd = accept4(t->listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0 && errno == EAGAIN) {
            listen_for(t, true);
            return;
        }
        if (fd < 0 || !take_in(t, fd, &from, size))
            break;
    }
    listen_for(t, false);
    t->accept_again = clock_mono_ns() + ACCEPT_PAUSE_NS;
}

void tcp_look(struct tcp_wire *t)
{
    struct epoll_event events[EVENTS];
    bool door = !t->listening && !t->closing && clock_mono_ns() >= t->accept_again;
    int n = epoll_wait(t->epoll, events, EVENTS, 0);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr != NULL)
            tcp_ready_add(t, events[i].data.ptr);
        else
            door = true;
    }
    if (door)
        tcp_accept_all(t); // after the events were looked at: it may close a connection
}

// ---- opening ----
bool tcp_open_listener(struct tcp_wire *t, struct io_address *bound, struct error *e)
{
    const struct source *s = t->source;
    struct io_address a;
    if (!io_resolve(s, SOCK_STREAM, &a, e))
        return false;
    io_address_print(&a, t->address);
    t->listener = socket(a.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, wanted = s->net.rcvbuf < INT32_MAX / 2 ? (int)s->net.rcvbuf : INT32_MAX / 2, got = 0;
    socklen_t size = sizeof got;
    // A receive buffer is inherited, and has to be known before the connection says how it scales its window.
    if (t->listener < 0 || setsockopt(t->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (wanted != 0 && setsockopt(t->listener, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) != 0) ||
        getsockopt(t->listener, SOL_SOCKET, SO_RCVBUF, &got, &size) != 0 ||
        bind(t->listener, (const struct sockaddr *)&a.at, a.size) != 0 || listen(t->listener, SOMAXCONN) != 0)
        return fail(e, EXIT_USAGE, "%s: cannot listen on %s (TCP): %s", s->name, t->address, strerror(errno));
    t->rcvbuf = (uint64_t)got; // twice what was asked for, and capped by net.core.rmem_max
    bound->size = sizeof bound->at;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (getsockname(t->listener, (struct sockaddr *)&bound->at, &bound->size) != 0 ||
        epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->listener, &event) != 0)
        return fail(e, EXIT_USAGE, "%s: no address: %s", s->name, strerror(errno));
    t->listening = true;
    io_address_print(bound, t->address);
    return true;
}
