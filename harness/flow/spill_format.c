// SPDX-License-Identifier: Apache-2.0
#include "flow/spill_format.h"

#include <endian.h>
#include <string.h>

#include "base/crc32c.h"

static const unsigned char record_magic[4] = "WSPR";
static const unsigned char segment_magic[8] = "WEIRSEG1";

static void put64(unsigned char *to, uint64_t v)
{
    v = htole64(v);
    memcpy(to, &v, sizeof v);
}

static void put32(unsigned char *to, uint32_t v)
{
    v = htole32(v);
    memcpy(to, &v, sizeof v);
}

static void put16(unsigned char *to, uint16_t v)
{
    v = htole16(v);
    memcpy(to, &v, sizeof v);
}

static uint64_t get64(const unsigned char *from)
{
    uint64_t v;
    memcpy(&v, from, sizeof v);
    return le64toh(v);
}

static uint32_t get32(const unsigned char *from)
{
    uint32_t v;
    memcpy(&v, from, sizeof v);
    return le32toh(v);
}

static uint16_t get16(const unsigned char *from)
{
    uint16_t v;
    memcpy(&v, from, sizeof v);
    return le16toh(v);
}

void spill_put_segment(unsigned char *to, uint64_t first)
{
    memset(to, 0, SPILL_SEGMENT_HEAD);
    memcpy(to, segment_magic, sizeof segment_magic);
    put64(to + 8, first);
    put32(to + 16, crc32c(0, to, 16));
}

bool spill_get_segment(const unsigned char *from, uint64_t *first)
{
    *first = get64(from + 8);
    return memcmp(from, segment_magic, sizeof segment_magic) == 0 && get32(from + 16) == crc32c(0, from, 16);
}

void spill_put(unsigned char *to, const struct record *r, uint64_t number)
{
    memcpy(to, record_magic, sizeof record_magic);
    put32(to + 8, crc32c(0, r->payload, r->size));
    put32(to + 12, r->size);
    put64(to + 16, number);
    put64(to + 24, r->seq);
    put64(to + 32, r->intended_ns);
    put64(to + 40, r->sent_ns);
    put64(to + 48, r->pushed_ns);
    put64(to + 56, r->mark);
    put64(to + 64, r->payload_hash);
    put16(to + 72, r->source);
    put16(to + 74, r->sender);
    to[76] = r->record_class;
    to[77] = r->flags & (uint8_t)~RECORD_SPILLED; // that it lay in another edge's overflow is settled there
    put16(to + 78, 0);
    put64(to + 80, r->paced_ns);
    put32(to + 88, r->pacer);
    put32(to + 92, r->paced_in_flight);
    put32(to + 4, crc32c(0, to + 8, SPILL_HEAD - 8));
    memcpy(to + SPILL_HEAD, r->payload, r->size);
}

bool spill_get_head(const unsigned char *from, struct spill_head *head)
{
    if (memcmp(from, record_magic, sizeof record_magic) != 0 ||
        get32(from + 4) != crc32c(0, from + 8, SPILL_HEAD - 8))
        return false;
    *head = (struct spill_head){
        .number = get64(from + 16), .size = get32(from + 12), .payload_crc = get32(from + 8)};
    return true;
}

bool spill_get(const unsigned char *from, const struct spill_head *head, struct record *r)
{
    const unsigned char *payload = from + SPILL_HEAD;
    if (crc32c(0, payload, head->size) != head->payload_crc)
        return false;
    r->seq = get64(from + 24);
    r->intended_ns = get64(from + 32);
    r->sent_ns = get64(from + 40);
    r->pushed_ns = get64(from + 48);
    r->mark = get64(from + 56);
    r->payload_hash = get64(from + 64);
    r->source = get16(from + 72);
    r->sender = get16(from + 74);
    r->record_class = from[76];
    r->flags = from[77];
    r->paced_ns = get64(from + 80);
    r->pacer = get32(from + 88);
    r->paced_in_flight = get32(from + 92);
    r->size = head->size;
    memcpy(r->payload, payload, head->size);
    return true;
}
