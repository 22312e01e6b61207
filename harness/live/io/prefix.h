// SPDX-License-Identifier: Apache-2.0
// Lines are handed out in order and settled in any order, by any thread; a checkpoint may only stand behind a
// line when that line and all before it are settled. Lines handed out and not yet covered are kept in a ring
// that grows up to PREFIX_MOST; beyond that no line is taken in until the oldest is settled.
#ifndef LIVE_IO_PREFIX_H
#define LIVE_IO_PREFIX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PREFIX_LEAST = 1024, PREFIX_MOST = 1 << 20 };

struct prefix {
    pthread_mutex_t lock;
    uint64_t *ring;       // end offset of a line, shifted left by one; lowest bit: settled
    size_t size;          // power of two
    uint64_t first, next; // numbers of the oldest line not covered, and of the next one; lines count from 1
    uint64_t done_end;    // end offset of line first - 1
};

bool prefix_init(struct prefix *p, uint64_t start_offset);
void prefix_fini(struct prefix *p);
bool prefix_room(struct prefix *p); // one more line can be added. The thread that adds only
uint64_t prefix_add(struct prefix *p, uint64_t end_offset);   // the line's number; only when there is room
bool prefix_settle(struct prefix *p, uint64_t number);        // true when the covered part grew
uint64_t prefix_done(struct prefix *p, uint64_t *end_offset); // number of the last line covered, 0: none

#endif
