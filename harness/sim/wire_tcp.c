// SPDX-License-Identifier: Apache-2.0
// The twin of TCP connections: a window of bytes each, what the receiver's and the sender's buffers hold
// together. A full one blocks its sender; the receiver takes a few messages of each connection in turn.
//
// Figures measured on Linux 6.18 loopback, by writing until nothing more was taken: with buffers of R bytes
// asked for on both sides 3.7 to 3.9 R of payload (messages of 300 bytes to 1 KB, R from 64 to 256 KiB), with
// the system's own sizes 4.0 to 4.3 MB. A sender is woken when a third of its window is free, as poll tells.
#include <stdlib.h>

#include "flow/format.h"
#include "flow/framing.h"
#include "sim/mailbox.h"
#include "sim/sim.h"

#define DEFAULT_WINDOW (4096ull * 1024 + 112 * 1024)

struct connection {
    struct mailbox buffer;
    uint64_t used_bytes;
    bool waits; // its sender found no room
};

struct tcp {
    struct wire wire;
    struct wire_setup setup;
    const struct source *source;
    struct connection *connections;
    unsigned count, open_senders;
    unsigned turn, taken; // whose turn it is, and how many messages that one has had
    uint64_t window, sent;
};

static struct tcp *of(struct wire *w)
{
    return (struct tcp *)w;
}

static void wake(struct tcp *t, int side)
{
    if (t->wire.waker.wake)
        t->wire.waker.wake(t->wire.waker.context, &t->wire, side);
}

static enum wire_status send_message(struct wire *w, unsigned sender, const struct wire_message *m,
                                     uint64_t now_ns)
{
    (void)now_ns;
    struct tcp *t = of(w);
    struct connection *c = &t->connections[sender];
    uint64_t bytes = framing_size(t->source->net.framing, m->size);
    // A message larger than the window goes through it in pieces: alone, it always gets there.
    c->waits = c->used_bytes && c->used_bytes + bytes > t->window;
    if (c->waits)
        return WIRE_AGAIN;
    if (!mailbox_put(&c->buffer, (struct letter){.message = *m, .charge = bytes}))
        return WIRE_FAILED;
    c->used_bytes += bytes;
    t->sent++;
    wake(t, -1);
    return WIRE_OK;
}

static void finish(struct wire *w, unsigned sender, uint64_t now_ns)
{
    (void)sender, (void)now_ns;
    of(w)->open_senders--;
    wake(of(w), -1);
}

static void pass_turn(struct tcp *t)
{
    t->turn = (t->turn + 1) % t->count;
    t->taken = 0;
}

// The connection whose turn it is, among those that have something; NULL when none has.
static struct connection *next_connection(struct tcp *t)
{
    if (t->taken == TCP_TURN)
        pass_turn(t);
    for (unsigned i = 0; i < t->count; i++, pass_turn(t))
        if (t->connections[t->turn].buffer.len)
            return &t->connections[t->turn];
    return NULL;
}

static void make_room(struct tcp *t, struct connection *c, uint64_t bytes)
{
    c->used_bytes -= bytes;
    if (c->waits && c->used_bytes * 3 <= t->window * 2) {
        c->waits = false;
        wake(t, (int)(c - t->connections));
    }
}

static enum wire_status receive(struct wire *w, struct record **out, size_t max, size_t *count,
                                uint64_t now_ns)
{
    (void)now_ns;
    struct tcp *t = of(w);
    struct connection *c;
    *count = 0;
    while (*count < max && (c = next_connection(t))) {
        struct letter letter;
        mailbox_take(&c->buffer, &letter);
        make_room(t, c, letter.charge);
        t->taken++;
        out[*count] = record_of_message(&t->setup, &letter.message, format_minimum(t->source->net.format));
        if (!out[*count])
            return WIRE_FAILED;
        ++*count;
    }
    if (*count)
        return WIRE_OK;
    return t->open_senders ? WIRE_AGAIN : WIRE_END;
}

// Sent, and at a cut not yet read.
static uint64_t stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct tcp *t = of(w);
    uint64_t left = 0;
    for (unsigned i = 0; i < t->count; i++) {
        left += t->connections[i].buffer.len;
        mailbox_free(&t->connections[i].buffer);
    }
    return left;
}

static uint64_t receive_buffer(const struct tcp *t)
{
    return t->source->net.rcvbuf ? 2 * t->source->net.rcvbuf : 131072; // doubled, as setsockopt does
}

static void counters(const struct wire *w, struct wire_counters *c)
{
    const struct tcp *t = (const struct tcp *)w;
    *c = (struct wire_counters){.sent = t->sent, .rcvbuf_bytes = receive_buffer(t)};
}

static void destroy(struct wire *w)
{
    struct tcp *t = of(w);
    for (unsigned i = 0; t->connections && i < t->count; i++)
        mailbox_free(&t->connections[i].buffer);
    free(t->connections);
    free(t);
}

static const struct wire_ops ops = {.send = send_message,
                                    .finish = finish,
                                    .receive = receive,
                                    .stop = stop,
                                    .counters = counters,
                                    .destroy = destroy};

struct wire *sim_tcp_create(const struct wire_setup *setup)
{
    struct tcp *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->wire.ops = &ops;
    t->setup = *setup;
    t->source = &setup->scenario->sources[setup->source_index];
    t->count = t->open_senders = t->source->senders;
    t->connections = calloc(t->count, sizeof *t->connections);
    uint64_t asked = t->source->net.rcvbuf;
    t->window = (asked ? asked * 15 / 4 : DEFAULT_WINDOW) + TCP_READ_BYTES;
    if (t->connections)
        return &t->wire;
    free(t);
    return NULL;
}
