// SPDX-License-Identifier: Apache-2.0
// How well the gate decides on a machine, as `weir gate --self-test` has measured it, and where that is kept
// for the reports of `weir gate` on the same machine.
#ifndef GATE_RATES_H
#define GATE_RATES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "gate/suite.h"
#include "result/env.h"

#define RATES_SCHEMA "weir.self-test/1"

enum { RATES_ROWS_MOST = 3 * GATE_CELLS_MOST };

struct gate_rate {
    size_t hits, of;
};

// Of one cell and slowdown.
struct gate_found {
    char cell[DUET_NAME];
    double level, measured; // 0.03: three per cent, wanted; and what it was over all launches
    bool quantile;          // of a quantile of times; else of the time an item
    size_t launches;
    struct gate_rate found; // of suites in which this cell was slower
};

struct gate_rates {
    char machine_id[17], cpu[ENV_TEXT_MAX];
    unsigned cores;
    char date[24];    // RFC 3339, UTC
    char version[64]; // of weir
    char suite[DUET_NAME];
    char cells[GATE_CELLS_MOST][DUET_NAME];
    size_t cell_count;
    size_t launches;            // of A/A
    struct gate_rate alarms;    // suites of A/A with a false alarm
    struct gate_rate invalid;   // suites of A/A whose control failed
    struct gate_rate undecided; // cells of A/A that could not be told
    struct gate_found rows[RATES_ROWS_MOST];
    size_t row_count;
};

// Empty rates of a suite, measured now and here.
void gate_rates_begin(struct gate_rates *rates, const struct gate_suite *suite);

// The rate that is not exceeded, with 95 % confidence (one-sided, exact).
double gate_rate_at_most(struct gate_rate rate);

// All cells of a level together. {0, 0}: none was measured.
struct gate_rate gate_rates_power(const struct gate_rates *rates, bool quantile, double level);

void gate_rates_print(const struct gate_rates *rates, FILE *out);

// One line: what a report of `weir gate` says of them; NULL: nothing was measured. At least 400 bytes.
void gate_rates_sentence(const struct gate_rates *rates, char *text, size_t size);

json_t *gate_rates_json(const struct gate_rates *rates); // the caller owns it; null for NULL

// Writes DIR/summary.json.
bool gate_rates_write(const struct gate_rates *rates, const char *folder, struct error *e);

// Keeps them for this machine: $XDG_STATE_HOME/weir/self-test/MACHINE/SUITE.json, or below ~/.local/state.
// What is kept of as many cells and more suites stays. False with *e when it cannot be written.
bool gate_rates_keep(const struct gate_rates *rates, struct error *e);

// What is kept of this machine and of a suite with these cells, or else of the built-in one. False: nothing.
bool gate_rates_find(struct gate_rates *rates, const struct gate_suite *suite);

#endif
