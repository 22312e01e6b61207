// SPDX-License-Identifier: Apache-2.0
#include "flow/delivery.h"

#include "flow/flow.h"

void delivery_init(struct delivery *d, struct sink_state *sink)
{
    *d = (struct delivery){.sink = sink};
}

void delivery_begin(struct delivery *d, struct record **records, size_t count, uint64_t ready_ns)
{
    d->records = records;
    d->count = count;
    d->ready_ns = ready_ns;
    d->phase = DELIVERY_PLAN;
}

static struct wait plan(struct node *n, struct delivery *d)
{
    d->done_ns = sink_plan(n, d->sink, d->ready_ns);
    d->phase = DELIVERY_SERVICE;
    return wait_nothing();
}

static struct wait service(struct node *n, struct delivery *d, uint64_t now_ns)
{
    if (now_ns < d->done_ns)
        return wait_time(sooner(d->done_ns, n->flow->cut_ns));
    sink_take(n, d->sink, d->records, d->count, now_ns);
    d->count = 0;
    d->phase = DELIVERY_IDLE;
    return wait_done();
}

struct wait delivery_step(struct node *n, struct delivery *d, uint64_t now_ns)
{
    for (;;) {
        struct wait w = wait_done();
        switch (d->phase) {
        case DELIVERY_IDLE: return w;
        case DELIVERY_PLAN: w = plan(n, d); break;
        case DELIVERY_SERVICE: w = service(n, d, now_ns); break;
        }
        if (w.what != WAIT_NOTHING)
            return w;
    }
}

bool delivery_is_due(const struct delivery *d, uint64_t now_ns)
{
    return d->phase == DELIVERY_SERVICE && now_ns >= d->done_ns;
}

void delivery_cut(struct node *n, struct delivery *d, uint64_t now_ns)
{
    for (size_t i = 0; i < d->count; i++)
        flow_leave_in_flight(n, d->records[i], now_ns);
    d->count = 0;
    d->phase = DELIVERY_IDLE;
}
