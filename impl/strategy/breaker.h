// SPDX-License-Identifier: Apache-2.0
// A circuit breaker in front of a sink or a peer that fails: after a run of failures nothing is sent for a
// while, then a few probes decide. Pure: the caller brings the clock. Several callers of one breaker are
// serialised by the executor.
#ifndef WEIR_BREAKER_H
#define WEIR_BREAKER_H

#include "strategy/strategy.h"

enum weir_breaker_mode { WEIR_BREAKER_CLOSED, WEIR_BREAKER_OPEN, WEIR_BREAKER_HALF_OPEN };

struct weir_breaker_answer {
    bool allowed;
    uint64_t ticket;   // allowed: to be handed back with the result
    uint64_t until_ns; // not allowed: ask again then (a result may let others through earlier)
};

// Parameters in this order; fill the state with weir_params_defaults.
enum { WEIR_BREAKER_FAILURES, WEIR_BREAKER_OPEN_FOR, WEIR_BREAKER_PROBES };
extern const struct weir_param_spec weir_breaker_params[];

struct weir_breaker_answer weir_breaker_ask(struct weir_strategy_state *s, uint64_t now_ns);
// How an attempt that was allowed ended. What was sent before the breaker changed its mode counts no more.
void weir_breaker_result(struct weir_strategy_state *s, uint64_t ticket, uint64_t now_ns, bool failed);
// As it would answer now.
enum weir_breaker_mode weir_breaker_mode(const struct weir_strategy_state *s, uint64_t now_ns);

#endif
