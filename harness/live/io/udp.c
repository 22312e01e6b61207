// SPDX-License-Identifier: Apache-2.0
// The UDP wire: one message per datagram (RFC 5426). The receiver's socket drops what does not fit into its
// buffer and counts it; that counter is read with SO_MEMINFO, which is exact per socket. SO_RXQ_OVFL would
// not do: it is stamped on a datagram when it is queued, so it never tells of drops behind the last one.
#include "live/io/udp.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io.h"
#include "live/io/common.h"
#include "live/io/sequence.h"

enum {
    BATCH = 32,
    DATAGRAM = 65536, // no datagram is longer: nothing is ever truncated
    // Loopback hands a datagram over within sendto as a rule, but a busy kernel may put it off. What was sent
    // and is neither here nor counted as dropped is waited for so long.
    GRACE_NS = 200 * 1000 * 1000,
    PAUSE_NS = 1000 * 1000,
};

struct udp_sender {
    alignas(CACHE_LINE) int fd;
    bool no_buffers; // the last send failed with ENOBUFS: POLLOUT says nothing about that
    _Atomic bool busy, finished;
    _Atomic uint64_t sent, errors;
    unsigned char *message;
};

struct udp_wire {
    struct wire wire;
    const struct source *source;
    struct io_origin origin;
    uint64_t seed;
    int fd, wake, stop_event;
    char address[ADDRESS_TEXT];
    uint64_t rcvbuf;
    _Atomic bool stopped;
    struct udp_sender *senders;

    // receive side
    uint32_t last_drops;
    uint64_t own, grace_until;
    unsigned count, next; // datagrams in the buffers: received, handed on
    _Atomic uint64_t drops, malformed, gaps;
    struct sequence sequence;
    struct mmsghdr headers[BATCH];
    struct iovec pieces[BATCH];
    struct sockaddr_storage from[BATCH];
    unsigned char *buffers;
};

static struct udp_wire *udp_of(struct wire *w)
{
    return (struct udp_wire *)w;
}

// ---- the kernel's drop counter ----
uint64_t udp_drops_advance(uint64_t total, uint32_t *last, uint32_t seen)
{
    total += (uint32_t)(seen - *last);
    *last = seen;
    return total;
}

static void read_drops(struct udp_wire *u)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof info;
    if (getsockopt(u->fd, SOL_SOCKET, SO_MEMINFO, info, &size) != 0)
        return;
    uint64_t total = atomic_load_explicit(&u->drops, memory_order_relaxed);
    total = udp_drops_advance(total, &u->last_drops, info[SK_MEMINFO_DROPS]);
    atomic_store_explicit(&u->drops, total, memory_order_relaxed);
}

// ---- send side ----
static enum wire_status put(struct udp_wire *u, struct udp_sender *s, const struct wire_message *m)
{
    const struct identity id = {u->origin.run, m->source, m->sender, m->record_class, m->seq, m->intended_ns};
    if (m->size < format_minimum(u->source->net.format) || m->size > DATAGRAM)
        return WIRE_FAILED;
    format_encode(u->source->net.format, &id, u->seed, s->message, m->size);
    ssize_t n;
    do
        n = send(s->fd, s->message, m->size, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    s->no_buffers = n < 0 && errno == ENOBUFS;
    if (n < 0)
        return errno == EAGAIN || errno == ENOBUFS ? WIRE_AGAIN : WIRE_FAILED;
    return WIRE_OK;
}

static enum wire_status udp_send(struct wire *w, unsigned sender, const struct wire_message *m,
                                 uint64_t now_ns)
{
    (void)now_ns;
    struct udp_wire *u = udp_of(w);
    struct udp_sender *s = &u->senders[sender];
    // `busy` before `stopped` here, the other way round in udp_stop: one of the two sees the other.
    atomic_store(&s->busy, true);
    enum wire_status status = atomic_load(&u->stopped) ? WIRE_FAILED : put(u, s, m);
    if (status == WIRE_OK)
        atomic_fetch_add_explicit(&s->sent, 1, memory_order_relaxed);
    else if (status == WIRE_FAILED)
        atomic_fetch_add_explicit(&s->errors, 1, memory_order_relaxed);
    atomic_store(&s->busy, false);
    return status;
}

static void udp_finish(struct wire *w, unsigned sender, uint64_t now_ns)
{
    (void)now_ns;
    struct udp_wire *u = udp_of(w);
    atomic_store_explicit(&u->senders[sender].finished, true, memory_order_release);
    io_event_set(u->wake);
}

static bool all_finished(const struct udp_wire *u)
{
    bool all = !u->source->external;
    for (unsigned i = 0; i < u->origin.senders; i++)
        all = all && atomic_load_explicit(&u->senders[i].finished, memory_order_acquire);
    return all;
}

static uint64_t sent_in_all(const struct udp_wire *u)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < u->origin.senders; i++)
        sum += atomic_load_explicit(&u->senders[i].sent, memory_order_relaxed);
    return sum;
}

