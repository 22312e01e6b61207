// SPDX-License-Identifier: Apache-2.0
// The head of every node: its tally and checks, and its ports to the edges.
#include <stdlib.h>

#include "flow/flow.h"
#include "flow/pacer.h"

bool node_init(struct node *n, struct flow *f, const struct node_ops *ops, const char *name, unsigned use)
{
    n->ops = ops;
    n->flow = f;
    n->id = (unsigned)f->node_count;
    snprintf(n->name, sizeof n->name, "%s", name);
    struct report *r = &f->root->report;
    n->tally = tally_create(f->setup->arena, use, r->series_count, r->series_step_ns);
    n->tally->next = f->root->tallies;
    f->root->tallies = n->tally;
    if (f->setup->verify && !(n->ends = calloc(f->sender_total, sizeof *n->ends)))
        return false;
    branch_tally_create(f, n->tally, use & TALLY_DELIVERS);
    if (!(use & TALLY_DELIVERS))
        return true;
    n->check = &f->checks[f->check_count];
    n->check_count = use & TALLY_DELIVERS_TO_ALL ? (unsigned)f->sink_count : 1;
    bool ok = true;
    for (unsigned i = 0; ok && i < n->check_count; i++, f->check_count++) {
        ok = check_init(&n->check[i], f->sender_total);
        n->check[i].branch = i;
    }
    return ok;
}

void node_fini(struct node *n)
{
    for (size_t i = 0; n->ends && i < n->flow->sender_total; i++)
        seen_free(&n->ends[i]);
    free(n->ends);
    n->ends = NULL;
    if (n->outs != &n->out)
        free(n->outs);
    n->outs = NULL;
}

static struct edge_counts *counts_create(struct flow *f, const struct edge *e)
{
    struct edge_counts *c = arena_alloc(f->setup->arena, sizeof *c);
    c->edge = e->id;
    c->next = f->root->edge_counts;
    f->root->edge_counts = c;
    return c;
}

bool node_attach_in(struct node *n, struct edge *e)
{
    n->in = (struct port){.edge = e, .counts = counts_create(n->flow, e), .join = -1, .branch = -1};
    e->consumer = n;
    if (e->door)
        e->door->consumer = n; // any of them: who counts what is left in the end
    return true;
}

static bool add_port(struct node *n, struct port port)
{
    if (port.edge->pacing && !(port.pacer = pacer_create(n->flow, port.edge)))
        return false;
    struct port *outs = &n->out;
    if (n->out_count) {
        struct port *own = n->outs == &n->out ? NULL : n->outs;
        outs = realloc(own, (n->out_count + 1) * sizeof *outs);
        if (!outs)
            return false;
        outs[0] = n->out;
    }
    n->outs = outs;
    n->outs[n->out_count++] = port;
    atomic_fetch_add_explicit(&port.edge->open_producers, 1, memory_order_relaxed);
    return true;
}

bool node_attach_out(struct node *n, struct edge *e)
{
    return add_port(n,
                    (struct port){.edge = e, .counts = counts_create(n->flow, e), .join = -1, .branch = -1});
}

bool node_attach_ways(struct node *n, const struct ways *ways)
{
    for (size_t i = 0; i < ways->count; i++) {
        const struct way *w = &ways->list[i];
        struct port port = {.edge = w->edge, .join = w->join, .slot = w->slot, .branch = w->branch};
        port.counts = counts_create(n->flow, w->edge);
        if (!add_port(n, port))
            return false;
    }
    return true;
}

void node_release_outs(struct node *n)
{
    for (size_t i = 0; i < n->out_count; i++)
        if (edge_release(n->outs[i].edge) && n->outs[i].edge->closing)
            flow_raise(n->flow, n->outs[i].edge->closing);
}
