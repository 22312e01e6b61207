// SPDX-License-Identifier: Apache-2.0
#include "scenario/rings.h"

#include <stdlib.h>
#include <string.h>

#include "queue/graph.h"
#include "scenario/mem.h"

static struct place place_in(const struct node *map, const char *dotted)
{
    const struct node *node = node_path(map, dotted);
    return node ? node->at : map->at;
}

void rings_settle_types(struct document *d)
{
    struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->stage_count; i++) {
        struct edge_spec *e = &s->stages[i].edge;
        if (e->ring && !node_path(d->stage_nodes[i], "queue.type")) {
            free(e->queue);
            e->queue = must_copy("disruptor");
            e->queue_ops = weir_queue_find("disruptor");
        } else if (e->ring && strcmp(e->queue, "disruptor") != 0) {
            free(e->ring);
            e->ring = NULL;
        }
    }
    for (size_t i = 0; i < s->sink_count; i++) {
        struct edge_spec *e = &s->sinks[i].edge;
        if (e->ring)
            report_error(d->report, place_in(d->sink_nodes[i], "queue.ring"),
                         "sink %s: only stages share a ring; put a stage in front of the sink",
                         s->sinks[i].name);
    }
}

// ---- who is on which ring ----

static void find_members(struct scenario *s)
{
    for (size_t i = 0; i < s->stage_count; i++) {
        struct stage *stage = &s->stages[i];
        for (size_t k = 0; stage->edge.ring && !stage->ring && k <= i; k++)
            if (s->stages[k].edge.ring && strcmp(s->stages[k].edge.ring, stage->edge.ring) == 0)
                stage->ring = (unsigned)k + 1;
    }
}

static bool reads_inside(const struct scenario *s, const struct stage *stage, size_t k)
{
    return s->stages[stage->after[k]].ring == stage->ring;
}

// A stage at the ring's entry reads from outside it.
static bool is_entry(const struct scenario *s, const struct stage *stage)
{
    for (size_t k = 0; k < stage->after_count; k++)
        if (reads_inside(s, stage, k))
            return false;
    return true;
}

static bool is_last(const struct scenario *s, size_t index)
{
    for (size_t i = 0; i < s->stage_count; i++)
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            if (s->stages[i].after[k] == (int)index && s->stages[i].ring == s->stages[index].ring)
                return false;
    return true;
}

// ---- whether it can work ----

static bool same_after(const struct stage *a, const struct stage *b)
{
    bool same = a->after_count == b->after_count;
    for (size_t i = 0; same && i < a->after_count; i++) {
        bool found = false;
        for (size_t k = 0; k < b->after_count; k++)
            found = found || a->after[i] == b->after[k];
        same = found;
    }
    return same;
}

static void check_feeders(struct document *d, const struct stage *stage, const struct stage *first,
                          const struct node *node)
{
    const struct scenario *s = &d->scenario;
    size_t inside = 0;
    for (size_t k = 0; k < stage->after_count; k++)
        inside += reads_inside(s, stage, k);
    struct place at = place_in(node, "after");
    if (inside && inside < stage->after_count)
        report_error(d->report, at,
                     "after: stage %s reads from stages on ring %s and from others; on a ring a stage reads "
                     "from it alone",
                     stage->name, stage->edge.ring);
    else if (!inside && !same_after(stage, first))
        report_error(d->report, at,
                     "after: stage %s and stage %s stand at the entry of ring %s and read from different "
                     "places; a ring is fed from one",
                     first->name, stage->name, stage->edge.ring);
    if (inside > WEIR_GRAPH_LINKS)
        report_error(d->report, at, "after: on a ring a stage waits for at most %d others", WEIR_GRAPH_LINKS);
}

static void check_worker(struct document *d, const struct stage *stage, const struct stage *first,
                         const struct node *node)
{
    if (stage->workers > 1)
        report_impossible(
            d->report, place_in(node, "workers"),
            "stage %s has %u workers, and each stage of ring %s is one consumer: use one worker, "
            "or queues instead of the ring",
            stage->name, stage->workers, stage->edge.ring);
    else if (stage->scaled || stage->dispatch != DISPATCH_SHARED)
        report_error(
            d->report, place_in(node, stage->scaled ? "workers" : "dispatch"),
            "stage %s is one consumer of ring %s: its workers can be neither dispatched to nor scaled",
            stage->name, stage->edge.ring);
    if (stage->batch_size > first->edge.capacity)
        report_impossible(d->report, place_in(node, "batch"),
                          "stage %s waits for batches of %zu, and ring %s has %zu slots, which stay taken "
                          "while it waits: use a smaller batch or a larger capacity",
                          stage->name, stage->batch_size, stage->edge.ring, first->edge.capacity);
    const struct weir_discipline_ops *ops = stage->edge.discipline;
    if (ops && (ops->on_enqueue || ops->on_dequeue))
        report_impossible(d->report, place_in(node, "strategy"),
                          "%s takes records out of the queue, and a ring's slots are freed in order: use a "
                          "queue such as mutex at %s",
                          ops->name, stage->name);
}

