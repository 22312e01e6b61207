// SPDX-License-Identifier: Apache-2.0
#include "flow/handover.h"

#include <stdlib.h>

#include "flow/flow.h"
#include "flow/whole.h"

bool handover_init(struct node *n, struct handover *h, struct sink_state *sinks, size_t sink_count,
                   size_t room, const struct way *way)
{
    *h = (struct handover){.sink_count = sink_count, .room = room, .way = *way};
    h->deliveries = calloc(sink_count, sizeof *h->deliveries);
    h->copies = calloc(sink_count, sizeof *h->copies);
    bool ok = h->deliveries && h->copies;
    for (size_t i = 0; ok && i < sink_count; i++) {
        ok = delivery_init(n, &h->deliveries[i], &sinks[i]) &&
             (i == 0 || (h->copies[i] = calloc(room, sizeof *h->copies[i])));
    }
    return ok;
}

void handover_free(struct handover *h)
{
    for (size_t i = 1; h->copies && i < h->sink_count; i++)
        free(h->copies[i]);
    free(h->copies);
    free(h->deliveries);
    *h = (struct handover){0};
}

void handover_begin(struct handover *h, struct record **records, size_t count, uint64_t ready_ns)
{
    h->records = records;
    h->count = count;
    h->spread = 0;
    h->ready_ns = ready_ns;
    h->phase = HANDOVER_MEET;
}

// Keeps those records of which this is the last copy to arrive.
static void meet(struct node *n, struct handover *h, uint64_t now_ns)
{
    h->phase = HANDOVER_SPREAD;
    if (h->way.join < 0)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < h->count; i++) {
        struct record *on = whole_meet(n, h->records[i], h->way.join, h->way.slot, now_ns);
        if (on)
            h->records[kept++] = on;
    }
    h->count = kept;
}

// All copies of one record, or none.
static bool copy_one(struct node *n, struct handover *h, size_t i)
{
    struct record *r = h->records[i];
    if (!whole_begin(n, r))
        return false;
    for (size_t k = 1; k < h->sink_count; k++) {
        h->copies[k][i] = whole_copy(n, r);
        if (!h->copies[k][i]) {
            while (--k > 0)
                record_give(n->flow->pool, h->copies[k][i]);
            return false; // an origin with one copy does no harm
        }
    }
    whole_add(r, (unsigned)h->sink_count - 1);
    r->origin->at_sinks = true;
    r->branch = 0;
    for (size_t k = 1; k < h->sink_count; k++)
        h->copies[k][i]->branch = (int16_t)k;
    return true;
}

static struct wait spread(struct node *n, struct handover *h, uint64_t now_ns)
{
    for (; h->sink_count > 1 && h->spread < h->count; h->spread++)
        if (!copy_one(n, h, h->spread))
            return wait_time(sooner(now_ns + MEMORY_AGAIN_NS, n->flow->cut_ns));
    h->copies[0] = h->records;
    for (size_t k = 0; k < h->sink_count && h->count; k++)
        delivery_begin(&h->deliveries[k], h->copies[k], h->count, h->ready_ns);
    h->phase = HANDOVER_DELIVER;
    return wait_nothing();
}

// All of them at once. Of their waits one is obeyed: the first that is not for time alone, until the first of
// all deadlines.
static struct wait deliver(struct node *n, struct handover *h, uint64_t now_ns)
{
    struct wait all = wait_done();
    for (size_t k = 0; k < h->sink_count; k++) {
        struct wait w = delivery_step(n, &h->deliveries[k], now_ns);
        if (w.what == WAIT_NOTHING)
            return w;
        if (w.what == WAIT_DONE)
            continue;
        uint64_t until_ns = all.what == WAIT_DONE ? w.until_ns : sooner(w.until_ns, all.until_ns);
        if (all.what == WAIT_DONE || all.what == WAIT_TIME)
            all = w;
        all.until_ns = until_ns;
    }
    if (all.what == WAIT_DONE) {
        h->phase = HANDOVER_IDLE;
        h->count = 0;
    }
    return all;
}

struct wait handover_step(struct node *n, struct handover *h, uint64_t now_ns)
{
    for (;;) {
        struct wait w = wait_nothing();
        switch (h->phase) {
        case HANDOVER_IDLE: return wait_done();
        case HANDOVER_MEET: meet(n, h, now_ns); break;
        case HANDOVER_SPREAD: w = spread(n, h, now_ns); break;
        case HANDOVER_DELIVER: return deliver(n, h, now_ns);
        }
        if (w.what != WAIT_NOTHING)
            return w;
    }
}

bool handover_is_due(const struct handover *h, uint64_t now_ns)
{
    bool due = false;
    for (size_t k = 0; h->phase == HANDOVER_DELIVER && k < h->sink_count; k++)
        due |= delivery_is_due(&h->deliveries[k], now_ns);
    return due;
}

void handover_cut(struct node *n, struct handover *h, uint64_t now_ns)
{
    for (size_t k = 0; h->phase == HANDOVER_DELIVER && k < h->sink_count; k++)
        delivery_cut(n, &h->deliveries[k], now_ns);
    bool in_hand = h->phase == HANDOVER_MEET || h->phase == HANDOVER_SPREAD;
    for (size_t i = 0; in_hand && i < h->count; i++) {
        for (size_t k = 1; i < h->spread && k < h->sink_count; k++)
            flow_leave_in_flight(n, h->copies[k][i], now_ns);
        flow_leave_in_flight(n, h->records[i], now_ns);
    }
    h->count = 0;
    h->phase = HANDOVER_IDLE;
}

bool handover_flush(struct node *n, struct handover *h, uint64_t now_ns, uint64_t *until_ns)
{
    bool moved = false;
    *until_ns = TIME_NEVER;
    for (size_t k = 0; k < h->sink_count; k++) {
        uint64_t until = TIME_NEVER;
        moved |= delivery_flush(n, &h->deliveries[k], now_ns, &until);
        *until_ns = sooner(*until_ns, until);
    }
    return moved;
}

void handover_end(struct node *n, struct handover *h, uint64_t now_ns)
{
    for (size_t k = 0; k < h->sink_count; k++)
        delivery_end(n, &h->deliveries[k], now_ns);
}
