// SPDX-License-Identifier: Apache-2.0
// The twin of a log file: an endless first-in-first-out of lines. It never refuses a line; what the receiver
// leaves is simply still there.
#include <stdlib.h>
#include <string.h>

#include "flow/format.h"
#include "sim/mailbox.h"
#include "sim/sim.h"

struct file {
    struct wire wire;
    struct wire_setup setup;
    const struct source *source;
    struct mailbox lines;
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
    if (!mailbox_put(&f->lines, (struct letter){.message = *m}))
        return WIRE_FAILED;
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
    *count = 0;
    struct letter letter;
    while (*count < max && mailbox_take(&f->lines, &letter)) {
        out[*count] = record_of_message(&f->setup, &letter.message, format_minimum(f->source->net.format));
        if (!out[*count])
            return WIRE_FAILED;
        ++*count;
    }
    if (*count)
        return WIRE_OK;
    return f->open_senders ? WIRE_AGAIN : WIRE_END;
}

static uint64_t stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    uint64_t unread = of(w)->lines.len;
    mailbox_free(&of(w)->lines);
    return unread;
}

static void counters(const struct wire *w, struct wire_counters *c)
{
    *c = (struct wire_counters){.sent = ((const struct file *)w)->written};
}

static void destroy(struct wire *w)
{
    mailbox_free(&of(w)->lines);
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

static int sink_write(struct sink_file *f, const void *data, size_t size, size_t *written)
{
    (void)f, (void)data;
    *written = size;
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
