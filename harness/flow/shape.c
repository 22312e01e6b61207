// SPDX-License-Identifier: Apache-2.0
// Places that records come from are stages; the sources together are one place, called SOURCES here. A place
// that records go to is a stage's edge or the sinks. What a target waits for is its set of places; two
// targets that wait for the same set share one join, in front of which the copies come together once.
#include "flow/shape.h"

#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"

enum { SOURCES = -1 };

// ---- who reads from whom ----

bool shape_is_leaf(const struct scenario *s, size_t stage)
{
    for (size_t i = 0; i < s->stage_count; i++)
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            if (s->stages[i].after[k] == (int)stage)
                return false;
    return true;
}

// The targets: every stage by its index, then the sinks as one.
static size_t target_count(const struct scenario *s)
{
    return s->stage_count + 1;
}

// The k-th place that a target reads from, in the order of `after`; false after the last one.
static bool place_at(const struct scenario *s, size_t target, size_t k, int *place)
{
    if (target < s->stage_count) {
        const struct stage *stage = &s->stages[target];
        *place = stage->after_count ? stage->after[k < stage->after_count ? k : 0] : SOURCES;
        return k < (stage->after_count ? stage->after_count : 1);
    }
    *place = SOURCES;
    if (!s->stage_count)
        return k == 0;
    for (size_t i = 0; i < s->stage_count; i++)
        if (shape_is_leaf(s, i) && k-- == 0) {
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
        if (same_places(s, i, target))
            return i;
    return target;
}

static bool opens_join(const struct scenario *s, size_t target)
{
    return places(s, target) > 1 && first_alike(s, target) == target;
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
        if (!slot_of(s, i, place, &way.slot))
            continue;
        if (i == s->stage_count) {
            add_sinks(f, way, ways);
        } else {
            way.edge = &f->edges[i];
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
    return ways_from(f, (int)stage, ways);
}

unsigned shape_deliverers(const struct scenario *s, size_t sink)
{
    if (s->sinks[sink].has_edge)
        return s->sinks[sink].concurrency;
    unsigned n = 0;
    for (size_t i = 0; i < s->stage_count; i++)
        n += shape_is_leaf(s, i) ? s->stages[i].workers : 0;
    return n;
}
