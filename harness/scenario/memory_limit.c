// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "scenario/scenario.h"

static bool is_unbounded(const struct edge_spec *e)
{
    return e->queue_ops && (e->queue_ops->caps & WEIR_Q_UNBOUNDED);
}

static bool has_unbounded(const struct scenario *s)
{
    for (size_t i = 0; i < s->stage_count; i++)
        if (is_unbounded(&s->stages[i].edge))
            return true;
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].has_edge && is_unbounded(&s->sinks[i].edge))
            return true;
    return false;
}

uint64_t scenario_memory_limit(const struct scenario *s, bool *by_default)
{
    bool own = s->memory_limit > 0, wanted = !own && has_unbounded(s);
    if (by_default)
        *by_default = wanted;
    if (!wanted)
        return s->memory_limit;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 2 : 0;
}
