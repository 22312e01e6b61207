// SPDX-License-Identifier: Apache-2.0
#include "live/io/otlp/encode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "flow/format.h"
#include "live/io/otlp/decode.h"
#include "logs.pb-c.h"

enum { ATTRIBUTES = 6, INFLATE_STEP = 64 * 1024 };

static bool reserve(struct otlp_body *b, size_t more)
{
    if (more <= b->room - b->size)
        return true;
    size_t room = b->room != 0 ? b->room : 4096;
    while (room - b->size < more)
        room *= 2;
    unsigned char *data = realloc(b->data, room);
    if (data == NULL)
        return false;
    b->data = data;
    b->room = room;
    return true;
}

bool otlp_append(struct otlp_body *b, const void *data, size_t size)
{
    if (!reserve(b, size))
        return false;
    if (size != 0)
        memcpy(b->data + b->size, data, size);
    b->size += size;
    return true;
}

static void attribute_values(uint64_t run, const struct wire_message *m, uint64_t values[ATTRIBUTES])
{
    const uint64_t in_order[ATTRIBUTES] = {run,    m->source,     m->sender, m->record_class,
                                           m->seq, m->intended_ns};
    memcpy(values, in_order, sizeof in_order);
}

// ---- protobuf: the envelope by hand, each record by protobuf-c ----
static bool put_varint(struct otlp_body *b, uint64_t v)
{
    unsigned char bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (unsigned char)(v | 0x80);
    bytes[n++] = (unsigned char)v;
    return otlp_append(b, bytes, n);
}

static size_t varint_size(uint64_t v)
{
    size_t n = 1;
    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

// One log record with all its parts; made once per message on the stack.
struct log_parts {
    Weir__Otlp__LogRecord log;
    Weir__Otlp__AnyValue body, values[ATTRIBUTES];
    Weir__Otlp__KeyValue pairs[ATTRIBUTES];
    Weir__Otlp__KeyValue *list[ATTRIBUTES];
};

static ProtobufCBinaryData binary(const void *data, size_t size)
{
    union { // protobuf-c takes no pointer to const, and does not write when it packs
        const void *in;
        uint8_t *out;
    } u = {.in = data};
    return (ProtobufCBinaryData){.len = size, .data = u.out};
}

static void fill_parts(struct log_parts *p, uint64_t run, const struct wire_message *m)
{
    uint64_t numbers[ATTRIBUTES];
    attribute_values(run, m, numbers);
    weir__otlp__log_record__init(&p->log);
    weir__otlp__any_value__init(&p->body);
    p->body.value_case = WEIR__OTLP__ANY_VALUE__VALUE_STRING_VALUE;
    p->body.string_value = binary(m->payload, m->size);
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        weir__otlp__any_value__init(&p->values[i]);
        weir__otlp__key_value__init(&p->pairs[i]);
        p->values[i].value_case = WEIR__OTLP__ANY_VALUE__VALUE_INT_VALUE;
        p->values[i].int_value = (int64_t)numbers[i];
        p->pairs[i].key = binary(otlp_keys[i], strlen(otlp_keys[i]));
        p->pairs[i].value = &p->values[i];
        p->list[i] = &p->pairs[i];
    }
    p->log.time_unix_nano = m->intended_ns;
    p->log.severity_number = 9; // INFO
    p->log.body = &p->body;
    p->log.n_attributes = ATTRIBUTES;
    p->log.attributes = p->list;
}

bool otlp_write_protobuf(struct otlp_body *b, uint64_t run, const struct wire_message *m, size_t count)
{
    struct log_parts p;
    size_t scope = 0;
    for (size_t i = 0; i < count; i++) {
        fill_parts(&p, run, &m[i]);
        size_t size = weir__otlp__log_record__get_packed_size(&p.log);
        scope += 1 + varint_size(size) + size;
    }
    size_t resource = 1 + varint_size(scope) + scope;
    b->size = 0;
    // 0x0a: field 1, 0x12: field 2, both length-delimited.
    bool good = otlp_append(b, "\x0a", 1) && put_varint(b, resource) && otlp_append(b, "\x12", 1) &&
                put_varint(b, scope);
    for (size_t i = 0; good && i < count; i++) {
        fill_parts(&p, run, &m[i]);
        size_t size = weir__otlp__log_record__get_packed_size(&p.log);
        good = otlp_append(b, "\x12", 1) && put_varint(b, size) && reserve(b, size);
        if (good)
            b->size += weir__otlp__log_record__pack(&p.log, b->data + b->size);
    }
    return good;
}

// ---- JSON ----
static bool put_text(struct otlp_body *b, const char *text)
{
    return otlp_append(b, text, strlen(text));
}

static bool put_escaped(struct otlp_body *b, const void *text, size_t size)
{
    if (!reserve(b, size * 6))
        return false;
    b->size += format_json_text(text, size, b->data + b->size, b->room - b->size);
    return true;
}

