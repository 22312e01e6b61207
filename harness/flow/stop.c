// SPDX-License-Identifier: Apache-2.0
// The end of a run, planned or asked for. Everything follows from two points in time that every node looks
// at: sources stop at stop_ns and give up their hold on the edges; an edge without producers closes; workers
// that find their edge closed and empty flush what they hold and close the next; sinks sync last. At cut_ns
// a node stops where it stands, and what it holds is counted as in flight.
#include "flow/flow.h"

uint64_t flow_stop_ns(const struct flow *f)
{
    return atomic_load_explicit(&f->stop_ns, memory_order_relaxed);
}

void flow_plan_end(struct flow *f)
{
    const struct scenario *s = f->scenario;
    bool early = s->stop_ns && s->stop_ns < s->duration_ns;
    uint64_t stop = early ? s->stop_ns : s->duration_ns;
    uint64_t drain = early && s->stop_at_once ? 0 : s->drain_ns;
    atomic_store_explicit(&f->stop_ns, stop, memory_order_relaxed);
    atomic_store_explicit(&f->cut_ns, stop + drain, memory_order_relaxed);
}

static void lower(_Atomic uint64_t *at, uint64_t to)
{
    uint64_t seen = atomic_load(at);
    while (to < seen && !atomic_compare_exchange_weak(at, &seen, to))
        ;
}

static bool end_at(struct flow *f, uint64_t now_ns, uint64_t drain_ns)
{
    if (atomic_exchange(&f->ending, true))
        return false;
    uint64_t planned = flow_stop_ns(f);
    // Past the planned end of the sources it is only the drain that can be shorter.
    lower(&f->cut_ns,
          sooner(now_ns, planned) + drain_ns > now_ns ? sooner(now_ns, planned) + drain_ns : now_ns);
    lower(&f->stop_ns, now_ns);
    f->root->report.interrupted = now_ns < planned || drain_ns == 0;
    return true;
}

bool flow_drain(struct flow *f, uint64_t now_ns)
{
    return end_at(f, now_ns, f->scenario->drain_ns);
}

bool flow_close(struct flow *f, uint64_t now_ns)
{
    return end_at(f, now_ns, 0);
}
