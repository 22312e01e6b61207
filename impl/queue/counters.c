// SPDX-License-Identifier: Apache-2.0
#include "queue/counters.h"

#include <string.h>

static _Atomic uint64_t last_id;
static _Atomic unsigned threads;

// Of the calling thread.
static _Thread_local unsigned own_stripe = WEIR_COUNTER_STRIPES; // none yet
static _Thread_local uint64_t timed_out_of[WEIR_SIDES];          // id of the counters, 0: none

static unsigned stripe(void)
{
    if (own_stripe == WEIR_COUNTER_STRIPES)
        own_stripe =
            atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) & (WEIR_COUNTER_STRIPES - 1);
    return own_stripe;
}

// Relaxed everywhere: counts guard nothing; who wants them exact joins the threads first.
static void add(_Atomic uint64_t *word, uint64_t n)
{
    if (n > 0)
        atomic_fetch_add_explicit(word, n, memory_order_relaxed);
}

static unsigned size_class(size_t n)
{
    unsigned k = 0;
    while (k + 1 < WEIR_BATCH_SIZES && n >> (k + 1))
        k++;
    return k;
}

void weir_counters_init(struct weir_counters *c)
{
    for (int side = 0; side < WEIR_SIDES; side++)
        for (int s = 0; s < WEIR_COUNTER_STRIPES; s++) {
            for (int i = 0; i < WEIR_QUEUE_COUNTS; i++)
                atomic_init(&c->side[side][s].count[i], 0);
            for (int i = 0; i < WEIR_BATCH_SIZES; i++)
                atomic_init(&c->side[side][s].batch[i], 0);
        }
    c->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
}

void weir_counters_try(struct weir_counters *c, enum weir_queue_side side, size_t asked, size_t moved,
                       enum weir_nothing why, uint64_t retries)
{
    timed_out_of[side] = 0;
    if (asked == 0)
        return;
    unsigned s = stripe();
    _Atomic uint64_t *count = c->side[side][s].count;
    add(&count[WEIR_COUNT_TRIES], 1);
    add(&count[WEIR_COUNT_ASKED], asked);
    add(&count[WEIR_COUNT_ITEMS], moved);
    add(&count[WEIR_COUNT_RETRIES], retries);
    if (moved > 0) {
        add(&c->side[side][s].batch[size_class(moved)], 1);
        return;
    }
    add(&count[why == WEIR_NOTHING_CLOSED ? WEIR_COUNT_CLOSED : WEIR_COUNT_NOTHING], 1);
    add(&count[WEIR_COUNT_SPURIOUS], why == WEIR_NOTHING_SPURIOUS);
}

void weir_counters_wait(struct weir_counters *c, enum weir_queue_side side)
{
    if (timed_out_of[side] != c->id)
        add(&c->side[side][stripe()].count[WEIR_COUNT_WAITS], 1);
}

void weir_counters_waited(struct weir_counters *c, enum weir_queue_side side, bool timed_out)
{
    timed_out_of[side] = timed_out ? c->id : 0;
}

void weir_counters_sum(const struct weir_counters *c, struct weir_queue_stats *sum)
{
    memset(sum, 0, sizeof *sum);
    for (int side = 0; side < WEIR_SIDES; side++)
        for (int s = 0; s < WEIR_COUNTER_STRIPES; s++) {
            struct weir_side_stats *to = &sum->side[side];
            for (int i = 0; i < WEIR_QUEUE_COUNTS; i++)
                to->count[i] += atomic_load_explicit(&c->side[side][s].count[i], memory_order_relaxed);
            for (int i = 0; i < WEIR_BATCH_SIZES; i++)
                to->batch[i] += atomic_load_explicit(&c->side[side][s].batch[i], memory_order_relaxed);
        }
}
