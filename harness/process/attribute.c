// SPDX-License-Identifier: Apache-2.0
// Adding a field: a member at the end of a JSON object, or a parameter in the element attributes@32473 of a
// syslog message (32473 is the enterprise number for examples, RFC 5612). A field of that name stays as it
// is.
#include <string.h>

#include "process/json.h"
#include "process/steps.h"
#include "process/syslog.h"

#define ELEMENT "attributes@32473"

// What is put in, piece by piece; a piece may have to be escaped.
struct piece {
    const char *text;
    bool escaped;
};

// Length of one character as it is written, and the character itself at `to` (at most 6 bytes).
static size_t put_char(unsigned char *to, enum text_form form, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    bool quote = c == '"' || c == '\\' || (form == FORM_RFC5424 && c == ']');
    if (form == FORM_JSON && c < 0x20) {
        memcpy(to, "\\u00", 4);
        to[4] = (unsigned char)hex[c >> 4];
        to[5] = (unsigned char)hex[c & 15];
        return 6;
    }
    to[0] = '\\';
    to[quote] = c;
    return 1u + quote;
}

// Writes the pieces at `to`, or only measures them when it is NULL.
static size_t put_pieces(unsigned char *to, enum text_form form, const struct piece *pieces, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        for (const char *c = pieces[i].text; *c; c++) {
            unsigned char one[6] = {(unsigned char)*c};
            size_t n = pieces[i].escaped ? put_char(one, form, (unsigned char)*c) : 1;
            if (to)
                memcpy(to + length, one, n);
            length += n;
        }
    return length;
}

// Puts the pieces in the place of `cut` bytes at `at`.
static enum process_result insert(struct process_item *item, size_t at, size_t cut,
                                  const struct piece *pieces, size_t count)
{
    size_t length = put_pieces(NULL, item->form, pieces, count), wanted = item->size - cut + length;
    if (wanted > PROCESS_SIZE_MAX)
        return PROCESS_OVERSIZE;
    if (wanted > item->room) {
        item->wanted = wanted;
        return PROCESS_GROW;
    }
    memmove(item->bytes + at + length, item->bytes + at + cut, item->size - at - cut);
    put_pieces(item->bytes + at, item->form, pieces, count);
    item->size = wanted;
    item->changed = true;
    return PROCESS_PASSED;
}

static enum process_result add_member(const struct processor *p, struct process_item *item)
{
    struct json_reader r;
    struct json_token t;
    size_t end = 0;
    bool empty = true;
    json_begin(&r, item->bytes, item->size);
    while ((t = json_next(&r)).kind > TOKEN_END) {
        if (t.kind == TOKEN_KEY && t.depth == 1) {
            empty = false;
            if (json_equals(item->bytes + t.begin, t.end - t.begin, p->field))
                return PROCESS_PASSED;
        }
        if (t.kind == TOKEN_OBJECT_END && t.depth == 0)
            end = t.begin;
    }
    const struct piece pieces[] = {
        {empty ? "\"" : ",\"", false}, {p->field, true}, {"\":\"", false}, {p->value, true}, {"\"", false}};
    return insert(item, end, 0, pieces, sizeof pieces / sizeof *pieces);
}

struct search {
    const struct process_item *item;
    const char *field;
    bool there;
    size_t end; // where the element's next parameter goes; 0: no such element
};

static bool is(const struct process_item *item, struct syslog_span span, const char *text)
{
    return span.end - span.begin == strlen(text) &&
           memcmp(item->bytes + span.begin, text, span.end - span.begin) == 0;
}

static void search_param(void *context, const struct syslog_param *param)
{
    struct search *s = context;
    if (!is(s->item, param->id, ELEMENT))
        return;
    s->there |= is(s->item, param->name, s->field);
    s->end = param->end;
}

static enum process_result add_param(const struct processor *p, struct process_item *item)
{
    struct search s = {.item = item, .field = p->field};
    struct syslog m;
    syslog_read(item->bytes, item->size, &m, search_param, &s);
    if (s.there)
        return PROCESS_PASSED;
    bool none = item->bytes[m.data.begin] == '-';
    const struct piece pieces[] = {{s.end ? " " : "[" ELEMENT " ", false},
                                   {p->field, false},
                                   {"=\"", false},
                                   {p->value, true},
                                   {s.end ? "\"" : "\"]", false}};
    return insert(item,
                  s.end  ? s.end
                  : none ? m.data.begin
                         : m.data.end,
                  none, pieces, sizeof pieces / sizeof *pieces);
}

enum process_result attribute_item(const struct processor *p, struct process_item *item)
{
    switch (item_form(item)) {
    case FORM_JSON: return add_member(p, item);
    case FORM_RFC5424: return add_param(p, item);
    default: return PROCESS_PASSED;
    }
}