// ---- receive side ----
// Reads up to `max` datagrams into the buffers. False: there are none.
static bool fill_buffers(struct udp_wire *u, size_t max)
{
    unsigned want = max < BATCH ? (unsigned)max : BATCH;
    for (unsigned i = 0; i < want; i++) {
        u->pieces[i] = (struct iovec){u->buffers + (size_t)i * DATAGRAM, DATAGRAM};
        u->headers[i].msg_hdr = (struct msghdr){.msg_name = &u->from[i],
                                                .msg_namelen = sizeof u->from[i],
                                                .msg_iov = &u->pieces[i],
                                                .msg_iovlen = 1};
    }
    int n;
    do
        n = recvmmsg(u->fd, u->headers, want, MSG_DONTWAIT, NULL);
    while (n < 0 && errno == EINTR);
    u->next = 0;
    u->count = n > 0 ? (unsigned)n : 0;
    return n > 0;
}

static void count_up(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static struct record *foreign(struct udp_wire *u, const unsigned char *message, size_t size,
                              const struct sockaddr_storage *from, uint64_t now_ns)
{
    struct foreign f;
    bool good = format_foreign(u->source->net.format, message, size, &f);
    struct record *r = io_foreign_record(&u->origin, message, size, now_ns);
    if (r == NULL)
        return NULL;
    if (!good) {
        r->flags |= RECORD_MALFORMED;
        count_up(&u->malformed, 1);
    }
    if (f.has_sequence_id)
        count_up(&u->gaps, sequence_note(&u->sequence, from, f.sequence_id));
    return r;
}

// The record of datagram i; NULL when memory is exhausted.
static struct record *unpack(struct udp_wire *u, unsigned i, uint64_t now_ns)
{
    const unsigned char *message = u->pieces[i].iov_base, *payload;
    size_t size = u->headers[i].msg_len, payload_size;
    struct identity id;
    if (!io_is_own(&u->origin, message, size, &id, &payload, &payload_size))
        return foreign(u, message, size, &u->from[i], now_ns);
    struct record *r = io_own_record(&u->origin, &id, payload, payload_size);
    u->own += r != NULL;
    return r;
}

// Nothing is in the socket: is anything still to come?
static enum wire_status nothing_there(struct udp_wire *u, bool finished)
{
    read_drops(u);
    if (!finished)
        return WIRE_AGAIN;
    uint64_t known = u->own + atomic_load_explicit(&u->drops, memory_order_relaxed), now = clock_mono_ns();
    if (known >= sent_in_all(u))
        return WIRE_END;
    if (u->grace_until == 0)
        u->grace_until = now + GRACE_NS;
    return now >= u->grace_until ? WIRE_END : WIRE_AGAIN;
}

static enum wire_status udp_receive(struct wire *w, struct record **out, size_t max, size_t *count,
                                    uint64_t now_ns)
{
    struct udp_wire *u = udp_of(w);
    *count = 0;
    if (max == 0)
        return WIRE_AGAIN;
    bool finished = all_finished(u); // asked before the socket is found empty, not after
    if (u->next == u->count && !fill_buffers(u, max))
        return nothing_there(u, finished);
    while (u->next < u->count && *count < max) {
        struct record *r = unpack(u, u->next, now_ns);
        if (r == NULL)
            return *count != 0 ? WIRE_OK : WIRE_FAILED;
        u->next++;
        out[(*count)++] = r;
    }
    return WIRE_OK;
}

// Nobody sends from now on.
static void stop_senders(struct udp_wire *u)
{
    atomic_store(&u->stopped, true);
    for (unsigned i = 0; i < u->origin.senders; i++)
        while (atomic_load(&u->senders[i].busy)) // not longer than a send that does not block
            sched_yield();
}

// What built-in senders put into the socket after the receiver found it empty was sent and is not read.
static uint64_t udp_stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct udp_wire *u = udp_of(w);
    stop_senders(u);
    uint64_t unread = 0, until = clock_mono_ns() + GRACE_NS, own = u->own;
    for (;;) {
        for (; u->next < u->count; u->next++) {
            struct identity id;
            const unsigned char *payload;
            size_t size;
            unread += io_is_own(&u->origin, u->pieces[u->next].iov_base, u->headers[u->next].msg_len, &id,
                                &payload, &size);
        }
        if (clock_mono_ns() < until && fill_buffers(u, BATCH)) // a flood from outside has no end
            continue;
        read_drops(u);
        uint64_t known = own + unread + atomic_load_explicit(&u->drops, memory_order_relaxed);
        if (known >= sent_in_all(u) || clock_mono_ns() >= until)
            return unread;
        struct pollfd fd = {.fd = u->fd, .events = POLLIN};
        io_wait(&fd, 1, clock_mono_ns() + PAUSE_NS);
    }
}

