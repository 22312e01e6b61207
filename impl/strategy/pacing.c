// SPDX-License-Identifier: Apache-2.0
#include "strategy/pacing.h"

#include "strategy/registry.h"

#define X(name) &weir_pacing_##name,
static const struct weir_pacing_ops *const pacings[] = {WEIR_PACING_LIST(X)};
#undef X

WEIR_DEFINE_REGISTRY(weir_pacing, struct weir_pacing_ops, pacings);
