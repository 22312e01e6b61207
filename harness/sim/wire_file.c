// SPDX-License-Identifier: Apache-2.0
// The twin of a log: files of lines, oldest first. It never refuses a line; what the receiver leaves is
// simply still there, until a rotation takes it away. The receiver holds one file, which it can read on when
// that has been deleted, and reads ahead as the live one does.
#include <stdlib.h>
#include <string.h>

#include "flow/format.h"
#include "sim/mailbox.h"
#include "sim/sim.h"

enum { READ_AHEAD = 256 * 1024 }; // bytes, see TAIL_READ

struct log_file {
    struct mailbox lines; // not yet read
    uint64_t generation;  // how many rotations were before it
    bool deleted;
};

struct file {
    struct wire wire;
    struct wire_setup setup;
    const struct source *source;
    struct log_file *files; // the receiver's first, the senders' last
    size_t count;
    uint64_t bytes; // in the senders' file
    uint64_t written, gone;
    struct mailbox ahead; // read, and not yet handed on
    bool ahead_gone;      // its file was truncated
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

// ---- rotation ----

static void remove_file(struct file *f, size_t index)
{
    mailbox_free(&f->files[index].lines);
    f->count--;
    memmove(&f->files[index], &f->files[index + 1], (f->count - index) * sizeof *f->files);
}

// The file that is beyond what is kept goes; the receiver's lives on as long as it is held.
static void delete_oldest(struct file *f, uint64_t generation)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->files[i].generation != generation)
            continue;
        f->files[i].deleted = true;
        if (i > 0) {
            f->gone += f->files[i].lines.len;
            remove_file(f, i);
        }
        return;
    }
}

static void rotate(struct file *f)
{
    const struct file_rotate *how = &f->source->file.rotate;
    struct log_file *last = &f->files[f->count - 1];
    f->bytes = 0;
    if (how->mode == ROTATE_COPYTRUNCATE) {
        f->gone += last->lines.len;
        mailbox_free(&last->lines);
        f->ahead_gone = true;
        return;
    }
    uint64_t generation = last->generation + 1;
    if (generation > how->keep)
        delete_oldest(f, generation - how->keep - 1);
    f->files[f->count++] = (struct log_file){.generation = generation};
}

static enum wire_status send_line(struct wire *w, unsigned sender, const struct wire_message *m,
                                  uint64_t now_ns)
{
    (void)sender, (void)now_ns;
    struct file *f = of(w);
    if (!mailbox_put(&f->files[f->count - 1].lines, (struct letter){.message = *m, .charge = m->size + 1}))
        return WIRE_FAILED;
    f->written++;
    f->bytes += m->size + 1;
    if (f->source->file.rotate.every && f->bytes >= f->source->file.rotate.every)
        rotate(f);
    wake_receiver(f);
    return WIRE_OK;
}

static void finish(struct wire *w, unsigned sender, uint64_t now_ns)
{
    (void)sender, (void)now_ns;
    of(w)->open_senders--;
    wake_receiver(of(w));
}

// ---- reading ----

// A file is left when it is read to its end and there is something in the one after it.
static bool read_ahead(struct file *f)
{
    while (f->count > 1 && !f->files[0].lines.len && (f->count > 2 || f->files[1].lines.len))
        remove_file(f, 0);
    struct letter letter;
    uint64_t bytes = 0;
    f->ahead_gone = false;
    while (bytes < READ_AHEAD && mailbox_take(&f->files[0].lines, &letter)) {
        if (!mailbox_put(&f->ahead, letter))
            return false;
        bytes += letter.charge;
    }
    return true;
}

static enum wire_status receive(struct wire *w, struct record **out, size_t max, size_t *count,
                                uint64_t now_ns)
{
    (void)now_ns;
    struct file *f = of(w);
    *count = 0;
    struct letter letter;
    if (!f->ahead.len && !read_ahead(f))
        return WIRE_FAILED;
    while (*count < max && mailbox_take(&f->ahead, &letter)) {
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
    struct file *f = of(w);
    uint64_t there = 0;
    bool held_gone = f->files[0].deleted;
    *(held_gone || f->ahead_gone ? &f->gone : &there) += f->ahead.len;
    for (size_t i = 0; i < f->count; i++)
        *(f->files[i].deleted ? &f->gone : &there) += f->files[i].lines.len;
    mailbox_free(&f->ahead);
    while (f->count > 1)
        remove_file(f, 0);
    mailbox_free(&f->files[0].lines);
    return there;
}

static void counters(const struct wire *w, struct wire_counters *c)
{
    const struct file *f = (const struct file *)w;
    *c = (struct wire_counters){.sent = f->written, .kernel_drops = f->gone};
}

static void destroy(struct wire *w)
{
    struct file *f = of(w);
    mailbox_free(&f->ahead);
    while (f->count > 0)
        remove_file(f, f->count - 1);
    free(f->files);
    free(f);
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
    // The receiver's, which may have been deleted, those that are kept, the senders'.
    f->files = calloc((size_t)f->source->file.rotate.keep + 3, sizeof *f->files);
    f->count = 1;
    if (f->files)
        return &f->wire;
    free(f);
    return NULL;
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
