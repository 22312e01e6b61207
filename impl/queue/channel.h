// SPDX-License-Identifier: Apache-2.0
// channel: a bounded ring with a lock for each side, on which empty and full sides sleep; closed and drained
// like a Go channel. It blocks on its own condition variables; the wait strategy is not used.
//
// Two locks: Michael and Scott, "Simple, fast, and practical non-blocking and blocking concurrent queue
// algorithms" (PODC 1996). Producers share one, consumers the other, and each side remembers how far the
// other was when it looked last, so that it touches the other's line only when the ring looks full or empty.
// A side on which one thread is promised to be alone takes no lock.
//
// A side's `end` is the position up to which it has pushed or popped, times 4, with two flags below: CLOSED
// (in the pushing end) and AWAITED (somebody sleeps until this end moves). So publishing items, learning that
// somebody sleeps for them and learning of the close are one atomic operation.
//
// Why no wake-up is lost. Who is about to sleep holds the lock of its `channel_sleepers` from before it sets
// AWAITED in the other side's `end` until it sleeps. In the one modification order of that `end`
// - either the move comes first: who looks after setting the flag sees an end that includes it, and does not
//   sleep;
// - or the flag comes first: who moves the end sees the flag and takes the sleepers' lock, which is free only
//   once the sleeper is in the list and asleep.
// AWAITED is taken back only under that lock, and only when nobody is in the list.
//
// Who moves k items calls at most k sleepers, the longest asleep first, so a pool does not stampede. When one
// of them wants several slots at once, all whose wish can be met are called: one that finds too few after all
// must not keep the call from one that could go on.
#ifndef WEIR_QUEUE_CHANNEL_H
#define WEIR_QUEUE_CHANNEL_H

#include "queue/port.h"
#include "queue/ring.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_CLOSED  ((uint64_t)1)
#define CHANNEL_AWAITED ((uint64_t)2)
#define CHANNEL_STEP    ((uint64_t)4)

struct channel_side {
    WEIR_ALIGNED pthread_mutex_t lock; // who holds it may move `end`
    _Atomic uint64_t end;              // position * STEP | flags; anybody may change the flags
    uint64_t seen;                     // the other side's end when this side looked last; under the lock
    bool alone;                        // one thread moves `end`, without the lock
};

// One thread that sleeps, on its own stack. Each has a condition variable of its own, so that a wake-up
// cannot go to one that came later or wants more.
struct channel_sleeper {
    struct channel_sleeper *next;
    size_t n;    // what it wants
    bool called; // taken out of the list, to go and look
    pthread_cond_t cond;
};

struct channel_sleepers {
    WEIR_ALIGNED pthread_mutex_t lock; // guards the rest
    struct channel_sleeper *first;     // who has slept longest
    size_t wide;                       // those who want more than one
};

struct channel {
    struct channel_side push, pop;
    struct channel_sleepers space, items;
    WEIR_ALIGNED size_t capacity; // read only from here on
    uint64_t mask;
    uint64_t *slots;
};

enum { CHANNEL_GIVE_WAY = 0 }; // among pauses
enum channel_wake { CHANNEL_READY, CHANNEL_ENDED, CHANNEL_TIMEOUT };

// --- creation ----

static inline size_t channel_bytes(size_t capacity)
{
    return weir_ring_slots(capacity) * sizeof(uint64_t);
}

static inline bool channel_side_init(struct channel_side *side, uint64_t start)
{
    atomic_init(&side->end, start * CHANNEL_STEP);
    side->seen = start * CHANNEL_STEP;
    side->alone = false;
    return pthread_mutex_init(&side->lock, NULL) == 0;
}

static inline bool channel_sleepers_init(struct channel_sleepers *s)
{
    s->first = NULL;
    s->wide = 0;
    return pthread_mutex_init(&s->lock, NULL) == 0;
}

// `memory` holds channel_bytes(capacity) and outlives the queue; the positions begin at `start`.
static inline bool channel_init_at(struct channel *q, void *memory, size_t capacity, uint64_t start)
{
    q->capacity = capacity;
    q->mask = weir_ring_slots(capacity) - 1;
    q->slots = memory;
    if (!channel_side_init(&q->push, start))
        return false;
    if (channel_side_init(&q->pop, start)) {
        if (channel_sleepers_init(&q->space)) {
            if (channel_sleepers_init(&q->items))
                return true;
            pthread_mutex_destroy(&q->space.lock);
        }
        pthread_mutex_destroy(&q->pop.lock);
    }
    pthread_mutex_destroy(&q->push.lock);
    return false;
}