// What the ring has once is said by its first stage; the others say the same, or nothing.
static void check_alike(struct document *d, const struct stage *stage, const struct stage *first,
                        const struct node *node)
{
    const struct edge_spec *a = &first->edge, *b = &stage->edge;
    const char *differs = NULL;
    if (node_path(node, "queue.capacity") && a->capacity != b->capacity)
        differs = "queue.capacity";
    else if (node_path(node, "queue.wait") && a->wait != b->wait)
        differs = "queue.wait";
    else if (node_get(node, "strategy") &&
             (a->admission != b->admission || a->pacing_count != b->pacing_count))
        differs = "strategy";
    if (differs)
        report_error(d->report, place_in(node, differs),
                     "%s of ring %s is said at its first stage, %s, and this is another: leave it out here",
                     differs, a->ring, first->name);
}

// A stage behind a ring waits for all of its last stages: what leaves the ring is done with there.
static void check_readers(struct document *d, const struct stage *stage, const struct node *node)
{
    const struct scenario *s = &d->scenario;
    for (size_t k = 0; k < stage->after_count; k++) {
        const struct stage *from = &s->stages[stage->after[k]];
        if (!from->ring || from->ring == stage->ring)
            continue;
        for (size_t i = 0; i < s->stage_count; i++) {
            bool named = false;
            for (size_t j = 0; j < stage->after_count; j++)
                named = named || stage->after[j] == (int)i;
            if (s->stages[i].ring != from->ring || named == is_last(s, i))
                continue;
            report_error(
                d->report, place_in(node, "after"),
                named ? "after: stage %s reads from %s, behind which ring %s goes on; name the ring's "
                        "last stages"
                      : "after: stage %s does not name %s, one of the last stages of ring %s; a record "
                        "leaves a ring when all of them are done: name all",
                stage->name, s->stages[i].name, from->edge.ring);
            return;
        }
    }
}

static void check_name(struct document *d, const struct stage *first, const struct node *node)
{
    const struct scenario *s = &d->scenario;
    const char *ring = first->edge.ring;
    bool taken = false;
    for (size_t i = 0; i < s->source_count; i++)
        taken = taken || strcmp(s->sources[i].name, ring) == 0;
    for (size_t i = 0; i < s->stage_count; i++)
        taken = taken || strcmp(s->stages[i].name, ring) == 0;
    for (size_t i = 0; i < s->sink_count; i++)
        taken = taken || strcmp(s->sinks[i].name, ring) == 0;
    if (taken)
        report_error(d->report, place_in(node, "queue.ring"),
                     "ring \"%s\" has the name of a source, a stage or a sink; names are unique", ring);
}

static void check_last(struct document *d, size_t first, const struct node *node)
{
    const struct scenario *s = &d->scenario;
    size_t last = 0;
    for (size_t i = 0; i < s->stage_count; i++)
        last += s->stages[i].ring == first + 1 && is_last(s, i);
    if (last > WEIR_GRAPH_LINKS)
        report_error(d->report, place_in(node, "queue.ring"), "ring %s ends in %zu stages; the most is %d",
                     s->stages[first].edge.ring, last, WEIR_GRAPH_LINKS);
}

static void take_over(struct stage *stage, const struct stage *first)
{
    const struct edge_spec *from = &first->edge;
    struct edge_spec *to = &stage->edge;
    char *queue = to->queue, *ring = to->ring;
    *to = *from;
    to->queue = queue;
    to->ring = ring;
}

void rings_build(struct document *d)
{
    struct scenario *s = &d->scenario;
    find_members(s);
    for (size_t i = 0; i < s->stage_count; i++) {
        struct stage *stage = &s->stages[i];
        const struct node *node = d->stage_nodes[i];
        check_readers(d, stage, node);
        if (!stage->ring)
            continue;
        const struct stage *first = &s->stages[stage->ring - 1];
        check_worker(d, stage, first, node);
        if (stage == first) {
            check_name(d, first, node);
            check_last(d, i, node);
        }
        if (is_entry(s, stage) || stage != first)
            check_feeders(d, stage, first, node);
        if (stage != first && stage->edge.queue_ops && first->edge.queue_ops) {
            check_alike(d, stage, first, node);
            take_over(stage, first);
        }
    }
}
