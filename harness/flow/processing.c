// SPDX-License-Identifier: Apache-2.0
#include "flow/processing.h"

#include <stdlib.h>

#include "flow/flow.h"
#include "strategy/fail_open.h"

static void count_in_arena(struct processing *p, struct flow *f)
{
    size_t versions = p->stage->chain.version_count;
    struct processing_counts *c = arena_alloc(f->setup->arena, sizeof *c);
    c->batches = arena_alloc(f->setup->arena, (versions + 1) * sizeof *c->batches);
    c->versions = versions;
    c->stage = (unsigned)(p->stage - f->scenario->stages);
    c->next = f->root->processing_counts;
    f->root->processing_counts = c;
    p->counts = c;
}

bool processing_init(struct processing *p, struct node *n, const struct stage *stage, size_t batch)
{
    *p = (struct processing){.stage = stage};
    if (!stage)
        return true;
    p->key = hash64(hash_text(stage->name), n->flow->setup->seed);
    if (stage->has_fail_open || processing_has_chain(p))
        count_in_arena(p, n->flow);
    if (!stage->has_fail_open)
        return true;
    p->fail_open.params[WEIR_FAIL_OPEN_MARK] = stage->fail_open.mark;
    p->fail_open.params[WEIR_FAIL_OPEN_RESUME] = stage->fail_open.resume;
    p->bypass = calloc(batch, sizeof *p->bypass);
    return p->bypass != NULL;
}

void processing_free(struct processing *p)
{
    free(p->bypass);
    p->bypass = NULL;
}

// ---- fail open ----

void processing_taken(struct processing *p, const struct node *n, struct record **held, size_t first,
                      size_t got)
{
    if (!p->bypass)
        return;
    // The stage's queue, also where a dispatcher hands out from it.
    const struct edge *from = &n->flow->edges[p->counts->stage];
    size_t left = edge_len(from), capacity = from->ops->capacity(from->queue);
    for (size_t i = 0; i < got; i++) {
        // As if popped one by one: behind each stood those that were popped after it.
        size_t behind = from == n->in.edge ? got - 1 - i : 0;
        bool open = weir_fail_open(&p->fail_open, left + behind, capacity);
        p->counts->toggles += open != p->bypass_now;
        p->counts->bypassed += open;
        p->bypass[first + i] = p->bypass_now = open;
        if (open)
            held[first + i]->flags |= RECORD_DEGRADED;
    }
}

static bool is_bypassed(const struct processing *p, size_t i)
{
    return p->bypass && p->bypass[i];
}

bool processing_serves(const struct processing *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_bypassed(p, i))
            return true;
    return false;
}

// ---- chain ----

bool processing_has_chain(const struct processing *p)
{
    return p->stage && !chain_plan_is_empty(&p->stage->chain);
}

static const char *class_of(const struct scenario *s, const struct record *r)
{
    const struct source *source = &s->sources[r->source];
    return r->record_class < source->class_count ? source->classes[r->record_class].name : NULL;
}

// The proof at the sink goes on with what the chain made of the payload, provided that it was intact when it
// came. Of a broken one the hash is wrong on purpose: it stays broken.
static void seal(struct record *r, bool intact)
{
    uint64_t hash = payload_hash(r->payload, r->size);
    r->payload_hash = intact ? hash : ~hash;
    r->flags |= RECORD_REWRITTEN;
}

// A record with more room and the same contents; NULL, with the old one as it was, when memory ends.
static struct record *make_room(struct flow *f, struct record *r, struct process_item *item)
{
    struct record *bigger = record_grow(f->pool, r, item->wanted);
    if (!bigger)
        return NULL;
    item->bytes = bigger->payload;
    item->room = record_room(bigger);
    return bigger;
}

// Runs one record through. Answers the record to go on with (perhaps another), or NULL when it ended here.
static struct record *process(struct processing *p, struct node *n, const struct chain *chain,
                              struct record *r, uint64_t now_ns, uint64_t *cost_ns)
{
    uint64_t who = (uint64_t)r->source << 32 | r->sender;
    struct process_item item = {.bytes = r->payload,
                                .size = r->size,
                                .room = record_room(r),
                                .key = hash64(hash64(p->key, who), r->seq),
                                .class_name = class_of(n->flow->scenario, r)};
    bool intact = !chain_rewrites(chain) || flow_payload_ok(n->flow, r);
    enum process_result result;
    while ((result = chain_run(chain, &item)) == PROCESS_GROW) {
        struct record *bigger = make_room(n->flow, r, &item);
        if (!bigger) {
            result = PROCESS_OVERSIZE;
            break;
        }
        r = bigger;
    }
    *cost_ns += item.cost_ns;
    r->size = (uint32_t)item.size;
    if (item.changed)
        seal(r, intact);
    if (item.malformed && !(r->flags & RECORD_MALFORMED)) {
        r->flags |= RECORD_MALFORMED;
        n->tally->ledger.malformed++;
    }
    if (result == PROCESS_PASSED)
        return r;
    if (result == PROCESS_FILTERED) {
        p->counts->filtered++;
        flow_filter(n, r, now_ns);
    } else {
        flow_lose(n, r, WEIR_LOSS_OVERSIZE, now_ns);
    }
    return NULL;
}

size_t processing_run(struct processing *p, struct node *n, struct record **held, size_t count,
                      uint64_t now_ns, uint64_t *cost_ns)
{
    const struct chain_plan *plan = &p->stage->chain;
    size_t piece = chain_piece_at(plan, now_ns), left = 0;
    unsigned version = plan->pieces[piece].version;
    p->counts->swaps += p->begun && version != plan->pieces[p->piece].version;
    p->counts->batches[version]++;
    p->begun = true;
    p->piece = piece;
    *cost_ns = 0;
    for (size_t i = 0; i < count; i++) {
        struct record *r = held[i];
        if (!is_bypassed(p, i)) {
            flow_trace(n, now_ns, TRACE_PROCESSED + version, r);
            r = process(p, n, &plan->versions[version], r, now_ns, cost_ns);
        }
        if (r)
            held[left++] = r;
    }
    if (!n->flow->world.virtual_time)
        *cost_ns = 0;
    return left;
}
