// SPDX-License-Identifier: Apache-2.0
// Every strategy of every place in one list, as far as they have something in common: what `weir list` and
// the documentation show.
#ifndef WEIR_CARDS_H
#define WEIR_CARDS_H

#include "strategy/strategy.h"

struct weir_card {
    enum weir_strategy_place place;
    const char *name, *summary;
    uint32_t flags;
    const struct weir_param_spec *params; // ends with key NULL; NULL when there are none
};

// By place, within a place in the order of its list. False after the last one.
bool weir_card_at(size_t index, struct weir_card *card);
const char *weir_place_name(enum weir_strategy_place place); // "admission"; NULL for what is none

// Whether a strategy of that place stands on an edge: at its door, in its queue, in front of its producers.
static inline bool weir_on_edge(enum weir_strategy_place place)
{
    return place == WEIR_AT_ADMISSION || place == WEIR_AT_DISCIPLINE || place == WEIR_AT_PACING;
}

#endif
