// SPDX-License-Identifier: Apache-2.0
#include "result/counters.h"

#include <stdio.h>

#include "result/jsonx.h"

static const struct {
    const char *side;
    const char *count[WEIR_QUEUE_COUNTS]; // NULL: the side has no such count
} names[WEIR_SIDES] = {
    [WEIR_SIDE_PUSH] = {"push",
                        {[WEIR_COUNT_TRIES] = "tries",
                         [WEIR_COUNT_ASKED] = "asked",
                         [WEIR_COUNT_ITEMS] = "items",
                         [WEIR_COUNT_NOTHING] = "full",
                         [WEIR_COUNT_SPURIOUS] = "spurious_full",
                         [WEIR_COUNT_CLOSED] = "closed",
                         [WEIR_COUNT_RETRIES] = "retries",
                         [WEIR_COUNT_WAITS] = "waits"}},
    [WEIR_SIDE_POP] = {"pop",
                       {[WEIR_COUNT_TRIES] = "tries",
                        [WEIR_COUNT_ASKED] = "asked",
                        [WEIR_COUNT_ITEMS] = "items",
                        [WEIR_COUNT_NOTHING] = "empty",
                        [WEIR_COUNT_SPURIOUS] = "spurious_empty",
                        [WEIR_COUNT_RETRIES] = "retries",
                        [WEIR_COUNT_WAITS] = "waits"}},
};

// Keyed by the smallest batch that is counted there: 1, 2, 4, ...
static json_t *batches_json(const uint64_t *batch)
{
    json_t *o = json_object();
    for (unsigned k = 0; k < WEIR_BATCH_SIZES; k++) {
        char key[16];
        snprintf(key, sizeof key, "%u", 1u << k);
        jsonx_set(o, key, jsonx_u64(batch[k]));
    }
    return o;
}

json_t *counters_json(const struct weir_queue_stats *stats)
{
    if (stats == NULL)
        return json_null();
    json_t *o = json_object();
    for (int side = 0; side < WEIR_SIDES; side++) {
        json_t *counts = json_object();
        for (int i = 0; i < WEIR_QUEUE_COUNTS; i++)
            if (names[side].count[i])
                jsonx_set(counts, names[side].count[i], jsonx_u64(stats->side[side].count[i]));
        jsonx_set(counts, "batches", batches_json(stats->side[side].batch));
        jsonx_set(o, names[side].side, counts);
    }
    return o;
}
