// SPDX-License-Identifier: Apache-2.0
#include "flow/spill_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/spill_format.h"

enum { WINDOW = 64 * 1024, SEGMENTS_MOST = 1 << 20 };

struct segment {
    uint64_t id, first, end; // records [first, end)
    uint64_t bytes;
};

struct spill_store {
    struct spill_device *device;
    struct record_pool *pool;
    struct spill_limits limits;
    struct spill_counters counters;
    struct segment *segments; // oldest first
    size_t count, room;
    bool writing; // the last segment takes appends
    uint64_t next_id, next;
    uint64_t recovered_first, recovered_end; // numbers of what an earlier run had left
    // reading
    size_t reading; // index of the segment
    uint64_t read_next, read_offset;
    unsigned char *window; // bytes of segment window_id from window_offset on
    size_t window_room, window_size;
    uint64_t window_id, window_offset;
    // what has ended: a bit for each number in [settled, read_next)
    uint64_t settled;
    uint64_t *bits;
    size_t bit_words; // power of two
    // syncing
    uint64_t synced_ns, kept;
    bool dirty;
    unsigned char *scratch; // one record as it is written
    size_t scratch_room;
};

// ---- the set of numbers that have ended ----

static bool bit_get(const struct spill_store *s, uint64_t number)
{
    return s->bits[number / 64 & (s->bit_words - 1)] >> (number & 63) & 1;
}

static void bit_put(struct spill_store *s, uint64_t number, bool value)
{
    uint64_t *word = &s->bits[number / 64 & (s->bit_words - 1)];
    *word = value ? *word | 1ull << (number & 63) : *word & ~(1ull << (number & 63));
}

// Room for one more number at the reading end. Numbers in use never share a word with others of another turn.
static bool bits_make_room(struct spill_store *s)
{
    if ((s->read_next / 64 - s->settled / 64) + 1 <= s->bit_words)
        return true;
    size_t words = s->bit_words * 2;
    uint64_t *bits = calloc(words, sizeof *bits);
    if (bits == NULL)
        return false;
    for (uint64_t w = s->settled / 64; w <= (s->read_next - 1) / 64; w++)
        bits[w & (words - 1)] = s->bits[w & (s->bit_words - 1)];
    free(s->bits);
    s->bits = bits;
    s->bit_words = words;
    return true;
}

// ---- segments ----

static struct segment *last_segment(struct spill_store *s)
{
    return s->count ? &s->segments[s->count - 1] : NULL;
}

static bool segment_add(struct spill_store *s, struct segment new)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 16;
        struct segment *list = realloc(s->segments, room * sizeof *list);
        if (list == NULL)
            return false;
        s->segments = list;
        s->room = room;
    }
    s->segments[s->count++] = new;
    s->counters.bytes += new.bytes;
    if (s->counters.bytes > s->counters.peak_bytes)
        s->counters.peak_bytes = s->counters.bytes;
    return true;
}

// Removes the segments whose records have all ended. The one being written stays, for the next append.
static bool remove_ended(struct spill_store *s)
{
    size_t n = 0;
    while (n < s->count && s->segments[n].end <= s->settled && !(s->writing && n + 1 == s->count)) {
        s->counters.bytes -= s->segments[n].bytes;
        s->device->ops->remove(s->device, s->segments[n].id);
        n++;
    }
    if (n == 0)
        return false;
    if (s->reading < n) { // it had not noticed yet that it was through
        s->reading = n;
        s->read_offset = SPILL_SEGMENT_HEAD;
    }
    s->count -= n;
    s->reading -= n;
    memmove(s->segments, s->segments + n, s->count * sizeof *s->segments);
    return true;
}

// Moves over the numbers that have ended.
static bool advance(struct spill_store *s)
{
    while (s->settled < s->read_next && bit_get(s, s->settled)) {
        bit_put(s, s->settled, false);
        s->settled++;
    }
    return remove_ended(s);
}

