// SPDX-License-Identifier: Apache-2.0
// Why `park` misses no wake-up. A waiter adds itself to the counts in `state` and learns the turn by the same
// operation, polls, and sleeps only while the turn is that one. A pusher publishes, then reads `state` by a
// read-modify-write. Both operations are in the one modification order of `state`:
// - the pusher's comes first: the waiter's addition acquires what the pusher released, so its poll sees
//   the push;
// - the waiter's comes first: the pusher sees it, changes the turn and wakes; or somebody else has changed
// the
//   turn in between. Either way the futex refuses to sleep or is woken, and the waiter, whose turn is over,
//   adds itself again before its next poll: after the pusher, which is the first case, or before it, which is
//   this one again.
// So no fence is needed, and the argument only uses what a race detector can follow.
//
// The count is never less than the number of those who sleep. Who wakes n takes n out with the change of the
// turn, and those of an earlier turn who were about to sleep cannot any more. Who leaves takes itself out
// only in its own turn; when that is over it may have been taken out already. If it had not, the count is too
// large by one, and somebody makes a system call for nothing. One that came after the change of the turn and
// is woken in place of an earlier one passes the call on.
#include "wait/wait.h"
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S    1000000000u
#define ONE_WAITER  WEIR_EVENT_TURNS
#define WIDE_WAITER ((uint64_t)1 << 48)

