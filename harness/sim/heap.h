// SPDX-License-Identifier: Apache-2.0
// Binary heap of events, ordered by (time, rank, insertion).
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    uint64_t at_ns;
    uint32_t rank;
    uint32_t node;
    uint64_t order; // insertion number
    uint64_t turn;  // the node's turn it was scheduled for
};

struct heap {
    struct event *list;
    size_t count, room;
    uint64_t inserted;
};

bool heap_push(struct heap *h, struct event e); // sets e.order; false when memory ends
bool heap_pop(struct heap *h, struct event *e); // false when empty
void heap_free(struct heap *h);

#endif
