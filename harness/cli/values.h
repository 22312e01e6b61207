// SPDX-License-Identifier: Apache-2.0
// What the values of options can be: the names behind the option table, each from the table that owns them.
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "cli/options.h"

value_names value_engines, value_strategies, value_waits, value_regimes, value_pins, value_loads,
    value_checks, value_formats, value_colours, value_commands, value_metrics, value_orders, value_shells,
    value_manuals, value_pictures, value_figures, value_backends, value_gate_formats;
value_names value_queues;       // bench and conform: also the peers; bench: also the groups
value_names value_bench_queues; // built-in ones and peers

// The value of an option that is one of a few names, as its index; *index stays as it is when the option was
// not given. False with *e when it is none of them.
bool value_read_name(const struct options *o, enum option_id id, size_t *index, struct error *e);

#endif
