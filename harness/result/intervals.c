// SPDX-License-Identifier: Apache-2.0
#include "result/intervals.h"

#include <stdlib.h>
#include <string.h>

#include "base/coarse.h"
#include "result/histograms.h"
#include "result/jsonx.h"

// ---- writing ----
static json_t *row_json(const uint32_t *counts, size_t joined)
{
    json_t *row = json_array();
    for (size_t i = 0; i < COARSE_COUNTS; i++) {
        uint64_t n = 0;
        for (size_t k = 0; k < joined; k++)
            n += counts[k * COARSE_COUNTS + i];
        if (n == 0)
            continue;
        json_array_append_new(row, jsonx_u64(i));
        json_array_append_new(row, jsonx_u64(n));
    }
    return row;
}

json_t *intervals_json(const uint32_t *counts, size_t rows, uint64_t step_ns)
{
    size_t joined = (rows + HISTOGRAMS_ROWS_MAX - 1) / HISTOGRAMS_ROWS_MAX, filled = 0;
    if (counts == NULL)
        return NULL;
    json_t *o = json_object(), *list = json_array();
    for (size_t k = 0; k < rows; k += joined) {
        json_t *row = row_json(counts + k * COARSE_COUNTS, rows - k < joined ? rows - k : joined);
        filled += json_array_size(row);
        json_array_append_new(list, row);
    }
    jsonx_set(o, "step_ns", jsonx_u64(joined * step_ns));
    jsonx_set(o, "rows", list);
    if (filled > 0)
        return o;
    json_decref(o);
    return NULL;
}

// ---- reading ----
static bool row_is_whole(const json_t *row)
{
    size_t n = json_array_size(row);
    json_int_t last = -1;
    for (size_t i = 0; i + 1 < n; i += 2) {
        const json_t *index = json_array_get(row, i), *count = json_array_get(row, i + 1);
        if (!json_is_integer(index) || !json_is_integer(count) || json_integer_value(index) <= last ||
            json_integer_value(index) >= COARSE_COUNTS || json_integer_value(count) <= 0)
            return false;
        last = json_integer_value(index);
    }
    return json_is_array(row) && n % 2 == 0;
}

bool intervals_are_whole(const json_t *o)
{
    const json_t *step = json_object_get(o, "step_ns"), *rows = json_object_get(o, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (!row_is_whole(json_array_get(rows, i)))
            return false;
    return json_is_integer(step) && json_integer_value(step) > 0 && json_array_size(rows) > 0 &&
           json_array_size(rows) <= HISTOGRAMS_ROWS_MAX;
}

uint64_t *intervals_restore(const json_t *o, size_t *count, uint64_t *step_ns)
{
    const json_t *rows = json_object_get(o, "rows");
    if (!intervals_are_whole(o))
        return NULL;
    *count = json_array_size(rows);
    *step_ns = (uint64_t)json_integer_value(json_object_get(o, "step_ns"));
    uint64_t *counts = calloc(*count, COARSE_COUNTS * sizeof *counts);
    for (size_t k = 0; counts && k < *count; k++) {
        const json_t *row = json_array_get(rows, k);
        for (size_t i = 0; i < json_array_size(row); i += 2)
            counts[k * COARSE_COUNTS + (size_t)json_integer_value(json_array_get(row, i))] =
                (uint64_t)json_integer_value(json_array_get(row, i + 1));
    }
    return counts;
}
