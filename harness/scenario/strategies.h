// SPDX-License-Identifier: Apache-2.0
// The strategies that stand on an edge, of whichever place: how a scenario names them.
#ifndef SCENARIO_STRATEGIES_H
#define SCENARIO_STRATEGIES_H

#include "scenario/report.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/tree.h"
#include "strategy/cards.h"

// The strategies that `strategy:` takes, in the order of the documentation: those of the door, the queue and
// the producer. False after the last one.
bool edge_strategy_at(size_t index, struct weir_card *card);
const char *edge_strategy_name_at(size_t index); // NULL after the last one

// What a parameter of this type is written as.
enum quantity strategy_param_quantity(enum weir_param_type type);

// Reads a name, {name: {parameters}} or a list of them into the edge: at most one for the door and one for
// the queue, and up to EDGE_PACINGS_MAX for the producers. What is not written is block and fifo.
void read_strategies(struct report *report, const struct key_spec *spec, const struct node *node,
                     struct edge_spec *edge);

#endif
