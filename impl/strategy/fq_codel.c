// SPDX-License-Identifier: Apache-2.0
// Flow queue CoDel: RFC 8290 (Hoeiland-Joergensen, McKenney, Taht, Gettys, Dumazet). Each flow, that is each
// sender of each source, has a queue of its own with its own CoDel; the queues take turns.
//
// In (4.1): a flow is hashed, perturbed by the seed, to one of `flows` queues. A queue that stands in no list
// joins the list of new ones with `quantum` bytes of credit. When the store is full, the queue that holds
// most bytes is dropped from at its head: half of its bytes, at most `drop_batch` records, so that the search
// is paid once for many. Here that happens before the new record goes in, and not at all where a scenario
// names an admission strategy: then that one decides about the new record.
//
// Out (4.2): the first queue of the new list, or else of the old one. Out of credit it gets a quantum and
// goes to the end of the old list. Otherwise its head is judged by CoDel (codel.c, `target` and `interval`)
// and paid for when it is delivered. An empty queue leaves the lists, but a new one goes to the end of the
// old list first, lest it be new again with its next record and starve the others.
//
// Every record counts as at least one byte. Two senders that fall into one queue share it, as in the RFC.
#include "strategy/store.h"

#include <string.h>

#include "strategy/draw.h"

enum { TARGET, INTERVAL, FLOWS, QUANTUM, DROP_BATCH };
enum { NONE = 0 }; // numbers of nodes and flows begin at 1: zeroed memory holds none

static const struct weir_param_spec params[] = {
    [TARGET] = {"target", WEIR_PARAM_DURATION, 5e6, 0, 3600e9, "time in a flow's queue that may last"},
    [INTERVAL] = {"interval", WEIR_PARAM_DURATION, 100e6, 1, 3600e9, "how long more than that is a burst"},
    [FLOWS] = {"flows", WEIR_PARAM_COUNT, 1024, 1, 65536, "queues that the senders are spread over"},
    [QUANTUM] = {"quantum", WEIR_PARAM_SIZE, 1514, 64, 1 << 30, "bytes that a flow may send in its turn"},
    [DROP_BATCH] = {"drop_batch", WEIR_PARAM_COUNT, 64, 1, 65536,
                    "most records dropped from the fattest flow when the queue is full"},
    {.key = NULL},
};

struct waiting {
    struct weir_store_item item;
    uint32_t next;
};

enum stands { IN_NO_LIST, AMONG_NEW, AMONG_OLD };

struct flow {
    uint32_t first, last; // its records
    uint32_t next;        // flow of its list
    enum stands stands;
    size_t len;
    uint64_t bytes;
    int64_t credit;
    struct weir_strategy_state codel;
};

struct flow_list {
    uint32_t first, last;
};

struct fq {
    size_t len, used, flow_count;
    uint32_t spare; // nodes given back
    int64_t quantum;
    uint64_t perturbation, drop_batch;
    struct flow_list fresh, old;
    struct { // the dropping from one flow that is under way
        uint32_t flow;
        uint64_t left, goal, gone;
    } batch;
    struct flow *flows;    // [0] is not used
    struct waiting *nodes; // likewise
};

static size_t count_flows(const struct weir_strategy_state *s)
{
    return (size_t)s->params[FLOWS];
}

static size_t bytes(const struct weir_strategy_state *s, size_t capacity)
{
    return sizeof(struct fq) + (count_flows(s) + 1) * sizeof(struct flow) +
           (capacity + 1) * sizeof(struct waiting);
}

static void init(void *store, const struct weir_strategy_state *s, size_t capacity, uint64_t seed)
{
    (void)capacity;
    struct fq *q = store;
    q->flow_count = count_flows(s);
    q->quantum = (int64_t)s->params[QUANTUM];
    q->drop_batch = (uint64_t)s->params[DROP_BATCH];
    q->perturbation = seed;
    q->flows = (struct flow *)(q + 1);
    q->nodes = (struct waiting *)(q->flows + q->flow_count + 1);
    for (size_t i = 1; i <= q->flow_count; i++) {
        weir_params_defaults(weir_discipline_codel.params, &q->flows[i].codel);
        q->flows[i].codel.params[0] = s->params[TARGET];
        q->flows[i].codel.params[1] = s->params[INTERVAL];
    }
}

// ---- lists ----

static void list_add(struct fq *q, struct flow_list *list, uint32_t number, enum stands stands)
{
    struct flow *f = &q->flows[number];
    f->next = NONE;
    f->stands = stands;
    if (list->last != NONE)
        q->flows[list->last].next = number;
    else
        list->first = number;
    list->last = number;
}

static uint32_t list_shift(struct fq *q, struct flow_list *list)
{
    uint32_t number = list->first;
    list->first = q->flows[number].next;
    if (list->first == NONE)
        list->last = NONE;
    q->flows[number].stands = IN_NO_LIST;
    return number;
}

// ---- records ----

static uint32_t hash_flow(const struct fq *q, uint64_t flow)
{
    uint64_t state = q->perturbation ^ (flow * UINT64_C(0xff51afd7ed558ccd));
    return 1 + (uint32_t)(draw_unit(&state) * (double)q->flow_count);
}