bool spill_settle(struct spill_store *s, uint64_t number)
{
    if (number < s->settled || number >= s->read_next)
        return false;
    bit_put(s, number, true);
    return number == s->settled && advance(s);
}

// ---- keeping and syncing ----

static void keep_position(struct spill_store *s)
{
    if (s->kept != s->settled)
        s->device->ops->keep(s->device, s->settled);
    s->kept = s->settled;
}

static void sync_last(struct spill_store *s)
{
    if (s->dirty && s->count && s->device->ops->sync(s->device, last_segment(s)->id) != 0)
        s->counters.errors++;
    s->dirty = false;
}

static void sync_if_due(struct spill_store *s, uint64_t now_ns)
{
    if (now_ns < s->synced_ns + s->limits.sync_ns)
        return;
    s->synced_ns = now_ns;
    sync_last(s);
    keep_position(s);
}

// ---- appending ----

static int refuse(struct spill_store *s, int error)
{
    s->counters.refusals++;
    s->counters.errors += error != ENOSPC && error != EDQUOT && error != EFBIG;
    return error;
}

static bool room_for(const struct spill_store *s, uint64_t bytes)
{
    return s->counters.bytes <= s->limits.max_bytes && bytes <= s->limits.max_bytes - s->counters.bytes;
}

// Ends the segment being written and begins another.
static int roll(struct spill_store *s)
{
    unsigned char head[SPILL_SEGMENT_HEAD];
    sync_last(s);
    s->writing = false;
    remove_ended(s);
    if (s->count >= SEGMENTS_MOST)
        return ENOSPC;
    uint64_t id = s->next_id;
    int error = s->device->ops->create(s->device, id);
    s->next_id += error == 0 || error == EEXIST; // a stranger's file keeps its name
    if (error)
        return error;
    spill_put_segment(head, s->next);
    error = s->device->ops->write(s->device, id, 0, head, sizeof head);
    if (!error && !segment_add(s, (struct segment){id, s->next, s->next, sizeof head}))
        error = ENOMEM;
    if (error) {
        s->device->ops->remove(s->device, id);
        return error;
    }
    s->writing = true;
    return 0;
}

static bool scratch_for(struct spill_store *s, size_t size)
{
    if (size <= s->scratch_room)
        return true;
    unsigned char *scratch = realloc(s->scratch, size);
    if (scratch == NULL)
        return false;
    s->scratch = scratch;
    s->scratch_room = size;
    return true;
}

int spill_append(struct spill_store *s, const struct record *r, uint64_t now_ns)
{
    uint64_t bytes = SPILL_HEAD + (uint64_t)r->size;
    const struct segment *last = last_segment(s);
    bool fits = s->writing && (last->bytes + bytes <= s->limits.segment_bytes || last->end == last->first);
    if (!fits) {
        // A new segment may first give back the one that was written and has been read.
        bool gives = s->writing && last->end <= s->settled;
        uint64_t back = gives ? last->bytes : 0;
        if (!room_for(s, bytes + SPILL_SEGMENT_HEAD - (back < bytes ? back : bytes)))
            return refuse(s, ENOSPC);
        int error = roll(s);
        if (error)
            return refuse(s, error);
    }
    if (!room_for(s, bytes))
        return refuse(s, ENOSPC);
    if (!scratch_for(s, bytes))
        return refuse(s, ENOMEM);
    spill_put(s->scratch, r, s->next);
    struct segment *to = last_segment(s);
    int error = s->device->ops->write(s->device, to->id, to->bytes, s->scratch, bytes);
    if (error)
        return refuse(s, error);
    to->bytes += bytes;
    to->end = ++s->next;
    s->dirty = true;
    s->counters.bytes += bytes;
    if (s->counters.bytes > s->counters.peak_bytes)
        s->counters.peak_bytes = s->counters.bytes;
    s->counters.written++;
    s->counters.waiting++;
    sync_if_due(s, now_ns);
    return 0;
}

// ---- reading ----

