// SPDX-License-Identifier: Apache-2.0
// What is known while a scenario is being built from its tree: the scenario itself and, beside each part of
// it, the node it was read from, so that a check that comes later can still say where.
#ifndef SCENARIO_DOCUMENT_H
#define SCENARIO_DOCUMENT_H

#include "scenario/report.h"
#include "scenario/scenario.h"
#include "scenario/tree.h"

struct document {
    struct scenario scenario; // moved out when the build is done
    const struct node *root;
    const struct node *sources, *pipeline, *timeline, *matrix,
        *expect;                                     // borrowed from the root, NULL when absent
    const struct node **source_nodes, **stage_nodes; // by index, as scenario.sources and .stages
    struct {
        unsigned mode; // enum sinks_mode
        const struct node *each;
    } sinks;                        // as written; NULL without `sinks`
    const struct node **sink_nodes; // by index, as scenario.sinks
    struct report *report;
};

// One entry of the timeline as written; 0 means not written (at_ns is required).
struct event_text {
    uint64_t at_ns, for_ns, every_ns, ramp_ns;
    const struct node *set;
    char *stall, *fail, *swap;
    struct chain_plan chain; // of the swap
    enum run_signal signal;
    const struct node *node;
};

// Builds one cell's scenario. What is wrong goes into the report; the scenario is whole enough to be looked
// at and freed whatever was found, and runnable when nothing was. The caller owns the result.
struct scenario *scenario_build(const struct node *root, const char *path, struct report *report);
void scenario_free(struct scenario *scenario);

// Steps of the build, in order; each leaves its findings in d->report.
void topology_build(struct document *d); // names, after, order of the stages, producers and consumers
void timeline_build(struct document *d); // events, pieces, stalls
void scenario_check(struct document *d); // combinations
void pacing_check(struct document *d);   // those of pacing, part of scenario_check

// What the arrival keys have to do with each other; loads a trace. Before topology_build.
void arrival_build(struct document *d, const struct node *node, struct source *source);
void arrival_free(struct arrival *arrival);

// The queue of a module ("./mine.so"): NULL with a sentence in why when it cannot be had.
const struct weir_queue_ops *queue_module(const char *path, char *why, size_t size);

#endif