enum {
    SPIN_CLOCK_EVERY = 256, // turns between two looks at the clock while spinning
    SPINS_BEFORE_GIVING_WAY = 64,
    SPINS_BEFORE_YIELD = 16, // of `park`
    LONGEST_PAUSES = 64,     // between two polls of `park`
    YIELDS_BEFORE_SLEEP = 16,
    SLEEP_FIRST_NS = 1000,
    SLEEP_LONGEST_NS = 1000000,
    COUNT_LIMIT = 1024, // a larger count is mostly wrong, and begins anew: all are woken
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static bool past(uint64_t deadline_ns)
{
    return deadline_ns != UINT64_MAX && now_ns() >= deadline_ns;
}

// --- the event ----

void weir_event_init(struct weir_event *event)
{
    atomic_init(&event->state, 0);
}

static uint32_t turn_of(uint64_t state)
{
    return (uint32_t)state;
}

// The half of the state that the kernel compares.
static void *futex_of(struct weir_event *event)
{
    return (char *)&event->state + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
}

static void futex_wake(struct weir_event *event, int count)
{
    syscall(SYS_futex, futex_of(event), FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void weir_event_wake(struct weir_event *event, size_t n)
{
    for (;;) {
        uint64_t state = atomic_load_explicit(&event->state, memory_order_relaxed);
        uint64_t count = state / ONE_WAITER % (WIDE_WAITER / ONE_WAITER);
        if (state < ONE_WAITER)
            return; // somebody else has called them
        // One that wants several places may be woken and find too few. If only n were woken, it could use up
        // the wake-up of another that could go on.
        bool all = state >= WIDE_WAITER || n >= count || count > COUNT_LIMIT;
        uint64_t next = (uint32_t)(turn_of(state) + 1) + (all ? 0 : (count - n) * ONE_WAITER);
        // Release pairs with the acquire in wait_park: who sees that its turn is over sees the push.
        if (atomic_compare_exchange_weak_explicit(&event->state, &state, next, memory_order_release,
                                                  memory_order_relaxed)) {
            futex_wake(event, all ? INT_MAX : (int)n);
            return;
        }
    }
}

// Takes a waiter of this turn out again, unless its turn is over.
static void leave(struct weir_event *event, uint32_t turn, uint64_t self)
{
    for (;;) {
        uint64_t state = atomic_load_explicit(&event->state, memory_order_relaxed); // hands nothing over
        if (turn_of(state) != turn ||
            atomic_compare_exchange_weak_explicit(&event->state, &state, state - self, memory_order_relaxed,
                                                  memory_order_relaxed))
            return;
    }
}

// --- waiting ----

// What a wait is for; one on the stack of the waiter.
struct wait {
    weir_poll_function *poll;
    const struct weir_queue *q;
    size_t n;
    uint64_t deadline_ns;
};

static enum weir_poll poll_once(const struct wait *w)
{
    return w->poll(w->q, w->n);
}

// Polls up to `turns` times. The clock is not read: the turns are few, or the caller reads it.
static enum weir_poll spin_for(const struct wait *w, unsigned turns)
{
    enum weir_poll answer = poll_once(w);
    while (answer == WEIR_POLL_NOT_YET && turns-- > 0) {
        weir_cpu_pause();
        answer = poll_once(w);
    }
    return answer;
}

static enum weir_wake finish(enum weir_poll answer)
{
    return answer == WEIR_POLL_NOT_YET ? WEIR_WAKE_TIMEOUT : (enum weir_wake)answer;
}

static enum weir_wake wait_spin(const struct wait *w)
{
    enum weir_poll answer;
    do
        answer = spin_for(w, SPIN_CLOCK_EVERY);
    while (answer == WEIR_POLL_NOT_YET && !past(w->deadline_ns));
    return finish(answer);
}

static enum weir_wake wait_yield(const struct wait *w)
{
    enum weir_poll answer = spin_for(w, SPINS_BEFORE_GIVING_WAY);
    while (answer == WEIR_POLL_NOT_YET && !past(w->deadline_ns)) {
        sched_yield();
        answer = poll_once(w);
    }
    return finish(answer);
}

// Sleeps `span_ns`, or until the deadline when that is nearer. False when the deadline has passed.
static bool nap(uint64_t span_ns, uint64_t deadline_ns)
{
    if (deadline_ns != UINT64_MAX) {
        uint64_t now = now_ns();
        if (now >= deadline_ns)
            return false;
        if (span_ns > deadline_ns - now)
            span_ns = deadline_ns - now;
    }
    struct timespec span = {.tv_sec = 0, .tv_nsec = (long)span_ns};
    nanosleep(&span, NULL); // an early end by a signal only means an early poll
    return true;
}

static enum weir_wake wait_sleep(const struct wait *w)
{
    enum weir_poll answer = spin_for(w, SPINS_BEFORE_GIVING_WAY);
    for (unsigned i = 0; i < YIELDS_BEFORE_SLEEP && answer == WEIR_POLL_NOT_YET; i++) {
        sched_yield();
        answer = poll_once(w);
    }
    uint64_t span_ns = SLEEP_FIRST_NS;
    while (answer == WEIR_POLL_NOT_YET && nap(span_ns, w->deadline_ns)) {
        answer = poll_once(w);
        if (span_ns < SLEEP_LONGEST_NS)
            span_ns *= 2;
    }
    return finish(answer);
}

// Looks again after a few pauses, gives way once (the other side may want this very core), and then looks
// again after more and more pauses: each look takes a line away from the other side. In all that takes about
// as long as going to sleep and being woken, so it costs at most twice what the best choice would have
// (Karlin, Li, Manasse, Owicki, "Empirical studies of competitive spinning", SOSP 1991).
static enum weir_poll linger(const struct wait *w)
{
    enum weir_poll answer = spin_for(w, SPINS_BEFORE_YIELD);
    if (answer == WEIR_POLL_NOT_YET) {
        sched_yield();
        answer = poll_once(w);
    }
    for (unsigned pauses = SPINS_BEFORE_YIELD; answer == WEIR_POLL_NOT_YET && pauses <= LONGEST_PAUSES;
         pauses *= 2) {
        for (unsigned i = 0; i < pauses; i++)
            weir_cpu_pause();
        answer = poll_once(w);
    }
    return answer;
}

// Sleeps while the turn is this one, at most until the deadline. False when the deadline has passed.
static bool futex_sleep(struct weir_event *event, uint32_t turn, uint64_t deadline_ns)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                          .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    // WAIT_BITSET takes an absolute CLOCK_MONOTONIC time.
    long result = syscall(SYS_futex, futex_of(event), FUTEX_WAIT_BITSET_PRIVATE, turn,
                          deadline_ns == UINT64_MAX ? NULL : &at, NULL, FUTEX_BITSET_MATCH_ANY);
    // Acquire pairs with weir_event_wake.
    if (result == 0 && turn_of(atomic_load_explicit(&event->state, memory_order_acquire)) == turn)
        weir_event_wake(event, SIZE_MAX); // the call was for one of an earlier turn; this begins a new one
    return !(result != 0 && errno == ETIMEDOUT);
}

static enum weir_wake wait_park(struct weir_event *event, const struct wait *w)
{
    enum weir_poll answer = linger(w);
    if (answer != WEIR_POLL_NOT_YET)
        return finish(answer);
    uint64_t self = ONE_WAITER + (w->n > 1 ? WIDE_WAITER : 0);
    for (bool in_time = true;;) {
        // Acquire: see the top of the file, first case. Release: the pusher's read finds us.
        uint32_t turn = turn_of(atomic_fetch_add_explicit(&event->state, self, memory_order_acq_rel));
        do {
            answer = poll_once(w);
            if (answer != WEIR_POLL_NOT_YET || !in_time) {
                leave(event, turn, self);
                return finish(answer);
            }
            in_time = futex_sleep(event, turn, w->deadline_ns);
            // Acquire pairs with weir_event_wake.
        } while (turn_of(atomic_load_explicit(&event->state, memory_order_acquire)) == turn);
    }
}

enum weir_wake weir_wait(enum weir_wait_kind kind, struct weir_event *event, weir_poll_function *poll,
                         const struct weir_queue *q, size_t n, uint64_t deadline_ns)
{
    struct wait w = {.poll = poll, .q = q, .n = n, .deadline_ns = deadline_ns};
    enum weir_poll answer = poll_once(&w);
    if (answer != WEIR_POLL_NOT_YET || past(deadline_ns)) // a look with no wait is common: deadline 0
        return finish(answer);
    switch (kind) {
    case WEIR_WAIT_YIELD: return wait_yield(&w);
    case WEIR_WAIT_SLEEP: return wait_sleep(&w);
    case WEIR_WAIT_PARK: return wait_park(event, &w);
    default: return wait_spin(&w);
    }
}

static const struct {
    const char *name, *summary;
} waits[WEIR_WAIT_KINDS] = {
    [WEIR_WAIT_SPIN] = {"spin", "polls without giving up the core"},
    [WEIR_WAIT_YIELD] = {"yield", "polls, then yields the core between polls"},
    [WEIR_WAIT_SLEEP] = {"sleep", "polls, yields, then sleeps 1 us doubling up to 1 ms"},
    [WEIR_WAIT_PARK] = {"park", "polls, yields once, then sleeps in the kernel until it is woken (futex)"},
};

const char *weir_wait_name(enum weir_wait_kind kind)
{
    return (unsigned)kind < WEIR_WAIT_KINDS ? waits[kind].name : NULL;
}

const char *weir_wait_summary(enum weir_wait_kind kind)
{
    return (unsigned)kind < WEIR_WAIT_KINDS ? waits[kind].summary : NULL;
}

int weir_wait_parse(const char *name)
{
    for (int i = 0; name != NULL && i < WEIR_WAIT_KINDS; i++)
        if (strcmp(name, waits[i].name) == 0)
            return i;
    return -1;
}
