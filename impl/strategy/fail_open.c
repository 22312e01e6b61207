// SPDX-License-Identifier: Apache-2.0
// The fail-open switch of StreamGate (sashu2310/streamgate): a record that is popped while the queue is more
// than 80 % full skips the processor chain. StreamGate looks at each record anew, so that it flaps around the
// mark.
//
// `resume` adds hysteresis: once bypassing, it goes on until the queue is no fuller than that. Its default is
// the default mark, which is StreamGate's behaviour; above the mark it counts as the mark.
#include "strategy/fail_open.h"

#include "strategy/fill.h"

enum { OPEN }; // slot

const struct weir_param_spec weir_fail_open_params[] = {
    [WEIR_FAIL_OPEN_MARK] = {"mark", WEIR_PARAM_SHARE, 0.8, 0, 1, "fill above which processing is bypassed"},
    [WEIR_FAIL_OPEN_RESUME] = {"resume", WEIR_PARAM_SHARE, 0.8, 0, 1, "fill at which it is taken up again"},
    {.key = NULL},
};

bool weir_fail_open(struct weir_strategy_state *s, size_t len, size_t capacity)
{
    double mark = s->params[WEIR_FAIL_OPEN_MARK], resume = s->params[WEIR_FAIL_OPEN_RESUME];
    if (s->state[OPEN].u && resume < mark)
        mark = resume;
    s->state[OPEN].u = fill_above(len, capacity, mark);
    return s->state[OPEN].u;
}
