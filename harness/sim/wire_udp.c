// SPDX-License-Identifier: Apache-2.0
// The twin of a UDP socket: a receive buffer that is charged the kernel's true size of a datagram, not its
// payload, and drops what does not fit. Figures measured on Linux 6.18 loopback with SO_MEMINFO.
#include <stdlib.h>
#include <string.h>

#include "flow/format.h"
#include "sim/mailbox.h"
#include "sim/sim.h"

#define DEFAULT_RCVBUF  212992 // net.core.rmem_default
#define SMALLEST_RCVBUF 2304   // the kernel's floor

struct udp {
    struct wire wire;
    struct wire_setup setup;
    const struct source *source;
    struct mailbox buffer;
    uint64_t used_bytes, limit_bytes, drops, sent;
    unsigned open_senders;
};

// What a datagram of this payload is charged: data and headers (59 bytes) and the shared info (320) go into
// the next allocation size, the socket buffer itself takes 256; beyond 16 KiB the payload sits in pages.
static uint64_t true_size(uint64_t payload)
{
    static const uint64_t sizes[] = {576, 1024, 2048, 4096, 8192, 16384};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (payload + 59 + 320 <= sizes[i])
            return sizes[i] + 256;
    return payload + 832;
}

static struct udp *of(struct wire *w)
{
    return (struct udp *)w;
}

static void wake_receiver(struct udp *u)
{
    if (u->wire.waker.wake)
        u->wire.waker.wake(u->wire.waker.context, &u->wire, -1);
}

static enum wire_status send_message(struct wire *w, unsigned sender, const struct wire_message *m,
                                     uint64_t now_ns)
{
    (void)sender, (void)now_ns;
    struct udp *u = of(w);
    uint64_t charge = true_size(m->size);
    u->sent++;
    if (u->used_bytes + charge > u->limit_bytes ||
        !mailbox_put(&u->buffer, (struct letter){.message = *m, .charge = charge})) {
        u->drops++;
        return WIRE_OK; // the sender cannot know
    }
    u->used_bytes += charge;
    wake_receiver(u);
    return WIRE_OK;
}

static void finish(struct wire *w, unsigned sender, uint64_t now_ns)
{
    (void)sender, (void)now_ns;
    of(w)->open_senders--;
    wake_receiver(of(w));
}

static enum wire_status receive(struct wire *w, struct record **out, size_t max, size_t *count,
                                uint64_t now_ns)
{
    (void)now_ns;
    struct udp *u = of(w);
    *count = 0;
    struct letter letter;
    while (*count < max && mailbox_take(&u->buffer, &letter)) {
        u->used_bytes -= letter.charge;
        out[*count] = record_of_message(&u->setup, &letter.message, format_minimum(u->source->net.format));
        if (!out[*count])
            return WIRE_FAILED;
        ++*count;
    }
    if (*count)
        return WIRE_OK;
    return u->open_senders ? WIRE_AGAIN : WIRE_END;
}

// At a cut the buffer may still hold datagrams: they were sent and not dropped, and never read.
static uint64_t stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    uint64_t left = of(w)->buffer.len;
    mailbox_free(&of(w)->buffer);
    return left;
}

static void counters(const struct wire *w, struct wire_counters *c)
{
    const struct udp *u = (const struct udp *)w;
    *c = (struct wire_counters){.sent = u->sent, .kernel_drops = u->drops, .rcvbuf_bytes = u->limit_bytes};
}

static void destroy(struct wire *w)
{
    mailbox_free(&of(w)->buffer);
    free(w);
}

static const struct wire_ops ops = {.send = send_message,
                                    .finish = finish,
                                    .receive = receive,
                                    .stop = stop,
                                    .counters = counters,
                                    .destroy = destroy};

struct wire *sim_udp_create(const struct wire_setup *setup)
{
    struct udp *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->wire.ops = &ops;
    u->setup = *setup;
    u->source = &setup->scenario->sources[setup->source_index];
    u->open_senders = u->source->senders;
    // setsockopt doubles what it is given; the default is taken as it is.
    u->limit_bytes = u->source->net.rcvbuf ? 2 * u->source->net.rcvbuf : DEFAULT_RCVBUF;
    u->limit_bytes = later(u->limit_bytes, SMALLEST_RCVBUF);
    return &u->wire;
}
