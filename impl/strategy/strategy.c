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

void weir_strategy_defaults(const struct weir_strategy_ops *ops, struct weir_strategy_state *s)
{
    memset(s, 0, sizeof *s);
    if (ops->params == NULL)
        return;
    for (size_t i = 0; i < WEIR_STRATEGY_PARAMS_MAX && ops->params[i].key != NULL; i++)
        s->params[i] = ops->params[i].fallback;
}
