// SPDX-License-Identifier: Apache-2.0
// What `weir gate` and its self-test measure, by their options; and when they are to stop.
#ifndef CLI_GATE_CHOOSE_H
#define CLI_GATE_CHOOSE_H

#include "cli/options.h"
#include "gate/suite.h"

// --margin, for all cells. False with *e.
bool gate_choose_margin(const struct options *options, struct gate_suite *suite, struct error *e);

// --queue A,B: the cells of these queues. False with *e.
bool gate_choose_queues(const struct options *options, struct gate_suite *suite, struct error *e);

// Has a signal come? A duet_cut.
bool gate_cut(void *context);

#endif