// `size` bytes of the segment being read, at `offset`; NULL when it has not so many. Valid until the next
// call.
static const unsigned char *look(struct spill_store *s, uint64_t id, uint64_t offset, size_t size)
{
    bool inside = s->window_id == id && offset >= s->window_offset &&
                  offset + size <= s->window_offset + s->window_size;
    if (inside)
        return s->window + (offset - s->window_offset);
    if (size > s->window_room) {
        unsigned char *window = realloc(s->window, size);
        if (window == NULL)
            return NULL;
        s->window = window;
        s->window_room = size;
    }
    s->window_id = id;
    s->window_offset = offset;
    s->window_size = s->device->ops->read(s->device, id, offset, s->window, s->window_room);
    return s->window_size >= size ? s->window : NULL;
}

// The next place at or behind `offset` where a record of this segment begins, not below number `least`.
static bool find_record(struct spill_store *s, const struct segment *g, uint64_t *offset, uint64_t least,
                        struct spill_head *head)
{
    const unsigned char *at;
    for (; (at = look(s, g->id, *offset, SPILL_HEAD)) != NULL; ++*offset) {
        if (*at != 'W')
            continue;
        if (spill_get_head(at, head) && head->number >= least && head->number < g->end &&
            *offset + SPILL_HEAD + head->size <= g->bytes)
            return true;
    }
    return false;
}

// Numbers [read_next, upto) cannot be read back.
static void skip_to(struct spill_store *s, uint64_t upto, struct spill_read *out)
{
    if (upto <= s->read_next)
        return;
    if (s->read_next < s->recovered_end && upto > s->recovered_end)
        upto = s->recovered_end; // one kind at a time
    if (!out->lost) {
        out->lost_recovered = s->read_next < s->recovered_end;
        out->lost_first = s->read_next - s->recovered_first;
    }
    for (; s->read_next < upto && bits_make_room(s); out->lost++) {
        bit_put(s, s->read_next++, true);
        s->counters.unreadable++;
        s->counters.waiting--;
    }
    advance(s);
}

static void next_segment(struct spill_store *s)
{
    s->reading++;
    s->read_offset = SPILL_SEGMENT_HEAD;
    remove_ended(s);
}

// Reads the record whose head is at read_offset. False: memory is exhausted.
static bool read_record(struct spill_store *s, const struct segment *g, const struct spill_head *head,
                        struct spill_read *out)
{
    struct record *r = record_take(s->pool, head->size);
    const unsigned char *at = r ? look(s, g->id, s->read_offset, SPILL_HEAD + (size_t)head->size) : NULL;
    bool whole = at && spill_get(at, head, r);
    if (r && !whole)
        record_give(s->pool, r);
    if (r == NULL)
        return false;
    s->read_offset += SPILL_HEAD + (uint64_t)head->size;
    if (!whole) {
        skip_to(s, head->number + 1, out);
        return true;
    }
    out->recovered = head->number < s->recovered_end;
    out->number = head->number - (out->recovered ? s->recovered_first : 0);
    r->spill_number = head->number;
    out->record = r;
    s->read_next = head->number + 1;
    s->counters.waiting--;
    return true;
}

bool spill_take(struct spill_store *s, struct spill_read *out, uint64_t now_ns)
{
    *out = (struct spill_read){0};
    sync_if_due(s, now_ns);
    while (s->reading < s->count && s->read_next < s->next) {
        const struct segment g = s->segments[s->reading];
        struct spill_head head;
        if (g.first > s->read_next) { // a segment before it is gone
            skip_to(s, g.first, out);
            return true;
        }
        bool last = s->writing && s->reading + 1 == s->count;
        if (s->read_next >= g.end || !find_record(s, &g, &s->read_offset, s->read_next, &head)) {
            skip_to(s, g.end, out);
            if (!last)
                next_segment(s);
            else
                s->read_offset = g.bytes;
            if (out->lost)
                return true;
            continue;
        }
        if (head.number > s->read_next) {
            skip_to(s, head.number, out);
            return true;
        }
        return bits_make_room(s) && read_record(s, &g, &head, out);
    }
    return false;
}

