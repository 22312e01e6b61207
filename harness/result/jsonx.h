// SPDX-License-Identifier: Apache-2.0
// Small functions over jansson: values that can never be NaN, infinite or invalid UTF-8.
#ifndef RESULT_JSONX_H
#define RESULT_JSONX_H

#include <jansson.h>
#include <stdint.h>

json_t *jsonx_u64(uint64_t v);     // saturates at 2^63 - 1, the largest integer of the format
json_t *jsonx_real(double v);      // null when it is not finite
json_t *jsonx_positive(double v);  // null when it is not finite or not above 0
json_t *jsonx_text(const char *s); // NULL is ""; bytes that are not UTF-8 become '?'
void jsonx_set(json_t *object, const char *key,
               json_t *value); // steals value; aborts when memory is exhausted

// Looks "ledger.lost.total" up. An array is searched for the element whose "edge", "name" or "sink" is that
// part of the key. NULL when there is nothing of that name.
const json_t *jsonx_find(const json_t *root, const char *dotted);
double jsonx_number(const json_t *root, const char *dotted, double otherwise); // otherwise: absent or null
const char *jsonx_string(const json_t *root, const char *dotted);              // "" when absent

#endif
