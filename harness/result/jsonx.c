// SPDX-License-Identifier: Apache-2.0
#include "result/jsonx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("weir: out of memory\n", stderr);
    abort();
}

static json_t *must(json_t *value)
{
    if (value == NULL)
        out_of_memory();
    return value;
}

json_t *jsonx_u64(uint64_t v)
{
    return must(json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v));
}

json_t *jsonx_real(double v)
{
    return isfinite(v) ? must(json_real(v)) : json_null();
}

json_t *jsonx_positive(double v)
{
    return v > 0 ? jsonx_real(v) : json_null();
}

// A name may come from argv or a file, in any encoding. One bad byte must not cost the document.
static json_t *ascii_of(const char *s)
{
    char *copy = strdup(s);
    if (copy == NULL)
        out_of_memory();
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    json_t *value = must(json_string(copy));
    free(copy);
    return value;
}

json_t *jsonx_text(const char *s)
{
    json_t *value = json_string(s ? s : "");
    return value ? value : ascii_of(s);
}

void jsonx_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        out_of_memory();
}

// The element of an array that calls itself `name`, or has that place (from 0).
static const json_t *element_named(const json_t *array, const char *name)
{
    static const char *const keys[] = {"edge", "name", "sink", "stage"};
    size_t i;
    if (*name && strspn(name, "0123456789") == strlen(name))
        return json_array_get(array, strtoul(name, NULL, 10));
    json_t *element;
    json_array_foreach((json_t *)array, i, element)
    {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            const char *own = json_string_value(json_object_get(element, keys[k]));
            if (own && strcmp(own, name) == 0)
                return element;
        }
    }
    return NULL;
}

const json_t *jsonx_find(const json_t *root, const char *dotted)
{
    const json_t *at = root;
    while (at && *dotted) {
        char part[128];
        size_t n = strcspn(dotted, ".");
        if (n == 0 || n >= sizeof part)
            return NULL;
        memcpy(part, dotted, n);
        part[n] = 0;
        at = json_is_array(at) ? element_named(at, part) : json_object_get(at, part);
        dotted += n;
        if (*dotted == '.' && *++dotted == 0)
            return NULL;
    }
    return at;
}

double jsonx_number(const json_t *root, const char *dotted, double otherwise)
{
    const json_t *v = jsonx_find(root, dotted);
    return json_is_number(v) ? json_number_value(v) : otherwise;
}

const char *jsonx_string(const json_t *root, const char *dotted)
{
    const char *s = json_string_value(jsonx_find(root, dotted));
    return s ? s : "";
}
