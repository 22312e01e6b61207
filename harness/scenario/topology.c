// SPDX-License-Identifier: Apache-2.0
// Who reads from whom: names, `after`, the order of the stages, and the threads on both sides of every edge.
#include <stdlib.h>
#include <string.h>

#include "scenario/document.h"
#include "scenario/mem.h"
#include "scenario/rings.h"

// ---- names ----

struct named {
    const char *name;
    struct place at;
    const char *what;
};

static struct place place_of_key(const struct node *map, const char *key)
{
    const struct node *node = node_get(map, key);
    return node ? node->at : map->at;
}

static void check_names(struct document *d)
{
    const struct scenario *s = &d->scenario;
    size_t total = s->source_count + s->stage_count + s->sink_count, n = 0;
    struct named *all = must_alloc(total, sizeof *all);
    for (size_t i = 0; i < s->source_count; i++)
        all[n++] = (struct named){s->sources[i].name, place_of_key(d->source_nodes[i], "name"), "source"};
    for (size_t i = 0; i < s->stage_count; i++)
        all[n++] = (struct named){s->stages[i].name, place_of_key(d->stage_nodes[i], "stage"), "stage"};
    for (size_t i = 0; i < s->sink_count; i++)
        all[n++] = (struct named){s->sinks[i].name, place_of_key(d->sink_nodes[i], "name"), "sink"};
    for (size_t i = 1; i < n && !report_full(d->report); i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(all[i].name, all[j].name) == 0 && strcmp(all[i].name, "?") != 0) {
                report_error(d->report, all[i].at,
                             "%s \"%s\": there is a %s of that name on line %zu; names are unique",
                             all[i].what, all[i].name, all[j].what, all[j].at.line);
                break;
            }
    free(all);
}

// ---- after ----

static const char *stage_name_at(const void *scenario, size_t index)
{
    const struct scenario *s = scenario;
    return index < s->stage_count ? s->stages[index].name : NULL;
}

static void add_after(struct document *d, struct stage *stage, const struct node *name)
{
    const struct scenario *s = &d->scenario;
    if (name->kind != NODE_SCALAR) {
        report_error(d->report, name->at, "after must be a stage's name or a list of them");
        return;
    }
    for (size_t i = 0; i < s->stage_count; i++)
        if (strcmp(s->stages[i].name, name->text) == 0) {
            for (size_t k = 0; k < stage->after_count; k++)
                if (stage->after[k] == (int)i) {
                    report_error(d->report, name->at, "after: %s is named twice", name->text);
                    return;
                }
            stage->after[stage->after_count++] = (int)i;
            return;
        }
    char *hint = hint_names(name->text, stage_name_at, s);
    report_error(d->report, name->at, "after: there is no stage \"%.60s\"%s", name->text, hint);
    free(hint);
}

static void resolve_after(struct document *d)
{
    struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->stage_count; i++) {
        struct stage *stage = &s->stages[i];
        const struct node *after = node_get(d->stage_nodes[i], "after");
        size_t names = after == NULL || after->kind == NODE_SCALAR ? 1 : after->count;
        stage->after = must_alloc(names, sizeof *stage->after);
        if (after == NULL && i > 0)
            stage->after[stage->after_count++] = (int)i - 1;
        else if (after && after->kind == NODE_SCALAR)
            add_after(d, stage, after);
        else if (after && after->kind == NODE_LIST)
            for (size_t k = 0; k < after->count; k++)
                add_after(d, stage, after->items[k].value);
        else if (after)
            report_error(d->report, after->at, "after must be a stage's name or a list of them");
    }
}

// ---- order ----

static bool is_ready(const struct stage *stage, const size_t *position)
{
    for (size_t k = 0; k < stage->after_count; k++)
        if (position[stage->after[k]] == SIZE_MAX)
            return false;
    return true;
}

