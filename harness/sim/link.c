// SPDX-License-Identifier: Apache-2.0
// The twin of a sink's connection: a peer that takes everything at once. What slows it down or makes it fail
// is the sink's service and the timeline, in front of it, as in front of a real one. What the protocol itself
// cannot carry it refuses as the real one does.
#include <stdlib.h>
#include <string.h>

#include "flow/format.h"
#include "sim/sim.h"

enum { DATAGRAM_MOST = 65507 };

struct twin {
    struct wire wire;
    const struct sink *sink;
    struct record *const *records;
    size_t count;
};

static struct twin *of(struct wire *w)
{
    return (struct twin *)w;
}

static void submit(struct wire *w, struct record *const *records, size_t count, uint64_t now_ns)
{
    (void)now_ns;
    of(w)->records = records;
    of(w)->count = count;
}

static bool is_oversize(const struct twin *t, const struct record *r)
{
    size_t identity = r->flags & RECORD_EXTERNAL ? 0 : format_minimum(t->sink->net.format);
    return t->sink->type == SINK_UDP && r->size + identity > DATAGRAM_MOST;
}

static enum wire_status poll_outcome(struct wire *w, struct link_outcome *o, uint64_t *until_ns,
                                     uint64_t now_ns)
{
    (void)now_ns;
    const struct twin *t = of(w);
    *until_ns = TIME_NEVER;
    *o = (struct link_outcome){0};
    while (o->done < t->count && !is_oversize(t, t->records[o->done]))
        o->done++;
    o->failed = o->one_record = o->is_hopeless = o->is_oversize = o->done < t->count;
    return WIRE_OK;
}

static void abandon(struct wire *w, size_t *done, uint64_t now_ns)
{
    (void)w, (void)now_ns;
    *done = 0;
}

static uint64_t unconfirmed(const struct wire *w)
{
    (void)w;
    return 0;
}

static void destroy(struct wire *w)
{
    free(w);
}

static const struct link_ops ops = {.submit = submit,
                                    .poll = poll_outcome,
                                    .abandon = abandon,
                                    .unconfirmed = unconfirmed,
                                    .destroy = destroy};

struct wire *sim_link_create(const struct link_setup *setup)
{
    struct twin *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->wire.link = &ops;
    t->sink = &setup->scenario->sinks[setup->sink];
    return &t->wire;
}
