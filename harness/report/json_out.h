// SPDX-License-Identifier: Apache-2.0
// How the formats that are JSON are written.
#ifndef REPORT_JSON_OUT_H
#define REPORT_JSON_OUT_H

#include <jansson.h>
#include <stdio.h>

static inline void report_put_json(FILE *out, json_t *value) // steals it
{
    json_dumpf(value, out, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(value);
}

#endif
