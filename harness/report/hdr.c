// SPDX-License-Identifier: Apache-2.0
// The V2 format of HdrHistogram (Gil Tene), as its Java and C libraries define it: a header of 40 bytes, then
// the counts as zig-zag LEB128, a run of n > 1 zeros being the one number -n. The compressed form is a
// cookie, a length and a zlib stream of that. All integers are big-endian.
#include "report/hdr.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    COOKIE = 0x1c849303 | 0x10,
    COOKIE_COMPRESSED = 0x1c849304 | 0x10,
    HEADER = 40,
    COUNT_MAX = 9, // bytes of one number: 8 of 7 bits, then all 8 bits of the last
};

// ---- bytes ----
struct bytes {
    unsigned char *data;
    size_t size;
};

static void put_big_endian(struct bytes *b, uint64_t v, unsigned width)
{
    for (unsigned i = width; i-- > 0;)
        b->data[b->size++] = (unsigned char)(v >> (8 * i));
}

static void put_number(struct bytes *b, int64_t v)
{
    uint64_t z = ((uint64_t)v << 1) ^ (v < 0 ? ~(uint64_t)0 : 0);
    for (int i = 0; i < COUNT_MAX - 1 && z >= 0x80; i++, z >>= 7)
        b->data[b->size++] = (unsigned char)(z | 0x80);
    b->data[b->size++] = (unsigned char)z;
}

// ---- counts ----
// hist_index without its upper end.
static size_t index_of(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned shift = bits > HIST_SUB_BITS ? bits - HIST_SUB_BITS : 0;
    return ((size_t)shift << (HIST_SUB_BITS - 1)) + (size_t)(value >> shift);
}

static uint64_t highest_of(const struct hist *h)
{
    uint64_t range = ((uint64_t)1 << HIST_MAX_BITS) - 1, most = (uint64_t)1 << 62;
    return h->max <= range ? range : h->max < most ? h->max : most;
}

static uint64_t count_at(const struct hist *h, size_t i, size_t top)
{
    uint64_t n = i < HIST_COUNTS ? h->counts[i] : 0;
    if (i == HIST_COUNTS - 1)
        n -= h->overflow;
    return i == top ? n + h->overflow : n;
}

static bool encode(const struct hist *h, struct bytes *b)
{
    uint64_t highest = highest_of(h);
    size_t top = index_of(h->max < highest ? h->max : highest), used = HIST_COUNTS - 1;
    double ratio = 1;
    uint64_t bits;
    used = h->overflow ? top : used;
    *b = (struct bytes){.data = malloc(HEADER + (used + 1) * COUNT_MAX)};
    if (b->data == NULL)
        return false;
    memcpy(&bits, &ratio, sizeof bits);
    put_big_endian(b, COOKIE, 4);
    put_big_endian(b, 0, 4); // of the payload: known at the end
    put_big_endian(b, 0, 4); // normalizing index offset
    put_big_endian(b, HIST_DIGITS, 4);
    put_big_endian(b, 1, 8); // lowest value told from 0
    put_big_endian(b, highest, 8);
    put_big_endian(b, bits, 8);
    for (size_t i = 0; h->total && i <= top;) {
        size_t zeros = 0;
        while (i + zeros <= top && count_at(h, i + zeros, top) == 0)
            zeros++;
        put_number(b, zeros ? -(int64_t)zeros : (int64_t)count_at(h, i, top));
        i += zeros ? zeros : 1;
    }
    size_t all = b->size;
    b->size = 4;
    put_big_endian(b, all - HEADER, 4);
    b->size = all;
    return true;
}

static bool compress_bytes(const struct bytes *plain, struct bytes *packed)
{
    uLongf size = compressBound((uLong)plain->size);
    *packed = (struct bytes){.data = malloc(8 + size)};
    if (packed->data == NULL ||
        compress2(packed->data + 8, &size, plain->data, (uLong)plain->size, 9) != Z_OK)
        return false;
    put_big_endian(packed, COOKIE_COMPRESSED, 4);
    put_big_endian(packed, size, 4);
    packed->size += size;
    return true;
}

static char *base64(const struct bytes *b)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc(4 * ((b->size + 2) / 3) + 1), *p = text;
    for (size_t i = 0; text && i < b->size; i += 3) {
        size_t left = b->size - i;
        unsigned v = (unsigned)b->data[i] << 16 | (left > 1 ? (unsigned)b->data[i + 1] << 8 : 0) |
                     (left > 2 ? b->data[i + 2] : 0);
        *p++ = digits[v >> 18];
        *p++ = digits[v >> 12 & 63];
        *p++ = left > 1 ? digits[v >> 6 & 63] : '=';
        *p++ = left > 2 ? digits[v & 63] : '=';
    }
    if (text)
        *p = 0;
    return text;
}

char *report_hdr_base64(const struct hist *h)
{
    struct bytes plain = {0}, packed = {0};
    char *text = NULL;
    if (encode(h, &plain) && compress_bytes(&plain, &packed))
        text = base64(&packed);
    free(plain.data);
    free(packed.data);
    return text;
}
