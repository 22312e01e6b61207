// SPDX-License-Identifier: Apache-2.0
// Reads a map of the tree into a struct as a schema table says: unknown keys, kinds, units, limits and
// defaults.
#ifndef SCENARIO_READER_H
#define SCENARIO_READER_H

#include "base/law.h"
#include "scenario/report.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"

// `map` may be NULL: then only the defaults are filled in. `at` is where a missing key is reported.
// Everything wrong goes into the report; the fields of wrong keys hold their defaults, or stay as they were.
void read_map(struct report *report, const struct key_table *table, const struct node *map, struct place at,
              void *target);

// One value of a spec's quantity within its limits; *value stays as it is when it is wrong.
bool read_quantity(struct report *report, const struct key_spec *spec, enum quantity unit,
                   const struct node *node, double *value);

// A plain value or a {law: ...} map, in the base unit of `unit`.
bool read_law(struct report *report, const struct key_spec *spec, enum quantity unit, const struct node *node,
              struct law *law);

// The keys that have their own way of being written (reader_special.c). `node` NULL: the default.
void read_special(struct report *report, const struct key_spec *spec, const struct node *node, void *target);

bool name_is_plain(const char *text); // letters, digits, _ and -, at most 64

struct timed timed_of_law(struct law law); // one piece from 0 on

#endif
