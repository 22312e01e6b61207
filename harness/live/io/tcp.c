// SPDX-License-Identifier: Apache-2.0
// The TCP wire: messages in frames (RFC 6587) on connections. While the receiver does not read, the kernel's
// windows fill up, close, and the senders wait: nothing is lost. One thread receives from all connections in
// turn, a few messages of each; a connection holds TCP_READ_BYTES, and one whole message while that comes in.
//
// Bounds: so many connections from outside at a time (more wait in the listener's backlog; the one that has
// been silent for longest, at the end of a frame and for longer than frame_timeout, makes room), a longest
// message, a longest wait for the rest of a frame. What the receiver itself takes to come back does not count
// as a sender's waiting.
#include "live/io/tcp.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io.h"

enum {
    REACH_MS = 5000,           // longest wait for a built-in sender's own connection to come in
    COUNTED_AWAY_NS = 10000000 // of a time away from the wire, so much counts as waiting
};

static struct tcp_wire *tcp_of(struct wire *w)
{
    return (struct tcp_wire *)w;
}

// ---- send side ----
static enum wire_status tcp_send(struct wire *w, unsigned sender, const struct wire_message *m,
                                 uint64_t now_ns)
{
    (void)now_ns;
    struct tcp_wire *t = tcp_of(w);
    struct tcp_sender *s = &t->senders[sender];
    const struct identity id = {t->origin.run, m->source, m->sender, m->record_class, m->seq, m->intended_ns};
    // `busy` before `stopped` here, the other way round in tcp_stop: one of the two sees the other.
    atomic_store(&s->busy, true);
    enum wire_status status =
        atomic_load(&t->stopped) ? WIRE_FAILED : tcp_sender_put(s, t->source, &id, t->seed, m->size);
    if (status == WIRE_OK)
        atomic_fetch_add_explicit(&s->sent, 1, memory_order_relaxed);
    else if (status == WIRE_FAILED)
        atomic_fetch_add_explicit(&s->errors, 1, memory_order_relaxed);
    atomic_store(&s->busy, false);
    return status;
}

static void tcp_finish(struct wire *w, unsigned sender, uint64_t now_ns)
{
    (void)now_ns;
    tcp_sender_finish(&tcp_of(w)->senders[sender]);
}

