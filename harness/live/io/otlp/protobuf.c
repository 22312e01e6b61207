// SPDX-License-Identifier: Apache-2.0
// The protobuf reader: walks request, resources and scopes by hand and gives each log record to protobuf-c.
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/io/otlp/decode.h"
#include "logs.pb-c.h"

enum { VALUE_DEPTH = 32 };

// ---- memory that one record may need ----
struct budget {
    size_t left;
    bool exceeded;
};

static void *budget_alloc(void *context, size_t size)
{
    struct budget *b = context;
    b->exceeded |= size > b->left;
    if (size > b->left)
        return NULL;
    b->left -= size;
    return malloc(size != 0 ? size : 1);
}

static void budget_free(void *context, void *memory)
{
    (void)context;
    free(memory);
}

// ---- the envelope ----
struct piece {
    const unsigned char *at, *end;
};

static bool take_varint(struct piece *s, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && s->at != s->end; shift += 7) {
        unsigned char byte = *s->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

// The next field: its number, and for length-delimited ones (wire type 2) what is inside. False: broken.
static bool take_field(struct piece *s, uint64_t *number, struct piece *inside)
{
    uint64_t key, length = 0;
    *inside = (struct piece){NULL, NULL};
    if (!take_varint(s, &key) || key >> 3 == 0 || key >> 3 > 0x1fffffff)
        return false;
    *number = key >> 3;
    switch (key & 7) {
    case 0: return take_varint(s, &length);
    case 1: length = 8; break;
    case 2:
        if (!take_varint(s, &length))
            return false;
        break;
    case 5: length = 4; break;
    default: return false; // groups: not in OTLP
    }
    if (length > (size_t)(s->end - s->at))
        return false;
    if ((key & 7) == 2)
        *inside = (struct piece){s->at, s->at + length};
    s->at += length;
    return true;
}

// ---- values as JSON ----
static json_t *text_json(ProtobufCBinaryData t)
{
    if (t.len == 0)
        return json_string("");
    unsigned char *clean = malloc(t.len * 3 + 1); // every byte may turn into U+FFFD
    json_t *j = json_stringn((const char *)t.data, t.len);
    if (j == NULL && clean != NULL) {
        size_t n = 0;
        for (size_t i = 0; i < t.len; i++) {
            bool ascii = t.data[i] < 0x80;
            memcpy(clean + n, ascii ? (const char *)&t.data[i] : "\xef\xbf\xbd", ascii ? 1 : 3);
            n += ascii ? 1 : 3;
        }
        j = json_stringn((const char *)clean, n);
    }
    free(clean);
    return j;
}

static json_t *base64_json(ProtobufCBinaryData t)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((t.len + 2) / 3 * 4 + 1);
    size_t n = 0;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < t.len; i += 3) {
        size_t have = t.len - i < 3 ? t.len - i : 3;
        uint32_t v = (uint32_t)t.data[i] << 16 | (have > 1 ? (uint32_t)t.data[i + 1] << 8 : 0) |
                     (have > 2 ? t.data[i + 2] : 0u);
        for (unsigned k = 0; k < 4; k++)
            text[n++] = k <= have ? digits[v >> (18 - 6 * k) & 63] : '=';
    }
    json_t *j = json_stringn(text, n);
    free(text);
    return j;
}

static json_t *value_json(const Weir__Otlp__AnyValue *v, ProtobufCAllocator *a, unsigned depth);

static json_t *pair_json(const Weir__Otlp__KeyValue *kv, ProtobufCAllocator *a, unsigned depth)
{
    return json_pack("{s:o, s:o}", "key", text_json(kv->key), "value", value_json(kv->value, a, depth));
}

static json_t *list_json(ProtobufCBinaryData in, bool pairs, ProtobufCAllocator *a, unsigned depth)
{
    json_t *list = json_array();
    if (depth == 0)
        return list; // deeper than anybody nests: left out
    if (pairs) {
        Weir__Otlp__KeyValueList *l = weir__otlp__key_value_list__unpack(a, in.len, in.data);
        for (size_t i = 0; l != NULL && i < l->n_values; i++)
            json_array_append_new(list, pair_json(l->values[i], a, depth - 1));
        weir__otlp__key_value_list__free_unpacked(l, a);
    } else {
        Weir__Otlp__ArrayValue *l = weir__otlp__array_value__unpack(a, in.len, in.data);
        for (size_t i = 0; l != NULL && i < l->n_values; i++)
            json_array_append_new(list, value_json(l->values[i], a, depth - 1));
        weir__otlp__array_value__free_unpacked(l, a);
    }
    return list;
}

