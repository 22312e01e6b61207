// SPDX-License-Identifier: Apache-2.0
// A user's module, made from the skeleton exactly as its head says.
#define WEIR_ADAPT
#include "queue/skeleton.h"

#include "queue/adapter.h"

#include "bench/export.h"
