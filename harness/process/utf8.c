// SPDX-License-Identifier: Apache-2.0
#include "process/utf8.h"

size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    // Overlong forms, surrogates and what is beyond U+10FFFF show in the second byte.
    bool bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
               (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : length;
}

bool utf8_is_text(const unsigned char *p, size_t n)
{
    for (size_t i = 0, length; i < n; i += length)
        if ((length = utf8_length(p + i, n - i)) == 0)
            return false;
    return true;
}

size_t utf8_put(unsigned char *to, unsigned long code)
{
    static const unsigned char first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (code < 0x80) {
        to[0] = (unsigned char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        to[i] = (unsigned char)(0x80 | (code & 0x3f));
    to[0] = (unsigned char)(first[length] | code);
    return length;
}
