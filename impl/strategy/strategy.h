// SPDX-License-Identifier: Apache-2.0
// The strategy contract: pure decisions about a record that wants to enter an edge.
//
// A strategy never reads a clock, sleeps, locks, allocates after init, or touches a queue. It is shown what
// the edge sees and answers with one verdict; the edge carries the verdict out and counts it. The live and
// the simulated executor call the same functions, so what is simulated is what runs.
//
// One offer (a record, or a group that enters whole) is a short dialogue:
//   on_offer   once, before the queue is touched       -> usually PUSH
//   on_full    each time the push did not fit          -> WAIT, EVICT, DROP or REFUSE
// After WAIT from on_full the edge tries the push again when space appears or `until_ns` passes, then asks
// on_full again. WAIT from on_offer holds the offer in front of the door although there is room: the edge
// waits until the queue is shorter than `below` or `until_ns` passes and asks on_offer again, with `held`
// set.
#ifndef WEIR_STRATEGY_H
#define WEIR_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strategy/loss.h"

enum weir_verdict {
    WEIR_PUSH,    // put it into the queue
    WEIR_WAIT,    // the producer waits for space, at most until until_ns
    WEIR_EVICT,   // pop the oldest record of the queue (lost: `reason`), then try again
    WEIR_DROP,    // the offered record is lost for `reason`
    WEIR_DELIVER, // the producer takes the record to the sink by itself, past the queue
    WEIR_REFUSE,  // the sender is told; it may come back after retry_after_ns
};

// What a decision may look at. Times are nanoseconds on the executor's clock.
struct weir_offer_view {
    uint64_t now_ns;
    uint64_t offered_ns;            // when this offer was first made
    uint64_t intended_ns;           // when the schedule said
    size_t len, capacity;           // of the queue now; capacity SIZE_MAX when unbounded
    size_t count;                   // records in the offer (1, or a group that enters whole)
    unsigned turns;                 // evictions done for this offer so far
    unsigned record_class, classes; // the record's, and how many its source has: least important first
    bool delayable;                 // the source loses nothing by waiting (a file, a TCP connection)
    bool held;                      // on_offer has made this offer wait before
};

struct weir_decision {
    enum weir_verdict verdict;
    enum weir_loss reason;   // EVICT, DROP
    uint64_t until_ns;       // WAIT: UINT64_MAX = as long as it takes
    uint64_t retry_after_ns; // REFUSE: 0 = no hint
    size_t below;            // WAIT of on_offer: until the queue is shorter than this
};

enum weir_strategy_place {
    WEIR_AT_ADMISSION,
    WEIR_AT_DISCIPLINE,
    WEIR_AT_PACING,
    WEIR_AT_PROCESSING,
    WEIR_AT_SCALING,
    WEIR_AT_SENDING,
};

enum weir_param_type {
    WEIR_PARAM_DURATION,
    WEIR_PARAM_COUNT,
    WEIR_PARAM_SHARE,
    WEIR_PARAM_RATE,
    WEIR_PARAM_NUMBER,
    WEIR_PARAM_SIZE,
    WEIR_PARAM_TEXT, // a path: kept beside the numbers by whoever reads the scenario
};

// One parameter of a strategy as a scenario writes it: {block_timeout: {timeout: 50ms}}.
// Values are in base units: nanoseconds, items, 0..1, items per second, bytes.
struct weir_param_spec {
    const char *key;
    enum weir_param_type type;
    double fallback, min, max;
    const char *help;
};

enum { WEIR_STRATEGY_PARAMS_MAX = 8, WEIR_STRATEGY_SLOTS = 16 };

// One cell of a strategy's memory. Each strategy reads a slot only as what it wrote there.
union weir_slot {
    uint64_t u;
    double d;
};

// A strategy's memory between decisions. Owned by the edge; a stateless strategy leaves `state` zero.
struct weir_strategy_state {
    double params[WEIR_STRATEGY_PARAMS_MAX]; // in the order of the specs
    union weir_slot state[WEIR_STRATEGY_SLOTS];
};

enum weir_strategy_flag {
    WEIR_S_EVICTS = 1u << 0,   // needs a queue with WEIR_Q_EVICT
    WEIR_S_STATEFUL = 1u << 1, // decisions change the state: the executor serialises them
    WEIR_S_LOSES = 1u << 2,    // may drop or refuse (a closed loop without think on it never ends)
    WEIR_S_DELIVERS = 1u << 4, // may say DELIVER: for edges from sources that lead to the sink
    WEIR_S_BLOCKS = 1u << 3,   // may keep a producer waiting without end
};

struct weir_strategy_ops {
    const char *name, *summary;
    enum weir_strategy_place place;
    uint32_t flags;
    const struct weir_param_spec *params; // ends with key NULL; NULL when there are none

    void (*init)(struct weir_strategy_state *s, uint64_t seed); // after params are set; may be NULL
    struct weir_decision (*on_offer)(struct weir_strategy_state *s,
                                     const struct weir_offer_view *v); // NULL: PUSH
    struct weir_decision (*on_full)(struct weir_strategy_state *s, const struct weir_offer_view *v);
};

// Every strategy of this build (strategy/list.h), static.
const struct weir_strategy_ops *weir_strategy_at(size_t index);       // NULL after the last one
const struct weir_strategy_ops *weir_strategy_find(const char *name); // NULL when there is none of that name

// Zeroes the state and sets every parameter to its default. The caller then overwrites what the scenario says
// (within min and max: the strategies do not check again) and calls ops->init, if there is one, before the
// first offer.
void weir_strategy_defaults(const struct weir_strategy_ops *ops, struct weir_strategy_state *s);

// The same for a bare table of parameters (NULL: none), whichever place it belongs to.
void weir_params_defaults(const struct weir_param_spec *params, struct weir_strategy_state *s);

#endif
