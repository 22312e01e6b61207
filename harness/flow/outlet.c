// SPDX-License-Identifier: Apache-2.0
// Lanes of one join stand together (see add_way in shape.c): a group. A group first has one copy, on its
// first lane; that meets the others at the join, and what goes on is then copied for the rest of the group.
#include "flow/outlet.h"

#include <stdlib.h>

#include "flow/flow.h"
#include "flow/pacer.h"

static bool copies_needed(const struct node *n)
{
    return n->out_count > 1 || n->out.join >= 0;
}

static size_t group_end(const struct node *n, size_t first)
{
    size_t end = first + 1;
    while (end < n->out_count && n->outs[end].join == n->outs[first].join)
        end++;
    return end;
}

// ---- opening ----

static bool make_room(struct node *n, struct outlet *o, size_t count)
{
    if (!o->lanes && !(o->lanes = calloc(n->out_count, sizeof *o->lanes)))
        return false;
    for (size_t i = 0; i < n->out_count; i++) {
        struct lane *l = &o->lanes[i];
        if (l->room < count) {
            struct record **more = realloc(l->records, count * sizeof *more);
            if (!more)
                return false;
            l->records = more;
            l->room = count;
        }
        l->state = LANE_EMPTY;
        l->offer = (struct offer){.since_ns = o->single.since_ns};
    }
    return true;
}

// Copies of all records of `from`, not yet counted. False when memory ends: then there are none.
static bool fill_lane(struct node *n, struct lane *l, struct record *const *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        l->records[i] = whole_copy(n, from[i]);
        if (!l->records[i]) {
            while (i-- > 0)
                record_give(n->flow->pool, l->records[i]);
            return false;
        }
    }
    for (size_t i = 0; i < count; i++)
        whole_add(from[i], 1);
    l->state = LANE_OPEN;
    return true;
}

// Takes back what nobody has seen yet, so that the records are the caller's as they were.
static void undo(struct node *n, struct outlet *o, struct record *const *records, size_t count,
                 uint64_t now_ns)
{
    for (size_t k = 0; k < n->out_count; k++)
        for (size_t i = 0; o->lanes[k].state != LANE_EMPTY && i < count; i++) {
            bool refused = o->lanes[k].state == LANE_REFUSED;
            struct record *r = k ? o->lanes[k].records[i] : records[i];
            pacer_result(n->flow, r, refused ? PACER_FAILED : PACER_FORGOTTEN, now_ns);
            if (k == 0)
                continue;
            whole_forget(records[i]);
            record_give(n->flow->pool, r);
        }
    for (size_t i = 0; i < count; i++) {
        records[i]->branch = -1;
        if (o->created && records[i]->origin)
            whole_undo(n, records[i]);
        else if (records[i]->origin)
            records[i]->origin->at_sinks = false;
    }
    o->count = 0;
    o->met = false;
}

// One copy for each group; the first group takes the records themselves.
static bool open_groups(struct node *n, struct outlet *o, struct record *const *records, size_t count,
                        uint64_t now_ns)
{
    if (!make_room(n, o, count))
        return false;
    o->created = !records[0]->origin;
    o->met = o->spread = false;
    o->retry_after_ns = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        o->lanes[0].records[i] = records[i];
        ok = whole_begin(n, records[i]);
    }
    o->lanes[0].state = LANE_OPEN;
    for (size_t k = group_end(n, 0); ok && k < n->out_count; k = group_end(n, k))
        ok = fill_lane(n, &o->lanes[k], records, count);
    if (ok)
        o->count = count;
    else
        undo(n, o, records, count, now_ns);
    return ok;
}

static void meet_others(struct node *n, struct outlet *o, uint64_t now_ns)
{
    for (size_t k = 0; k < n->out_count; k = group_end(n, k)) {
        struct lane *l = &o->lanes[k];
        if (n->outs[k].join < 0)
            continue;
        o->met = true;
        l->records[0] = whole_meet(n, l->records[0], n->outs[k].join, n->outs[k].slot, now_ns);
        for (size_t j = k; !l->records[0] && j < group_end(n, k); j++)
            o->lanes[j].state = LANE_MERGED;
    }
}

