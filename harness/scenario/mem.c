// SPDX-License-Identifier: Apache-2.0
#include "scenario/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory)
{
    if (memory == NULL) {
        fputs("weir: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *must_alloc(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size ? size : 1));
}

char *must_copy(const char *text)
{
    return text == NULL ? NULL : must_copy_n(text, strlen(text));
}

char *must_copy_n(const char *text, size_t length)
{
    char *copy = must_alloc(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *must_print(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = must_alloc(length < 0 ? 1 : (size_t)length + 1, 1);
    if (length >= 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void *must_grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t wanted = *room ? *room * 2 : 8;
    char *bigger = or_die(realloc(list, wanted * size));
    memset(bigger + count * size, 0, (wanted - count) * size);
    *room = wanted;
    return bigger;
}
