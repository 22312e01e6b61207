// SPDX-License-Identifier: Apache-2.0
// The JSON reader (OTLP's JSON encoding: camelCase names, 64-bit integers as text or number, unknown fields
// ignored). Like the protobuf reader it walks the envelope by hand and builds a tree of one log record at a
// time.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "live/io/otlp/decode.h"

enum { VALUE_MEMORY = 256 }; // about what jansson needs for one value

// ---- the envelope ----
struct text {
    const unsigned char *at, *end;
};

static void skip_space(struct text *t)
{
    while (t->at != t->end && (*t->at == ' ' || *t->at == '\t' || *t->at == '\n' || *t->at == '\r'))
        t->at++;
}

static bool take(struct text *t, unsigned char what)
{
    skip_space(t);
    if (t->at == t->end || *t->at != what)
        return false;
    t->at++;
    return true;
}

static bool take_value(struct text *t, struct text *value)
{
    skip_space(t);
    value->at = t->at;
    bool good = format_json_skip(&t->at, t->end);
    value->end = t->at;
    return good;
}

static bool is(const struct text *t, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(t->end - t->at) == size && memcmp(t->at, word, size) == 0;
}

static bool broken(struct otlp_records *r)
{
    return otlp_stop(r, OTLP_GARBAGE, "not a JSON ExportLogsServiceRequest");
}

// ---- one log record ----
// A tree costs much more memory than its text: values are counted before it is built.
static bool affordable(const struct otlp_records *r, const struct text *t)
{
    size_t values = 1;
    bool inside = false; // of a string; format_json_skip has seen that it ends
    for (const unsigned char *p = t->at; p != t->end; p++) {
        if (inside && *p == '\\')
            p++;
        else if (*p == '"')
            inside = !inside;
        else
            values += !inside && (*p == '{' || *p == '[' || *p == ',');
    }
    return values <= r->most_memory / VALUE_MEMORY;
}

static bool integer(const json_t *value, int64_t *number)
{
    if (json_is_integer(value)) {
        *number = json_integer_value(value);
        return true;
    }
    const char *text = json_string_value(value);
    char *end;
    if (text == NULL || *text == 0)
        return false;
    *number = strtoll(text, &end, 10);
    return *end == 0;
}

static void note_attributes(const json_t *list, struct otlp_identity *who)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i), *key = json_object_get(pair, "key");
        int64_t number;
        if (json_is_string(key) &&
            integer(json_object_get(json_object_get(pair, "value"), "intValue"), &number))
            otlp_note(who, json_string_value(key), json_string_length(key), number);
    }
}

static bool add_record(struct otlp_records *r, const json_t *log)
{
    struct otlp_identity who = {0};
    note_attributes(json_object_get(log, "attributes"), &who);
    const json_t *body = json_object_get(log, "body"), *string = json_object_get(body, "stringValue");
    if (json_is_string(string))
        return otlp_add(r, otlp_identity(&who), (const unsigned char *)json_string_value(string),
                        json_string_length(string));
    if (body == NULL || json_is_null(body) || (json_is_object(body) && json_object_size(body) == 0))
        return otlp_add(r, NULL, NULL, 0);
    char *dump = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dump == NULL)
        return otlp_stop(r, OTLP_NO_MEMORY, "out of memory");
    bool good = otlp_add(r, NULL, (const unsigned char *)dump, strlen(dump));
    free(dump);
    return good;
}

static bool read_record(struct otlp_records *r, const struct text *t)
{
    json_error_t why;
    if (!affordable(r, t))
        return otlp_stop(r, OTLP_TOO_LARGE, "too many values in one log record");
    json_t *log = json_loadb((const char *)t->at, (size_t)(t->end - t->at), JSON_ALLOW_NUL, &why);
    if (log == NULL)
        return otlp_stop(r, OTLP_GARBAGE, why.text);
    bool good = json_is_object(log) ? add_record(r, log) : broken(r);
    json_decref(log);
    return good;
}

// An object in which the value of `names[level]` is a list of objects of the next level; the last are log
// records.
static bool read_level(struct otlp_records *r, struct text *t, unsigned level)
{
    static const char *const names[3] = {"\"resourceLogs\"", "\"scopeLogs\"", "\"logRecords\""};
    struct text key, value;
    if (!take(t, '{'))
        return broken(r);
    if (take(t, '}'))
        return true;
    do {
        if (!take_value(t, &key) || *key.at != '"' || !take(t, ':'))
            return broken(r);
        if (!is(&key, names[level]) || !take(t, '[')) {
            // Another field, or null, which stands for a list that is not there.
            if (!take_value(t, &value) || (is(&key, names[level]) && !is(&value, "null")))
                return broken(r);
            continue;
        }
        if (take(t, ']'))
            continue;
        do {
            if (level < 2 ? !read_level(r, t, level + 1) : !take_value(t, &value) || !read_record(r, &value))
                return broken(r);
        } while (take(t, ','));
        if (!take(t, ']'))
            return broken(r);
    } while (take(t, ','));
    return take(t, '}') || broken(r);
}

enum otlp_result otlp_read_json(struct otlp_records *r, const unsigned char *body, size_t size)
{
    struct text t = {body, body + size};
    if (size == 0)
        return r->result;
    if (read_level(r, &t, 0)) {
        skip_space(&t);
        if (t.at != t.end)
            broken(r);
    }
    return r->result;
}