// The rest of each group gets its copies. False when memory ends: called again, it goes on.
static bool spread(struct node *n, struct outlet *o)
{
    for (size_t k = 0; k < n->out_count; k = group_end(n, k))
        for (size_t j = k + 1; j < group_end(n, k); j++)
            if (o->lanes[j].state == LANE_EMPTY && !fill_lane(n, &o->lanes[j], o->lanes[k].records, o->count))
                return false;
    for (size_t k = 0; k < n->out_count; k++)
        for (size_t i = 0; o->lanes[k].state == LANE_OPEN && n->outs[k].branch >= 0 && i < o->count; i++) {
            o->lanes[k].records[i]->branch = (int16_t)n->outs[k].branch;
            o->lanes[k].records[i]->origin->at_sinks = true;
        }
    o->spread = true;
    return true;
}

static bool prepare(struct node *n, struct outlet *o, struct record *const *records, size_t count,
                    uint64_t now_ns)
{
    if (!o->count) {
        if (!open_groups(n, o, records, count, now_ns))
            return false;
        meet_others(n, o, now_ns);
    }
    return o->spread || spread(n, o);
}

// ---- offering ----

// One lane's turn. The answer is BLOCKED while it has not decided, or its consumer has to run now.
static struct offer_answer offer_lane(struct node *n, struct outlet *o, size_t k, uint64_t now_ns)
{
    struct lane *l = &o->lanes[k];
    struct port *port = &n->outs[k];
    for (size_t i = l->offer.pushed; o->at_source && i < o->count; i++)
        l->records[i]->sent_ns = now_ns;
    struct offer_answer a = edge_offer(n, port, &l->offer, l->records, o->count, now_ns);
    a.edge = port->edge;
    switch (a.result) {
    case OFFER_BLOCKED:
    case OFFER_SELF: break; // the check refuses sync_fallback where there are several ways
    case OFFER_ADMITTED:
        l->state = LANE_IN;
        if (port->edge->is_inline)
            a.result = OFFER_BLOCKED;
        break;
    case OFFER_LOST:
        l->state = LANE_LOST;
        o->reason = a.reason;
        for (size_t i = 0; i < o->count; i++)
            flow_lose(n, l->records[i], a.reason, now_ns);
        break;
    case OFFER_REFUSED: // what becomes of it is known when all have decided
        l->state = LANE_REFUSED;
        o->retry_after_ns = later(o->retry_after_ns, a.retry_after_ns);
        break;
    }
    return a;
}

static size_t lanes_in(const struct node *n, const struct outlet *o, enum lane_state state)
{
    size_t lanes = 0;
    for (size_t k = 0; k < n->out_count; k++)
        lanes += o->lanes[k].state == state;
    return lanes;
}

static void end_refused(struct node *n, struct outlet *o, uint64_t now_ns)
{
    for (size_t k = 0; k < n->out_count; k++)
        for (size_t i = 0; o->lanes[k].state == LANE_REFUSED && i < o->count; i++)
            flow_refuse_finally(n, o->lanes[k].records[i], now_ns);
}

static struct offer_answer conclude(struct node *n, struct outlet *o, struct record *const *records,
                                    uint64_t now_ns)
{
    struct offer_answer a = {.ended = true, .retry_after_ns = o->retry_after_ns, .reason = o->reason};
    bool in = lanes_in(n, o, LANE_IN) || lanes_in(n, o, LANE_MERGED);
    a.result = in ? OFFER_ADMITTED : lanes_in(n, o, LANE_LOST) ? OFFER_LOST : OFFER_REFUSED;
    if (a.result == OFFER_REFUSED && !o->met) { // as if it had never been offered
        undo(n, o, records, o->count, now_ns);
        a.ended = false;
        return a;
    }
    end_refused(n, o, now_ns);
    o->count = 0;
    o->met = false;
    return a;
}

