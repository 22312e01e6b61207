// SPDX-License-Identifier: Apache-2.0
#include "process/json.h"

#include <string.h>

#include "process/utf8.h"

// What may come next.
enum expects { FIRST, VALUE, VALUE_OR_END, KEY, KEY_OR_END, COMMA_OR_END, NOTHING, OVER };

void json_begin(struct json_reader *r, const unsigned char *text, size_t size)
{
    *r = (struct json_reader){.text = text, .size = size, .expects = FIRST};
}

static void skip_space(struct json_reader *r)
{
    while (r->at < r->size && (r->text[r->at] == ' ' || r->text[r->at] == '\t' || r->text[r->at] == '\n' ||
                               r->text[r->at] == '\r'))
        r->at++;
}

static struct json_token bad(struct json_reader *r)
{
    r->expects = OVER;
    return (struct json_token){TOKEN_BAD, r->at, r->at, r->depth};
}

// ---- scalars: each leaves `at` behind what it took, or answers false ----

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Four hexadecimal digits at p as a number, -1 when they are none.
static long hex4(const unsigned char *p, size_t n)
{
    long value = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < n ? hex_value(p[i]) : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

// Length of the escape at p, with its character in *code; 0 when it is none. A high surrogate without a low
// one is no character.
static size_t escape(const unsigned char *p, size_t n, unsigned long *code)
{
    static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *name = n > 1 && p[1] ? strchr(names, p[1]) : NULL;
    if (name) {
        *code = (unsigned char)means[name - names];
        return 2;
    }
    long unit = n > 1 && p[1] == 'u' ? hex4(p + 2, n - 2) : -1;
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return 0;
    *code = (unsigned long)unit;
    if (unit < 0xd800 || unit > 0xdbff)
        return 6;
    long low = n > 7 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, n - 8) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *code = 0x10000 + (unsigned long)((unit - 0xd800) << 10) + (unsigned long)(low - 0xdc00);
    return 12;
}

