// SPDX-License-Identifier: Apache-2.0
#include "strategy/spill.h"

static const struct weir_param_spec params[] = {
    [WEIR_SPILL_MAX] = {"max", WEIR_PARAM_SIZE, 256.0 * 1048576, 4096, 1e15, "bytes on disk at most"},
    [WEIR_SPILL_SEGMENT] = {"segment", WEIR_PARAM_SIZE, 16.0 * 1048576, 1024, 1073741824.0,
                            "bytes of a file (at most a quarter of max)"},
    [WEIR_SPILL_SYNC] = {"sync", WEIR_PARAM_DURATION, 500e6, 0, 3600e9, "longest time between syncs"},
    [WEIR_SPILL_HIGH] = {"high", WEIR_PARAM_SHARE, 1, 0, 1,
                         "fill of the queue from which on records go to disk"},
    [WEIR_SPILL_LOW] = {"low", WEIR_PARAM_SHARE, 1, 0, 1, "fill at which they begin to come back"},
    [WEIR_SPILL_PATH] = {"path", WEIR_PARAM_TEXT, 0, 0, 0,
                         "folder, read again by a later run (default: a temporary one)"},
    {.key = NULL},
};

const struct weir_spill_ops weir_spill = {
    .name = "spill",
    .summary = "what finds no room goes to disk and comes back in order; stands beside an admission",
    .flags = WEIR_S_STATEFUL,
    .params = params,
};

enum { COMING_BACK };

// Records that the queue may hold: at least one, or nothing would ever come through it.
static size_t high_mark(const struct weir_strategy_state *s, size_t capacity)
{
    size_t n = (size_t)(s->params[WEIR_SPILL_HIGH] * (double)capacity);
    return n < 1 ? 1 : n > capacity ? capacity : n;
}

// Below the high mark, so that what comes back finds room.
static size_t low_mark(const struct weir_strategy_state *s, size_t capacity)
{
    size_t n = (size_t)(s->params[WEIR_SPILL_LOW] * (double)capacity), most = high_mark(s, capacity) - 1;
    return n > most ? most : n;
}

bool weir_spill_out(const struct weir_strategy_state *s, const struct weir_spill_view *v)
{
    size_t high = high_mark(s, v->capacity);
    return v->on_disk || v->len >= high || v->count > high - v->len;
}

size_t weir_spill_back(struct weir_strategy_state *s, size_t len, size_t capacity)
{
    size_t high = high_mark(s, capacity);
    if (len <= low_mark(s, capacity))
        s->state[COMING_BACK].u = 1;
    if (len >= high)
        s->state[COMING_BACK].u = 0;
    return s->state[COMING_BACK].u ? high - len : 0;
}