// ---- messages ----
static void count_up(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static struct record *foreign(struct tcp_wire *t, const struct tcp_connection *c, const struct frame *f,
                              bool whole, uint64_t now_ns)
{
    struct foreign said = {0};
    bool oversize = f->kind == FRAME_OVERSIZE;
    bool good = oversize || (format_foreign(t->source->net.format, f->text, f->size, &said) && whole);
    struct record *r = io_foreign_record(&t->origin, f->text, f->size, now_ns);
    if (r == NULL)
        return NULL;
    if (oversize)
        r->flags |= RECORD_OVERSIZE;
    if (!good) {
        r->flags |= RECORD_MALFORMED;
        count_up(&t->malformed, 1);
    }
    if (said.has_sequence_id)
        count_up(&t->gaps, sequence_note(&t->sequence, &c->from, said.sequence_id));
    return r;
}

// NULL when memory is exhausted. A built-in sender's message counts as its own on its own connection only.
static struct record *record_of(struct tcp_wire *t, struct tcp_connection *c, const struct frame *f,
                                bool whole, uint64_t now_ns)
{
    struct identity id;
    const unsigned char *payload;
    size_t size;
    bool own = c->sender >= 0 && whole && f->kind == FRAME_MESSAGE &&
               io_is_own(&t->origin, f->text, f->size, &id, &payload, &size) && id.sender == c->sender;
    if (!own)
        return foreign(t, c, f, whole, now_ns);
    struct record *r = io_own_record(&t->origin, &id, payload, size);
    t->senders[c->sender].received += r != NULL;
    return r;
}

// ---- a connection's turn ----
struct basket {
    struct record **out;
    size_t max, count;
    uint64_t now_ns;
    bool no_memory;
};

static bool keep(struct basket *b, struct record *r)
{
    if (r != NULL)
        b->out[b->count++] = r;
    b->no_memory |= r == NULL;
    return r != NULL;
}

// What is left when no frame can come any more. The unfinished message of a built-in sender is still the
// sender's: it is counted there.
static void last_words(struct tcp_wire *t, struct tcp_connection *c, struct basket *b)
{
    struct frame rest;
    bool whole;
    if (tcp_connection_rest(c, &rest, &whole) && c->sender < 0)
        keep(b, record_of(t, c, &rest, whole, b->now_ns));
    tcp_forget(t, c);
}

static void note_frame(struct tcp_wire *t, struct tcp_connection *c)
{
    c->frame_since = 0;
    c->last_frame = t->waited;
}

// Takes at most TCP_TURN messages with at most one read, so that nobody is held up by a fast sender.
static void take_turn(struct tcp_wire *t, struct tcp_connection *c, struct basket *b)
{
    unsigned taken = 0, reads = 0;
    while (taken < TCP_TURN && b->count < b->max && !b->no_memory) {
        struct frame f = c->ending != TCP_OPEN ? (struct frame){.kind = FRAME_MORE} : tcp_connection_next(c);
        if (f.kind == FRAME_MESSAGE || f.kind == FRAME_OVERSIZE) {
            taken += keep(b, record_of(t, c, &f, true, b->now_ns));
            tcp_connection_drop(c, f.used);
            note_frame(t, c);
            continue;
        }
        tcp_connection_drop(c, f.used);
        if (f.kind == FRAME_GARBAGE)
            c->ending = TCP_BROKEN;
        if (c->ending != TCP_OPEN) {
            last_words(t, c, b);
            return;
        }
        if (reads++ != 0)
            break;
        enum tcp_read got = tcp_connection_read(c);
        b->no_memory = got == TCP_READ_NO_MEMORY;
        if (got == TCP_READ_NOTHING) {
            if (c->frame_since == 0 &&
                (c->start != c->end || c->framing.skip != 0 || c->framing.skipping_line))
                c->frame_since = t->waited + 1;
            return;
        }
    }
    tcp_ready_add(t, c);
}

// ---- time ----
// The receiver is here to read. A time away, with records that found no room, is not a sender's fault.
static void be_here(struct tcp_wire *t)
{
    uint64_t now = clock_mono_ns(), away = now - t->looked_at;
    t->waited += away < COUNTED_AWAY_NS ? away : COUNTED_AWAY_NS;
    t->looked_at = now;
}

// Ends the connections whose frame did not come to its end in time. Answers when the next one is due, in time
// from now.
static uint64_t expire(struct tcp_wire *t)
{
    uint64_t soonest = UINT64_MAX, limit = t->source->net.frame_timeout_ns;
    for (size_t i = 0; i < t->count; i++) {
        struct tcp_connection *c = t->connections[i];
        if (c->frame_since == 0 || c->sender >= 0 || c->is_ready)
            continue;
        uint64_t since = t->waited - (c->frame_since - 1);
        if (since >= limit) {
            c->ending = TCP_BROKEN;
            tcp_ready_add(t, c);
            soonest = 0;
        } else if (limit - since < soonest) {
            soonest = limit - since;
        }
    }
    return soonest;
}

// ---- receive side ----
static bool is_over(const struct tcp_wire *t)
{
    return t->source->external ? t->closing && t->count == 0 : t->own == 0;
}

static enum wire_status tcp_receive(struct wire *w, struct record **out, size_t max, size_t *count,
                                    uint64_t now_ns)
{
    struct tcp_wire *t = tcp_of(w);
    struct basket b = {.out = out, .max = max, .now_ns = now_ns};
    be_here(t);
    tcp_look(t);
    expire(t);
    while (t->ready_first != NULL && b.count < max && !b.no_memory)
        take_turn(t, tcp_ready_take(t), &b);
    *count = b.count;
    if (b.count != 0)
        return WIRE_OK;
    if (b.no_memory)
        return WIRE_FAILED;
    return is_over(t) ? WIRE_END : WIRE_AGAIN;
}

// The sources have stopped. Senders from outside may go on for ever: what is here now is read, then they are
// closed. The built-in ones end by themselves.
static void tcp_close_door(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct tcp_wire *t = tcp_of(w);
    if (t->closing)
        return;
    tcp_accept_all(t);
    t->closing = true;
    close(t->listener);
    t->listener = -1;
    for (size_t i = 0; i < t->count; i++) {
        if (t->connections[i]->sender >= 0)
            continue;
        tcp_connection_limit(t->connections[i]);
        tcp_ready_add(t, t->connections[i]);
    }
}

// What built-in senders have handed to the kernel and nobody has read is in flight, unless its connection
// broke.
static uint64_t not_read(const struct tcp_wire *t, bool reset)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < t->origin.senders; i++) {
        const struct tcp_sender *s = &t->senders[i];
        if (s->reset == reset)
            sum += atomic_load_explicit(&s->sent, memory_order_relaxed) - s->received;
    }
    return sum;
}

static uint64_t tcp_stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct tcp_wire *t = tcp_of(w);
    atomic_store(&t->stopped, true);
    for (unsigned i = 0; i < t->origin.senders; i++)
        while (atomic_load(&t->senders[i].busy)) // not longer than a send that does not block
            sched_yield();
    return not_read(t, false);
}