// Plain characters are stepped over eight at a time: this is where the time goes.
static size_t plain_run(const unsigned char *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;
    for (uint64_t w; n - i >= 8; i += 8) {
        memcpy(&w, p + i, 8);
        uint64_t quote = w ^ (ones * '"'), back = w ^ (ones * '\\');
        uint64_t special = (quote - ones) & ~quote;
        special |= (back - ones) & ~back;
        special |= (w - ones * 0x20) | w; // below a space, or not ASCII (after a borrow: looked at again)
        if (special & tops)
            break;
    }
    while (i < n && p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

static bool take_string(struct json_reader *r)
{
    for (r->at++; r->at < r->size;) {
        const unsigned char *p = r->text + r->at;
        size_t left = r->size - r->at, length = plain_run(p, left);
        unsigned long code;
        if (length == 0) {
            if (*p == '"') {
                r->at++;
                return true;
            }
            length = *p == '\\' ? escape(p, left, &code) : *p < 0x20 ? 0 : utf8_length(p, left);
            if (length == 0)
                return false;
        }
        r->at += length;
    }
    return false;
}

static size_t digits(struct json_reader *r)
{
    size_t from = r->at;
    while (r->at < r->size && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at - from;
}

static bool take_one_of(struct json_reader *r, const char *set)
{
    if (r->at == r->size || r->text[r->at] == 0 || strchr(set, r->text[r->at]) == NULL)
        return false;
    r->at++;
    return true;
}

static bool take_number(struct json_reader *r)
{
    take_one_of(r, "-");
    if (!take_one_of(r, "0") && digits(r) == 0)
        return false;
    if (take_one_of(r, ".") && digits(r) == 0)
        return false;
    if (take_one_of(r, "eE")) {
        take_one_of(r, "+-");
        return digits(r) > 0;
    }
    return true;
}

static bool take_word(struct json_reader *r, const char *word)
{
    size_t length = strlen(word);
    if (r->size - r->at < length || memcmp(r->text + r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

// ---- structure ----

static bool in_object(const struct json_reader *r)
{
    return r->depth > 0 && (r->objects >> (r->depth - 1) & 1);
}

static struct json_token open_level(struct json_reader *r, bool object)
{
    if (r->depth == JSON_DEPTH_MAX)
        return bad(r);
    uint64_t bit = 1ull << r->depth;
    r->objects = object ? r->objects | bit : r->objects & ~bit;
    r->expects = object ? KEY_OR_END : VALUE_OR_END;
    size_t at = r->at++;
    return (struct json_token){object ? TOKEN_OBJECT : TOKEN_ARRAY, at, at + 1, r->depth++};
}

static struct json_token close_level(struct json_reader *r)
{
    bool object = in_object(r);
    size_t at = r->at++;
    r->depth--;
    r->expects = r->depth ? COMMA_OR_END : NOTHING;
    return (struct json_token){object ? TOKEN_OBJECT_END : TOKEN_ARRAY_END, at, at + 1, r->depth};
}

static struct json_token take_key(struct json_reader *r)
{
    size_t begin = r->at + 1;
    if (r->text[r->at] != '"' || !take_string(r))
        return bad(r);
    struct json_token key = {TOKEN_KEY, begin, r->at - 1, r->depth};
    skip_space(r);
    if (!take_one_of(r, ":"))
        return bad(r);
    r->expects = VALUE;
    return key;
}

static struct json_token take_value(struct json_reader *r)
{
    size_t begin = r->at;
    unsigned char c = r->text[begin];
    if (c == '{' || c == '[')
        return open_level(r, c == '{');
    struct json_token token = {TOKEN_LITERAL, begin, begin, r->depth};
    bool good;
    if (c == '"') {
        good = take_string(r);
        token = (struct json_token){TOKEN_STRING, begin + 1, r->at - 1, r->depth};
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        good = take_number(r);
        token = (struct json_token){TOKEN_NUMBER, begin, r->at, r->depth};
    } else {
        good = take_word(r, "true") || take_word(r, "false") || take_word(r, "null");
        token.end = r->at;
    }
    if (!good)
        return bad(r);
    r->expects = COMMA_OR_END;
    return token;
}

struct json_token json_next(struct json_reader *r)
{
    if (r->expects == OVER)
        return bad(r);
    skip_space(r);
    if (r->at == r->size) {
        bool whole = r->expects == NOTHING;
        r->expects = OVER;
        return (struct json_token){whole ? TOKEN_END : TOKEN_BAD, r->at, r->at, r->depth};
    }
    unsigned char c = r->text[r->at];
    bool closes = c == (in_object(r) ? '}' : ']');
    switch ((enum expects)r->expects) {
    case FIRST: return c == '{' ? open_level(r, true) : bad(r);
    case VALUE: return take_value(r);
    case VALUE_OR_END: return closes ? close_level(r) : take_value(r);
    case KEY: return take_key(r);
    case KEY_OR_END: return closes ? close_level(r) : take_key(r);
    case COMMA_OR_END:
        if (closes)
            return close_level(r);
        if (!take_one_of(r, ","))
            return bad(r);
        r->expects = in_object(r) ? KEY : VALUE;
        return json_next(r); // once: after a comma comes a key, a value or an error
    default: return bad(r);
    }
}

bool json_is_sound(const unsigned char *text, size_t size)
{
    struct json_reader r;
    struct json_token t;
    json_begin(&r, text, size);
    do
        t = json_next(&r);
    while (t.kind > TOKEN_END);
    return t.kind == TOKEN_END;
}

bool json_equals(const unsigned char *inside, size_t size, const char *want)
{
    size_t left = strlen(want);
    for (size_t i = 0, used; i < size; i += used) {
        unsigned char one[4] = {inside[i]};
        unsigned long code;
        size_t n = 1;
        used = 1;
        if (inside[i] == '\\') {
            used = escape(inside + i, size - i, &code);
            if (used == 0)
                return false;
            n = utf8_put(one, code);
        }
        if (n > left || memcmp(one, want, n) != 0)
            return false;
        want += n;
        left -= n;
    }
    return left == 0;
}
