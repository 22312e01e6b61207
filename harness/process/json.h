// SPDX-License-Identifier: Apache-2.0
// One JSON text, token by token, as RFC 8259 has it: strict in everything (numbers, escapes, UTF-8, control
// characters), nested at most 64 deep. It allocates nothing, never recurses and reads no byte behind the end.
// A text must be one object, since that is what a line of a log is.
#ifndef PROCESS_JSON_H
#define PROCESS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 64 };

enum json_kind {
    TOKEN_BAD, // no JSON from `begin` on; nothing comes after it
    TOKEN_END, // the text was whole
    TOKEN_OBJECT,
    TOKEN_OBJECT_END,
    TOKEN_ARRAY,
    TOKEN_ARRAY_END,
    TOKEN_KEY,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_LITERAL, // true, false, null
};

// Keys and strings: begin and end leave the quotes out, so the characters may still be escaped.
struct json_token {
    enum json_kind kind;
    size_t begin, end; // [begin, end) in the text
    unsigned depth;    // of what it stands in: 0 for the outermost object itself, 1 for its members
};

struct json_reader {
    const unsigned char *text;
    size_t size, at;
    uint64_t objects; // a bit for each level: it is an object
    unsigned depth;
    unsigned char expects; // the reader's own
};

void json_begin(struct json_reader *r, const unsigned char *text, size_t size);
struct json_token json_next(struct json_reader *r);
bool json_is_sound(const unsigned char *text, size_t size); // the whole text is one sound object

// Whether the inside of a string, escapes resolved, is `want` (UTF-8). The string must be sound.
bool json_equals(const unsigned char *inside, size_t size, const char *want);

#endif