static void udp_counters(const struct wire *w, struct wire_counters *c)
{
    const struct udp_wire *u = (const struct udp_wire *)w;
    *c = (struct wire_counters){
        .sent = sent_in_all(u),
        .kernel_drops = atomic_load_explicit(&u->drops, memory_order_relaxed),
        .malformed = atomic_load_explicit(&u->malformed, memory_order_relaxed),
        .sequence_gaps = atomic_load_explicit(&u->gaps, memory_order_relaxed),
        .rcvbuf_bytes = u->rcvbuf,
    };
    for (unsigned i = 0; i < u->origin.senders; i++)
        c->errors += atomic_load_explicit(&u->senders[i].errors, memory_order_relaxed);
    memcpy(c->address, u->address, sizeof c->address);
}

static void wait_sender(struct udp_wire *u, const struct udp_sender *s, uint64_t deadline)
{
    struct pollfd fds[2] = {{.fd = u->stop_event, .events = POLLIN}, {.fd = s->fd, .events = POLLOUT}};
    uint64_t soon = clock_mono_ns() + PAUSE_NS;
    if (s->no_buffers)
        io_wait(fds, 1, soon < deadline ? soon : deadline);
    else
        io_wait(fds, 2, deadline);
}

static void udp_wait(struct wire *w, int sender, uint64_t deadline_mono_ns)
{
    struct udp_wire *u = udp_of(w);
    if (sender >= 0) {
        wait_sender(u, &u->senders[sender], deadline_mono_ns);
        return;
    }
    uint64_t soon = u->grace_until != 0 ? clock_mono_ns() + PAUSE_NS : UINT64_MAX;
    struct pollfd fds[3] = {{.fd = u->fd, .events = POLLIN},
                            {.fd = u->wake, .events = POLLIN},
                            {.fd = u->stop_event, .events = POLLIN}};
    io_wait(fds, 3, soon < deadline_mono_ns ? soon : deadline_mono_ns);
    if (fds[1].revents != 0)
        io_event_clear(u->wake);
}

static void udp_destroy(struct wire *w)
{
    struct udp_wire *u = udp_of(w);
    for (unsigned i = 0; u->senders != NULL && i < u->origin.senders; i++) {
        if (u->senders[i].fd >= 0)
            close(u->senders[i].fd);
        free(u->senders[i].message);
    }
    if (u->fd >= 0)
        close(u->fd);
    if (u->wake >= 0)
        close(u->wake);
    free(u->senders);
    free(u->buffers);
    free(u);
}

