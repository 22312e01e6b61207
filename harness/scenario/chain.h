// SPDX-License-Identifier: Apache-2.0
// Chains of processors as a scenario writes them, and their swaps on the timeline.
#ifndef SCENARIO_CHAIN_H
#define SCENARIO_CHAIN_H

#include "scenario/document.h"
#include "scenario/schema.h"

// [parse, {filter: 50%}, {redact: field}, {attribute: {key: value}, cost: 2us}] into a plan of one version.
// `node` NULL: an empty chain.
void chain_read(struct report *report, const struct key_spec *spec, const struct node *node,
                struct chain_plan *plan);

// One stretch of time in which a version is in force; of several the latest to begin wins.
struct chain_swap {
    uint64_t at_ns, end_ns; // end_ns TIME_NEVER: for ever
    unsigned version;
    size_t order; // in the file: of two that begin together the later wins
};

// Replaces the plan's pieces by what the swaps make of version 0. Sorts the swaps.
void chain_compile(struct chain_plan *plan, struct chain_swap *swaps, size_t count);

// Combinations: classes that no source has, records that hold nothing to parse.
void chain_check(struct document *d);

#endif
