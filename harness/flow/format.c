// SPDX-License-Identifier: Apache-2.0
#include "flow/format.h"

#include <string.h>

#include "flow/record.h"

enum { TAG = 41, HEADER_ROOM = 160 };

// ---- the identity in 41 characters ----
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

static int digit_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 36;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static unsigned char *put_number(unsigned char *to, unsigned width, uint64_t value)
{
    for (unsigned i = width; i-- > 0; value >>= 6)
        to[i] = (unsigned char)digits[value & 63];
    return to + width;
}

static unsigned char *put_tag(unsigned char *to, const struct identity *id)
{
    to = put_number(to, 11, id->run);
    to = put_number(to, 3, id->source);
    to = put_number(to, 3, id->sender);
    to = put_number(to, 2, id->record_class);
    to = put_number(to, 11, id->seq);
    return put_number(to, 11, id->intended_ns);
}

// ---- reading, never past the end ----
struct cursor {
    const unsigned char *at, *end;
};

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

static bool take_char(struct cursor *c, unsigned char what)
{
    if (c->at == c->end || *c->at != what)
        return false;
    c->at++;
    return true;
}

static bool take_text(struct cursor *c, const char *text)
{
    size_t n = strlen(text);
    if (left(c) < n || memcmp(c->at, text, n) != 0)
        return false;
    c->at += n;
    return true;
}

// A number of `width` digits that must not exceed `most`.
static bool take_number(struct cursor *c, unsigned width, uint64_t most, uint64_t *value)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < width; i++) {
        int d = digit_value(c->at[i]);
        if (d < 0 || v > UINT64_MAX >> 6)
            return false;
        v = v << 6 | (unsigned)d;
    }
    c->at += width;
    *value = v;
    return v <= most;
}

static bool take_tag(struct cursor *c, struct identity *id)
{
    uint64_t source, sender, record_class;
    if (left(c) < TAG || !take_number(c, 11, UINT64_MAX, &id->run) ||
        !take_number(c, 3, UINT16_MAX, &source) || !take_number(c, 3, UINT16_MAX, &sender) ||
        !take_number(c, 2, UINT8_MAX, &record_class) || !take_number(c, 11, UINT64_MAX, &id->seq) ||
        !take_number(c, 11, UINT64_MAX, &id->intended_ns))
        return false;
    id->source = (uint16_t)source;
    id->sender = (uint16_t)sender;
    id->record_class = (uint8_t)record_class;
    return true;
}

// ---- headers ----
#define RAW_START          "weir1="
#define JSON_START         "{\"weir\":\""
#define JSON_MIDDLE        "\",\"msg\":\""
#define JSON_END           "\"}"
#define RFC3164_AFTER_TIME " weir weir: "
#define RFC5424_START      "<14>1 - - weir - - [meta sequenceId=\""
#define RFC5424_MIDDLE     "\"][weir@32473 id=\""
#define RFC5424_END        "\"] "
enum { RFC3164_TIME = 15, SEQUENCE_MOST = 2147483647 };

