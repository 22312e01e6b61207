// SPDX-License-Identifier: Apache-2.0
#include "flow/check.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BITS = 4096, CHUNK_WORDS = CHUNK_BITS / 64 };
#define SEQ_LIMIT (1ull << 40)

static uint64_t seen_full_mark;
#define SEEN_FULL (&seen_full_mark)

static bool seen_grow(struct seen *s, size_t chunk)
{
    if (chunk < s->chunk_count)
        return true;
    size_t want = s->chunk_count ? s->chunk_count : 16;
    while (want <= chunk)
        want *= 2;
    uint64_t **chunks = realloc(s->chunks, want * sizeof *chunks);
    if (!chunks)
        return false;
    s->chunks = chunks;
    uint16_t *filled = realloc(s->filled, want * sizeof *filled);
    if (!filled)
        return false;
    s->filled = filled;
    memset(chunks + s->chunk_count, 0, (want - s->chunk_count) * sizeof *chunks);
    memset(filled + s->chunk_count, 0, (want - s->chunk_count) * sizeof *filled);
    s->chunk_count = want;
    return true;
}

bool seen_add(struct seen *s, uint64_t seq)
{
    size_t chunk = seq / CHUNK_BITS, bit = seq % CHUNK_BITS;
    if (seq >= SEQ_LIMIT || !seen_grow(s, chunk) || s->chunks[chunk] == SEEN_FULL)
        return false;
    if (!s->chunks[chunk] && !(s->chunks[chunk] = calloc(CHUNK_WORDS, sizeof(uint64_t))))
        return false;
    uint64_t *word = &s->chunks[chunk][bit / 64], mask = 1ull << (bit % 64);
    if (*word & mask)
        return false;
    *word |= mask;
    s->count++;
    if (++s->filled[chunk] == CHUNK_BITS) {
        free(s->chunks[chunk]);
        s->chunks[chunk] = SEEN_FULL;
    }
    return true;
}

bool seen_has(const struct seen *s, uint64_t seq)
{
    size_t chunk = seq / CHUNK_BITS, bit = seq % CHUNK_BITS;
    if (seq >= SEQ_LIMIT || chunk >= s->chunk_count || !s->chunks[chunk])
        return false;
    return s->chunks[chunk] == SEEN_FULL || (s->chunks[chunk][bit / 64] >> (bit % 64) & 1);
}

uint64_t seen_merge(struct seen *into, const struct seen *from)
{
    uint64_t both = 0;
    for (size_t c = 0; c < from->chunk_count; c++) {
        for (size_t bit = 0; from->chunks[c] && bit < CHUNK_BITS; bit++) {
            uint64_t seq = (uint64_t)c * CHUNK_BITS + bit;
            if (seen_has(from, seq) && !seen_add(into, seq))
                both++;
        }
    }
    return both;
}

uint64_t seen_below(const struct seen *s, uint64_t limit, uint64_t *longest_gap)
{
    uint64_t members = 0, gap = 0, longest = 0;
    for (uint64_t seq = 0; seq < limit;) {
        size_t chunk = seq / CHUNK_BITS;
        bool whole = seq % CHUNK_BITS == 0 && limit - seq >= CHUNK_BITS;
        uint64_t *bits = chunk < s->chunk_count ? s->chunks[chunk] : NULL;
        if (whole && (!bits || bits == SEEN_FULL)) {
            gap = bits ? 0 : gap + CHUNK_BITS;
            members += bits ? CHUNK_BITS : 0;
            seq += CHUNK_BITS;
        } else {
            bool has = seen_has(s, seq++);
            gap = has ? 0 : gap + 1;
            members += has;
        }
        longest = gap > longest ? gap : longest;
    }
    if (longest_gap && longest > *longest_gap)
        *longest_gap = longest;
    return members;
}

void seen_free(struct seen *s)
{
    for (size_t c = 0; c < s->chunk_count; c++)
        if (s->chunks[c] != SEEN_FULL)
            free(s->chunks[c]);
    free(s->chunks);
    free(s->filled);
    *s = (struct seen){0};
}

bool check_init(struct check *c, size_t sender_count)
{
    *c = (struct check){.senders = calloc(sender_count, sizeof *c->senders), .sender_count = sender_count};
    return c->senders != NULL;
}

void check_free(struct check *c)
{
    for (size_t i = 0; c->senders && i < c->sender_count; i++)
        seen_free(&c->senders[i]);
    free(c->senders);
    c->senders = NULL;
}

void check_arrival(struct check *c, size_t sender, uint64_t seq, bool payload_ok)
{
    if (sender >= c->sender_count || seq >= SEQ_LIMIT) {
        c->invented++;
        return;
    }
    if (!payload_ok)
        c->corrupted++;
    if (!seen_add(&c->senders[sender], seq))
        c->duplicated++;
}

void check_union(struct check *into, const struct check *from)
{
    for (size_t i = 0; i < into->sender_count; i++)
        seen_merge(&into->senders[i], &from->senders[i]);
}

struct sink_check check_conclude(struct check *shards, size_t shard_count, const uint64_t *generated,
                                 size_t sender_count, uint64_t *unique)
{
    struct sink_check out = {0};
    *unique = 0;
    for (size_t k = 0; k < shard_count; k++) {
        out.duplicated += shards[k].duplicated;
        out.corrupted += shards[k].corrupted;
        out.invented += shards[k].invented;
    }
    for (size_t i = 0; i < sender_count && shard_count; i++) {
        struct seen *all = &shards[0].senders[i];
        for (size_t k = 1; k < shard_count; k++) {
            out.duplicated += seen_merge(all, &shards[k].senders[i]);
            seen_free(&shards[k].senders[i]);
        }
        uint64_t known = seen_below(all, generated[i], &out.longest_gap_records);
        out.invented += all->count - known; // numbers that this sender never used
        out.missing += generated[i] - known;
        *unique += known;
        seen_free(all);
    }
    return out;
}