static const struct wire_ops udp_ops = {
    .send = udp_send,
    .finish = udp_finish,
    .receive = udp_receive,
    .stop = udp_stop,
    .counters = udp_counters,
    .wait = udp_wait,
    .destroy = udp_destroy,
};

// ---- opening ----
static bool open_receiver(struct udp_wire *u, struct io_address *bound, struct error *e)
{
    const struct source *s = u->source;
    struct io_address a;
    if (!io_resolve(s, SOCK_DGRAM, &a, e))
        return false;
    io_address_print(&a, u->address);
    u->fd = socket(a.at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int wanted = s->net.rcvbuf < INT32_MAX / 2 ? (int)s->net.rcvbuf : INT32_MAX / 2, got = 0;
    socklen_t size = sizeof got;
    if (u->fd < 0 || (wanted != 0 && setsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) != 0) ||
        getsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &got, &size) != 0 ||
        bind(u->fd, (const struct sockaddr *)&a.at, a.size) != 0)
        return fail(e, EXIT_USAGE, "%s: cannot listen on %s (UDP): %s", s->name, u->address, strerror(errno));
    u->rcvbuf = (uint64_t)got; // twice what was asked for, and capped by net.core.rmem_max
    bound->size = sizeof bound->at;
    if (getsockname(u->fd, (struct sockaddr *)&bound->at, &bound->size) != 0)
        return fail(e, EXIT_USAGE, "%s: no address: %s", s->name, strerror(errno));
    io_address_print(bound, u->address);
    return true;
}

static bool open_sender(struct udp_wire *u, struct udp_sender *s, const struct io_address *to,
                        struct error *e)
{
    s->fd = socket(to->at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || connect(s->fd, (const struct sockaddr *)&to->at, to->size) != 0)
        return fail(e, EXIT_USAGE, "%s: cannot send to %s: %s", u->source->name, u->address, strerror(errno));
    s->message = malloc(DATAGRAM);
    return s->message != NULL || fail(e, EXIT_USAGE, "%s: out of memory", u->source->name);
}

static bool open_all(struct udp_wire *u, struct error *e)
{
    struct io_address bound;
    u->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    u->buffers = malloc((size_t)BATCH * DATAGRAM);
    if (u->origin.senders != 0)
        u->senders = aligned_alloc(CACHE_LINE, u->origin.senders * sizeof *u->senders);
    if (u->wake < 0 || u->buffers == NULL || (u->origin.senders != 0 && u->senders == NULL))
        return fail(e, EXIT_USAGE, "%s: out of memory", u->source->name);
    for (unsigned i = 0; i < u->origin.senders; i++) {
        memset(&u->senders[i], 0, sizeof u->senders[i]);
        u->senders[i].fd = -1;
    }
    if (!open_receiver(u, &bound, e))
        return false;
    struct io_address to = io_reach(&bound);
    for (unsigned i = 0; i < u->origin.senders; i++)
        if (!open_sender(u, &u->senders[i], &to, e))
            return false;
    return true;
}

struct wire *wire_udp_open(const struct wire_setup *setup, struct error *e)
{
    const struct source *s = &setup->scenario->sources[setup->source_index];
    struct udp_wire *u = calloc(1, sizeof *u);
    if (u == NULL) {
        fail(e, EXIT_USAGE, "%s: out of memory", s->name);
        return NULL;
    }
    u->wire.ops = &udp_ops;
    u->source = s;
    u->seed = setup->seed;
    u->stop_event = setup->stop_event;
    u->fd = u->wake = -1;
    u->origin = (struct io_origin){.run = io_run_number(),
                                   .source = (uint16_t)setup->source_index,
                                   .senders = s->external ? 0 : s->senders,
                                   .pool = setup->pool};
    if (!open_all(u, e)) {
        udp_destroy(&u->wire);
        return NULL;
    }
    if (setup->listening != NULL)
        setup->listening(setup->listening_context, s->name, u->address);
    return &u->wire;
}
