// SPDX-License-Identifier: Apache-2.0
// First in, first out, and nothing is dropped on the way: the discipline of a queue that was given none.
#include "strategy/discipline.h"

const struct weir_discipline_ops weir_discipline_fifo = {
    .name = "fifo",
    .summary = "every record is delivered in the order in which it came",
};