// ---- what an earlier run has left ----

// The number behind the last record of a segment that can be told; what was torn off behind it never counted.
static uint64_t scan_end(struct spill_store *s, struct segment *g)
{
    struct spill_head head;
    uint64_t end = g->first, offset = SPILL_SEGMENT_HEAD;
    while (find_record(s, g, &offset, end, &head)) {
        end = head.number + 1;
        offset += SPILL_HEAD + (uint64_t)head.size;
    }
    return end;
}

// Segments whose head is not one of ours, or that overlap the one before (a copy), are left alone.
static bool look_around(struct spill_store *s)
{
    size_t n = s->device->ops->list(s->device, NULL, 0);
    uint64_t *ids = calloc(n + 1, sizeof *ids);
    if (ids == NULL)
        return false;
    n = s->device->ops->list(s->device, ids, n);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        s->next_id = ids[i] + 1;
        struct segment g = {.id = ids[i], .bytes = s->device->ops->size(s->device, ids[i])};
        const unsigned char *head = look(s, g.id, 0, SPILL_SEGMENT_HEAD);
        const struct segment *before = last_segment(s);
        if (g.bytes == 0) // killed between making it and writing its head
            s->device->ops->remove(s->device, g.id);
        if (!head || !spill_get_segment(head, &g.first) || (before && g.first < before->end))
            continue;
        g.end = UINT64_MAX; // any number may be in it
        g.end = scan_end(s, &g);
        if (g.end > g.first)
            ok = segment_add(s, g);
        else
            s->device->ops->remove(s->device, g.id); // nothing was written behind its head
    }
    free(ids);
    return ok;
}

static bool recover(struct spill_store *s)
{
    uint64_t kept;
    if (!look_around(s))
        return false;
    s->next = s->count ? last_segment(s)->end : 0;
    uint64_t from = s->count ? s->segments[0].first : 0;
    if (s->device->ops->kept(s->device, &kept)) {
        s->kept = kept;
        if (s->count == 0)
            s->next = kept; // numbers are never used twice
        from = kept > from && kept <= s->next ? kept : from;
    }
    s->recovered_first = s->read_next = s->settled = s->count ? from : s->next;
    s->recovered_end = s->next;
    s->counters.recovered = s->counters.waiting = s->next - s->read_next;
    s->read_offset = SPILL_SEGMENT_HEAD;
    while (s->reading < s->count && s->segments[s->reading].end <= s->settled)
        s->reading++;
    remove_ended(s);
    return true;
}

struct spill_store *spill_store_create(struct spill_device *device, struct record_pool *pool,
                                       const struct spill_limits *limits, struct error *e)
{
    struct spill_store *s = calloc(1, sizeof *s);
    if (s) {
        *s = (struct spill_store){.device = device, .pool = pool, .limits = *limits, .window_room = WINDOW};
        s->window_id = UINT64_MAX;
        s->window = malloc(WINDOW);
        s->bit_words = 64;
        s->bits = calloc(s->bit_words, sizeof *s->bits);
        // Room comes back segment by segment: one must not be most of all.
        if (s->limits.segment_bytes > s->limits.max_bytes / 4)
            s->limits.segment_bytes = s->limits.max_bytes / 4;
    }
    if (s && s->window && s->bits && recover(s))
        return s;
    fail(e, EXIT_INVALID, "not enough memory for a spill");
    if (s)
        spill_store_destroy(s);
    else
        device->ops->destroy(device, false);
    return NULL;
}

void spill_store_destroy(struct spill_store *s)
{
    bool empty = s->settled == s->next;
    if (s->bits)
        sync_last(s);
    for (size_t i = 0; empty && i < s->count; i++)
        s->device->ops->remove(s->device, s->segments[i].id);
    keep_position(s);
    s->device->ops->destroy(s->device, empty);
    free(s->segments);
    free(s->window);
    free(s->bits);
    free(s->scratch);
    free(s);
}

const struct spill_counters *spill_counters(const struct spill_store *s)
{
    return &s->counters;
}
