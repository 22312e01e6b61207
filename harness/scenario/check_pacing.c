// SPDX-License-Identifier: Apache-2.0
// Pacing that waits for results: a record tells one pacer of its end, so only one edge on a record's way, and
// one strategy of it, may wait for that.
#include <stdlib.h>

#include "scenario/document.h"
#include "scenario/mem.h"

static struct place at_strategy(const struct node *map)
{
    const struct node *node = node_get(map, "strategy");
    return node ? node->at : map->at;
}

// The nth strategy of an edge that waits for results; NULL: there are fewer.
static const struct weir_pacing_ops *waiting(const struct edge_spec *edge, size_t nth)
{
    for (size_t i = 0; i < edge->pacing_count; i++)
        if ((edge->pacing[i]->flags & WEIR_S_BLOCKS) && nth-- == 0)
            return edge->pacing[i];
    return NULL;
}

static void check_alone(struct document *d, const struct edge_spec *edge, const char *name,
                        const struct node *map)
{
    if (waiting(edge, 1))
        report_impossible(
            d->report, at_strategy(map),
            "%s and %s at %s both wait for results, and a record tells of its end once: use one "
            "of them",
            waiting(edge, 0)->name, waiting(edge, 1)->name, name);
}

// The stage that waits for results in front of this one or at it; NULL: none. The stages are in order.
static const struct stage *find_waiting(const struct scenario *s, size_t stage,
                                        const struct stage *const *before)
{
    if (waiting(&s->stages[stage].edge, 0))
        return &s->stages[stage];
    for (size_t k = 0; k < s->stages[stage].after_count; k++)
        if (before[s->stages[stage].after[k]])
            return before[s->stages[stage].after[k]];
    return NULL;
}

static void refuse_second(struct document *d, const struct edge_spec *edge, const char *name,
                          const struct stage *first, const struct node *map)
{
    report_impossible(
        d->report, at_strategy(map),
        "%s at %s and %s at %s, which lies before it, both wait for results, and a record tells "
        "of its end once: pace one of the two",
        waiting(edge, 0)->name, name, waiting(&first->edge, 0)->name, first->name);
}

void pacing_check(struct document *d)
{
    const struct scenario *s = &d->scenario;
    const struct stage **before = must_alloc(s->stage_count + 1, sizeof *before);
    for (size_t i = 0; i < s->stage_count; i++) {
        const struct stage *stage = &s->stages[i];
        check_alone(d, &stage->edge, stage->name, d->stage_nodes[i]);
        before[i] = find_waiting(s, i, before);
        for (size_t k = 0; waiting(&stage->edge, 0) && k < stage->after_count; k++)
            if (before[stage->after[k]])
                refuse_second(d, &stage->edge, stage->name, before[stage->after[k]], d->stage_nodes[i]);
    }
    for (size_t k = 0; k < s->sink_count; k++) {
        const struct sink *sink = &s->sinks[k];
        if (!sink->has_edge || !waiting(&sink->edge, 0))
            continue;
        check_alone(d, &sink->edge, sink->name, d->sink_nodes[k]);
        for (size_t i = 0; i < s->stage_count; i++)
            if (before[i]) {
                refuse_second(d, &sink->edge, sink->name, before[i], d->sink_nodes[k]);
                break;
            }
    }
    free(before);
}