// Every stage still without a position reads from one; following these back must come round.
static void report_cycle(struct document *d, const size_t *position)
{
    const struct scenario *s = &d->scenario;
    size_t at = 0, seen_count = 0;
    while (position[at] != SIZE_MAX)
        at++;
    size_t *seen = must_alloc(s->stage_count + 1, sizeof *seen);
    for (;;) {
        size_t round = 0;
        while (round < seen_count && seen[round] != at)
            round++;
        seen[seen_count++] = at;
        if (round + 1 < seen_count) { // seen[round] == seen[seen_count - 1]: the cycle, backwards
            char *text = must_copy(s->stages[at].name);
            for (size_t i = seen_count - 1; i-- > round;) {
                char *longer = must_print("%s -> %s", text, s->stages[seen[i]].name);
                free(text);
                text = longer;
            }
            const struct node *node = d->stage_nodes[at];
            report_error(d->report, place_of_key(node, "after"),
                         "the stages feed each other in a circle: %.300s", text);
            free(text);
            break;
        }
        const struct stage *stage = &s->stages[at];
        for (size_t k = 0; k < stage->after_count; k++)
            if (position[stage->after[k]] == SIZE_MAX)
                at = (size_t)stage->after[k];
    }
    free(seen);
}

static void reorder(struct document *d, const size_t *position)
{
    struct scenario *s = &d->scenario;
    struct stage *stages = must_alloc(s->stage_count, sizeof *stages);
    const struct node **nodes = must_alloc(s->stage_count, sizeof *nodes);
    for (size_t i = 0; i < s->stage_count; i++) {
        stages[position[i]] = s->stages[i];
        nodes[position[i]] = d->stage_nodes[i];
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            s->stages[i].after[k] = (int)position[s->stages[i].after[k]];
    }
    free(s->stages);
    free(d->stage_nodes);
    s->stages = stages;
    d->stage_nodes = nodes;
}

// The first stage of the file that is ready comes next: a file in order stays in order.
static void sort_stages(struct document *d)
{
    struct scenario *s = &d->scenario;
    size_t *position = must_alloc(s->stage_count, sizeof *position);
    for (size_t i = 0; i < s->stage_count; i++)
        position[i] = SIZE_MAX;
    size_t placed = 0;
    bool moved = true;
    while (moved && placed < s->stage_count) {
        moved = false;
        for (size_t i = 0; i < s->stage_count && !moved; i++)
            if (position[i] == SIZE_MAX && is_ready(&s->stages[i], position)) {
                position[i] = placed++;
                moved = true;
            }
    }
    if (placed < s->stage_count)
        report_cycle(d, position);
    else
        reorder(d, position);
    free(position);
}

// ---- threads ----

static unsigned source_threads(const struct scenario *s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s->source_count; i++)
        sum +=
            s->sources[i].type == SOURCE_SYNTHETIC ? s->sources[i].senders : 1; // others: one receiver each
    return sum;
}

static unsigned leaf_threads(const struct scenario *s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s->stage_count; i++) {
        bool read = false;
        for (size_t j = 0; j < s->stage_count; j++)
            for (size_t k = 0; k < s->stages[j].after_count; k++)
                read = read || s->stages[j].after[k] == (int)i;
        sum += read ? 0 : s->stages[i].workers;
    }
    return sum;
}

static void count_threads(struct scenario *s)
{
    for (size_t i = 0; i < s->stage_count; i++) {
        struct stage *stage = &s->stages[i];
        unsigned producers = 0;
        for (size_t k = 0; k < stage->after_count; k++)
            producers += s->stages[stage->after[k]].workers;
        stage->edge.producers = stage->after_count ? producers : source_threads(s);
        stage->edge.consumers = stage->dispatch == DISPATCH_SHARED ? stage->workers : 1;
    }
    for (size_t i = 0; i < s->stage_count; i++) // all of a ring's stages look at the one door
        if (s->stages[i].ring)
            s->stages[i].edge.producers = s->stages[s->stages[i].ring - 1].edge.producers;
    for (size_t i = 0; i < s->stage_count; i++) // rings.c has said it better
        s->stages[i].edge.consumers = s->stages[i].ring ? 1 : s->stages[i].edge.consumers;
    for (size_t i = 0; i < s->sink_count; i++) {
        struct sink *sink = &s->sinks[i];
        sink->edge.producers = s->stage_count ? leaf_threads(s) : source_threads(s);
        sink->edge.consumers = sink->concurrency;
    }
}

void topology_build(struct document *d)
{
    enum { STAGES_MAX = 256 };
    check_names(d);
    if (d->scenario.stage_count > STAGES_MAX) {
        report_error(d->report, d->pipeline->at, "a pipeline of %zu stages; the most is %d",
                     d->scenario.stage_count, STAGES_MAX);
        return;
    }
    resolve_after(d);
    rings_settle_types(d);
    sort_stages(d);
    rings_build(d);
    count_threads(&d->scenario);
}
