// SPDX-License-Identifier: Apache-2.0
// The pacing contract: a producer asks before it offers. Pure decisions as everywhere (strategy.h); each
// producer has a state of its own, so that nothing has to be serialised.
//
//   on_ask      before an offer                                    -> go, or pause
//   on_result   when the fate of an offer is known to the producer (delivered, lost or refused)
//
// `go` is the start of the round trip: the record counts as in flight from there until its result. A group
// counts as its records. A pause ends at `until_ns`, or before that with the next result if
// `wakes_on_result`; then the producer asks again with `paused` set. A strategy with WEIR_S_BLOCKS may pause
// until a result comes, however long that takes: it needs an executor that delivers results. Nothing in
// flight is never kept waiting.
#ifndef WEIR_PACING_H
#define WEIR_PACING_H

#include "strategy/strategy.h"

struct weir_pacing_view {
    uint64_t now_ns;
    size_t len, capacity; // of the queue in front of the producer; capacity SIZE_MAX when unbounded
    size_t in_flight;     // this producer's records without a result, those it asks for left out
    size_t count;         // records it asks for: 1, or a group that is offered whole
    bool paused;          // this offer has been paused before
};

struct weir_pace {
    bool go;
    bool wakes_on_result;
    uint64_t until_ns; // with a pause; UINT64_MAX: only a result ends it
};

struct weir_result {
    uint64_t now_ns;
    uint64_t rtt_ns;  // from the go to the result
    size_t in_flight; // at the go, itself included
    bool dropped;     // lost, refused or timed out instead of delivered
};

struct weir_pacing_ops {
    const char *name, *summary;
    uint32_t flags; // WEIR_S_STATEFUL, WEIR_S_BLOCKS
    const struct weir_param_spec *params;

    void (*init)(struct weir_strategy_state *s, uint64_t seed); // after params are set; may be NULL
    struct weir_pace (*on_ask)(struct weir_strategy_state *s, const struct weir_pacing_view *v);
    void (*on_result)(struct weir_strategy_state *s,
                      const struct weir_result *r); // NULL: results do not matter
    size_t (*limit)(
        const struct weir_strategy_state *s); // records in flight it allows now; NULL: it sets no limit
    // How often it has weighed round trips so far, and which mean it weighed last; NULL: it keeps none.
    uint64_t (*weighed)(const struct weir_strategy_state *s, uint64_t *mean_ns);
};

// clang-format off
#define WEIR_PACING_LIST(X) X(slowdown) X(aimd) X(gradient2) X(vegas) X(arc) X(credit)
// clang-format on

#define X(name) extern const struct weir_pacing_ops weir_pacing_##name;
WEIR_PACING_LIST(X)
#undef X

// As weir_strategy_at and weir_strategy_find. Parameters: weir_params_defaults(ops->params, state), then
// init.
const struct weir_pacing_ops *weir_pacing_at(size_t index);
const struct weir_pacing_ops *weir_pacing_find(const char *name);

// What every limiter answers: go while the limit holds those in flight and these. A group beyond the limit
// goes by itself.
static inline struct weir_pace weir_pace_within(size_t limit, const struct weir_pacing_view *v)
{
    bool go = v->in_flight == 0 || (v->count <= limit && v->in_flight <= limit - v->count);
    return (struct weir_pace){.go = go, .wakes_on_result = !go, .until_ns = go ? 0 : UINT64_MAX};
}

#endif