// As OTLP's JSON encoding writes it: {"intValue": "5"}.
static json_t *value_json(const Weir__Otlp__AnyValue *v, ProtobufCAllocator *a, unsigned depth)
{
    char number[32];
    if (v == NULL)
        return json_object();
    switch (v->value_case) {
    case WEIR__OTLP__ANY_VALUE__VALUE_STRING_VALUE:
        return json_pack("{s:o}", "stringValue", text_json(v->string_value));
    case WEIR__OTLP__ANY_VALUE__VALUE_BOOL_VALUE: return json_pack("{s:b}", "boolValue", v->bool_value);
    case WEIR__OTLP__ANY_VALUE__VALUE_INT_VALUE:
        snprintf(number, sizeof number, "%" PRId64, v->int_value);
        return json_pack("{s:s}", "intValue", number);
    case WEIR__OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE: {
        json_t *real = json_real(v->double_value); // NULL for what JSON has no number for
        return json_pack("{s:o}", "doubleValue", real != NULL ? real : json_string("NaN"));
    }
    case WEIR__OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        return json_pack("{s:{s:o}}", "arrayValue", "values", list_json(v->array_value, false, a, depth));
    case WEIR__OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        return json_pack("{s:{s:o}}", "kvlistValue", "values", list_json(v->kvlist_value, true, a, depth));
    case WEIR__OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        return json_pack("{s:o}", "bytesValue", base64_json(v->bytes_value));
    default: return json_object();
    }
}

// ---- one log record ----
static bool add_record(struct otlp_records *r, const Weir__Otlp__LogRecord *log, ProtobufCAllocator *a)
{
    struct otlp_identity who = {0};
    for (size_t i = 0; i < log->n_attributes; i++) {
        const Weir__Otlp__KeyValue *kv = log->attributes[i];
        if (kv->value != NULL && kv->value->value_case == WEIR__OTLP__ANY_VALUE__VALUE_INT_VALUE)
            otlp_note(&who, (const char *)kv->key.data, kv->key.len, kv->value->int_value);
    }
    const Weir__Otlp__AnyValue *body = log->body;
    if (body == NULL || body->value_case == WEIR__OTLP__ANY_VALUE__VALUE__NOT_SET)
        return otlp_add(r, NULL, NULL, 0);
    if (body->value_case == WEIR__OTLP__ANY_VALUE__VALUE_STRING_VALUE)
        return otlp_add(r, otlp_identity(&who), body->string_value.data, body->string_value.len);
    json_t *value = value_json(body, a, VALUE_DEPTH);
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    if (text == NULL)
        return otlp_stop(r, OTLP_NO_MEMORY, "out of memory");
    bool good = otlp_add(r, NULL, (const unsigned char *)text, strlen(text));
    free(text);
    return good;
}

static bool read_record(struct otlp_records *r, struct piece in)
{
    struct budget budget = {.left = r->most_memory};
    ProtobufCAllocator a = {budget_alloc, budget_free, &budget};
    static const unsigned char nothing[1];
    size_t size = (size_t)(in.end - in.at);
    Weir__Otlp__LogRecord *log = weir__otlp__log_record__unpack(&a, size, size != 0 ? in.at : nothing);
    if (log == NULL)
        return budget.exceeded ? otlp_stop(r, OTLP_TOO_LARGE, "too many values in one log record")
                               : otlp_stop(r, OTLP_GARBAGE, "not a protobuf log record");
    bool good = add_record(r, log, &a);
    weir__otlp__log_record__free_unpacked(log, &a);
    return good;
}

// request -> 1 resource logs -> 2 scope logs -> 2 log record
static bool read_level(struct otlp_records *r, struct piece in, unsigned level)
{
    static const uint64_t child[3] = {1, 2, 2};
    uint64_t number;
    struct piece inside;
    while (in.at != in.end) {
        if (!take_field(&in, &number, &inside))
            return otlp_stop(r, OTLP_GARBAGE, "not a protobuf ExportLogsServiceRequest");
        if (number != child[level])
            continue;
        if (inside.at == NULL)
            return otlp_stop(r, OTLP_GARBAGE, "a field has the wrong wire type");
        if (!(level == 2 ? read_record(r, inside) : read_level(r, inside, level + 1)))
            return false;
    }
    return true;
}

enum otlp_result otlp_read_protobuf(struct otlp_records *r, const unsigned char *body, size_t size)
{
    if (size != 0)
        read_level(r, (struct piece){body, body + size}, 0);
    return r->result;
}