static void put(void *store, const struct weir_store_item *item)
{
    struct fq *q = store;
    uint32_t number = hash_flow(q, item->flow), at = q->spare;
    struct flow *f = &q->flows[number];
    if (at != NONE)
        q->spare = q->nodes[at].next;
    else
        at = (uint32_t)++q->used;
    q->nodes[at] = (struct waiting){.item = *item, .next = NONE};
    q->nodes[at].item.bytes += item->bytes == 0;
    if (f->last != NONE)
        q->nodes[f->last].next = at;
    else
        f->first = at;
    f->last = at;
    f->len++;
    f->bytes += q->nodes[at].item.bytes;
    q->len++;
    if (f->stands != IN_NO_LIST)
        return;
    f->credit = q->quantum;
    list_add(q, &q->fresh, number, AMONG_NEW);
}

static struct weir_store_item pop_head(struct fq *q, struct flow *f)
{
    uint32_t at = f->first;
    struct weir_store_item item = q->nodes[at].item;
    f->first = q->nodes[at].next;
    if (f->first == NONE)
        f->last = NONE;
    q->nodes[at].next = q->spare;
    q->spare = at;
    f->len--;
    f->bytes -= item.bytes;
    q->len--;
    return item;
}

// ---- out ----

static struct weir_fate judge(struct flow *f, const struct weir_store_item *item, uint64_t now_ns)
{
    struct weir_dequeue_view view = {.now_ns = now_ns,
                                     .enqueued_ns = item->enqueued_ns,
                                     .intended_ns = item->enqueued_ns,
                                     .len = f->len,
                                     .capacity = SIZE_MAX};
    return weir_discipline_dequeue(&weir_discipline_codel, &f->codel, &view);
}

static bool take(void *store, uint64_t now_ns, struct weir_taken *out)
{
    struct fq *q = store;
    while (q->fresh.first != NONE || q->old.first != NONE) {
        bool is_new = q->fresh.first != NONE;
        struct flow_list *list = is_new ? &q->fresh : &q->old;
        struct flow *f = &q->flows[list->first];
        if (f->credit <= 0) {
            f->credit += q->quantum;
            list_add(q, &q->old, list_shift(q, list), AMONG_OLD);
        } else if (f->len == 0) {
            uint32_t number = list_shift(q, list);
            if (is_new && q->old.first != NONE)
                list_add(q, &q->old, number, AMONG_OLD);
        } else {
            struct weir_store_item item = pop_head(q, f);
            *out = (struct weir_taken){.item = item.item, .fate = judge(f, &item, now_ns)};
            if (!out->fate.drop)
                f->credit -= item.bytes;
            return true;
        }
    }
    return false;
}

// ---- making room ----

static uint32_t fattest(const struct fq *q)
{
    uint32_t fat = NONE;
    for (uint32_t i = 1; i <= q->flow_count; i++)
        if (q->flows[i].bytes > (fat != NONE ? q->flows[fat].bytes : 0))
            fat = i;
    return fat;
}

static void drop_head(struct fq *q, uint32_t number, struct weir_taken *out, uint64_t *gone)
{
    struct weir_store_item item = pop_head(q, &q->flows[number]);
    *out = (struct weir_taken){.item = item.item, .fate = {.drop = true, .reason = WEIR_LOSS_AQM}};
    *gone += item.bytes;
}

static bool victim(void *store, struct weir_taken *out)
{
    struct fq *q = store;
    uint32_t number = fattest(q);
    uint64_t gone = 0;
    if (number != NONE)
        drop_head(q, number, out, &gone);
    return number != NONE;
}

static bool overflow(void *store, struct weir_taken *out)
{
    struct fq *q = store;
    if (q->batch.flow == NONE) {
        q->batch.flow = fattest(q);
        q->batch.left = q->drop_batch;
        q->batch.goal = q->flows[q->batch.flow].bytes / 2;
        q->batch.gone = 0;
    } else if (q->batch.left == 0 || q->batch.gone >= q->batch.goal) {
        q->batch.flow = NONE;
    }
    if (q->batch.flow != NONE && q->flows[q->batch.flow].len == 0)
        q->batch.flow = NONE;
    if (q->batch.flow == NONE)
        return false;
    q->batch.left--;
    drop_head(q, q->batch.flow, out, &q->batch.gone);
    return true;
}

static size_t len(const void *store)
{
    return ((const struct fq *)store)->len;
}

static const struct weir_store_ops store = {.bytes = bytes,
                                            .init = init,
                                            .put = put,
                                            .take = take,
                                            .victim = victim,
                                            .overflow = overflow,
                                            .len = len};

const struct weir_discipline_ops weir_discipline_fq_codel = {
    .name = "fq_codel",
    .summary = "each sender has a queue of its own with its own CoDel, and they take turns (RFC 8290)",
    .flags = WEIR_S_STATEFUL | WEIR_S_LOSES,
    .params = params,
    .store = &store,
};
