// SPDX-License-Identifier: Apache-2.0
#include "flow/writer.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/format.h"

#define OVERDUE_NS (100 * NS_PER_MS)

bool writer_open(struct flow *f, struct writer *w, const struct sink *spec, struct error *e)
{
    if (spec->path)
        snprintf(w->path, sizeof w->path, "%s", spec->path);
    else
        snprintf(w->path, sizeof w->path, "%s/%s.out", f->setup->scratch ? f->setup->scratch : "/tmp",
                 spec->name);
    w->limit = w->room = spec->buffer;
    w->sync_every_ns = spec->sync_every_ns;
    w->name = spec->name;
    w->buffer = malloc(w->room);
    if (!w->buffer)
        return fail(e, EXIT_INVALID, "not enough memory for the buffer of sink %s", spec->name);
    w->file = f->world.open_sink_file(f->world.context, w->path, e);
    return w->file != NULL;
}

// How a write ended: the first error of a row is told, those like it are counted.
static void note(const struct flow *f, struct writer *w, int error)
{
    if (!f->world.complain || error == w->error) {
        w->more += error != 0;
        return;
    }
    if (w->more)
        f->world.complain(f->world.context, w->name, 0, w->more);
    if (error)
        f->world.complain(f->world.context, w->name, error, 0);
    w->more = 0;
    w->error = error;
}

void writer_close(struct flow *f, struct writer *w)
{
    for (size_t i = 0; i < w->pending_count; i++)
        record_give(f->pool, w->pending[i].record);
    note(f, w, 0);
    if (w->file) {
        w->file->ops->sync(w->file);
        w->file->ops->destroy(w->file);
    }
    free(w->buffer);
    free(w->pending);
}

// One line a record: a foreign one as it came, one that was made as a line as it is,
// any other of ours with its identity.
static size_t line_of(const struct flow *f, const struct record *r, unsigned char *to, size_t room)
{
    const struct source *source = &f->scenario->sources[r->source];
    bool is_line = source->type == SOURCE_SYNTHETIC && source->net.format != FORMAT_RAW;
    if ((r->flags & RECORD_EXTERNAL) || is_line) {
        if (r->size + 1u > room)
            return 0;
        memcpy(to, r->payload, r->size);
        to[r->size] = '\n';
        return r->size + 1u;
    }
    struct identity id = flow_identity(f, r);
    size_t len = room ? format_encode_payload(FORMAT_JSON, &id, r->payload, r->size, to, room - 1) : 0;
    if (len)
        to[len++] = '\n';
    return len;
}

// ---- out of the buffer ----

// The first `written` bytes are with the kernel: their lines are delivered, what is behind them moves up.
static void settle_written(struct node *n, struct writer *w, size_t written, uint64_t now_ns)
{
    size_t done = 0;
    for (; done < w->pending_count && w->pending[done].end <= written; done++)
        flow_deliver(n, w->pending[done].record, now_ns);
    w->pending_count -= done;
    for (size_t i = 0; i < w->pending_count; i++)
        w->pending[i] =
            (struct pending_line){w->pending[i + done].record, w->pending[i + done].end - written};
    w->used -= written;
    memmove(w->buffer, w->buffer + written, w->used);
}

static int mend(struct writer *w)
{
    size_t written = 0;
    int error = w->torn ? w->file->ops->write(w->file, "\n", 1, &written) : 0;
    w->torn &= error != 0;
    return error;
}

enum writer_result writer_flush(struct node *n, struct writer *w, uint64_t now_ns)
{
    if (!w->pending_count)
        return WRITER_OK;
    size_t written = 0;
    int error = mend(w);
    if (!error)
        error = w->file->ops->write(w->file, w->buffer, w->used, &written);
    note(n->flow, w, error);
    settle_written(n, w, written, now_ns);
    if (error)
        return WRITER_FAILED;
    if (w->sync_every_ns && now_ns >= w->last_sync_ns + w->sync_every_ns) {
        w->file->ops->sync(w->file);
        w->last_sync_ns = now_ns;
    }
    return WRITER_OK;
}

void writer_lose(struct node *n, struct writer *w, enum weir_loss reason, uint64_t now_ns)
{
    // The bytes of the first line that are in the file already were taken off its length.
    if (w->pending_count) {
        size_t whole = line_of(n->flow, w->pending[0].record, w->buffer, w->room);
        w->torn |= whole != w->pending[0].end;
    }
    for (size_t i = 0; i < w->pending_count; i++)
        flow_lose(n, w->pending[i].record, reason, now_ns);
    w->pending_count = 0;
    w->used = 0;
}

void writer_leave_in_flight(struct node *n, struct writer *w, uint64_t now_ns)
{
    for (size_t i = 0; i < w->pending_count; i++)
        flow_leave_in_flight(n, w->pending[i].record, now_ns);
    w->pending_count = 0;
    w->used = 0;
}

// ---- into the buffer ----

bool writer_is_overdue(const struct writer *w, uint64_t now_ns)
{
    return w->pending_count && now_ns >= w->oldest_ns + OVERDUE_NS;
}

static bool keep_pending(struct writer *w, struct record *r, size_t end, uint64_t now_ns)
{
    if (!w->pending_count)
        w->oldest_ns = now_ns;
    if (w->pending_count == w->pending_room) {
        size_t room = w->pending_room ? w->pending_room * 2 : 256;
        struct pending_line *bigger = realloc(w->pending, room * sizeof *bigger);
        if (!bigger)
            return false;
        w->pending = bigger;
        w->pending_room = room;
    }
    w->pending[w->pending_count++] = (struct pending_line){r, end};
    return true;
}

// A line longer than the buffer makes it grow: payloads have a limit of their own (1 MiB), and escaping at
// most makes six bytes of one.
static size_t line_of_any_length(struct node *n, struct writer *w, const struct record *r)
{
    size_t len = line_of(n->flow, r, w->buffer, w->room);
    if (len)
        return len;
    size_t room = 6 * (size_t)r->size + 1024;
    unsigned char *bigger = room > w->room ? realloc(w->buffer, room) : NULL;
    if (!bigger)
        return 0;
    w->buffer = bigger;
    w->room = room;
    return line_of(n->flow, r, w->buffer, w->room);
}

enum writer_result writer_put(struct node *n, struct writer *w, struct record *r, uint64_t now_ns)
{
    size_t room = w->limit > w->used ? w->limit - w->used : 0;
    size_t len = line_of(n->flow, r, w->buffer + w->used, room);
    if (!len) {
        if (writer_flush(n, w, now_ns) != WRITER_OK)
            return WRITER_FAILED;
        len = line_of_any_length(n, w, r);
    }
    if (!len)
        return WRITER_OVERSIZE;
    if (!keep_pending(w, r, w->used + len, now_ns))
        return WRITER_FAILED;
    w->used += len;
    return WRITER_OK;
}
