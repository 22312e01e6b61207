// SPDX-License-Identifier: Apache-2.0
#include "flow/sink.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/format.h"

static bool has_service(const struct sink_state *s)
{
    return s->spec->type != SINK_NULL && (!timed_is_zero(&s->spec->service) || s->spec->stalls.count);
}

uint64_t sink_plan(struct node *n, struct sink_state *s, uint64_t ready_ns)
{
    if (!has_service(s))
        return 0;
    guard_enter(n->flow, s->guard);
    unsigned slot = 0;
    for (unsigned i = 1; i < s->spec->concurrency; i++)
        if (s->slot_end[i] < s->slot_end[slot])
            slot = i;
    uint64_t start = later(s->slot_end[slot], ready_ns);
    double service = timed_draw(&s->spec->service, start, &s->rng);
    uint64_t end = spans_finish(&s->spec->stalls, start, (uint64_t)service);
    s->slot_end[slot] = end;
    guard_leave(n->flow, s->guard);
    return end;
}

// The file gets one line a record: a foreign one as it came, ours with its identity.
static size_t line_of(const struct flow *f, const struct record *r, unsigned char *to, size_t room)
{
    if (r->flags & RECORD_EXTERNAL) {
        if (r->size + 1u > room)
            return 0;
        memcpy(to, r->payload, r->size);
        to[r->size] = '\n';
        return r->size + 1u;
    }
    struct identity id = {.run = f->setup->seed,
                          .source = r->source,
                          .sender = r->sender,
                          .record_class = r->record_class,
                          .seq = r->seq,
                          .intended_ns = r->intended_ns};
    size_t len = room ? format_encode_payload(FORMAT_JSON, &id, r->payload, r->size, to, room - 1) : 0;
    if (len)
        to[len++] = '\n';
    return len;
}

// Hands the buffer to the kernel. An error loses what was in it, and nothing more: the next write starts
// afresh.
static bool write_out(struct node *n, struct sink_state *s, uint64_t now_ns)
{
    if (!s->pending_count)
        return false;
    s->error = s->file->ops->write(s->file, s->buffer, s->buffered);
    for (size_t i = 0; i < s->pending_count; i++) {
        if (s->error)
            flow_lose(n, s->pending[i], WEIR_LOSS_SINK_ERROR, now_ns);
        else
            flow_deliver(n, s->pending[i], now_ns);
    }
    s->pending_count = 0;
    s->buffered = 0;
    if (s->spec->sync_every_ns && now_ns >= s->last_sync_ns + s->spec->sync_every_ns) {
        s->file->ops->sync(s->file);
        s->last_sync_ns = now_ns;
    }
    return true;
}

static bool keep_pending(struct sink_state *s, struct record *r)
{
    if (s->pending_count == s->pending_room) {
        size_t room = s->pending_room ? s->pending_room * 2 : 256;
        struct record **bigger = realloc(s->pending, room * sizeof *bigger);
        if (!bigger)
            return false;
        s->pending = bigger;
        s->pending_room = room;
    }
    s->pending[s->pending_count++] = r;
    return true;
}

// A line longer than the buffer makes it grow: payloads have a limit of their own (1 MiB), and escaping at
// most makes six bytes of one.
static size_t line_of_any_length(struct node *n, struct sink_state *s, const struct record *r)
{
    size_t len = line_of(n->flow, r, s->buffer, s->room);
    if (len)
        return len;
    size_t room = 6 * (size_t)r->size + 1024;
    unsigned char *bigger = room > s->room ? realloc(s->buffer, room) : NULL;
    if (!bigger)
        return 0;
    s->buffer = bigger;
    s->room = room;
    return line_of(n->flow, r, s->buffer, s->room);
}

static void append(struct node *n, struct sink_state *s, struct record *r, uint64_t now_ns)
{
    size_t room = s->spec->buffer > s->buffered ? s->spec->buffer - s->buffered : 0;
    size_t len = line_of(n->flow, r, s->buffer + s->buffered, room);
    if (!len) {
        write_out(n, s, now_ns);
        len = line_of_any_length(n, s, r);
    }
    if (!len) {
        flow_lose(n, r, WEIR_LOSS_OVERSIZE, now_ns);
    } else if (!keep_pending(s, r)) {
        flow_lose(n, r, WEIR_LOSS_SINK_ERROR, now_ns);
    } else {
        s->buffered += len;
    }
}

void sink_take(struct node *n, struct sink_state *s, struct record **records, size_t count, uint64_t now_ns)
{
    if (s->spec->type != SINK_FILE) {
        for (size_t i = 0; i < count; i++)
            flow_deliver(n, records[i], now_ns);
        return;
    }
    guard_enter(n->flow, s->guard);
    for (size_t i = 0; i < count; i++)
        append(n, s, records[i], now_ns);
    guard_leave(n->flow, s->guard);
}

bool sink_flush(struct node *n, struct sink_state *s, uint64_t now_ns)
{
    if (s->spec->type != SINK_FILE)
        return false;
    guard_enter(n->flow, s->guard);
    bool wrote = write_out(n, s, now_ns);
    guard_leave(n->flow, s->guard);
    return wrote;
}

void sink_close(struct flow *f, struct sink_state *s)
{
    for (size_t i = 0; i < s->pending_count; i++)
        record_give(f->pool, s->pending[i]);
    if (s->file) {
        s->file->ops->sync(s->file);
        s->file->ops->destroy(s->file);
    }
    if (s->guard)
        f->world.guard_destroy(s->guard);
    free(s->slot_end);
    free(s->buffer);
    free(s->pending);
    *s = (struct sink_state){0};
}