static unsigned char *put_text(unsigned char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

static unsigned char *put_decimal(unsigned char *to, uint32_t value)
{
    unsigned char reversed[10];
    unsigned n = 0;
    do
        reversed[n++] = (unsigned char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        *to++ = reversed[--n];
    return to;
}

// "Mmm dd hh:mm:ss", counted from the start of the run. By hand: gmtime takes a lock.
static unsigned char *put_time3164(unsigned char *to, uint64_t ns)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const unsigned days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t s = ns / 1000000000u;
    unsigned day = (unsigned)(s / 86400 % 365), month = 0, second = (unsigned)(s % 86400);
    while (day >= days[month])
        day -= days[month++];
    unsigned hms[3] = {second / 3600, second / 60 % 60, second % 60};
    to = put_text(to, months[month]);
    *to++ = ' ';
    *to++ = (unsigned char)(day + 1 < 10 ? ' ' : '0' + (day + 1) / 10);
    *to++ = (unsigned char)('0' + (day + 1) % 10);
    for (unsigned i = 0; i < 3; i++) {
        *to++ = i == 0 ? ' ' : ':';
        *to++ = (unsigned char)('0' + hms[i] / 10);
        *to++ = (unsigned char)('0' + hms[i] % 10);
    }
    return to;
}

// Everything in front of the payload; at most HEADER_ROOM bytes. Answers its length.
static size_t put_header(enum wire_format format, const struct identity *id, unsigned char *start)
{
    unsigned char *to = start;
    switch (format) {
    case FORMAT_RAW:
        to = put_tag(put_text(to, RAW_START), id);
        *to++ = ' ';
        break;
    case FORMAT_JSON: to = put_text(put_tag(put_text(to, JSON_START), id), JSON_MIDDLE); break;
    case FORMAT_RFC3164:
        to = put_time3164(put_text(to, "<14>"), id->intended_ns);
        to = put_tag(put_text(to, RFC3164_AFTER_TIME), id);
        *to++ = ' ';
        break;
    case FORMAT_RFC5424:
        to = put_decimal(put_text(to, RFC5424_START), (uint32_t)(id->seq % SEQUENCE_MOST) + 1);
        to = put_text(put_tag(put_text(to, RFC5424_MIDDLE), id), RFC5424_END);
        break;
    }
    return (size_t)(to - start);
}

static size_t trailer_size(enum wire_format format)
{
    return format == FORMAT_JSON ? strlen(JSON_END) : 0;
}

size_t format_minimum(enum wire_format format)
{
    unsigned char header[HEADER_ROOM];
    struct identity longest = {.seq = SEQUENCE_MOST - 1};
    return put_header(format, &longest, header) + trailer_size(format);
}

size_t format_encode(enum wire_format format, const struct identity *id, uint64_t seed, unsigned char *to,
                     size_t size)
{
    size_t header = put_header(format, id, to), trailer = trailer_size(format);
    payload_fill(to + header, size - header - trailer, seed, id->source, id->sender, id->seq,
                 id->record_class);
    memcpy(to + size - trailer, JSON_END, trailer);
    return header;
}

bool format_matches(enum wire_format format, const struct identity *id, uint64_t seed,
                    const unsigned char *message, size_t size)
{
    unsigned char own[HEADER_ROOM];
    size_t header = put_header(format, id, own), trailer = trailer_size(format);
    return size >= header + trailer && memcmp(message, own, header) == 0 &&
           memcmp(message + size - trailer, JSON_END, trailer) == 0 &&
           payload_matches(message + header, size - header - trailer, seed, id->source, id->sender, id->seq,
                           id->record_class);
}

// ---- a payload of somebody else's ----
// Length of the UTF-8 sequence at p (RFC 3629), 0 when it is none.
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    // Overlong forms, surrogates and numbers beyond U+10FFFF show in the second byte.
    bool bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
               (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : length;
}

// Writes one character of the payload as a JSON string holds it: *used bytes read, answers the bytes written
// (<= 6).
static size_t put_escaped(unsigned char *to, const unsigned char *p, size_t n, size_t *used)
{
    size_t length = utf8_length(p, n);
    *used = length != 0 ? length : 1;
    if (length == 0)
        return (size_t)(put_text(to, "\\ufffd") - to);
    if (p[0] == '"' || p[0] == '\\') {
        to[0] = '\\';
        to[1] = p[0];
        return 2;
    }
    if (p[0] < 0x20) {
        unsigned char *end = put_text(to, "\\u00");
        *end++ = (unsigned char)"0123456789abcdef"[p[0] >> 4];
        *end++ = (unsigned char)"0123456789abcdef"[p[0] & 15];
        return (size_t)(end - to);
    }
    memcpy(to, p, length);
    return length;
}

size_t format_json_text(const unsigned char *text, size_t size, unsigned char *to, size_t room)
{
    size_t out = 0;
    for (size_t in = 0, used; in < size; in += used) {
        unsigned char one[6];
        size_t n = put_escaped(one, text + in, size - in, &used);
        if (n > room - out)
            return SIZE_MAX;
        memcpy(to + out, one, n);
        out += n;
    }
    return out;
}

size_t format_encode_payload(enum wire_format format, const struct identity *id, const unsigned char *payload,
                             size_t payload_size, unsigned char *to, size_t room)
{
    unsigned char header[HEADER_ROOM];
    size_t head = put_header(format, id, header), trailer = trailer_size(format);
    if (room < head + trailer)
        return 0;
    size_t inside = room - head - trailer, written = payload_size;
    if (format == FORMAT_JSON)
        written = format_json_text(payload, payload_size, to + head, inside);
    else if (payload_size <= inside && payload_size != 0)
        memcpy(to + head, payload, payload_size);
    if (written > inside)
        return 0;
    memcpy(to, header, head);
    memcpy(to + head + written, JSON_END, trailer);
    return head + written + trailer;
}

// ---- recognising our own ----
static bool take_decimal(struct cursor *c, uint32_t most, uint32_t *value)
{
    uint64_t v = 0;
    const unsigned char *start = c->at;
    while (c->at != c->end && *c->at >= '0' && *c->at <= '9' && v <= most)
        v = v * 10 + (uint64_t)(*c->at++ - '0');
    *value = (uint32_t)v;
    return c->at != start && v <= most;
}

static bool take_own_header(struct cursor *c, struct identity *id)
{
    uint32_t sequence;
    if (take_text(c, RAW_START))
        return take_tag(c, id) && take_char(c, ' ');
    if (take_text(c, JSON_START)) {
        if (left(c) < strlen(JSON_END) || memcmp(c->end - strlen(JSON_END), JSON_END, strlen(JSON_END)) != 0)
            return false;
        c->end -= strlen(JSON_END);
        return take_tag(c, id) && take_text(c, JSON_MIDDLE);
    }
    if (take_text(c, RFC5424_START))
        return take_decimal(c, SEQUENCE_MOST, &sequence) && take_text(c, RFC5424_MIDDLE) && take_tag(c, id) &&
               take_text(c, RFC5424_END);
    if (!take_text(c, "<14>") || left(c) < RFC3164_TIME)
        return false;
    c->at += RFC3164_TIME;
    return take_text(c, RFC3164_AFTER_TIME) && take_tag(c, id) && take_char(c, ' ');
}

bool format_decode(const unsigned char *message, size_t size, struct identity *id,
                   const unsigned char **payload, size_t *payload_size)
{
    struct cursor c = {message, message + size};
    struct identity found = {0};
    if (size == 0 || !take_own_header(&c, &found))
        return false;
    *id = found;
    *payload = c.at;
    *payload_size = left(&c);
    return true;
}

// ---- foreign syslog ----
static bool take_priority(struct cursor *c, struct foreign *f)
{
    uint32_t priority;
    if (!take_char(c, '<') || !take_decimal(c, 191, &priority) || !take_char(c, '>'))
        return false;
    f->severity = priority % 8;
    return true;
}

// One or more characters up to, but without, a space.
static bool take_word(struct cursor *c)
{
    const unsigned char *start = c->at;
    while (c->at != c->end && *c->at > ' ' && *c->at != 0x7f)
        c->at++;
    return c->at != start;
}

static bool take_sd_name(struct cursor *c, const unsigned char **name, size_t *size)
{
    *name = c->at;
    while (c->at != c->end && *c->at > ' ' && *c->at < 0x7f && *c->at != '=' && *c->at != ']' &&
           *c->at != '"')
        c->at++;
    *size = (size_t)(c->at - *name);
    return *size != 0;
}

// "value" with \" \\ \] escapes; a lone backslash stands for itself (RFC 5424 section 6.3.3).
static bool take_sd_value(struct cursor *c, struct cursor *value)
{
    if (!take_char(c, '"'))
        return false;
    value->at = c->at;
    for (; c->at != c->end && *c->at != '"'; c->at++)
        if (*c->at == '\\' && left(c) > 1)
            c->at++;
    value->end = c->at;
    return take_char(c, '"');
}

static bool is_name(const unsigned char *name, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(name, text, size) == 0;
}

// [id name="value" ...]
static bool take_sd_element(struct cursor *c, struct foreign *f)
{
    const unsigned char *id, *name;
    size_t id_size, name_size;
    struct cursor value;
    if (!take_char(c, '[') || !take_sd_name(c, &id, &id_size))
        return false;
    while (take_char(c, ' ')) {
        if (!take_sd_name(c, &name, &name_size) || !take_char(c, '=') || !take_sd_value(c, &value))
            return false;
        uint32_t n;
        if (is_name(id, id_size, "meta") && is_name(name, name_size, "sequenceId") &&
            take_decimal(&value, SEQUENCE_MOST, &n) && value.at == value.end && n != 0) {
            f->has_sequence_id = true;
            f->sequence_id = n;
        }
    }
    return take_char(c, ']');
}

static bool foreign_rfc5424(struct cursor *c, struct foreign *f)
{
    uint32_t version;
    if (!take_priority(c, f) || !take_decimal(c, 999, &version) || version == 0)
        return false;
    for (int field = 0; field < 5; field++) // timestamp, host, application, process, message id
        if (!take_char(c, ' ') || !take_word(c))
            return false;
    if (!take_char(c, ' '))
        return false;
    if (!take_char(c, '-')) {
        do
            if (!take_sd_element(c, f))
                return false;
        while (c->at != c->end && *c->at == '[');
    }
    return c->at == c->end || *c->at == ' ';
}

// ---- is it one JSON object? ----
enum { JSON_DEPTH = 64 };

static void skip_space(struct cursor *c)
{
    while (c->at != c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
}

static bool skip_string(struct cursor *c)
{
    if (!take_char(c, '"'))
        return false;
    for (; c->at != c->end && *c->at != '"'; c->at++) {
        if (*c->at < 0x20)
            return false;
        if (*c->at == '\\' && left(c) > 1)
            c->at++;
    }
    return take_char(c, '"');
}

static bool skip_scalar(struct cursor *c)
{
    if (c->at != c->end && *c->at == '"')
        return skip_string(c);
    if (take_text(c, "true") || take_text(c, "false") || take_text(c, "null"))
        return true;
    bool digit = false;
    for (; c->at != c->end && *c->at != 0 && strchr("+-.eE0123456789", *c->at) != NULL; c->at++)
        digit |= *c->at >= '0' && *c->at <= '9';
    return digit;
}

static bool skip_key(struct cursor *c)
{
    skip_space(c);
    if (!skip_string(c))
        return false;
    skip_space(c);
    return take_char(c, ':');
}

// Any JSON value; numbers are not looked at closely. `depth` bounds the recursion.
static bool skip_value(struct cursor *c, unsigned depth)
{
    skip_space(c);
    bool object = take_char(c, '{');
    if (!object && !take_char(c, '['))
        return skip_scalar(c);
    unsigned char closing = object ? '}' : ']';
    skip_space(c);
    if (take_char(c, closing))
        return true;
    do {
        if (depth == 0 || (object && !skip_key(c)) || !skip_value(c, depth - 1))
            return false;
        skip_space(c);
    } while (take_char(c, ','));
    return take_char(c, closing);
}

bool format_json_skip(const unsigned char **at, const unsigned char *end)
{
    struct cursor c = {*at, end};
    bool good = skip_value(&c, JSON_DEPTH);
    *at = c.at;
    return good;
}

static bool foreign_json(struct cursor *c)
{
    skip_space(c);
    if (c->at == c->end || *c->at != '{' || !skip_value(c, JSON_DEPTH))
        return false;
    skip_space(c);
    return c->at == c->end;
}

bool format_foreign(enum wire_format format, const unsigned char *message, size_t size, struct foreign *f)
{
    static const unsigned char nothing[1];
    struct cursor c = {nothing, nothing};
    if (size != 0)
        c = (struct cursor){message, message + size};
    *f = (struct foreign){.severity = 6};
    bool good = true;
    switch (format) {
    case FORMAT_RAW: break;
    case FORMAT_JSON: good = foreign_json(&c); break;
    case FORMAT_RFC3164: good = take_priority(&c, f); break;
    case FORMAT_RFC5424: good = foreign_rfc5424(&c, f); break;
    }
    if (!good)
        *f = (struct foreign){.severity = 6};
    return good;
}