// Before the queue is used: one thread is all that ever pushes, or pops. Always true.
static inline bool channel_promise(struct channel *q, bool one_pushes, bool one_pops)
{
    q->push.alone = one_pushes;
    // Behind several producers one consumer moves more with its lock than without (measured): a little
    // slower, it finds more items at a time and takes their line from them less often.
    q->pop.alone = one_pushes && one_pops;
    return true;
}

static inline void channel_destroy(struct channel *q)
{
    pthread_mutex_destroy(&q->items.lock);
    pthread_mutex_destroy(&q->space.lock);
    pthread_mutex_destroy(&q->pop.lock);
    pthread_mutex_destroy(&q->push.lock);
}

// --- positions ----

// Items between two ends, whatever their flags; 0 when they were read so far apart that `to` is the older.
static inline size_t channel_between(uint64_t from, uint64_t to)
{
    int64_t distance = (int64_t)((to & ~(CHANNEL_STEP - 1)) - (from & ~(CHANNEL_STEP - 1)));
    return distance > 0 ? (size_t)distance / CHANNEL_STEP : 0;
}

static inline uint64_t *channel_slot(const struct channel *q, uint64_t end, size_t i)
{
    return &q->slots[(end / CHANNEL_STEP + i) & q->mask];
}

// --- waking ----

// With the sleepers' lock held, when `there` items or places are there of which `n` are new: calls those
// whose wish can be met, the longest asleep first. `end` is what they sleep for.
static inline void channel_call(struct channel_sleepers *s, _Atomic uint64_t *end, size_t n, size_t there)
{
    bool all = s->wide > 0; // one that wants several may find too few after all, and has then used up a call
    struct channel_sleeper **link = &s->first;
    while (*link != NULL && (n > 0 || all)) {
        struct channel_sleeper *sleeper = *link;
        if (sleeper->n > there) {
            link = &sleeper->next;
            continue;
        }
        *link = sleeper->next;
        s->wide -= sleeper->n > 1;
        n -= n > 0;
        sleeper->called = true;
        pthread_cond_signal(&sleeper->cond);
    }
    if (s->first == NULL) // relaxed: who comes to sleep sets it again, under the same lock
        atomic_fetch_and_explicit(end, ~CHANNEL_AWAITED, memory_order_relaxed);
}

static inline size_t channel_items(const struct channel *q)
{
    // Relaxed, a count that guards nothing: of its own move the caller sees the result, and who moves an end
    // after that calls for what it moved.
    uint64_t end = atomic_load_explicit(&q->push.end, memory_order_relaxed);
    size_t items = channel_between(atomic_load_explicit(&q->pop.end, memory_order_relaxed), end);
    return weir_min_size(items, q->capacity);
}

static inline void channel_wake_for_items(struct channel *q, size_t n)
{
    pthread_mutex_lock(&q->items.lock);
    channel_call(&q->items, &q->push.end, n, channel_items(q));
    pthread_mutex_unlock(&q->items.lock);
}

static inline void channel_wake_for_space(struct channel *q, size_t n)
{
    pthread_mutex_lock(&q->space.lock);
    channel_call(&q->space, &q->pop.end, n, q->capacity - channel_items(q));
    pthread_mutex_unlock(&q->space.lock);
}

// --- moving items ----

static inline void channel_lock(struct channel_side *side)
{
    if (!side->alone)
        weir_lock_patiently(&side->lock);
}

static inline void channel_unlock(struct channel_side *side)
{
    if (!side->alone)
        pthread_mutex_unlock(&side->lock);
}

// Moves the pushing end n further; only for who may. Answers the end as it was: CLOSED when it did not move.
static inline uint64_t channel_publish(struct channel *q, size_t n)
{
    for (;;) {
        uint64_t end = atomic_load_explicit(&q->push.end, memory_order_relaxed);
        // Release pairs with the acquire in try_pop_n: who sees the end sees the items.
        if ((end & CHANNEL_CLOSED) ||
            atomic_compare_exchange_strong_explicit(&q->push.end, &end, end + n * CHANNEL_STEP,
                                                    memory_order_release, memory_order_relaxed))
            return end;
    }
}

