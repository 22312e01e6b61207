// SPDX-License-Identifier: Apache-2.0
// One cell of the result document: what was planned plus what was measured.
#ifndef RESULT_CELL_H
#define RESULT_CELL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/report.h"
#include "scenario/scenario.h"

struct cell_facts {
    const struct cell_plan *plan;
    size_t index; // position among all jobs of the run
    unsigned rep;
    uint64_t seed;
};

// The report may be NULL: nothing was measured. Then `status` and `reason` say why; with a report they
// override its own when reason is not NULL. Never NULL, always every key of the schema.
json_t *cell_json(const struct cell_facts *facts, const struct report *report, enum cell_status status,
                  const char *reason);

// The object of a *_ns key: {"count", "min", "mean", "p50", ...}. NULL is an empty histogram.
json_t *cell_hist_json(const struct hist *h);
// The same over `population` records, those that never arrived counting as infinite (null).
json_t *cell_hist_offered_json(const struct hist *h, uint64_t population);

// What the document says of an edge's queue.
json_t *cell_edge_json(const struct edge_report *e);

// An element of `pacing`; without figures, that of an edge on which nothing happened.
json_t *cell_pacing_json(const char *edge, const char *strategy, const struct pacing_figures *figures);
json_t *cell_load_json(const char *sink, const struct load_figures *figures); // the same of `load`

// "queue=mpmc;strategy=block;rate=50000": the parameters as one text, in document order. The caller frees it.
char *cell_params_text(const json_t *cell);

// An element of `branches` in which nothing has happened: the shape of those to come.
json_t *cell_branch_empty(const char *sink);

#endif
