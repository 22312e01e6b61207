// SPDX-License-Identifier: Apache-2.0
// The discipline contract: what a queue does with the records that are in it, or about to be. Pure decisions
// like those at the door (strategy.h), over any queue that hands records out in the order in which they came.
//
//   on_enqueue   once for every record that admission lets through, before it is pushed   -> take or drop
//   on_dequeue   once for every record that is popped, before the consumer gets it        -> deliver or drop
//
// After a drop on the way out the executor pops the next record and asks again, with the same `now_ns`, until
// one is delivered or the queue is empty. One state serves all producers and consumers of an edge; where
// several threads ask, the executor serialises them (every discipline with WEIR_S_STATEFUL).
#ifndef WEIR_DISCIPLINE_H
#define WEIR_DISCIPLINE_H

#include "strategy/strategy.h"

struct weir_enqueue_view {
    uint64_t now_ns;
    uint64_t intended_ns; // when the schedule said
    size_t len, capacity; // without this record; capacity SIZE_MAX when unbounded
};

struct weir_dequeue_view {
    uint64_t now_ns;
    uint64_t enqueued_ns; // when this record was pushed; now_ns - enqueued_ns is its sojourn
    uint64_t intended_ns; // when the schedule said; now_ns - intended_ns is its age
    size_t len, capacity; // left behind it
};

struct weir_fate {
    bool drop;
    enum weir_loss reason; // with drop
};

struct weir_store_ops;

struct weir_discipline_ops {
    const char *name, *summary;
    uint32_t flags; // WEIR_S_STATEFUL, WEIR_S_LOSES
    const struct weir_param_spec *params;

    void (*init)(struct weir_strategy_state *s, uint64_t seed); // after params are set; may be NULL
    struct weir_fate (*on_enqueue)(struct weir_strategy_state *s,
                                   const struct weir_enqueue_view *v); // NULL: take
    struct weir_fate (*on_dequeue)(struct weir_strategy_state *s,
                                   const struct weir_dequeue_view *v); // NULL: deliver
    double (*drop_share)(
        const struct weir_strategy_state *s); // it drops at random with this probability; or NULL
    // A discipline that hands records out in an order of its own keeps them itself (strategy/store.h): then
    // the functions above are NULL. NULL: the queue keeps them.
    const struct weir_store_ops *store;
};

// clang-format off
#define WEIR_DISCIPLINE_LIST(X) X(fifo) X(ttl) X(codel) X(pie) X(fq_codel) X(adaptive_lifo)
// clang-format on

#define X(name) extern const struct weir_discipline_ops weir_discipline_##name;
WEIR_DISCIPLINE_LIST(X)
#undef X

// As weir_strategy_at and weir_strategy_find. Parameters: weir_params_defaults(ops->params, state), then
// init.
const struct weir_discipline_ops *weir_discipline_at(size_t index);
const struct weir_discipline_ops *weir_discipline_find(const char *name);

static inline struct weir_fate weir_discipline_enqueue(const struct weir_discipline_ops *ops,
                                                       struct weir_strategy_state *s,
                                                       const struct weir_enqueue_view *v)
{
    return ops->on_enqueue == NULL ? (struct weir_fate){.drop = false} : ops->on_enqueue(s, v);
}

static inline struct weir_fate weir_discipline_dequeue(const struct weir_discipline_ops *ops,
                                                       struct weir_strategy_state *s,
                                                       const struct weir_dequeue_view *v)
{
    return ops->on_dequeue == NULL ? (struct weir_fate){.drop = false} : ops->on_dequeue(s, v);
}

#endif
