// SPDX-License-Identifier: Apache-2.0
#include "strategy/strategy.h"

#include <string.h>

#include "strategy/list.h"

#define X(name) &weir_strategy_##name,
static const struct weir_strategy_ops *const strategies[] = {WEIR_STRATEGY_LIST(X)};
#undef X

enum { STRATEGIES = sizeof strategies / sizeof *strategies };

const struct weir_strategy_ops *weir_strategy_at(size_t index)
{
    return index < STRATEGIES ? strategies[index] : NULL;
}

const struct weir_strategy_ops *weir_strategy_find(const char *name)
{
    for (size_t i = 0; i < STRATEGIES; i++) {
        if (strcmp(strategies[i]->name, name) == 0)
            return strategies[i];
    }
    return NULL;
}

void weir_params_defaults(const struct weir_param_spec *params, struct weir_strategy_state *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; params != NULL && i < WEIR_STRATEGY_PARAMS_MAX && params[i].key != NULL; i++)
        s->params[i] = params[i].fallback;
}

void weir_strategy_defaults(const struct weir_strategy_ops *ops, struct weir_strategy_state *s)
{
    weir_params_defaults(ops->params, s);
}
