// SPDX-License-Identifier: Apache-2.0
#include "strategy/loss.h"

#include <stddef.h>

const char *weir_loss_name(enum weir_loss reason)
{
#define X(id, name) [WEIR_LOSS_##id] = name,
    static const char *const names[] = {WEIR_LOSS_LIST(X)};
#undef X
    return (size_t)reason < WEIR_LOSS_COUNT ? names[reason] : NULL;
}
