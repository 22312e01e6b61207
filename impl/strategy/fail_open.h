// SPDX-License-Identifier: Apache-2.0
// Whether a stage should leave its processing out to drain faster. What bypassed is counted as degraded by
// the executor: it was neither filtered nor redacted.
#ifndef WEIR_FAIL_OPEN_H
#define WEIR_FAIL_OPEN_H

#include "strategy/strategy.h"

// Parameters in this order; fill the state with weir_params_defaults.
enum { WEIR_FAIL_OPEN_MARK, WEIR_FAIL_OPEN_RESUME };
extern const struct weir_param_spec weir_fail_open_params[];

// Asked for every record after it was popped, with the length left behind it. True: bypass the processing.
bool weir_fail_open(struct weir_strategy_state *s, size_t len, size_t capacity);

#endif
