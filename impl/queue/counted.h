// SPDX-License-Identifier: Apache-2.0
// The operations of a counted queue around those of the plain one. Included by adapter.h when
// WEIR_QUEUE_COUNTED is defined, and by nobody else: the plain table is compiled without a trace of it.
#ifndef WEIR_QUEUE_COUNTED_H
#define WEIR_QUEUE_COUNTED_H

static struct weir_queue *q_counted_create(const struct weir_queue_config *config)
{
    struct weir_queue *w = q_create(config);
    if (w != NULL)
        weir_counters_init(&w->counters);
    return w;
}

// An algorithm that tries again says WEIR_STAT at each turn: all but the first are retries.
static inline uint64_t q_counted_retries(uint64_t turns)
{
    return turns > 1 ? turns - 1 : 0;
}

// By its length the queue has room, or an item. Only asked where a try may fail all the same.
static inline bool q_counted_could(const struct weir_queue *w, enum weir_queue_side side)
{
    if (q_can(WEIR_Q_STRICT))
        return false;
    return side == WEIR_SIDE_PUSH ? q_len(w) < q_capacity(w) : q_len(w) > 0;
}

static size_t q_counted_try_push_n(struct weir_queue *w, const uint64_t *items, size_t n)
{
    enum weir_nothing why = WEIR_NOTHING_THERE;
    bool before = q_counted_could(w, WEIR_SIDE_PUSH);
    weir_stat_push_turn = 0;
    size_t moved = q_try_push_n(w, items, n);
    if (moved == 0 && q_closed(w))
        why = WEIR_NOTHING_CLOSED;
    else if (moved == 0 && before && q_counted_could(w, WEIR_SIDE_PUSH))
        why = WEIR_NOTHING_SPURIOUS;
    weir_counters_try(&w->counters, WEIR_SIDE_PUSH, n, moved, why, q_counted_retries(weir_stat_push_turn));
    return moved;
}

static size_t q_counted_try_pop_n(struct weir_queue *w, uint64_t *items, size_t n)
{
    enum weir_nothing why = WEIR_NOTHING_THERE;
    bool before = q_counted_could(w, WEIR_SIDE_POP);
    weir_stat_pop_turn = 0;
    size_t moved = q_try_pop_n(w, items, n);
    if (moved == 0 && before && q_counted_could(w, WEIR_SIDE_POP))
        why = WEIR_NOTHING_SPURIOUS;
    weir_counters_try(&w->counters, WEIR_SIDE_POP, n, moved, why, q_counted_retries(weir_stat_pop_turn));
    return moved;
}

// A look comes first: who finds what it wants does not wait.
static enum weir_wake q_counted_wait_space(struct weir_queue *w, size_t n, uint64_t deadline_ns)
{
    enum weir_wake wake = q_wait_space(w, n, 0);
    if (wake != WEIR_WAKE_TIMEOUT || deadline_ns == 0)
        return wake;
    weir_counters_wait(&w->counters, WEIR_SIDE_PUSH);
    wake = q_wait_space(w, n, deadline_ns);
    weir_counters_waited(&w->counters, WEIR_SIDE_PUSH, wake == WEIR_WAKE_TIMEOUT);
    return wake;
}

static enum weir_wake q_counted_wait_items(struct weir_queue *w, uint64_t deadline_ns)
{
    enum weir_wake wake = q_wait_items(w, 0);
    if (wake != WEIR_WAKE_TIMEOUT || deadline_ns == 0)
        return wake;
    weir_counters_wait(&w->counters, WEIR_SIDE_POP);
    wake = q_wait_items(w, deadline_ns);
    weir_counters_waited(&w->counters, WEIR_SIDE_POP, wake == WEIR_WAKE_TIMEOUT);
    return wake;
}

static void q_counted_stats(const struct weir_queue *w, struct weir_queue_stats *stats)
{
    weir_counters_sum(&w->counters, stats);
}

#endif