static inline size_t channel_try_push_n(struct channel *q, const uint64_t *items, size_t n)
{
    uint64_t before = 0;
    channel_lock(&q->push);
    uint64_t end = atomic_load_explicit(&q->push.end, memory_order_relaxed); // this side's own
    size_t room = q->capacity - channel_between(q->push.seen, end);
    if (room < n) {
        // Pairs with the release in try_pop_n: the slots have been read.
        q->push.seen = atomic_load_explicit(&q->pop.end, memory_order_acquire);
        room = q->capacity - channel_between(q->push.seen, end);
    }
    size_t granted = weir_min_size(n, room);
    for (size_t i = 0; i < granted; i++)
        *channel_slot(q, end, i) = items[i];
    if (granted) {
        before = channel_publish(q, granted);
        if (before & CHANNEL_CLOSED)
            granted = 0;
    }
    channel_unlock(&q->push);
    if (granted && (before & CHANNEL_AWAITED))
        channel_wake_for_items(q, granted);
    return granted;
}

static inline size_t channel_try_pop_n(struct channel *q, uint64_t *items, size_t n)
{
    uint64_t before = 0;
    channel_lock(&q->pop);
    uint64_t end = atomic_load_explicit(&q->pop.end, memory_order_relaxed); // this side's own
    size_t there = channel_between(end, q->pop.seen);
    if (there < n) {
        q->pop.seen = atomic_load_explicit(&q->push.end, memory_order_acquire); // pairs with channel_publish
        there = channel_between(end, q->pop.seen);
    }
    size_t granted = weir_min_size(n, there);
    for (size_t i = 0; i < granted; i++)
        items[i] = *channel_slot(q, end, i);
    if (granted) // release pairs with the acquire in try_push_n: the slots may be written again
        before = atomic_fetch_add_explicit(&q->pop.end, granted * CHANNEL_STEP, memory_order_release);
    channel_unlock(&q->pop);
    if (before & CHANNEL_AWAITED)
        channel_wake_for_space(q, granted);
    return granted;
}

// --- waiting ----

// What a wait for n places (or, with n = 0, for an item) would answer now; TIMEOUT: not yet.
static inline enum channel_wake channel_look(const struct channel *q, size_t n)
{
    uint64_t end = atomic_load_explicit(&q->push.end, memory_order_acquire); // pairs with channel_publish
    size_t items = channel_between(atomic_load_explicit(&q->pop.end, memory_order_acquire), end);
    bool closed = end & CHANNEL_CLOSED;
    if (n == 0)
        return items ? CHANNEL_READY : closed ? CHANNEL_ENDED : CHANNEL_TIMEOUT;
    return closed ? CHANNEL_ENDED : q->capacity - items >= n ? CHANNEL_READY : CHANNEL_TIMEOUT;
}

// Looks again after a few pauses, gives way once (the other side may want this very core), and then looks
// again after more and more pauses: each look takes a line away from the other side, and between two of them
// it moves much. In all that takes about as long as going to sleep and being woken, so it costs at most twice
// what the best choice would have (Karlin, Li, Manasse, Owicki, "Empirical studies of competitive spinning",
// SOSP 1991).
static inline enum channel_wake channel_linger(const struct channel *q, size_t n)
{
    static const unsigned char pauses[] = {1, 2, 4, CHANNEL_GIVE_WAY, 16, 32, 64};
    enum channel_wake wake = channel_look(q, n);
    for (size_t i = 0; WEIR_PATIENCE && wake == CHANNEL_TIMEOUT && i < sizeof pauses; i++) {
        if (pauses[i] == CHANNEL_GIVE_WAY)
            weir_give_way();
        for (unsigned turn = 0; turn < pauses[i]; turn++)
            weir_cpu_pause();
        wake = channel_look(q, n);
    }
    return wake;
}

// With the sleepers' lock held; gives it up while asleep. True when the deadline has passed.
static inline bool channel_sleep(struct channel_sleepers *s, struct channel_sleeper *self,
                                 uint64_t deadline_ns)
{
    struct channel_sleeper **link = &s->first;
    while (*link != NULL)
        link = &(*link)->next;
    *link = self;
    self->next = NULL;
    self->called = false;
    s->wide += self->n > 1;
    int error = 0;
    while (!self->called && error == 0)
        error = WEIR_COND_WAIT_UNTIL(&self->cond, &s->lock, deadline_ns);
    if (self->called)
        return false;
    for (link = &s->first; *link != self; link = &(*link)->next)
        ;
    *link = self->next;
    s->wide -= self->n > 1;
    return true;
}

