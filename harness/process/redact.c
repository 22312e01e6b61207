// SPDX-License-Identifier: Apache-2.0
// Overwriting in place. What was a string stays a string of the same length. Any other JSON value becomes a
// string as long as it was; one of a single digit has no room for that and becomes 0.
#include <string.h>

#include "process/json.h"
#include "process/steps.h"
#include "process/syslog.h"

static void cover(struct process_item *item, size_t begin, size_t end)
{
    memset(item->bytes + begin, '*', end - begin);
    item->changed |= end > begin;
}

// ---- a field ----

static void cover_json(struct process_item *item, enum json_kind kind, size_t begin, size_t end)
{
    if (kind == TOKEN_STRING) {
        cover(item, begin, end);
    } else if (end - begin == 1) {
        item->bytes[begin] = '0';
        item->changed = true;
    } else {
        item->bytes[begin] = item->bytes[end - 1] = '"';
        item->changed = true;
        cover(item, begin + 1, end - 1);
    }
}

// The token that ends the value which begins with `t`.
static struct json_token end_of_value(struct json_reader *r, struct json_token t)
{
    struct json_token last = t;
    if (t.kind == TOKEN_OBJECT || t.kind == TOKEN_ARRAY)
        do
            last = json_next(r);
        while (last.kind > TOKEN_END && last.depth > t.depth);
    return last;
}

// Members of that name at every depth. The text is sound, and what is covered lies behind the reader.
static void redact_json(struct process_item *item, const char *field)
{
    struct json_reader r;
    struct json_token t;
    json_begin(&r, item->bytes, item->size);
    while ((t = json_next(&r)).kind > TOKEN_END) {
        if (t.kind != TOKEN_KEY || !json_equals(item->bytes + t.begin, t.end - t.begin, field))
            continue;
        struct json_token value = json_next(&r), last = end_of_value(&r, value);
        cover_json(item, value.kind, value.begin, last.end);
    }
}

struct redaction {
    struct process_item *item;
    const char *field;
};

static void redact_param(void *context, const struct syslog_param *param)
{
    struct redaction *r = context;
    size_t length = param->name.end - param->name.begin;
    if (strlen(r->field) == length && memcmp(r->item->bytes + param->name.begin, r->field, length) == 0)
        cover(r->item, param->value.begin, param->value.end);
}

// ---- a pattern ----

// Length of the match at p, 0 when there is none.
static size_t match(const char *pattern, const unsigned char *p, size_t n)
{
    size_t length = 0;
    for (; *pattern; pattern++, length++) {
        if (length == n)
            return 0;
        if (*pattern == '#'
                ? p[length] < '0' || p[length] > '9'
                : p[length] != (unsigned char)(*pattern == '\\' && pattern[1] ? *++pattern : *pattern))
            return 0;
    }
    return length;
}

static void redact_pattern(struct process_item *item, const char *pattern)
{
    for (size_t i = 0; i < item->size;) {
        size_t length = match(pattern, item->bytes + i, item->size - i);
        if (length)
            cover(item, i, i + length);
        i += length ? length : 1;
    }
}

void redact_item(const struct processor *p, struct process_item *item)
{
    struct redaction r = {item, p->field};
    struct syslog s;
    if (p->pattern) {
        redact_pattern(item, p->pattern);
        item->form = FORM_AUTO; // a pattern may have covered what made the form
        return;
    }
    switch (item_form(item)) {
    case FORM_JSON: redact_json(item, p->field); break;
    case FORM_RFC5424: syslog_read(item->bytes, item->size, &s, redact_param, &r); break;
    default: break;
    }
}
