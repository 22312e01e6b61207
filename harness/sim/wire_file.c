// SPDX-License-Identifier: Apache-2.0
// The twin of a log file: an endless first-in-first-out of lines. It never refuses a line; what the receiver
// leaves is simply still there.
#include <stdlib.h>
#include <string.h>

#include "flow/format.h"
#include "sim/sim.h"

struct file {
    struct wire wire;
    struct wire_setup setup;
    const struct source *source;
    struct wire_message *lines; // ring
    size_t room, head, len;
    uint64_t written;
    unsigned open_senders;
};

struct file_sink {
    struct sink_file file;
};

static struct file *of(struct wire *w)
{
    return (struct file *)w;
}

static bool grow(struct file *f)
{
    size_t room = f->room ? f->room * 2 : 1024;
    struct wire_message *lines = malloc(room * sizeof *lines);
    if (!lines)
        return false;
    for (size_t i = 0; i < f->len; i++)
        lines[i] = f->lines[(f->head + i) % f->room];
    free(f->lines);
    f->lines = lines;
    f->room = room;
    f->head = 0;
    return true;
}

static void wake_receiver(struct file *f)
{
    if (f->wire.waker.wake)
        f->wire.waker.wake(f->wire.waker.context, &f->wire, -1);
}

static enum wire_status send_line(struct wire *w, unsigned sender, const struct wire_message *m,
                                  uint64_t now_ns)
{
    (void)sender, (void)now_ns;
    struct file *f = of(w);
    if (f->len == f->room && !grow(f))
        return WIRE_FAILED;
    f->lines[(f->head + f->len++) % f->room] = *m;
    f->written++;
    wake_receiver(f);
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
    struct file *f = of(w);
    size_t header = format_minimum(f->source->net.format);
    *count = 0;
    while (*count < max && f->len) {
        const struct wire_message *m = &f->lines[f->head];
        uint32_t size = m->size > header ? (uint32_t)(m->size - header) : 0;
        struct record *r = record_take(f->setup.pool, size);
        if (!r)
            return *count ? WIRE_OK : WIRE_FAILED;
        r->source = m->source;
        r->sender = m->sender;
        r->record_class = m->record_class;
        r->flags = 0;
        r->seq = m->seq;
        r->intended_ns = m->intended_ns;
        r->mark = 0;
        r->size = size;
        payload_fill(r->payload, size, f->setup.seed, r->source, r->sender, r->seq, r->record_class);
        f->head = (f->head + 1) % f->room;
        f->len--;
        out[(*count)++] = r;
    }
    if (*count)
        return WIRE_OK;
    return f->open_senders ? WIRE_AGAIN : WIRE_END;
}

static uint64_t stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    uint64_t unread = of(w)->len;
    of(w)->len = 0;
    return unread;
}

static void counters(const struct wire *w, struct wire_counters *c)
{
    *c = (struct wire_counters){.sent = ((const struct file *)w)->written};
}

static void destroy(struct wire *w)
{
    free(of(w)->lines);
    free(w);
}

static const struct wire_ops ops = {.send = send_line,
                                    .finish = finish,
                                    .receive = receive,
                                    .stop = stop,
                                    .counters = counters,
                                    .destroy = destroy};

struct wire *sim_file_create(const struct wire_setup *setup)
{
    struct file *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->wire.ops = &ops;
    f->setup = *setup;
    f->source = &setup->scenario->sources[setup->source_index];
    f->open_senders = f->source->senders;
    return &f->wire;
}

// ---- where a simulated file sink writes ----

static int sink_write(struct sink_file *f, const void *data, size_t size)
{
    (void)f, (void)data, (void)size;
    return 0;
}

static int sink_sync(struct sink_file *f)
{
    (void)f;
    return 0;
}

static void sink_destroy(struct sink_file *f)
{
    free(f);
}

static const struct sink_file_ops sink_ops = {
    .write = sink_write, .sync = sink_sync, .destroy = sink_destroy};

struct sink_file *sim_sink_file_create(void)
{
    struct file_sink *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->file.ops = &sink_ops;
    return &s->file;
}