// Sleeps until `end` has moved so far that n places (0: an item) are there.
static inline enum channel_wake channel_await(struct channel *q, struct channel_sleepers *s,
                                              _Atomic uint64_t *end, size_t n, uint64_t deadline_ns)
{
    struct channel_sleeper self = {.n = n ? n : 1};
    enum channel_wake wake;
    bool late = WEIR_COND_INIT(&self.cond) != 0;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        // Relaxed: its place among the moves of `end` is what counts, see the top.
        atomic_fetch_or_explicit(end, CHANNEL_AWAITED, memory_order_relaxed);
        wake = channel_look(q, n);
        if (wake != CHANNEL_TIMEOUT || late)
            break;
        late = channel_sleep(s, &self, deadline_ns);
    }
    if (s->first == NULL)
        atomic_fetch_and_explicit(end, ~CHANNEL_AWAITED, memory_order_relaxed); // nobody sleeps
    pthread_mutex_unlock(&s->lock);
    pthread_cond_destroy(&self.cond);
    return wake;
}

// Until n places are free, the queue is closed, or CLOCK_MONOTONIC passes deadline_ns (UINT64_MAX: never).
static inline enum channel_wake channel_wait_space(struct channel *q, size_t n, uint64_t deadline_ns)
{
    if (deadline_ns == 0)
        return channel_look(q, n); // only a look
    enum channel_wake wake = channel_linger(q, n);
    return wake == CHANNEL_TIMEOUT ? channel_await(q, &q->space, &q->pop.end, n, deadline_ns) : wake;
}

// Until an item is there, the queue is closed and empty, or the deadline passes.
static inline enum channel_wake channel_wait_items(struct channel *q, uint64_t deadline_ns)
{
    if (deadline_ns == 0)
        return channel_look(q, 0);
    enum channel_wake wake = channel_linger(q, 0);
    return wake == CHANNEL_TIMEOUT ? channel_await(q, &q->items, &q->push.end, 0, deadline_ns) : wake;
}

// --- looking and closing ----

// Any thread.
static inline size_t channel_len(const struct channel *q)
{
    uint64_t head, tail, again = atomic_load_explicit(&q->pop.end, memory_order_acquire);
    unsigned turns = 64;
    do {
        head = again;
        // Acquire keeps the second read of the popping end behind this one.
        tail = atomic_load_explicit(&q->push.end, memory_order_acquire);
        again = atomic_load_explicit(&q->pop.end, memory_order_acquire);
    } while (channel_between(head, again) && --turns);
    return weir_min_size(channel_between(head, tail), q->capacity);
}

static inline void channel_call_all(struct channel_sleepers *s, _Atomic uint64_t *end)
{
    pthread_mutex_lock(&s->lock);
    channel_call(s, end, SIZE_MAX, SIZE_MAX);
    pthread_mutex_unlock(&s->lock);
}

static inline void channel_close(struct channel *q)
{
    // Release pairs with channel_closed. Who goes to sleep later sees it, by the sleepers' lock.
    atomic_fetch_or_explicit(&q->push.end, CHANNEL_CLOSED, memory_order_release);
    channel_call_all(&q->space, &q->pop.end);
    channel_call_all(&q->items, &q->push.end);
}

static inline bool channel_closed(const struct channel *q)
{
    // Pairs with channel_close: no push comes after the close, so empty is then for ever.
    return atomic_load_explicit(&q->push.end, memory_order_acquire) & CHANNEL_CLOSED;
}

#endif

#ifdef WEIR_ADAPT
#define Q_NAME     channel
#define Q_SUMMARY  "ring with a lock for each side, sleeping on condition variables, closed like a Go channel"
#define Q_CONTRACT "strict"
#define Q_CAPS                                                                                               \
    (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_BATCH | WEIR_Q_NATIVE_BLOCKING | WEIR_Q_EVICT |  \
     WEIR_Q_STRICT)
#define Q_TYPE          struct channel
#define Q_BYTES(config) channel_bytes((config)->capacity)
#define Q_INIT(q, memory, config)                                                                            \
    (channel_init_at((q), (memory), (config)->capacity, (config)->start) &&                                  \
     channel_promise((q), (config)->producers == 1, (config)->consumers == 1 && (config)->no_evict))
#define Q_DESTROY                       channel_destroy
#define Q_PUSH_N                        channel_try_push_n
#define Q_POP_N                         channel_try_pop_n
#define Q_LEN                           channel_len
#define Q_CLOSE                         channel_close
#define Q_CLOSED                        channel_closed
#define Q_WAIT_SPACE(q, n, deadline_ns) ((enum weir_wake)channel_wait_space((q), (n), (deadline_ns)))
#define Q_WAIT_ITEMS(q, deadline_ns)    ((enum weir_wake)channel_wait_items((q), (deadline_ns)))
#endif
