// SPDX-License-Identifier: Apache-2.0
#include "flow/framing.h"

#include <string.h>

enum { COUNT_DIGITS = FRAME_COUNT_ROOM - 1 };

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_counted(const struct framing *f, const unsigned char *data)
{
    return f->mode == FRAMING_OCTET || (f->mode == FRAMING_AUTO && is_digit(data[0]));
}

static struct frame more(size_t used)
{
    return (struct frame){.kind = FRAME_MORE, .used = used};
}

// What belongs to frames that are over: the rest of an oversize one, a trailer. Answers how much of it there
// is.
static size_t skip_rest(struct framing *f, const unsigned char *data, size_t size)
{
    if (f->skip != 0) {
        size_t n = f->skip < size ? (size_t)f->skip : size;
        f->skip -= n;
        return n;
    }
    if (f->skipping_line) {
        const unsigned char *end = memchr(data, '\n', size);
        f->skipping_line = end == NULL;
        return end != NULL ? (size_t)(end - data) + 1 : size;
    }
    bool trailer = f->behind_count && data[0] == '\n';
    f->behind_count = false;
    return trailer;
}

static struct frame counted(struct framing *f, const unsigned char *data, size_t size)
{
    uint64_t length = 0;
    size_t n = 0;
    for (; n < size && n < COUNT_DIGITS && is_digit(data[n]); n++)
        length = length * 10 + (uint64_t)(data[n] - '0');
    if (data[0] == '0' || n == 0 || (n < size && data[n] != ' '))
        return (struct frame){.kind = FRAME_GARBAGE};
    if (n == size)
        return more(0);
    size_t head = n + 1;
    if (length > FRAME_MOST) {
        f->skip = length;
        f->behind_count = true;
        return (struct frame){.kind = FRAME_OVERSIZE, .used = head};
    }
    if (size - head < length)
        return more(0);
    f->behind_count = true;
    return (struct frame){FRAME_MESSAGE, data + head, (size_t)length, head + (size_t)length};
}

static struct frame line(struct framing *f, const unsigned char *data, size_t size)
{
    size_t within = size < FRAME_MOST + 1 ? size : FRAME_MOST + 1;
    const unsigned char *end = memchr(data + f->searched, '\n', within - f->searched);
    f->searched = 0;
    if (end != NULL)
        return (struct frame){FRAME_MESSAGE, data, (size_t)(end - data), (size_t)(end - data) + 1};
    if (within > FRAME_MOST) {
        f->skipping_line = true;
        return (struct frame){.kind = FRAME_OVERSIZE, .used = within};
    }
    f->searched = size;
    return more(0);
}

struct frame framing_next(struct framing *f, const unsigned char *data, size_t size)
{
    size_t skipped = 0;
    while (skipped < size) {
        size_t n = skip_rest(f, data + skipped, size - skipped);
        skipped += n;
        if (n == 0)
            break;
    }
    if (skipped == size)
        return more(skipped);
    struct frame found = is_counted(f, data + skipped) ? counted(f, data + skipped, size - skipped)
                                                       : line(f, data + skipped, size - skipped);
    found.used += skipped;
    return found;
}

bool framing_rest_is_message(const struct framing *f, const unsigned char *data, size_t size)
{
    return size != 0 && f->skip == 0 && !f->skipping_line && !is_counted(f, data);
}

size_t framing_put_head(enum wire_framing mode, size_t size, unsigned char head[FRAME_COUNT_ROOM])
{
    if (mode == FRAMING_LF)
        return 0;
    size_t digits = 1, n;
    for (size_t rest = size; rest >= 10; rest /= 10)
        digits++;
    n = digits;
    head[n] = ' ';
    for (; n-- > 0; size /= 10)
        head[n] = (unsigned char)('0' + size % 10);
    return digits + 1;
}

size_t framing_size(enum wire_framing mode, size_t size)
{
    unsigned char head[FRAME_COUNT_ROOM];
    return size + (mode == FRAMING_LF ? 1 : framing_put_head(mode, size, head));
}
