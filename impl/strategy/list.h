// SPDX-License-Identifier: Apache-2.0
// Every strategy of this build, in the order in which they are listed to the user: X(name) stands for
// `const struct weir_strategy_ops weir_strategy_name`, defined in a file of its own.
#ifndef WEIR_STRATEGY_LIST_H
#define WEIR_STRATEGY_LIST_H

#include "strategy/strategy.h"

#define WEIR_STRATEGY_LIST(X)                                                                                \
    X(block)                                                                                                 \
    X(block_timeout)                                                                                         \
    X(drop_newest)                                                                                           \
    X(drop_oldest)                                                                                           \
    X(reject)                                                                                                \
    X(priority)                                                                                              \
    X(watermark)                                                                                             \
    X(token_bucket)                                                                                          \
    X(sample)                                                                                                \
    X(sync_fallback)

#define X(name) extern const struct weir_strategy_ops weir_strategy_##name;
WEIR_STRATEGY_LIST(X)
#undef X

#endif