static struct offer_answer offer_copies(struct node *n, struct outlet *o, struct record *const *records,
                                        size_t count, uint64_t now_ns)
{
    struct offer_answer blocked = {.result = OFFER_BLOCKED, .until_ns = TIME_NEVER};
    o->waits_for_memory = !prepare(n, o, records, count, now_ns);
    if (o->waits_for_memory) {
        blocked.until_ns = now_ns + MEMORY_AGAIN_NS;
        return blocked;
    }
    bool waits = false;
    for (size_t k = 0; k < n->out_count; k++) {
        if (o->lanes[k].state != LANE_OPEN)
            continue;
        struct offer_answer a = offer_lane(n, o, k, now_ns);
        if (a.result != OFFER_BLOCKED)
            continue;
        if (a.edge->is_inline && !a.paused)
            return a; // its consumer runs, then the other lanes have their turn
        uint64_t until_ns = sooner(blocked.until_ns, a.until_ns);
        blocked = waits ? blocked : a;
        blocked.until_ns = until_ns;
        waits = true;
    }
    return waits ? blocked : conclude(n, o, records, now_ns);
}

struct offer_answer outlet_offer(struct node *n, struct outlet *o, struct record *const *records,
                                 size_t count, uint64_t now_ns)
{
    if (copies_needed(n))
        return offer_copies(n, o, records, count, now_ns);
    for (size_t i = o->single.pushed; o->at_source && i < count; i++)
        records[i]->sent_ns = now_ns;
    struct offer_answer a = edge_offer(n, n->outs, &o->single, records, count, now_ns);
    bool runs = a.result == OFFER_ADMITTED && n->out.edge->is_inline;
    a.edge = a.result == OFFER_BLOCKED || runs ? n->out.edge : NULL;
    return a;
}

struct wait outlet_wait(const struct offer_answer *a, uint64_t limit_ns)
{
    if (!a->edge)
        return wait_time(sooner(a->until_ns, limit_ns));
    return a->edge->is_inline && !a->paused ? wait_inline(a->edge) : offer_wait(a->edge, a, limit_ns);
}

// ---- the end in the middle ----

bool outlet_open(const struct outlet *o)
{
    return o->single.open || o->count || o->waits_for_memory;
}

bool outlet_made(const struct node *n, const struct outlet *o)
{
    bool made = offer_made(&o->single) || o->met;
    for (size_t k = 0; o->count && k < n->out_count; k++)
        made |= offer_made(&o->lanes[k].offer) || o->lanes[k].state > LANE_OPEN;
    return made;
}

bool outlet_begun(const struct node *n, const struct outlet *o)
{
    if (!o->count)
        return o->single.pushed > 0;
    bool begun = o->met;
    for (size_t k = 0; k < n->out_count; k++) {
        const struct lane *l = &o->lanes[k];
        begun |= l->offer.pushed || l->state == LANE_IN || l->state == LANE_LOST || l->state == LANE_MERGED;
    }
    return begun;
}

static void end_as(struct node *n, struct record *r, enum end_kind kind, uint64_t now_ns)
{
    if (kind == END_UNSENT)
        flow_unsend(n, r, now_ns);
    else
        flow_leave_in_flight(n, r, now_ns);
}

void outlet_take_back(struct node *n, struct outlet *o, struct record *const *records, uint64_t now_ns)
{
    if (o->count)
        undo(n, o, records, o->count, now_ns);
    o->single = (struct offer){0};
    o->waits_for_memory = false;
}

void outlet_abandon(struct node *n, struct outlet *o, struct record *const *records, size_t count,
                    enum end_kind kind, uint64_t now_ns)
{
    if (!copies_needed(n)) {
        for (size_t i = o->single.pushed; i < count; i++)
            end_as(n, records[i], kind, now_ns);
        o->single = (struct offer){0};
        return;
    }
    if (!outlet_begun(n, o)) {
        outlet_take_back(n, o, records, now_ns);
        for (size_t i = 0; i < count; i++)
            end_as(n, records[i], kind, now_ns);
        return;
    }
    end_refused(n, o, now_ns);
    for (size_t k = 0; k < n->out_count; k++)
        for (size_t i = o->lanes[k].offer.pushed; o->lanes[k].state == LANE_OPEN && i < o->count; i++)
            end_as(n, o->lanes[k].records[i], kind, now_ns);
    o->count = 0;
    o->met = false;
}

void outlet_free(struct node *n, struct outlet *o)
{
    for (size_t k = 0; o->lanes && k < n->out_count; k++)
        free(o->lanes[k].records);
    free(o->lanes);
    *o = (struct outlet){0};
}
