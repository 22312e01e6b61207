// SPDX-License-Identifier: Apache-2.0
// The scaler of a stage: once per interval it looks how full the stage's queue is and has one worker more or
// less take part. It ends with the sources, so nothing is scaled while a run drains.
#include <stdlib.h>

#include "flow/flow.h"
#include "strategy/autoscale.h"

struct scaler {
    struct node node;
    struct stage_state *stage;
    struct edge *edge;
    struct weir_strategy_state decision;
};

static struct wait step(struct node *n, uint64_t now_ns)
{
    struct scaler *s = (struct scaler *)n;
    uint64_t stop = flow_stop_ns(n->flow);
    if (now_ns >= stop || s->edge->ops->closed(s->edge->queue)) {
        atomic_store(&s->stage->next_look_ns, TIME_NEVER);
        return wait_done();
    }
    struct weir_scale_view view = {.now_ns = now_ns,
                                   .len = edge_len(s->edge),
                                   .capacity = s->edge->ops->capacity(s->edge->queue),
                                   .workers = atomic_load(&s->stage->active)};
    struct weir_scale answer = weir_autoscale(&s->decision, &view);
    if (answer.change) {
        atomic_store(&s->stage->active, (unsigned)((int)view.workers + answer.change));
        flow_raise(n->flow, &s->stage->turn);
    }
    atomic_store(&s->stage->next_look_ns, answer.next_ns);
    return wait_time(sooner(answer.next_ns, stop));
}

static void destroy(struct node *n)
{
    node_fini(n);
    free(n);
}

static const struct node_ops scaler_ops = {.kind = "scaler", .rank = 0, .step = step, .destroy = destroy};

struct node *scaler_create(struct flow *f, size_t stage)
{
    struct scaler *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->stage = &f->stages[stage];
    s->edge = &f->edges[stage];
    s->decision = f->scenario->stages[stage].scale;
    char name[REPORT_NAME_MAX];
    snprintf(name, sizeof name, "%.48s.scaler", f->scenario->stages[stage].name);
    if (node_init(&s->node, f, &scaler_ops, name, 0))
        return &s->node;
    destroy(&s->node);
    return NULL;
}
