// SPDX-License-Identifier: Apache-2.0
#include "process/syslog.h"

#include <string.h>

#include "process/utf8.h"

enum { NAME_MAX_LENGTH = 32 };

struct cursor {
    const unsigned char *text;
    size_t at, size;
};

static bool take(struct cursor *c, char what)
{
    if (c->at == c->size || c->text[c->at] != (unsigned char)what)
        return false;
    c->at++;
    return true;
}

// A decimal number of `least` to `most` digits.
static bool take_digits(struct cursor *c, unsigned least, unsigned most, unsigned *value)
{
    unsigned n = 0;
    for (*value = 0; n < most && c->at < c->size && c->text[c->at] >= '0' && c->text[c->at] <= '9'; n++)
        *value = *value * 10 + (c->text[c->at++] - '0');
    return n >= least;
}

// PRI and VERSION: <0> to <191>, then a number from 1 to 999 that begins with no zero.
static bool take_start(struct cursor *c, unsigned *priority)
{
    unsigned version;
    if (!take(c, '<') || !take_digits(c, 1, 3, priority) || *priority > 191 || !take(c, '>'))
        return false;
    return c->at < c->size && c->text[c->at] != '0' && take_digits(c, 1, 3, &version);
}

static bool in_range(struct cursor *c, unsigned low, unsigned high)
{
    unsigned value;
    return take_digits(c, 2, 2, &value) && value >= low && value <= high;
}

// RFC 3339 with the limits of RFC 5424 section 6.2.3: no leap second, at most six digits of a second, upper
// case.
static bool take_timestamp(struct cursor *c)
{
    unsigned any;
    if (take(c, '-'))
        return true;
    if (!take_digits(c, 4, 4, &any) || !take(c, '-') || !in_range(c, 1, 12) || !take(c, '-') ||
        !in_range(c, 1, 31) || !take(c, 'T') || !in_range(c, 0, 23) || !take(c, ':') || !in_range(c, 0, 59) ||
        !take(c, ':') || !in_range(c, 0, 59))
        return false;
    if (take(c, '.') && !take_digits(c, 1, 6, &any))
        return false;
    if (take(c, 'Z'))
        return true;
    return (take(c, '+') || take(c, '-')) && in_range(c, 0, 23) && take(c, ':') && in_range(c, 0, 59);
}

// 1 to `most` printable characters of US-ASCII.
static bool take_word(struct cursor *c, size_t most)
{
    size_t from = c->at;
    while (c->at < c->size && c->text[c->at] > ' ' && c->text[c->at] < 0x7f && c->at - from < most)
        c->at++;
    return c->at > from;
}

static bool is_name_char(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '=' && c != ']' && c != '"';
}

static bool take_name(struct cursor *c, struct syslog_span *name)
{
    name->begin = c->at;
    while (c->at < c->size && is_name_char(c->text[c->at]) && c->at - name->begin < NAME_MAX_LENGTH)
        c->at++;
    name->end = c->at;
    return name->end > name->begin;
}

// A backslash in front of anything but " \ ] stands for itself.
static bool take_value(struct cursor *c, struct syslog_span *value)
{
    if (!take(c, '"'))
        return false;
    value->begin = c->at;
    while (c->at < c->size && c->text[c->at] != '"') {
        unsigned char one = c->text[c->at], next = c->at + 1 < c->size ? c->text[c->at + 1] : 0;
        if (one == ']')
            return false; // must be escaped
        bool escaped = one == '\\' && (next == '"' || next == '\\' || next == ']');
        size_t length = escaped ? 2 : utf8_length(c->text + c->at, c->size - c->at);
        if (length == 0)
            return false;
        c->at += length;
    }
    value->end = c->at;
    return take(c, '"');
}

static bool take_element(struct cursor *c, syslog_each each, void *context)
{
    struct syslog_param p;
    if (!take(c, '[') || !take_name(c, &p.id))
        return false;
    p.end = p.id.end;
    p.name = p.value = (struct syslog_span){p.end, p.end};
    if (each)
        each(context, &p);
    while (take(c, ' ')) {
        if (!take_name(c, &p.name) || !take(c, '=') || !take_value(c, &p.value))
            return false;
        p.end = c->at;
        if (each)
            each(context, &p);
    }
    return take(c, ']');
}

static bool take_data(struct cursor *c, syslog_each each, void *context)
{
    if (take(c, '-'))
        return true;
    do
        if (!take_element(c, each, context))
            return false;
    while (c->at < c->size && c->text[c->at] == '[');
    return true;
}

bool syslog_read(const unsigned char *text, size_t size, struct syslog *out, syslog_each each, void *context)
{
    static const size_t longest[] = {255, 48, 128, 32}; // host, application, process, message id
    struct cursor c = {text, 0, size};
    if (!take_start(&c, &out->priority) || !take(&c, ' ') || !take_timestamp(&c))
        return false;
    for (size_t i = 0; i < sizeof longest / sizeof *longest; i++)
        if (!take(&c, ' ') || !take_word(&c, longest[i]))
            return false;
    if (!take(&c, ' '))
        return false;
    out->data.begin = c.at;
    if (!take_data(&c, each, context))
        return false;
    out->data.end = c.at;
    if (c.at < c.size && !take(&c, ' '))
        return false;
    out->message = c.at;
    // A message that says it is UTF-8 (by its byte order mark) must be; any other may hold any bytes.
    bool marked = size - c.at >= 3 && memcmp(text + c.at, "\xef\xbb\xbf", 3) == 0;
    return !marked || utf8_is_text(text + c.at, size - c.at);
}

bool syslog_is_name(const char *name)
{
    size_t length = 0;
    while (name[length] && is_name_char((unsigned char)name[length]))
        length++;
    return length > 0 && length <= NAME_MAX_LENGTH && name[length] == '\0';
}
