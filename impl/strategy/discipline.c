// SPDX-License-Identifier: Apache-2.0
#include "strategy/discipline.h"

#include "strategy/registry.h"

#define X(name) &weir_discipline_##name,
static const struct weir_discipline_ops *const disciplines[] = {WEIR_DISCIPLINE_LIST(X)};
#undef X

WEIR_DEFINE_REGISTRY(weir_discipline, struct weir_discipline_ops, disciplines);
