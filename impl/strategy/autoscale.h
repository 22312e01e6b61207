// SPDX-License-Identifier: Apache-2.0
// How many workers a stage should have, judged by how full its queue is. Pure: the caller brings the clock,
// asks when it was told to, and carries out the answer.
#ifndef WEIR_AUTOSCALE_H
#define WEIR_AUTOSCALE_H

#include "strategy/strategy.h"

struct weir_scale_view {
    uint64_t now_ns;
    size_t len, capacity; // of the queue; capacity SIZE_MAX when unbounded
    unsigned workers;
};

struct weir_scale {
    int change;       // -1, 0 or +1 worker
    uint64_t next_ns; // ask again then; earlier questions are answered with 0
};

// Parameters in this order; fill the state with weir_params_defaults.
enum {
    WEIR_SCALE_UP,
    WEIR_SCALE_DOWN,
    WEIR_SCALE_INTERVAL,
    WEIR_SCALE_MIN,
    WEIR_SCALE_MAX,
    WEIR_SCALE_COOLDOWN
};
extern const struct weir_param_spec weir_autoscale_params[];

struct weir_scale weir_autoscale(struct weir_strategy_state *s, const struct weir_scale_view *v);

#endif
