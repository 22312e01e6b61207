// SPDX-License-Identifier: Apache-2.0
#ifndef PROCESS_UTF8_H
#define PROCESS_UTF8_H

#include <stdbool.h>
#include <stddef.h>

// Length in bytes of the UTF-8 sequence at p, of which n bytes are there (n >= 1); 0 when it is none
// (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).
size_t utf8_length(const unsigned char *p, size_t n);
bool utf8_is_text(const unsigned char *p, size_t n); // nothing but such sequences

// Writes a code point (at most U+10FFFF) and answers its length, 1 to 4.
size_t utf8_put(unsigned char *to, unsigned long code);

#endif
