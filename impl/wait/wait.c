// SPDX-License-Identifier: Apache-2.0
// Why `park` misses no wake-up. A waiter adds itself to `waiters`, remembers `turn`, polls, and sleeps only
// while `turn` is what it remembered. A pusher publishes, then reads `waiters` by a read-modify-write. Both
// operations are in the one modification order of `waiters`:
// - the pusher's comes first: the waiter's addition acquires what the pusher released, so its poll sees
//   the push;
// - the waiter's comes first: the pusher sees it, changes `turn` and wakes. If the waiter read `turn`
//   before the change, the futex refuses to sleep or is woken; if after, it acquired the change and its poll
//   sees the push.
// So no fence is needed, and the argument only uses what a race detector can follow.
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
#define WIDE_WAITER ((uint32_t)1 << 16)

enum {
    SPIN_CLOCK_EVERY = 256, // turns between two looks at the clock while spinning
    SPINS_BEFORE_GIVING_WAY = 64,
    YIELDS_BEFORE_SLEEP = 16,
    SLEEP_FIRST_NS = 1000,
    SLEEP_LONGEST_NS = 1000000,
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

void weir_event_init(struct weir_event *event)
{
    atomic_init(&event->waiters, 0);
    atomic_init(&event->turn, 0);
}

void weir_event_wake(struct weir_event *event, uint32_t waiters, size_t n)
{
    // Release pairs with the acquire in park: who sees the new turn sees the push.
    atomic_fetch_add_explicit(&event->turn, 1, memory_order_release);
    // One that wants several places may be woken and find too few. If only n were woken, it could use up the
    // wake-up of another that could go on.
    int count = waiters >= WIDE_WAITER || n > INT_MAX ? INT_MAX : (int)n;
    syscall(SYS_futex, &event->turn, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

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

// Sleeps while `turn` is what it was, at most until the deadline. False when the deadline has passed.
static bool futex_sleep(struct weir_event *event, uint32_t turn, uint64_t deadline_ns)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                          .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    // WAIT_BITSET takes an absolute CLOCK_MONOTONIC time.
    long result = syscall(SYS_futex, &event->turn, FUTEX_WAIT_BITSET_PRIVATE, turn,
                          deadline_ns == UINT64_MAX ? NULL : &at, NULL, FUTEX_BITSET_MATCH_ANY);
    return !(result != 0 && errno == ETIMEDOUT);
}

static enum weir_wake wait_park(struct weir_event *event, const struct wait *w)
{
    enum weir_poll answer = spin_for(w, SPINS_BEFORE_GIVING_WAY);
    if (answer != WEIR_POLL_NOT_YET)
        return finish(answer);
    uint32_t self = 1 + (w->n > 1 ? WIDE_WAITER : 0);
    // Acquire: see the top of the file, first case. Release: the pusher's read finds us.
    atomic_fetch_add_explicit(&event->waiters, self, memory_order_acq_rel);
    bool in_time = true;
    for (;;) {
        uint32_t turn =
            atomic_load_explicit(&event->turn, memory_order_acquire); // pairs with weir_event_wake
        answer = poll_once(w);
        if (answer != WEIR_POLL_NOT_YET || !in_time)
            break;
        in_time = futex_sleep(event, turn, w->deadline_ns);
    }
    atomic_fetch_sub_explicit(&event->waiters, self, memory_order_relaxed); // hands nothing over
    return finish(answer);
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
    [WEIR_WAIT_PARK] = {"park", "polls, then sleeps in the kernel until it is woken (futex)"},
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
