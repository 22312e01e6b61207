// SPDX-License-Identifier: Apache-2.0
// Where the gate's reports go besides standard output: the files of --report, and GitHub's places.
#ifndef CLI_GATE_ORDERS_H
#define CLI_GATE_ORDERS_H

#include <limits.h>

#include "cli/options.h"
#include "gate/report.h"

enum { GATE_ORDERS_MOST = 8 };

typedef void gate_writer(FILE *out, const struct gate_report *report);

struct gate_order {
    gate_writer *write;
    char dir[PATH_MAX], name[256];
};

// Reads --report; `orders` has room for GATE_ORDERS_MOST. False with *e (EXIT_USAGE).
bool gate_orders_read(const struct options *o, struct gate_order *orders, size_t *count, struct error *e);
// Writes the file, whole or not at all.
bool gate_order_write(const struct gate_order *order, const struct gate_report *report, struct error *e);

void gate_write_json(FILE *out, const struct gate_report *report);

// The step's summary and annotations, when GitHub runs this; they go to standard error beside `json`.
void gate_tell_github(const struct gate_report *report, bool json);

#endif
