// SPDX-License-Identifier: Apache-2.0
// Places that records come from are stages; the sources together are one place, called SOURCES here. A place
// that records go to is a stage's edge or the sinks. What a target waits for is its set of places; two
// targets that wait for the same set share one join, in front of which the copies come together once.
#include "flow/shape.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

enum { SOURCES = -1 };

// ---- rings ----

// A ring is one place and one target, its first stage stands for it: records enter it by the door and leave
// it from whichever of its last stages comes last.
static size_t unit_of(const struct scenario *s, size_t stage)
{
    return s->stages[stage].ring ? s->stages[stage].ring - 1 : stage;
}

static bool is_unit(const struct scenario *s, size_t stage)
{
    return unit_of(s, stage) == stage;
}

static struct edge *door_of(const struct flow *f, size_t stage)
{
    return f->scenario->stages[stage].ring ? f->edges[stage].door : &f->edges[stage];
}

// ---- who reads from whom ----

// A stage from which no other stage reads.
static bool is_leaf(const struct scenario *s, size_t stage)
{
    for (size_t i = 0; i < s->stage_count; i++)
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            if (s->stages[i].after[k] == (int)stage)
                return false;
    return true;
}

// Whether any stage of this unit is one from which no other reads.
static bool unit_is_leaf(const struct scenario *s, size_t unit)
{
    for (size_t i = unit; i < s->stage_count; i++)
        if (unit_of(s, i) == unit && is_leaf(s, i))
            return true;
    return false;
}

// The targets: every stage by its index, then the sinks as one.
static size_t target_count(const struct scenario *s)
{
    return s->stage_count + 1;
}

// The k-th place that a target reads from, in the order of `after`; false after the last one.
static bool place_at(const struct scenario *s, size_t target, size_t k, int *place)
{
    *place = SOURCES;
    if (target < s->stage_count) {
        const struct stage *stage = &s->stages[target];
        for (size_t i = 0; i < stage->after_count; i++) {
            size_t unit = unit_of(s, (size_t)stage->after[i]);
            bool again = false; // the other last stages of a ring
            for (size_t j = 0; j < i; j++)
                again = again || unit_of(s, (size_t)stage->after[j]) == unit;
            if (!again && k-- == 0) {
                *place = (int)unit;
                return true;
            }
        }
        return stage->after_count == 0 && k == 0;
    }
    if (!s->stage_count)
        return k == 0;
    for (size_t i = 0; i < s->stage_count; i++)
        if (is_unit(s, i) && unit_is_leaf(s, i) && k-- == 0) {
            *place = (int)i;
            return true;
        }
    return false;
}

static size_t places(const struct scenario *s, size_t target)
{
    size_t n = 0;
    int place;
    while (place_at(s, target, n, &place))
        n++;
    return n;
}

static bool slot_of(const struct scenario *s, size_t target, int place, unsigned *slot)
{
    int at;
    for (size_t k = 0; place_at(s, target, k, &at); k++)
        if (at == place) {
            *slot = (unsigned)k;
            return true;
        }
    return false;
}

// ---- joins ----

static bool is_target(const struct scenario *s, size_t target)
{
    return target == s->stage_count || is_unit(s, target);
}

static bool same_places(const struct scenario *s, size_t a, size_t b)
{
    size_t n = places(s, a);
    bool same = n == places(s, b);
    int x, y;
    for (size_t k = 0; same && k < n; k++)
        same = place_at(s, a, k, &x) && place_at(s, b, k, &y) && x == y;
    return same;
}

// The first target that waits for the same places, in the same order: what goes on is the first one's copy.
static size_t first_alike(const struct scenario *s, size_t target)
{
    for (size_t i = 0; i < target; i++)
        if (is_target(s, i) && same_places(s, i, target))
            return i;
    return target;
}

static bool opens_join(const struct scenario *s, size_t target)
{
    return is_target(s, target) && places(s, target) > 1 && first_alike(s, target) == target;
}

static int join_of(const struct scenario *s, size_t target)
{
    if (places(s, target) < 2)
        return -1;
    int join = 0;
    for (size_t i = 0, first = first_alike(s, target); i < first; i++)
        join += opens_join(s, i);
    return join;
}

size_t shape_joins(const struct scenario *s)
{
    size_t n = 0;
    for (size_t i = 0; i < target_count(s); i++)
        n += opens_join(s, i);
    return n;
}

unsigned shape_join_size(const struct scenario *s, size_t join)
{
    for (size_t i = 0; i < target_count(s); i++)
        if (opens_join(s, i) && join-- == 0)
            return (unsigned)places(s, i);
    return 0;
}

// ---- ways ----

static void add_way(struct ways *ways, struct way way)
{
    // Those that share a join stand together.
    size_t at = ways->count;
    for (size_t i = 0; i < ways->count; i++)
        if (ways->list[i].join == way.join)
            at = i + 1;
    memmove(ways->list + at + 1, ways->list + at, (ways->count - at) * sizeof way);
    ways->list[at] = way;
    ways->count++;
}

static void add_sinks(const struct flow *f, struct way way, struct ways *ways)
{
    const struct scenario *s = f->scenario;
    if (!s->sinks[0].has_edge) { // whoever delivers hands over to all of them
        add_way(ways, way);
        return;
    }
    for (size_t i = 0; i < s->sink_count; i++) {
        way.edge = flow_sink_edge(f, i);
        way.branch = s->sink_count > 1 ? (int)i : -1;
        add_way(ways, way);
    }
}

static bool ways_from(const struct flow *f, int place, struct ways *ways)
{
    const struct scenario *s = f->scenario;
    *ways = (struct ways){.list = calloc(s->stage_count + s->sink_count, sizeof(struct way))};
    if (!ways->list)
        return false;
    for (size_t i = 0; i < target_count(s); i++) {
        struct way way = {.join = join_of(s, i), .branch = -1};
        if (!is_target(s, i) || !slot_of(s, i, place, &way.slot))
            continue;
        if (i == s->stage_count) {
            add_sinks(f, way, ways);
        } else {
            way.edge = door_of(f, i);
            add_way(ways, way);
        }
    }
    return true;
}

bool shape_from_sources(const struct flow *f, struct ways *ways)
{
    return ways_from(f, SOURCES, ways);
}

bool shape_from_stage(const struct flow *f, size_t stage, struct ways *ways)
{
    const struct scenario *s = f->scenario;
    *ways = (struct ways){0};
    for (size_t i = 0; s->stages[stage].ring && i < s->stage_count; i++)
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            if (s->stages[i].after[k] == (int)stage && s->stages[i].ring == s->stages[stage].ring)
                return true; // another stage of its ring comes behind it and passes records on
    return ways_from(f, (int)unit_of(s, stage), ways);
}

// Producers that may deliver by themselves.
static unsigned falling_back(const struct edge_spec *edge)
{
    return edge->admission->flags & WEIR_S_DELIVERS ? edge->producers : 0;
}

unsigned shape_deliverers(const struct scenario *s, size_t sink)
{
    if (s->sinks[sink].has_edge)
        return s->sinks[sink].concurrency + falling_back(&s->sinks[sink].edge);
    unsigned n = 0;
    for (size_t i = 0; i < s->stage_count; i++)
        n += is_leaf(s, i) ? s->stages[i].workers + falling_back(&s->stages[i].edge) : 0;
    return n;
}