static void tcp_counters(const struct wire *w, struct wire_counters *c)
{
    const struct tcp_wire *t = (const struct tcp_wire *)w;
    *c = (struct wire_counters){
        .kernel_drops = not_read(t, true),
        .malformed = atomic_load_explicit(&t->malformed, memory_order_relaxed),
        .sequence_gaps = atomic_load_explicit(&t->gaps, memory_order_relaxed),
        .rcvbuf_bytes = t->rcvbuf,
    };
    for (unsigned i = 0; i < t->origin.senders; i++) {
        c->sent += atomic_load_explicit(&t->senders[i].sent, memory_order_relaxed);
        c->errors += atomic_load_explicit(&t->senders[i].errors, memory_order_relaxed);
    }
    memcpy(c->address, t->address, sizeof c->address);
}

static void tcp_wait(struct wire *w, int sender, uint64_t deadline_mono_ns)
{
    struct tcp_wire *t = tcp_of(w);
    struct pollfd fds[2] = {{.fd = t->stop_event, .events = POLLIN}};
    if (sender >= 0) {
        fds[1] = (struct pollfd){.fd = t->senders[sender].fd, .events = POLLOUT};
        io_wait(fds, 2, deadline_mono_ns);
        return;
    }
    uint64_t before = clock_mono_ns(), rest = expire(t);
    if (rest < UINT64_MAX - before && before + rest < deadline_mono_ns)
        deadline_mono_ns = before + rest;
    if (!t->listening && !t->closing && t->accept_again < deadline_mono_ns)
        deadline_mono_ns = t->accept_again;
    fds[1] = (struct pollfd){.fd = t->epoll, .events = POLLIN};
    io_wait(fds, 2, deadline_mono_ns);
    t->looked_at = clock_mono_ns();
    t->waited += t->looked_at - before;
}

static void tcp_destroy(struct wire *w)
{
    struct tcp_wire *t = tcp_of(w);
    for (unsigned i = 0; t->senders != NULL && i < t->origin.senders; i++)
        tcp_sender_close(&t->senders[i]);
    for (size_t i = 0; i < t->count; i++)
        tcp_connection_destroy(t->connections[i]);
    if (t->listener >= 0)
        close(t->listener);
    if (t->epoll >= 0)
        close(t->epoll);
    free(t->connections);
    free(t->senders);
    free(t);
}

static const struct wire_ops tcp_ops = {
    .send = tcp_send,
    .finish = tcp_finish,
    .receive = tcp_receive,
    .close_door = tcp_close_door,
    .stop = tcp_stop,
    .counters = tcp_counters,
    .wait = tcp_wait,
    .destroy = tcp_destroy,
};

// ---- opening ----
// Each built-in sender is connected and taken in before the next one comes.
static bool open_senders(struct tcp_wire *t, const struct io_address *to, struct error *e)
{
    for (unsigned i = 0; i < t->origin.senders; i++) {
        if (!tcp_sender_open(&t->senders[i], t->source, to, e))
            return false;
        uint64_t until = clock_mono_ns() + (uint64_t)REACH_MS * NS_PER_MS;
        for (tcp_accept_all(t); t->own <= i && clock_mono_ns() < until; tcp_accept_all(t)) {
            struct pollfd p = {.fd = t->listener, .events = POLLIN};
            io_wait(&p, 1, until);
        }
        if (t->own <= i)
            return fail(e, EXIT_USAGE, "%s: sender %u did not get through to %s", t->source->name, i,
                        t->address);
    }
    return true;
}

static bool open_all(struct tcp_wire *t, struct error *e)
{
    struct io_address bound;
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (t->origin.senders != 0)
        t->senders = aligned_alloc(CACHE_LINE, t->origin.senders * sizeof *t->senders);
    if (t->epoll < 0 || (t->origin.senders != 0 && t->senders == NULL))
        return fail(e, EXIT_USAGE, "%s: out of memory", t->source->name);
    for (unsigned i = 0; i < t->origin.senders; i++) {
        memset(&t->senders[i], 0, sizeof t->senders[i]);
        t->senders[i].fd = -1;
    }
    if (!tcp_open_listener(t, &bound, e))
        return false;
    struct io_address to = io_reach(&bound);
    return open_senders(t, &to, e);
}

struct wire *wire_tcp_open(const struct wire_setup *setup, struct error *e)
{
    const struct source *s = &setup->scenario->sources[setup->source_index];
    struct tcp_wire *t = calloc(1, sizeof *t);
    if (t == NULL) {
        fail(e, EXIT_USAGE, "%s: out of memory", s->name);
        return NULL;
    }
    t->wire.ops = &tcp_ops;
    t->source = s;
    t->seed = setup->seed;
    t->stop_event = setup->stop_event;
    t->listener = t->epoll = -1;
    t->looked_at = clock_mono_ns();
    t->origin = (struct io_origin){.run = io_run_number(),
                                   .source = (uint16_t)setup->source_index,
                                   .senders = s->external ? 0 : s->senders,
                                   .pool = setup->pool};
    if (!open_all(t, e)) {
        tcp_destroy(&t->wire);
        return NULL;
    }
    if (setup->listening != NULL)
        setup->listening(setup->listening_context, s->name, t->address);
    return &t->wire;
}