static bool put_json_record(struct otlp_body *b, uint64_t run, const struct wire_message *m)
{
    uint64_t numbers[ATTRIBUTES];
    char text[160];
    attribute_values(run, m, numbers);
    snprintf(text, sizeof text,
             "{\"timeUnixNano\":\"%" PRIu64 "\",\"severityNumber\":9,\"body\":{\"stringValue\":\"",
             m->intended_ns);
    bool good =
        put_text(b, text) && put_escaped(b, m->payload, m->size) && put_text(b, "\"},\"attributes\":[");
    for (unsigned i = 0; good && i < ATTRIBUTES; i++) {
        snprintf(text, sizeof text, "%s{\"key\":\"%s\",\"value\":{\"intValue\":\"%" PRId64 "\"}}",
                 i != 0 ? "," : "", otlp_keys[i], (int64_t)numbers[i]);
        good = put_text(b, text);
    }
    return good && put_text(b, "]}");
}

bool otlp_write_json(struct otlp_body *b, uint64_t run, const struct wire_message *m, size_t count)
{
    b->size = 0;
    bool good = put_text(b, "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[");
    for (size_t i = 0; good && i < count; i++)
        good = (i == 0 || put_text(b, ",")) && put_json_record(b, run, &m[i]);
    return good && put_text(b, "]}]}]}");
}

// ---- status ----
// The google.rpc.Code that stands for an HTTP status.
static int rpc_code(int http_status)
{
    switch (http_status) {
    case 404: return 5;  // NOT_FOUND
    case 405: return 12; // UNIMPLEMENTED
    case 413: return 8;  // RESOURCE_EXHAUSTED
    case 429: return 8;
    case 503: return 14; // UNAVAILABLE
    default: return 3;   // INVALID_ARGUMENT
    }
}

bool otlp_write_status(struct otlp_body *b, bool json, int http_status, const char *message)
{
    char start[48];
    b->size = 0;
    if (json) {
        snprintf(start, sizeof start, "{\"code\":%d,\"message\":\"", rpc_code(http_status));
        return put_text(b, start) && put_escaped(b, message, strlen(message)) && put_text(b, "\"}");
    }
    Weir__Otlp__Status s = WEIR__OTLP__STATUS__INIT;
    s.code = rpc_code(http_status);
    s.message = binary(message, strlen(message));
    if (!reserve(b, weir__otlp__status__get_packed_size(&s)))
        return false;
    b->size = weir__otlp__status__pack(&s, b->data);
    return true;
}

// ---- gzip ----
enum { GZIP_WINDOW = 15 + 16 }; // 32 KiB window, gzip wrapper (zlib.h)

bool otlp_gzip(struct otlp_body *to, const struct otlp_body *from)
{
    z_stream z = {0};
    to->size = 0;
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    uLong bound = deflateBound(&z, from->size);
    bool good = reserve(to, bound);
    if (good) {
        z.next_in = from->data;
        z.avail_in = (uInt)from->size;
        z.next_out = to->data;
        z.avail_out = (uInt)bound;
        good = deflate(&z, Z_FINISH) == Z_STREAM_END;
        to->size = good ? z.total_out : 0;
    }
    deflateEnd(&z);
    return good;
}

struct otlp_inflate {
    z_stream z;
    bool ended;
};

struct otlp_inflate *otlp_inflate_new(void)
{
    struct otlp_inflate *z = calloc(1, sizeof *z);
    if (z != NULL && inflateInit2(&z->z, GZIP_WINDOW) != Z_OK) {
        free(z);
        return NULL;
    }
    return z;
}

void otlp_inflate_free(struct otlp_inflate *z)
{
    if (z == NULL)
        return;
    inflateEnd(&z->z);
    free(z);
}

// One step into the free room of the body: at least one byte more than may come, to see a body that is too
// large.
static int inflate_step(struct otlp_inflate *z, struct otlp_body *to, size_t most)
{
    size_t step = most - to->size < INFLATE_STEP ? most - to->size + 1 : INFLATE_STEP;
    if (!reserve(to, step))
        return Z_MEM_ERROR;
    z->z.next_out = to->data + to->size;
    z->z.avail_out = (uInt)step;
    int code = inflate(&z->z, Z_NO_FLUSH);
    to->size += step - z->z.avail_out;
    return code;
}

enum inflate_result otlp_inflate(struct otlp_inflate *z, const void *piece, size_t size, struct otlp_body *to,
                                 size_t most)
{
    union { // zlib takes no pointer to const without ZLIB_CONST
        const void *in;
        Bytef *out;
    } u = {.in = piece};
    z->z.next_in = u.out;
    z->z.avail_in = (uInt)size;
    while (z->z.avail_in != 0 || z->z.avail_out == 0) {
        if (z->ended) { // RFC 1952 section 2.2: several members may follow each other
            if (z->z.avail_in == 0)
                return INFLATE_END;
            if (inflateReset(&z->z) != Z_OK)
                return INFLATE_GARBAGE;
            z->ended = false;
        }
        int code = inflate_step(z, to, most);
        if (to->size > most)
            return INFLATE_TOO_LARGE;
        z->ended = code == Z_STREAM_END;
        if (code == Z_MEM_ERROR)
            return INFLATE_NO_MEMORY;
        if (code == Z_BUF_ERROR && z->z.avail_in == 0)
            break;
        if (code != Z_OK && code != Z_STREAM_END)
            return INFLATE_GARBAGE;
    }
    return z->ended ? INFLATE_END : INFLATE_MORE;
}
