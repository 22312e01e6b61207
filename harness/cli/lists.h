// SPDX-License-Identifier: Apache-2.0
// What `weir list` shows, as JSON: an array of objects with at least "name" and "summary".
#ifndef CLI_LISTS_H
#define CLI_LISTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

bool list_strategies(json_t *list, struct error *e);
void print_strategies_markdown(const json_t *list); // of what list_strategies made

// Sources, sinks and arrivals: the kinds and keys of the scenario file's tables.
bool list_sources(json_t *list, struct error *e);
bool list_sinks(json_t *list, struct error *e);
bool list_arrivals(json_t *list, struct error *e);

bool list_queues(json_t *list, struct error *e);
bool list_waits(json_t *list, struct error *e);

#endif
